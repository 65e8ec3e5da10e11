/**
 * Correlated subqueries grow with their input, not with its square: each runs over 100,000 and over 1,000,000 outer rows.
 *
 *     node test/bench/correlated.mjs [--runs 3]        over the built package
 *
 * Prints both medians and their ratio; the exit code is 1 where a ratio exceeds 15. Times are processor times of all threads:
 * what else the machine does stays out of the ratio.
 */
import { parseArgs } from "node:util";
import { connect } from "../../dist/src/index.js";

const { values } = parseArgs({ options: { runs: { type: "string", default: "3" } } });
const MOST = 15;
const SIZES = [100_000, 1_000_000];

const QUERIES = {
  "scalar aggregate": "SELECT sum((SELECT sum(v) FROM i WHERE i.k = o.k)) FROM o",
  "scalar, not equal": "SELECT count((SELECT max(s) FROM small WHERE small.s < o.k % 10)) FROM o",
  "running aggregate": "SELECT sum((SELECT sum(v) FROM i WHERE i.k < o.k)) FROM o",
  "running by key": "SELECT sum((SELECT count(*) FROM i WHERE i.k = o.k AND i.v < o.v)) FROM o",
  exists: "SELECT count(*) FROM o WHERE EXISTS (SELECT 1 FROM i WHERE i.k = o.k AND i.v > o.v)",
  "not in": "SELECT count(*) FROM o WHERE v NOT IN (SELECT v FROM i WHERE i.k = o.k)",
  "not in, NULLs": "SELECT count(*) FROM o WHERE nullif(v, 5) NOT IN (SELECT nullif(v, 7) FROM i WHERE i.k = o.k)",
  "greater than all": "SELECT count(*) FROM o WHERE v > ALL (SELECT v FROM i WHERE i.k = o.k)",
  "limit 1": "SELECT sum((SELECT v FROM i WHERE i.k = o.k ORDER BY v DESC LIMIT 1)) FROM o",
  "lateral top 2": "SELECT count(*) FROM o, LATERAL (SELECT v FROM i WHERE i.k = o.k ORDER BY v LIMIT 2)",
  "two levels":
    "SELECT sum((SELECT count(*) FROM i WHERE i.k = o.k AND i.v > (SELECT avg(v) FROM i j WHERE j.k = o.k))) FROM o",
  window: "SELECT sum((SELECT max(r) FROM (SELECT row_number() OVER (ORDER BY v) AS r FROM i WHERE i.k = o.k))) FROM o",
};

const times = new Map(Object.keys(QUERIES).map((name) => [name, []]));
for (const rows of SIZES) {
  const db = await connect();
  try {
    await db.execute(`CREATE TABLE o AS SELECT i % ${rows / 10} AS k, i % 977 AS v FROM range(${rows}) r(i)`);
    await db.execute(
      `CREATE TABLE i AS SELECT i % ${rows / 10} AS k, (i * 7) % 1009 AS v FROM range(${rows / 5}) r(i)`,
    );
    await db.execute("CREATE TABLE small AS SELECT i AS s FROM range(10) r(i)");
    for (const [name, sql] of Object.entries(QUERIES)) {
      await db.execute(sql);
      const runs = [];
      for (let run = 0; run < Number(values.runs); run++) {
        const start = process.cpuUsage();
        await db.execute(sql);
        const { user, system } = process.cpuUsage(start);
        runs.push((user + system) / 1000);
      }
      times.get(name).push(runs.sort((a, b) => a - b)[runs.length >> 1]);
    }
  } finally {
    await db.close();
  }
}

let worst = 0;
for (const [name, [small, large]] of times) {
  worst = Math.max(worst, large / small);
  const figures = [small, large].map((ms) => `${ms.toFixed(1)} ms`.padStart(12)).join("");
  process.stdout.write(`${name.padEnd(20)}${figures}${(large / small).toFixed(1).padStart(8)}\n`);
}
process.stdout.write(`worst ratio ${worst.toFixed(1)}, at most ${MOST}\n`);
process.exit(worst <= MOST ? 0 : 1);
