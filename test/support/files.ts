/** A folder of files that Headrace and DuckDB both read. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { connect, type Session } from "../../src/index.ts";

export type FileBench = {
  readonly db: Session;
  readonly folder: string;
  readonly path: (name: string) => string;
  /** Writes a file and returns its path. */
  readonly file: (name: string, content: string | Uint8Array) => string;
  /** Rows of Headrace, and of DuckDB, as plain values: wide integers as text, MAPs as lists of pairs. */
  readonly rows: (sql: string) => Promise<unknown>;
  readonly duck: (sql: string) => Promise<unknown>;
  /** `name TYPE` of every column. */
  readonly types: (sql: string) => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
};

export async function fileBench(): Promise<FileBench> {
  const db = await connect({ workers: 2, temporal: "string" });
  const instance = await DuckDBInstance.create(":memory:");
  const duck = await instance.connect();
  const folder = mkdtempSync(join(tmpdir(), "headrace-files-"));
  return {
    db,
    folder,
    path: (name) => join(folder, name),
    file: (name, content) => {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    rows: async (sql) => plain(await db.sql(sql).collect({ rows: "array" })),
    duck: async (sql) => (await duck.runAndReadAll(sql)).getRowsJson(),
    types: async (sql) => (await db.sql(sql).schema()).map(({ name, type }) => `${name} ${type}`),
    close: async () => {
      await db.close();
      duck.closeSync();
      instance.closeSync();
      rmSync(folder, { recursive: true });
    },
  };
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value instanceof Map) return [...value].map(([key, item]) => ({ key: plain(key), value: plain(item) }));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  return value;
}
