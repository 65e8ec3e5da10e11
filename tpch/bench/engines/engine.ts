/** The contenders of a benchmark behind one interface. */

/** Where the tables are while the queries run. */
export type TableSource = "memory" | "parquet";

export type EngineOptions = {
  /** Holds the eight `<table>.parquet` files. */
  readonly directory: string;
  readonly from: TableSource;
  readonly threads: number;
};

/** NULL is null; integers number or bigint; DECIMAL exact text (a number where the engine has none); DATE ISO text. */
export type Row = readonly unknown[];

export type Result = { readonly columns: readonly string[]; readonly rows: readonly Row[] };

export type Execution = {
  /** Converts the result to rows: not timed. */
  readonly result: () => Result;
  /** Of the time of `run`, what passed before the plan ran, where the engine tells. */
  readonly planningMs?: number | undefined;
};

export type Engine = {
  readonly name: string;
  /** Engines with the same peer name are variants of one: its fastest counts in ratios. */
  readonly peer: string;
  readonly version: string;
  readonly threads: number;
  /**
   * Runs one query and materialises its result in the engine's own form: ours is JavaScript values, which DuckDB's and
   * Polars' are not yet. Rejects when the engine cannot run the query.
   */
  run(sql: string): Promise<Execution>;
  close(): Promise<void>;
};

export const ENGINE_NAMES = ["headrace", "duckdb", "duckdb-wasm", "polars"] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** Loads the engine's package, which only the ones asked for need, and its tables. */
export async function openEngine(name: EngineName, options: EngineOptions): Promise<Engine[]> {
  switch (name) {
    case "headrace":
      return [await (await import("./headrace.ts")).openHeadrace(options)];
    case "duckdb":
      return (await import("./duckdb.ts")).openDuckDb(options);
    case "duckdb-wasm":
      return [await (await import("./duckdb-wasm.ts")).openDuckDbWasm(options)];
    case "polars":
      return [await (await import("./polars.ts")).openPolars(options)];
  }
}
