/**
 * Whether memory stays where it is: a windowed join of two streams with watermarks runs for minutes, and the resident memory of the
 * process is looked at all the time.
 *
 *     node --heap-growing-percent=30 test/bench/steady-memory.mjs [--seconds 600] [--rate 50000] [--workers 2] [--window 5]
 *                                                                 [--checkpoint]              over the built package
 *
 * Prints every ten seconds, in megabytes: resident memory; of it the shared memory's pages (Linux), and how much of these is in use;
 * the main thread's heap with its use, and memory outside of it. At the end the spread after two minutes, or after a fifth of a
 * shorter run: half of the distance from the least to the most, of their middle. The exit code is 1 where it is above 5 %. Without
 * the flag, which the shell sets for its jobs, V8 lets the heap of the main thread go up and down between 60 and 95 MB.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connect } from "../../dist/src/index.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    rate: { type: "string", default: "50000" },
    workers: { type: "string", default: "2" },
    window: { type: "string", default: "5" },
    checkpoint: { type: "boolean", default: false },
  },
});
const MOST_SPREAD = 0.05;
/** Seconds. */
const INTERVAL = 10;
const [seconds, rate] = [Number(values.seconds), Number(values.rate)];
const settled = Math.min(120, seconds / 5);
const MB = 1e6;

const folder = mkdtempSync(join(tmpdir(), "headrace-steady-"));
const db = await connect({ workers: Number(values.workers) });
try {
  for (const [i, name] of ["orders", "payments"].entries()) {
    await db.execute(`
      CREATE TABLE ${name} (id BIGINT, amount INTEGER, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
        WITH ('connector' = 'datagen', 'rows-per-second' = '${rate / 2}', 'seed' = '${i}',
          'fields.id.min' = '0', 'fields.id.max' = '${rate * 10}', 'fields.amount.min' = '1', 'fields.amount.max' = '1000')`);
  }
  await db.execute(
    "CREATE TABLE matches (id BIGINT, window_end TIMESTAMP(3), ordered INTEGER, paid INTEGER) WITH ('connector' = 'blackhole')",
  );
  const windowed = (name) => `TUMBLE(TABLE ${name}, DESCRIPTOR(ts), INTERVAL '${values.window}' SECOND)`;
  const query = db.sql(`
    SELECT o.id, o.window_end, o.amount AS ordered, p.amount AS paid
    FROM ${windowed("orders")} o
    JOIN ${windowed("payments")} p ON o.id = p.id AND o.window_start = p.window_start AND o.window_end = p.window_end`);
  const checkpoint = values.checkpoint ? { checkpoint: { directory: join(folder, "state") } } : {};
  const job = await query.insertInto("matches", checkpoint);
  print(["s", "rss", "shared", "in use", "heap", "used", "external", "rows", "state rows", "epochs"]);
  const began = performance.now();
  const seen = [];
  for (let look = 1; look * INTERVAL <= seconds; look++) {
    await setTimeout(began + look * INTERVAL * 1000 - performance.now());
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
    const at = (performance.now() - began) / 1000;
    if (at > settled) seen.push(rss);
    const { inputRows, stateRows, epochs } = job.stats();
    const sizes = [rss, sharedResident(), db.runtime.shared.usedBytes, heapTotal, heapUsed, external];
    print([at.toFixed(0), ...sizes.map((bytes) => (bytes / MB).toFixed(1)), inputRows, stateRows, epochs]);
  }
  await job.stop();
  const [least, most] = [Math.min(...seen), Math.max(...seen)];
  const spread = (most - least) / (most + least);
  const text = `${(least / MB).toFixed(1)} to ${(most / MB).toFixed(1)} MB`;
  process.stdout.write(`after ${settled} s: ${text}, ${(spread * 100).toFixed(1)} % around the middle\n`);
  if (spread > MOST_SPREAD) process.exitCode = 1;
} finally {
  await db.close();
  rmSync(folder, { recursive: true });
}

function print(cells) {
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(10)).join("")}\n`);
}

/** Bytes of the process's largest mapping, the one memory of all queries, that are resident; elsewhere than on Linux unknown. */
function sharedResident() {
  if (process.platform !== "linux") return Number.NaN;
  let [largest, resident] = [0, 0];
  let size = 0;
  for (const line of readFileSync("/proc/self/smaps", "utf8").split("\n")) {
    const [, name, kilobytes] = /^(Size|Rss): +(\d+) kB$/.exec(line) ?? [];
    if (name === "Size") size = Number(kilobytes);
    // Address space that is only reserved has nothing in it.
    if (name === "Rss" && Number(kilobytes) > 0 && size > largest) [largest, resident] = [size, Number(kilobytes)];
  }
  return resident * 1024;
}
