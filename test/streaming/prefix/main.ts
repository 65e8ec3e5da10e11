/**
 * `npm run test:prefix -- [options]`: the prefix oracle in every combination of query, size of the epochs and number of workers. After
 * every epoch, or a random sample where there are many, a continuous query's result must be what the query gives over the rows so
 * far, and nothing may be left when all are gone.
 *
 *     --seed N          of the order of the rows, the deletions and the sample (default 1)
 *     --only NAME       suites, queries and scripts of which the name contains this
 *     --workers A,B     default 1,2,4
 *     --epochs A,B      of 1, 7, 1000, all, random; all of them by default
 *     --in-files        states go to files at once
 *     --looked-up       they are looked up by key, however small they are
 *     --queries N       of each group of queries in our scripts, at most (default 5)
 *
 * Prints a line for each suite, size and number of workers; the exit code is 1 where something differs.
 */
import { parseArgs } from "node:util";
import { IN_FILES, LOOKED_UP } from "./judge.ts";
import { type EpochSize, type Judged, openSuites, type Suite, type Way } from "./suites.ts";

/** At a time: one plans while the other one's workers compute. */
const LANES = 2;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    workers: { type: "string", default: "1,2,4" },
    epochs: { type: "string", default: "1,7,1000,all,random" },
    queries: { type: "string", default: "5" },
    "in-files": { type: "boolean", default: false },
    "looked-up": { type: "boolean", default: false },
  },
});
const workers = values.workers.split(",").map(Number);
const wanted = new Set(values.epochs.split(","));
const seed = Number(values.seed);
const config = { ...(values["in-files"] && IN_FILES), ...(values["looked-up"] && LOOKED_UP) };

let combinations = 0;
let differences = 0;
for (const suite of await openSuites(Number(values.queries))) {
  const parts = suite.parts.filter(({ name }) => suite.name.includes(values.only) || name.includes(values.only));
  if (parts.length > 0) {
    for (const size of suite.sizes.filter((one) => wanted.has(one === "50 random" ? "random" : String(one))))
      for (const count of workers) await run(suite, parts, { size, workers: count, seed, config });
  }
  await suite.close();
}
process.stdout.write(`${combinations} combinations, ${differences} differences\n`);
if (differences > 0 || combinations === 0) process.exitCode = 1;

async function run(suite: Suite, parts: Suite["parts"], way: Way): Promise<void> {
  const began = performance.now();
  const waiting = [...parts];
  const judged: Judged[] = [];
  const lane = async (): Promise<void> => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) judged.push(await part.judge(way));
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const verdicts = judged.flatMap(({ name, verdicts: own }) => own.map((verdict) => ({ ...verdict, name })));
  const differ = verdicts.flatMap((verdict) => (verdict.kind === "differs" ? [verdict] : []));
  const agree = verdicts.flatMap((verdict) => (verdict.kind === "agrees" ? [verdict] : []));
  const withRows = agree.filter(({ compared }) => compared).length;
  const [epochs, looks] = [sum(judged, ({ epochs: all }) => all), sum(judged, ({ looks: some }) => some)];
  combinations += agree.length + differ.length;
  differences += differ.length;
  process.stdout.write(
    [
      `${suite.name}, epochs: ${describe(way.size)}, ${way.workers} workers: ${agree.length + differ.length} queries`,
      `${withRows} of them with rows`,
      `${verdicts.length - agree.length - differ.length} left out`,
      `looked after ${looks} of ${epochs} epochs`,
      `${((performance.now() - began) / 1000).toFixed(0)} s`,
      `${differ.length} differences\n`,
    ].join(", "),
  );
  for (const { name, query, message } of differ) process.stdout.write(`  ${name}: ${query}\n    ${message}\n`);
}

function describe(size: EpochSize): string {
  return typeof size === "number" ? `of ${size}` : size;
}

function sum(judged: readonly Judged[], of: (one: Judged) => number): number {
  return judged.reduce((total, one) => total + of(one), 0);
}
