import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkAnswer, loadAnswer } from "../../../tpch/answers/check.ts";
import { generateTpch } from "../../../tpch/gen/generate.ts";
import { SCHEMA, TABLES } from "../../../tpch/gen/schema.ts";
import { query, QUERY_COUNT, randomParameters } from "../../../tpch/queries/queries.ts";

const SCALE = 0.01;
const QUERIES = Array.from({ length: QUERY_COUNT }, (_, i) => i + 1);

let directory: string;
let duckdb: DuckDBConnection;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "headrace-tpch-"));
  await generateTpch({ scaleFactor: SCALE, directory, format: "parquet", workers: 2 });
  await generateTpch({ scaleFactor: SCALE, directory, format: "csv", workers: 2 });
  duckdb = await (await DuckDBInstance.create(":memory:", { threads: "2" })).connect();
  for (const table of TABLES) await duckdb.run(`CREATE TABLE ${table} AS FROM '${join(directory, table)}.parquet'`);
});

afterAll(async () => {
  duckdb.closeSync();
  await rm(directory, { recursive: true });
});

test.each(QUERIES)("query %i over the generated data gives the reference answer", async (number) => {
  const result = await duckdb.runAndReadAll(query(number));
  const rows = result.getRowsJson() as readonly (readonly unknown[])[];
  expect(checkAnswer(number, SCALE, { columns: result.columnNames(), rows })).toBeUndefined();
});

test.each(QUERIES)("query %i is valid with random parameters", async (number) => {
  for (let seed = 0; seed < 5; seed++) {
    const result = await duckdb.runAndReadAll(query(number, randomParameters(number, seed, SCALE)));
    expect(result.columnNames()).toEqual(loadAnswer(number, SCALE).columns);
  }
});

test.each(TABLES)("%s has its types in Parquet, and the same rows as in CSV", async (table) => {
  const described = await duckdb.runAndReadAll(`DESCRIBE ${table}`);
  const columns = SCHEMA[table].map(({ name, type }) => [name, type]);
  expect(described.getRowsJson().map((row) => row.slice(0, 2))).toEqual(columns);

  const types = columns.map(([name, type]) => `'${name}': '${type}'`).join(", ");
  const csv = `read_csv('${join(directory, table)}.csv', header = true, columns = {${types}})`;
  const differing = await duckdb.runAndReadAll(`
    SELECT count(*) FROM ((FROM ${csv} EXCEPT ALL FROM ${table}) UNION ALL (FROM ${table} EXCEPT ALL FROM ${csv}))`);
  expect(differing.getRowsJson()).toEqual([["0"]]);
});

test("row groups are in key order", async () => {
  const path = join(directory, "lineitem.parquet");
  const result = await duckdb.runAndReadAll(`SELECT bool_and(l_orderkey >= before) FROM (
    SELECT l_orderkey, lag(l_orderkey) OVER (ORDER BY file_row_number) AS before
    FROM read_parquet('${path}', file_row_number = true))`);
  expect(result.getRowsJson()).toEqual([[true]]);
});
