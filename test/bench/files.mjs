/**
 * CSV and JSON in, and Parquet, CSV and JSON out, against DuckDB, interleaved in one process, at equal numbers of threads.
 *
 *     node test/bench/files.mjs [--sf 1] [--runs 3] [--workers 2]     over the built package
 *
 * Makes lineitem once, in data/. Prints the medians and their ratio; the exit code is 1 where a ratio exceeds 2 (2.5 for writing).
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import { connect } from "../../dist/src/index.js";
import { compare } from "./compare.mjs";

const { values } = parseArgs({
  options: {
    sf: { type: "string", default: "1" },
    runs: { type: "string", default: "3" },
    workers: { type: "string", default: "2" },
  },
});
const root = join(import.meta.dirname, "../..");
const main = join(root, "dist/src/cli/main.js");
const runs = Number(values.runs);

/** The file of lineitem in this format. */
function lineitem(format) {
  const folder = join(root, "data", `bench-sf${values.sf}-${format}`);
  const file = join(folder, `lineitem.${format}`);
  if (!existsSync(file)) {
    const args = [main, "tpch", "gen", "--sf", values.sf, "--out", folder, "--format", format];
    const { status } = spawnSync(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
    if (status !== 0) throw new Error("the generator failed");
  }
  return file;
}

const [text, parquet] = [lineitem("tbl"), lineitem("parquet")];
const folder = mkdtempSync(join(tmpdir(), "headrace-bench-"));
const db = await connect({ workers: Number(values.workers) });
const peer = await (await DuckDBInstance.create(":memory:", { threads: values.workers })).connect();
const query = async (sql) => (await peer.runAndReadAll(sql)).getRows();
try {
  const csv = `FROM read_csv('${text}', delim = '|', header = false)`;
  const counts = `SELECT count(*), sum(column05) ${csv}`;
  const nested = join(folder, "nested.ndjson");
  await db.execute(`COPY (SELECT i AS id, {'name': 'user ' || i, 'tags': ['a' || i % 10, 'b'], 'at': {'x': i / 7, 'y': i % 100}} AS u,
    [i, i + 1, i + 2] AS l FROM range(${Math.ceil(2e6 * Number(values.sf))}) t(i)) TO '${nested}'`);
  const objects = `SELECT sum(u.at.y), max(u.name), sum(len(u.tags)), sum(l[2]) FROM '${nested}'`;
  const reading = await compare(
    [
      { name: "CSV: count and sum", own: () => db.execute(counts), peer: () => query(counts) },
      { name: "JSON: nested values", own: () => db.execute(objects), peer: () => query(objects) },
    ],
    { runs, most: 2 },
  );
  const load = `CREATE TABLE lineitem AS FROM '${parquet}'`;
  await db.execute(load);
  await query(load);
  const write = (name) => `COPY lineitem TO '${join(folder, name)}' (HEADER false)`;
  const plain = (name) => write(name).replace(" (HEADER false)", "");
  const writing = await compare(
    [
      { name: "Parquet: write", own: () => db.execute(plain("own.parquet")), peer: () => query(plain("peer.parquet")) },
      { name: "CSV: write", own: () => db.execute(write("own.csv")), peer: () => query(write("peer.csv")) },
      { name: "JSON: write", own: () => db.execute(plain("own.json")), peer: () => query(plain("peer.json")) },
    ],
    { runs, most: 2.5 },
  );
  const difference = `SELECT count(*) FROM (FROM '${join(folder, "own.parquet")}' EXCEPT ALL FROM lineitem)`;
  process.stdout.write(`rows that DuckDB reads differently: ${String((await query(difference))[0][0])}\n`);
  process.exitCode = reading && writing ? 0 : 1;
} finally {
  await db.close();
  peer.closeSync();
  rmSync(folder, { recursive: true, force: true });
}
