import { join } from "node:path";
import { DuckDBInstance, version } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";
import { TABLES } from "../../gen/schema.ts";
import { duckDbRows } from "./duckdb-rows.ts";
import type { Engine, EngineOptions } from "./engine.ts";

/** Native DuckDB. In memory there are two variants, plain and compressed tables: which one is faster depends on the query. */
export async function openDuckDb({ directory, from, threads }: EngineOptions): Promise<Engine[]> {
  const instance = await DuckDBInstance.create(":memory:", { threads: String(threads) });
  const variants = from === "memory" ? (["plain", "compressed"] as const) : (["plain"] as const);
  const connections = await Promise.all(variants.map(() => instance.connect()));
  for (const [i, connection] of connections.entries()) {
    if (variants[i] === "compressed") {
      await connection.run("ATTACH ':memory:' AS compressed (COMPRESS)");
      await connection.run("USE compressed");
    }
    for (const table of TABLES) {
      const path = join(directory, `${table}.parquet`).replaceAll("'", "''");
      const kind = from === "memory" ? "TABLE" : "VIEW";
      await connection.run(`CREATE ${kind} ${table} AS SELECT * FROM read_parquet('${path}')`);
    }
    if (variants[i] === "compressed") await connection.run("CHECKPOINT compressed");
  }
  let open = connections.length;
  return connections.map((connection, i): Engine => ({
    name: variants[i] === "compressed" ? "duckdb COMPRESS" : "duckdb",
    peer: "duckdb",
    version: version(),
    threads,
    run: (sql) => run(connection, sql),
    close: async () => {
      connection.closeSync();
      if (--open === 0) instance.closeSync();
    },
  }));
}

async function run(connection: DuckDBConnection, sql: string): ReturnType<Engine["run"]> {
  const reader = await connection.runAndReadAll(sql);
  return { result: () => ({ columns: reader.columnNames(), rows: duckDbRows(reader).rows }) };
}
