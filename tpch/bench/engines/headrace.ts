import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "../../../src/index.ts";
import { TABLES } from "../../gen/schema.ts";
import type { Engine, EngineOptions } from "./engine.ts";

export async function openHeadrace({ directory, from, threads }: EngineOptions): Promise<Engine> {
  const session = await connect({ workers: threads, temporal: "string" });
  for (const table of TABLES) {
    const path = join(directory, `${table}.parquet`).replaceAll("'", "''");
    await session.execute(`CREATE ${from === "memory" ? "TABLE" : "VIEW"} ${table} AS SELECT * FROM '${path}'`);
  }
  return {
    name: "headrace",
    peer: "headrace",
    version: await version(),
    threads,
    run: async (sql) => {
      const result = (await session.execute(sql)).at(-1);
      if (result?.kind !== "rows") throw new Error("the query returns no rows");
      const { columns, rows, timing } = result;
      return { result: () => ({ columns: columns.map(({ name }) => name), rows }), planningMs: timing.planningMs };
    },
    close: () => session.close(),
  };
}

async function version(): Promise<string> {
  const text = await readFile(new URL("../../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
