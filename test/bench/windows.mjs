/**
 * Window functions over 5 million rows against DuckDB, interleaved in one process, at equal numbers of threads.
 *
 *     node test/bench/windows.mjs [--rows 5000000] [--runs 3] [--workers 2]     over the built package
 *
 * Prints the medians and their ratio; the exit code is 1 where a ratio exceeds 2.
 */
import { parseArgs } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import { connect } from "../../dist/src/index.js";
import { compare } from "./compare.mjs";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "5000000" },
    runs: { type: "string", default: "3" },
    workers: { type: "string", default: "2" },
  },
});
const MOST = 2;
const day = "DATE '2020-01-01' + (i * 7919 % 1500)::INTEGER";
const TABLE = `CREATE TABLE t AS SELECT i AS id, i % 50000 AS k, (i * 7919) % 100003 AS v, ${day} AS d FROM range(${values.rows}) r(i)`;

const QUERIES = {
  "running sum": "SELECT sum(s) FROM (SELECT sum(v) OVER (PARTITION BY k ORDER BY id) AS s FROM t)",
  rank: "SELECT sum(r) FROM (SELECT rank() OVER (PARTITION BY k ORDER BY v) AS r FROM t)",
  lag: "SELECT sum(l) FROM (SELECT lag(v, 1) OVER (PARTITION BY k ORDER BY id) AS l FROM t)",
  "moving average, RANGE":
    "SELECT sum(a) FROM (SELECT avg(v) OVER (PARTITION BY k ORDER BY d RANGE BETWEEN INTERVAL 30 DAY PRECEDING AND CURRENT ROW) AS a FROM t)",
  "running sum, one partition": "SELECT sum(s) FROM (SELECT sum(v) OVER (ORDER BY id) AS s FROM t)",
  "row number, one partition": "SELECT sum(r) FROM (SELECT row_number() OVER (ORDER BY v, id) AS r FROM t)",
};

const db = await connect({ workers: Number(values.workers) });
const peer = await (await DuckDBInstance.create(":memory:", { threads: values.workers })).connect();
try {
  await db.execute(TABLE);
  await peer.run(TABLE);
  const cases = Object.entries(QUERIES).map(([name, sql]) => ({
    name,
    own: () => db.execute(sql),
    peer: async () => (await peer.runAndReadAll(sql)).getRows(),
  }));
  process.exitCode = (await compare(cases, { runs: Number(values.runs), most: MOST })) ? 0 : 1;
} finally {
  await db.close();
  peer.closeSync();
}
