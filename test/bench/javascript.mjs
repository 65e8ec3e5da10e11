/**
 * A JavaScript function over 6 million rows, `x => x * 2 + 1`: here value by value and over vectors, as a function of DuckDB's
 * Node.js client, which calls it on one thread, and as plain SQL in both. All in one run, both with two threads.
 *
 *     node test/bench/javascript.mjs [--rows 6000000] [--runs 3]        over the built package
 *
 * Prints the medians of elapsed and of processor time (all threads); the exit code is 1 where the slower of ours takes more than a
 * fifth of the processor time of DuckDB's, or a sum differs. Elapsed times tell more on a machine that does nothing else.
 */
import { parseArgs } from "node:util";
import { DOUBLE, DuckDBInstance, DuckDBScalarFunction } from "@duckdb/node-api";
import { connect } from "../../dist/src/index.js";

const { values } = parseArgs({
  options: { rows: { type: "string", default: "6000000" }, runs: { type: "string", default: "3" } },
});
const ROWS = Number(values.rows);
const RUNS = Number(values.runs);
const LEAST = 5;
const EXPECTED = ROWS * ROWS;

/** DuckDB's client hands over a chunk: the same loop, over the bytes of its vectors. */
const duckFunction = DuckDBScalarFunction.create({
  name: "f",
  parameterTypes: [DOUBLE],
  returnType: DOUBLE,
  mainFunction: (_info, input, output) => {
    const column = input.getColumnVector(0);
    for (let i = 0; i < input.rowCount; i++) output.setItem(i, column.getItem(i) * 2 + 1);
    output.flush();
  },
});

const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
const duck = await instance.connect();
await duck.run(`CREATE TABLE t AS SELECT i::DOUBLE AS x FROM range(${ROWS}) r(i)`);
duck.registerScalarFunction(duckFunction);

const db = await connect({ workers: 2 });
await db.execute(`CREATE TABLE t AS SELECT i::DOUBLE AS x FROM range(${ROWS}) r(i)`);
db.createFunction("f", { args: ["DOUBLE"], returns: "DOUBLE", fn: (x) => x * 2 + 1 });
db.createFunction("v", {
  args: ["DOUBLE"],
  returns: "DOUBLE",
  vectorized: true,
  fn: ({ values: xs, length }) => {
    const out = new Float64Array(length);
    for (let i = 0; i < length; i++) out[i] = xs[i] * 2 + 1;
    return out;
  },
});

const ours = async (sql) => Number((await db.sql(sql).collect({ rows: "array" }))[0][0]);
const theirs = async (sql) => Number((await duck.runAndReadAll(sql)).getRows()[0][0]);
const CASES = {
  SQL: () => ours("SELECT sum(x * 2 + 1) FROM t"),
  "value by value": () => ours("SELECT sum(f(x)) FROM t"),
  vectorized: () => ours("SELECT sum(v(x)) FROM t"),
  "DuckDB, SQL": () => theirs("SELECT sum(x * 2 + 1) FROM t"),
  "DuckDB, function": () => theirs("SELECT sum(f(x)) FROM t"),
};

const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
const medians = new Map();
let failed = false;
for (const [name, run] of Object.entries(CASES)) {
  const times = [];
  const processor = [];
  for (let k = 0; k <= RUNS; k++) {
    const start = performance.now();
    const used = process.cpuUsage();
    const sum = await run();
    const { user, system } = process.cpuUsage(used);
    // The first one compiles.
    if (k > 0) times.push(performance.now() - start);
    if (k > 0) processor.push((user + system) / 1000);
    failed ||= Math.abs(sum - EXPECTED) > EXPECTED * 1e-9;
  }
  medians.set(name, median(processor));
  const figures = [median(times), median(processor)].map((ms) => `${ms.toFixed(1)} ms`.padStart(12));
  process.stdout.write(`${name.padEnd(20)}${figures.join("")}\n`);
}
const slower = Math.max(medians.get("value by value"), medians.get("vectorized"));
const ratio = medians.get("DuckDB, function") / slower;
process.stdout.write(`${ratio.toFixed(1)} times less processor time than DuckDB's function, at least ${LEAST}\n`);
await db.close();
duck.closeSync();
instance.closeSync();
process.exit(failed || ratio < LEAST ? 1 : 0);
