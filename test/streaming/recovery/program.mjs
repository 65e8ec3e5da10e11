/** Runs one job to the end of its sources, or until it is killed. The argument says all of it, as JSON. */
import { writeSync } from "node:fs";
import { connect } from "headrace";

const { statements, select, options, workers } = JSON.parse(process.argv[2]);
const db = await connect({ workers });
for (const statement of statements) await db.execute(statement);
const job = await db.sql(select).insertInto("result", options);
writeSync(1, "running\n");
await job.done;
await db.close();
