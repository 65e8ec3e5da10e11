/**
 * Pushes rows into a stream that a job with checkpoints reads, from number `first` on, until it is killed or told by its input to end.
 * Says `ready`, and every number whose push has resolved. The argument says all else, as JSON.
 */
import { writeSync } from "node:fs";
import { connect } from "headrace";

const { folder, first, workers, select, columns } = JSON.parse(process.argv[2]);
const db = await connect({ workers });
const numbers = db.stream("numbers", { id: "BIGINT", name: "VARCHAR", at: "TIMESTAMP" }, { changes: false });
await db.execute(`
  CREATE TABLE result (${columns})
    WITH ('connector' = 'filesystem', 'path' = '${folder}/files', 'format' = 'ndjson', 'changelog' = 'retract')`);
const job = await db.sql(select).insertInto("result", {
  name: "job",
  checkpoint: { directory: `${folder}/state`, epochs: 5 },
});
writeSync(1, "ready\n");
const end = new AbortController();
process.stdin.on("data", () => end.abort());
let next = first;
const row = (id) => ({ id, name: `name ${id % 17}`, at: new Date(Date.UTC(2024, 0, 1) + id) });
// Some at a time, of one row or several each.
const pusher = async () => {
  while (!end.signal.aborted) {
    const ids = Array.from({ length: 1 + (next % 4) }, () => next++);
    await numbers.push(ids.map(row));
    writeSync(1, `${ids.join(" ")}\n`);
    await new Promise((resolve) => setImmediate(resolve));
  }
};
await Promise.all(Array.from({ length: 8 }, pusher));
await job.flush();
await job.stop();
await db.close();
process.exit(0);
