/**
 * Epochs of ten rows beside a state of many, with and without look-ups: `node test/bench/small-epochs.mjs [ROWS] [MEMORY]`, a million rows
 * by default. Prints for each query the median and the 99th percentile of an epoch's time, its processor time, and what states take.
 */
import { connect } from "../../dist/src/index.js";

const rows = Number(process.argv[2] ?? 1e6);
const memoryLimit = process.argv[3];
const BATCH = 100_000;
const PER_EPOCH = 10;
/** Indexes are made in the first ones. */
const WARM_UP = 200;
const EPOCHS = 200;

const QUERIES = {
  groups: "SELECT k, count(*) AS n, sum(v) AS s FROM t GROUP BY k",
  "join, the other side": "SELECT s.k, s.v, t.v AS w FROM s JOIN t ON s.k = t.k",
  "left join, the other side": "SELECT s.k, s.v, t.v AS w FROM s LEFT JOIN t ON s.k = t.k",
  "first of each":
    "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY k ORDER BY v DESC) AS r FROM t) WHERE r = 1",
  DISTINCT: "SELECT DISTINCT k FROM t",
  "first ten": "SELECT k, v FROM t ORDER BY v DESC, k LIMIT 10",
  "first ten groups": "SELECT k, sum(v) AS s FROM t GROUP BY k ORDER BY s DESC, k LIMIT 10",
  "most of all groups": "SELECT max(s) AS m FROM (SELECT k, sum(v) AS s FROM t GROUP BY k)",
};

const keyOf = (i) => (i * 7919) % 1_000_000_007;
const quantile = (times, q) => times.toSorted((a, b) => a - b)[Math.floor(times.length * q)].toFixed(2);

process.stdout.write(`${rows} rows, epochs of ${PER_EPOCH}\n`);
for (const [name, sql] of Object.entries(QUERIES)) {
  for (const lookups of ["auto", "never"]) {
    const db = await connect({ workers: 2, memoryLimit, config: { lookups } });
    const [t, s] = ["t", "s"].map((stream) => db.stream(stream, { k: "BIGINT", v: "BIGINT" }));
    const view = await db.sql(sql).materialize("kept");
    for (let i = 0; i < rows; i += BATCH)
      await t.push(Array.from({ length: BATCH }, (_, j) => ({ k: keyOf(i + j), v: j })));
    await view.flush();
    const times = [];
    let cpu = process.cpuUsage();
    for (let epoch = 0; epoch < WARM_UP + EPOCHS; epoch++) {
      if (epoch === WARM_UP) [times.length, cpu] = [0, process.cpuUsage()];
      const changed = Array.from({ length: PER_EPOCH }, (_, i) => ({
        k: keyOf((epoch * 104_729 + i * 15_485_863) % rows),
        v: epoch,
      }));
      const began = performance.now();
      await (name.includes("other side") ? s : t).push(changed);
      await view.flush();
      times.push(performance.now() - began);
    }
    const { user, system } = process.cpuUsage(cpu);
    const { stateBytes, indexBytes, spilledBytes } = view.stats();
    const sizes = [stateBytes, indexBytes, spilledBytes].map((bytes) => (bytes / 1e6).toFixed(0));
    process.stdout.write(
      `${name.padEnd(26)} look-ups ${lookups.padEnd(5)} p50 ${quantile(times, 0.5)} ms  p99 ${quantile(times, 0.99)} ms  ` +
        `CPU ${((user + system) / 1000 / EPOCHS).toFixed(2)} ms  states ${sizes[0]} MB, indexes ${sizes[1]}, in files ${sizes[2]}\n`,
    );
    await db.close();
  }
}
