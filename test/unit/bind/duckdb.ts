/** DuckDB over the same (empty) tables: what it makes of a query's columns. */
import { DuckDBInstance } from "@duckdb/node-api";
import { typeName } from "../../../src/planner/types/types.ts";
import { TABLES } from "./catalog.ts";

export type Described = readonly { readonly name: string; readonly type: string }[];

export type Describer = {
  describe(sql: string): Promise<Described>;
  /** The rows as text. */
  rows(sql: string): Promise<readonly string[]>;
  close(): void;
};

/** Few rows with everything that matters: duplicates, NULLs, matches and misses. */
const ROWS: readonly string[] = [
  "INSERT INTO t VALUES (1, 'a', 1.5), (2, 'b', 2.5), (2, 'x', NULL), (NULL, 'c', 4), (5, NULL, -1)",
  "INSERT INTO u VALUES (1, 'a'), (2, 'x'), (3, 'b'), (NULL, 'c'), (2, NULL)",
  "INSERT INTO types (ti, i, bi, f, d42, s, b, dt) VALUES (1, 1, 1, 1.5, 5, 'a', true, '1993-05-05'), (2, 2, 3, 0.5, 2, 'b', false, '1994-05-05'), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (3, 5, 5, 2, 5, 'c', NULL, '1993-06-07')",
];

export async function openDescriber(): Promise<Describer> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1", autoload_known_extensions: "false" });
  const connection = await instance.connect();
  for (const [table, columns] of Object.entries(TABLES)) {
    const list = Object.entries(columns).map(([name, type]) => `${name.replace(/!$/, "")} ${typeName(type)}`);
    await connection.run(`CREATE TABLE ${table} (${list.join(", ")})`);
  }
  for (const sql of ROWS) await connection.run(sql);
  return {
    describe: async (sql) => {
      const reader = await connection.runAndReadAll(`DESCRIBE ${sql}`);
      return reader.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
    },
    rows: async (sql) => {
      const reader = await connection.runAndReadAll(sql);
      return reader.getRows().map((row) => row.map(String).join(" | "));
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
