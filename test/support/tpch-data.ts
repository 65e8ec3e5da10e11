/** TPC-H data for tests, written once by the built generator. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { TABLES } from "../../tpch/gen/schema.ts";
import type { TestSession } from "./session.ts";

const root = join(import.meta.dirname, "../..");

/** The folder with `<table>.parquet` at this scale factor. */
export async function tpchData(scaleFactor: number): Promise<string> {
  const directory = join(root, "data", `tpch-sf${scaleFactor}`);
  if (!TABLES.every((table) => existsSync(join(directory, `${table}.parquet`)))) {
    const main = join(root, "dist/src/cli/main.js");
    await promisify(execFile)(process.execPath, [main, "tpch", "gen", "--sf", String(scaleFactor), "--out", directory]);
  }
  return directory;
}

/** Loads the tables, or defines views over the files. */
export async function defineTables(session: TestSession, directory: string, kind: "TABLE" | "VIEW"): Promise<void> {
  for (const table of TABLES) {
    await session.execute(`CREATE ${kind} ${table} AS SELECT * FROM '${join(directory, `${table}.parquet`)}'`);
  }
}
