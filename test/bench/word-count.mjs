/**
 * Words of a million lines counted: by `mapReduceMerge`, over a table and over lines that come from a file in epochs, and by SQL. All
 * in one run, with two threads.
 *
 *     node test/bench/word-count.mjs [--lines 1000000] [--runs 2]        over the built package
 *
 * Prints the best elapsed time with lines per second, and the processor time of that run (all threads); the exit code is 1 where
 * counts differ.
 */
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { connect } from "../../dist/src/index.js";

const { values } = parseArgs({
  options: { lines: { type: "string", default: "1000000" }, runs: { type: "string", default: "2" } },
});
const LINES = Number(values.lines);
const WORDS_A_LINE = 8;
const MOST_WORDS = 20_000;

/** Few words are frequent, many are not. */
function* lines() {
  let seed = 7;
  const random = () => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff) / 0x80000000;
  yield "line\n";
  for (let i = 0; i < LINES; i++) {
    const words = Array.from({ length: WORDS_A_LINE }, () => `word${Math.floor(MOST_WORDS ** random())}`);
    yield `${words.join(" ")}\n`;
  }
}

const folder = mkdtempSync(join(tmpdir(), "headrace-words-"));
const file = join(folder, "lines.csv");
await pipeline(Readable.from(lines()), createWriteStream(file));

const db = await connect({ workers: 2 });
await db.execute(`
  CREATE TABLE lines AS FROM read_csv('${file}', header = true);
  CREATE TABLE coming (line VARCHAR)
    WITH ('connector' = 'filesystem', 'path' = '${file}', 'format' = 'csv', 'scan.bounded' = 'true')`);

const COUNTS = {
  map: ({ line }) => line.split(" ").map((word) => [word, 1]),
  reduce: (_word, counts) => {
    let sum = 0;
    for (const count of counts) sum += count;
    return sum;
  },
  merge: (old = 0, count) => old + count,
  key: "VARCHAR",
  value: "DOUBLE",
};
const SQL = (table) =>
  `SELECT word AS key, count(*)::DOUBLE AS result FROM (SELECT unnest(string_split(line, ' ')) AS word FROM ${table}) GROUP BY word`;

const collected = async (query) => new Map(await query.collect({ rows: "array" }));
const continuous = async (query, rows) => {
  const counts = new Map();
  const take = ({ added }) => {
    for (const { key, result } of added) counts.set(key, result);
  };
  const job = await query.forEachChange(take, { epoch: { rows } });
  await job.done;
  return counts;
};
const CASES = {
  "SQL, a table": () => collected(db.sql(SQL("lines"))),
  "mapReduceMerge, a table": () => collected(db.table("lines").mapReduceMerge(COUNTS)),
  "SQL, epochs of 100,000": () => continuous(db.sql(SQL("coming")), 100_000),
  "mapReduceMerge, epochs of 100,000": () => continuous(db.table("coming").mapReduceMerge(COUNTS), 100_000),
  "SQL, epochs of 10,000": () => continuous(db.sql(SQL("coming")), 10_000),
  "mapReduceMerge, epochs of 10,000": () => continuous(db.table("coming").mapReduceMerge(COUNTS), 10_000),
};

const textOf = (counts) => JSON.stringify([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
let expected;
for (const [name, run] of Object.entries(CASES)) {
  let best = { ms: Number.POSITIVE_INFINITY, cpu: 0 };
  for (let k = 0; k < Number(values.runs); k++) {
    const start = performance.now();
    const used = process.cpuUsage();
    const counts = textOf(await run());
    const { user, system } = process.cpuUsage(used);
    const ms = performance.now() - start;
    if (ms < best.ms) best = { ms, cpu: (user + system) / 1000 };
    expected ??= counts;
    if (counts !== expected) {
      process.stdout.write(`${name}: other counts\n`);
      process.exitCode = 1;
    }
  }
  const figures = [
    `${best.ms.toFixed(0)} ms`,
    `${best.cpu.toFixed(0)} ms cpu`,
    `${(LINES / best.ms).toFixed(0)} k lines/s`,
  ];
  process.stdout.write(`${name.padEnd(36)}${figures.map((figure) => figure.padStart(15)).join("")}\n`);
}
await db.close();
rmSync(folder, { recursive: true });
