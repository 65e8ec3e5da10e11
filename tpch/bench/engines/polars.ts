import { createRequire } from "node:module";
import { join } from "node:path";
import type { DataFrame, LazyDataFrame, Utf8 } from "nodejs-polars";
import { TABLES } from "../../gen/schema.ts";
import type { Engine, EngineOptions, Row } from "./engine.ts";

/** nodejs-polars through its SQLContext, which covers a part of the queries only. */
export async function openPolars({ directory, from, threads }: EngineOptions): Promise<Engine> {
  process.env["POLARS_MAX_THREADS"] = String(threads); // read when its thread pool starts
  const { default: polars } = await import("nodejs-polars").catch((cause: unknown) => {
    throw new Error("nodejs-polars has no build for this platform or this version of Node.js", { cause });
  });
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
      // Not `collect()`: its promise does not settle for every query, and then the process just ends.
      const frame = refuseErrors(context.execute(sql)).collectSync();
      return { result: () => ({ columns: frame.columns, rows: withoutDecimals(frame, polars.Utf8).map(toRow) }) };
    },
    close: async () => undefined,
  };
}

/** A query that polars cannot plan comes back as a frame around an Error; a cross join would take all memory. */
function refuseErrors(frame: LazyDataFrame): LazyDataFrame {
  const { _ldf: inner } = frame as unknown as { readonly _ldf: unknown };
  if (inner instanceof Error) throw inner;
  if (frame.describeOptimizedPlan().includes("CROSS JOIN")) throw new Error("it plans a cross join");
  return frame;
}

/** Decimals as text: polars makes no JavaScript values of them. */
function withoutDecimals(frame: DataFrame, text: Utf8): readonly (readonly unknown[])[] {
  const decimals = frame.columns.filter((name) => frame.getColumn(name).dtype.variant === "Decimal");
  const columns = decimals.map((name) => frame.getColumn(name).cast(text));
  return columns.reduce((result, column) => result.withColumn(column), frame).rows();
}

function toRow(values: readonly unknown[]): Row {
  return values.map((value) => (value instanceof Date ? value.toISOString().slice(0, 10) : value));
}
