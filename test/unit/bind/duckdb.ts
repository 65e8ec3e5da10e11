/** DuckDB over the same (empty) tables: what it makes of a query's columns. */
import { DuckDBInstance } from "@duckdb/node-api";
import { typeName } from "../../../src/planner/types/types.ts";
import { TABLES } from "./catalog.ts";

export type Described = readonly { readonly name: string; readonly type: string }[];

export type Describer = { describe(sql: string): Promise<Described>; close(): void };

export async function openDescriber(): Promise<Describer> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1", autoload_known_extensions: "false" });
  const connection = await instance.connect();
  for (const [table, columns] of Object.entries(TABLES)) {
    const list = Object.entries(columns).map(([name, type]) => `${name.replace(/!$/, "")} ${typeName(type)}`);
    await connection.run(`CREATE TABLE ${table} (${list.join(", ")})`);
  }
  return {
    describe: async (sql) => {
      const reader = await connection.runAndReadAll(`DESCRIBE ${sql}`);
      return reader.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
