/**
 * A sink that takes nothing for a minute: how much memory its process grows by meanwhile, and whether everything arrives afterwards.
 * A function gets the changes of a query over rows that come as fast as they can: Nexmark bids, made-up rows, rows that the program
 * pushes, small and large ones, together and one by one.
 *
 *     node test/bench/stalled-sink.mjs [--seconds 60] [--rows 3000000] [--source nexmark]        over the built package
 *
 * Each source has a process of its own. Prints its resident memory when the sink stalls and the most it grows by until the sink goes
 * on; the exit code is 1 where that is 64 MB or more, or rows are lost.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { connect } from "../../dist/src/index.js";

const MOST_MB = 64;
const SAMPLE_MS = 100;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    rows: { type: "string", default: "3000000" },
    source: { type: "string" },
  },
});
const ROWS = Number(values.rows);
/** Of 50 events 46 are bids. */
const BIDS = (ROWS / 50) * 46;

/** Of a source: the rows that it gives, those after which the sink stalls, a query over it, and what lasts until all have come. */
const SOURCES = {
  nexmark: {
    rows: BIDS,
    before: BIDS / 3,
    open: async (db) => {
      await db.execute(`CREATE TABLE bid (auction BIGINT, bidder BIGINT, price BIGINT, dateTime TIMESTAMP(3))
        WITH ('connector' = 'nexmark', 'table' = 'bid', 'events.num' = '${ROWS}')`);
      return { query: db.sql("SELECT 1::BIGINT AS id, auction, price FROM bid"), run: async (job) => job.done };
    },
  },
  datagen: {
    rows: ROWS,
    before: ROWS / 3,
    open: async (db) => {
      await db.execute(`CREATE TABLE made (id BIGINT, name VARCHAR, price BIGINT)
        WITH ('connector' = 'datagen', 'number-of-rows' = '${ROWS}', 'fields.name.length' = '40')`);
      return { query: db.sql("SELECT 1::BIGINT AS id, name, price FROM made"), run: async (job) => job.done };
    },
  },
  "small rows pushed": {
    rows: ROWS,
    before: 1,
    open: async (db) => pushed(db, ROWS, ""),
  },
  "one by one": {
    rows: ROWS / 60,
    before: 1,
    open: async (db) => pushed(db, ROWS / 60, "", 1),
  },
  "large rows pushed": {
    rows: ROWS / 30,
    before: 1,
    open: async (db) => pushed(db, ROWS / 30, "x".repeat(3000), 500),
  },
};

function pushed(db, rows, text, batch = 10_000) {
  const stream = db.stream("pushed", { id: "BIGINT", text: "VARCHAR" });
  const push = async (_job, stalled) => {
    for (let first = 0; first < rows; first += batch) {
      // The sink stalls at the first rows: all others come to one that does.
      if (first === batch) await stalled;
      await stream.push(
        Array.from({ length: Math.min(batch, rows - first) }, (_, i) => ({ id: 1, text: `${text}${i}` })),
      );
    }
    await stream.flush();
  };
  return { query: db.sql("SELECT id, text FROM pushed"), run: push };
}

async function measure(name) {
  const { rows, before, open } = SOURCES[name];
  const db = await connect({ workers: 2 });
  const { query, run } = await open(db);
  let taken = 0n;
  let start;
  let peak = 0;
  let stalls;
  const stalled = new Promise((resolve) => (stalls = resolve));
  const stall = async () => {
    stalls();
    start = process.memoryUsage.rss();
    const end = performance.now() + Number(values.seconds) * 1000;
    while (performance.now() < end) {
      peak = Math.max(peak, process.memoryUsage.rss());
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
  };
  const job = await query.forEachChange(async ({ added }) => {
    for (const { id } of added) taken += id;
    if (start === undefined && taken >= before) await stall();
  });
  await run(job, stalled);
  await job.stop();
  await db.close();
  const mb = (bytes) => bytes / 2 ** 20;
  const grown = mb(peak - start);
  const isGood = grown < MOST_MB && Number(taken) === rows;
  process.stdout.write(
    `${name.padEnd(18)} ${mb(start).toFixed(0).padStart(5)} MB, grown by ${grown.toFixed(1).padStart(6)} MB in ${values.seconds} s, ` +
      `${taken} of ${rows} rows${isGood ? "" : "  FAILED"}\n`,
  );
  return isGood;
}

if (values.source === undefined) {
  for (const source of Object.keys(SOURCES)) {
    const args = [import.meta.filename, "--source", source, "--seconds", values.seconds, "--rows", values.rows];
    const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
    if (status !== 0) process.exitCode = 1;
  }
} else if (!(await measure(values.source))) process.exitCode = 1;
