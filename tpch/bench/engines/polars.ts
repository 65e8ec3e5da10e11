import { createRequire } from "node:module";
import { join } from "node:path";
import { TABLES } from "../../gen/schema.ts";
import type { Engine, EngineOptions, Row } from "./engine.ts";

/** nodejs-polars through its SQLContext, which covers a part of the queries only. */
export async function openPolars({ directory, from, threads }: EngineOptions): Promise<Engine> {
  process.env["POLARS_MAX_THREADS"] = String(threads); // read when its thread pool starts
  const { default: polars } = await import("nodejs-polars");
  const context = polars.SQLContext();
  for (const table of TABLES) {
    const path = join(directory, `${table}.parquet`);
    context.register(table, from === "memory" ? polars.readParquet(path) : polars.scanParquet(path));
  }
  const { version } = createRequire(import.meta.url)("nodejs-polars/package.json") as { version: string };
  return {
    name: "polars",
    peer: "polars",
    version,
    threads,
    run: async (sql) => {
      const frame = await context.execute(sql).collect();
      return { result: () => ({ columns: frame.columns, rows: (frame.rows() as unknown[][]).map(toRow) }) };
    },
    close: async () => undefined,
  };
}

function toRow(values: readonly unknown[]): Row {
  return values.map((value) => (value instanceof Date ? value.toISOString().slice(0, 10) : value));
}
