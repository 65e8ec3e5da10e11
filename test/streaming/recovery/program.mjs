/** Runs one job to the end of its sources, or until it is killed. The argument says all of it, as JSON. */
import { writeSync } from "node:fs";
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

const { statements, select, merges, options, workers } = JSON.parse(process.argv[2]);
const db = await connect({ workers });
for (const statement of statements) await db.execute(statement);
const selected = db.sql(select);
const job = await (merges ? selected.mapReduceMerge(TOTALS) : selected).insertInto("result", options);
writeSync(1, "running\n");
await job.done;
await db.close();
