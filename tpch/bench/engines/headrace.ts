import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TABLES } from "../../gen/schema.ts";
import type { Engine, EngineOptions } from "./engine.ts";

type StatementResult = {
  readonly columns?: readonly { readonly name: string }[] | undefined;
  readonly rows?: readonly (readonly unknown[])[] | undefined;
};

type Session = {
  execute(sql: string): Promise<readonly StatementResult[]>;
  close(): Promise<void>;
};

export async function openHeadrace({ directory, from, threads }: EngineOptions): Promise<Engine> {
  const { connect } = (await import(new URL("../../../src/index.js", import.meta.url).href)) as {
    connect: (options: { workers: number; temporal: "string" }) => Promise<Session>;
  };
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
      const { columns = [], rows = [] } = (await session.execute(sql)).at(-1) ?? {};
      return () => ({ columns: columns.map(({ name }) => name), rows });
    },
    close: () => session.close(),
  };
}

async function version(): Promise<string> {
  const text = await readFile(new URL("../../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
