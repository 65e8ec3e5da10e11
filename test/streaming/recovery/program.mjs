/** Runs one job to the end of its sources, or until it is killed. The argument says all of it, as JSON. */
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { connect } from "headrace";

/** Sums and their epochs by the first letter of the key: the result depends on all epochs before, and on where they were cut. */
const TOTALS = {
  map: ({ key, value }) => [
    [key.slice(0, 1), value],
    ["all", 1n],
  ],
  reduce: (_key, values) => values.reduce((sum, value) => sum + value),
  merge: (old, value, state) => {
    state.total = (state.total ?? 0n) + value;
    state.epochs = (state.epochs ?? 0) + 1;
    return `${state.total} in ${state.epochs} epochs after ${old?.length ?? 0} letters`;
  },
  key: "VARCHAR",
  value: "BIGINT",
  result: "VARCHAR",
  state: { total: "BIGINT", epochs: "INTEGER" },
};

/** A file for each epoch, which appears when it is committed. No epoch may come twice. */
function intoFiles(folder) {
  mkdirSync(folder, { recursive: true });
  const pathOf = (epoch) => join(folder, `${String(epoch).padStart(6, "0")}.ndjson`);
  const line = (row, weight) =>
    `${JSON.stringify({ ...row, weight }, (_, value) => (typeof value === "bigint" ? String(value) : value))}\n`;
  let text = "";
  return {
    open: () =>
      Math.max(0, ...readdirSync(folder).map((name) => (name.startsWith(".") ? 0 : Number.parseInt(name, 10)))),
    write: ({ epoch, added, removed }) => {
      if (existsSync(pathOf(epoch))) throw new Error(`epoch ${epoch} came again`);
      text = [...removed.map((row) => line(row, -1)), ...added.map((row) => line(row, 1))].join("");
    },
    commit: (epoch) => {
      writeFileSync(join(folder, ".next"), text);
      renameSync(join(folder, ".next"), pathOf(epoch));
      text = "";
    },
  };
}

const { statements, select, merges, files, before, options, workers } = JSON.parse(process.argv[2]);
const db = await connect({ workers });
for (const statement of statements) await db.execute(statement);
if (before !== undefined) {
  // Only the first epochs, for a savepoint.
  await db.execute(`CREATE TABLE before (${before.columns}) WITH ('connector' = 'blackhole')`);
  let reached;
  const half = new Promise((resolve) => (reached = resolve));
  const onEpoch = ({ epoch }) => epoch >= before.epochs && reached();
  const job = await db.sql(before.select).insertInto("before", { ...options, onEpoch });
  await half;
  await job.stop({ savepoint: before.savepoint });
} else {
  const selected = db.sql(select);
  const query = merges ? selected.mapReduceMerge(TOTALS) : selected;
  const job = await (files === undefined
    ? query.insertInto("result", options)
    : query.forEachChange(intoFiles(files), options));
  writeSync(1, "running\n");
  await job.done;
}
await db.close();
