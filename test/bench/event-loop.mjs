/**
 * How long statements keep the event loop waiting, in milliseconds: the longest turn in a process that has done nothing
 * before, and the longest of further runs. Once by the clock, which on a busy machine counts other processes, and once by
 * the time that the thread had a processor (Linux).
 *
 *     node test/bench/event-loop.mjs [--runs 5] [--rows 1000000] [--workers 2] [--case NAME]     over the built package
 *
 * The exit code is 1 where the thread works for more than 20 ms.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    rows: { type: "string", default: "1000000" },
    workers: { type: "string", default: "2" },
    case: { type: "string" },
  },
});
const MOST = 20;
/** Milliseconds between the monitor's looks. */
const RESOLUTION = 1;

const COLUMNS = `i AS id, i % 1000 AS k, 'value ' || (i % 5000) AS s, i / 7 AS d, DATE '2020-01-01' + (i % 1500)::INTEGER AS day`;
const TABLE = `CREATE TABLE t AS SELECT ${COLUMNS} FROM range(${values.rows}) r(i)`;
const WIDE = Array.from({ length: 100 }, (_, i) => `i % ${i + 2} AS c${i}`).join(", ");

/** What each does first, unmeasured, and then. */
const CASES = {
  connect: { work: async (db) => db.tables() },
  "SELECT 42": { work: (db) => db.execute("SELECT 42") },
  "a DataFrame": { work: (db, _, { expr }) => db.sql("SELECT 42 AS a").filter(expr("a > 1")).collect() },
  aggregate: { before: TABLE, work: (db) => db.execute("SELECT k, count(*), sum(d) FROM t GROUP BY k ORDER BY k") },
  join: { before: TABLE, work: (db) => db.execute("SELECT count(*) FROM t JOIN t u ON t.id = u.id WHERE u.k < 500") },
  "collect all rows": { before: TABLE, work: (db) => db.table("t").collect() },
  "collect all rows as arrays": { before: TABLE, work: (db) => db.table("t").collect({ rows: "array" }) },
  toArrow: { before: TABLE, work: (db) => db.table("t").toArrow() },
  "CREATE TABLE AS": { work: (db) => db.execute(`DROP TABLE IF EXISTS t; ${TABLE}`) },
  UPDATE: { before: TABLE, work: (db) => db.execute("UPDATE t SET d = d + 1 WHERE k % 3 = 1") },
  "COPY TO CSV": { before: TABLE, work: (db, folder) => db.execute(`COPY t TO '${folder}/t.csv'`) },
  "COPY TO JSON": { before: TABLE, work: (db, folder) => db.execute(`COPY t TO '${folder}/t.json'`) },
  "COPY TO Parquet": { before: TABLE, work: (db, folder) => db.execute(`COPY t TO '${folder}/t.parquet'`) },
  "SUMMARIZE, 100 columns": {
    before: `CREATE TABLE wide AS SELECT ${WIDE} FROM range(1000) r(i)`,
    work: (db) => db.execute("SUMMARIZE wide"),
  },
};

if (values.case === undefined) {
  row("longest turn, ms", ["first", "then", "cpu first", "cpu then"]);
  for (const name of Object.keys(CASES)) {
    const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2), "--case", name];
    const { stdout, status } = spawnSync(process.execPath, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (status !== 0) throw new Error(`${name}: exit code ${status}`);
    const turns = JSON.parse(stdout);
    row(
      name,
      turns.map((ms) => ms.toFixed(1)),
    );
    if (Math.max(...turns.slice(-2)) > MOST) process.exitCode = 1;
  }
} else {
  const headrace = await import("../../dist/src/index.js");
  const { connect } = headrace;
  const { before, work } = CASES[values.case];
  const folder = mkdtempSync(join(tmpdir(), "headrace-event-loop-"));
  const delays = [];
  let db;
  try {
    if (before !== undefined) {
      db = await connect({ workers: Number(values.workers) });
      await db.execute(before);
    }
    for (let run = 0; run <= Number(values.runs); run++) {
      delays.push(
        await longestTurn(async () => {
          db ??= await connect({ workers: Number(values.workers) });
          await work(db, folder, headrace);
        }),
      );
    }
  } finally {
    await db?.close();
    rmSync(folder, { recursive: true });
  }
  const most = (kind) => [delays[0][kind], Math.max(...delays.slice(1).map((delay) => delay[kind]))];
  process.stdout.write(JSON.stringify([...most("wall"), ...(delays[0].cpu === undefined ? [] : most("cpu"))]));
}

function row(name, cells) {
  process.stdout.write(`${name.padEnd(30)}${cells.map((cell) => cell.padStart(12)).join("")}\n`);
}

async function longestTurn(work) {
  const monitor = monitorEventLoopDelay({ resolution: RESOLUTION });
  monitor.enable();
  let cpu = cpuTime();
  let longest = cpu && 0;
  const timer = setInterval(() => {
    const now = cpuTime();
    if (now !== undefined) longest = Math.max(longest, now - cpu);
    cpu = now;
  }, RESOLUTION);
  await setTimeout(10 * RESOLUTION); // they count from their first look on
  await work();
  await setTimeout(2 * RESOLUTION);
  clearInterval(timer);
  monitor.disable();
  return { wall: monitor.max / 1e6 - RESOLUTION, cpu: longest };
}

/** Milliseconds that this thread has had a processor; undefined where the system does not tell. */
function cpuTime() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return undefined;
  }
}
