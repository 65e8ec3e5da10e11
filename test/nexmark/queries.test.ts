/** The queries over tables of events, against DuckDB over the same files. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Session } from "headrace";
import { afterAll, beforeAll, expect, it } from "vitest";
import { generate } from "../../nexmark/cli/gen.ts";
import { countChar, queryTexts, sideInput } from "../../nexmark/queries/queries.ts";
import { EVENT_TABLES } from "../../src/streaming/connectors/nexmark/model.ts";
import { connectOracle } from "../support/oracle.ts";
import type { TestSession } from "../support/session.ts";
import { DUCKDB_QUERIES } from "./duckdb-queries.ts";

/** A hundred seconds: windows and sessions come to an end. No two bids of an auction share a price among its highest. */
const MODEL = { seed: 7, baseTime: Date.UTC(2015, 6, 15, 7, 59), rate: 200 };
const EVENTS = 20_000;

let directory: string;
let session: Session;
let oracle: TestSession;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "headrace-nexmark-"));
  await generate({ events: EVENTS, directory, format: "parquet", model: MODEL });
  await writeFile(join(directory, "side-input.csv"), sideInput());
  session = await connect({ workers: 2, temporal: "string" });
  oracle = await connectOracle();
  for (const table of EVENT_TABLES) {
    const sql = `CREATE TABLE ${table} AS SELECT * FROM '${join(directory, table)}.parquet'`;
    await session.execute(sql);
    await oracle.execute(sql);
  }
  await session.execute(`CREATE TABLE side_input AS SELECT key, value::VARCHAR AS value
    FROM '${join(directory, "side-input.csv")}'`);
  session.createFunction("count_char", { args: ["VARCHAR", "VARCHAR"], returns: "BIGINT", fn: countChar });
});

afterAll(async () => {
  await session.close();
  await oracle.close();
  await rm(directory, { recursive: true });
});

it.each(Object.keys(DUCKDB_QUERIES))("%s", async (name) => {
  const { select } = queryTexts(name, { sideInput: "", output: "" });
  const ours = await session.sql(select).collect({ rows: "array" });
  const theirs = (await oracle.execute(DUCKDB_QUERIES[name]!)).at(-1)!.rows!;
  expect(theirs.length).toBeGreaterThan(0);
  expect(texts(name, ours)).toEqual(texts(name, theirs));
});

/** Rows as sorted texts; averages to eleven digits; of q19 what does not depend on the order of equal prices. */
function texts(name: string, rows: readonly (readonly unknown[])[]): string[] {
  const value = (_: string, item: unknown): unknown => {
    if (typeof item === "bigint") return String(item);
    return typeof item === "number" ? String(Number(item.toPrecision(11))) : item;
  };
  const shown = name === "q19" ? rows.map((row) => [row[0], row[2], row[7]]) : rows;
  return shown.map((row) => JSON.stringify(row, value)).sort();
}
