import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as duckdb from "@duckdb/duckdb-wasm/blocking";
import { DuckDBInstance } from "@duckdb/node-api";
import { tableFromIPC } from "@uwdata/flechette";
import { SCHEMA, TABLES } from "../../gen/schema.ts";
import type { TableName } from "../../gen/schema.ts";
import type { Engine, EngineOptions } from "./engine.ts";
import { flechetteResult } from "./flechette-result.ts";

/**
 * DuckDB compiled to WebAssembly, in this thread: its build for Node has no others. Its Parquet reader is an extension
 * that it would download, so the tables come to it as CSV, and it runs from memory only.
 */
export async function openDuckDbWasm({ directory }: EngineOptions): Promise<Engine> {
  const assets = dirname(createRequire(import.meta.url).resolve("@duckdb/duckdb-wasm/dist/duckdb-eh.wasm"));
  const bundles = {
    mvp: { mainModule: join(assets, "duckdb-mvp.wasm"), mainWorker: "" },
    eh: { mainModule: join(assets, "duckdb-eh.wasm"), mainWorker: "" },
  };
  const bindings = await duckdb.createDuckDB(bundles, new duckdb.VoidLogger(), duckdb.NODE_RUNTIME);
  await bindings.instantiate(() => undefined);
  bindings.open({ path: ":memory:" });
  const connection = bindings.connect();
  const handle = (connection as unknown as { readonly _conn: number })._conn;
  const execute = (sql: string): Uint8Array => bindings.runQuery(handle, sql);
  execute("SET autoload_known_extensions = false"); // or it looks for them on the network

  const scratch = await mkdtemp(join(tmpdir(), "headrace-bench-"));
  try {
    const native = await (await DuckDBInstance.create(":memory:")).connect();
    for (const table of TABLES) {
      const csv = join(scratch, `${table}.csv`);
      await native.run(
        `COPY (FROM read_parquet('${join(directory, `${table}.parquet`)}')) TO '${csv}' (FORMAT csv, HEADER false)`,
      );
      bindings.registerFileURL(csv, csv, duckdb.DuckDBDataProtocol.NODE_FS, false);
      execute(
        `CREATE TABLE ${table} AS SELECT * FROM read_csv('${csv}', header = false, columns = ${columnTypes(table)})`,
      );
      bindings.dropFile(csv);
    }
    native.closeSync();
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return {
    name: "duckdb-wasm",
    peer: "duckdb-wasm",
    version: bindings.getVersion(),
    threads: 1,
    run: async (sql) => {
      const bytes = execute(sql);
      return { result: () => flechetteResult(tableFromIPC(bytes, { useBigInt: true, useDecimalInt: true })) };
    },
    close: async () => {
      connection.close();
      bindings.reset();
    },
  };
}

function columnTypes(table: TableName): string {
  return `{${SCHEMA[table].map(({ name, type }) => `'${name}': '${type}'`).join(", ")}}`;
}
