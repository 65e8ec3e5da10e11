/**
 * The queries of our own scripts under the prefix oracle: streams with the rows of the scripts' tables in the tables' place.
 *
 *     HEADRACE_CORPUS_SEEDS=20       as many orders of the rows, over all queries; one, over some of them, by default
 *     HEADRACE_CORPUS_SCRIPTS=^join  only scripts of which the path matches
 */
import { expect, it } from "vitest";
import { corpusScripts, type Group, readGroups, thinned } from "./prefix/corpus.ts";
import { judge, type Verdict } from "./prefix/judge.ts";
import { createRandom, planEpochs } from "./prefix/oracle.ts";

const seeds = Number(process.env["HEADRACE_CORPUS_SEEDS"] ?? 0);
const filter = new RegExp(process.env["HEADRACE_CORPUS_SCRIPTS"] ?? "", "i");
const isWhole = seeds > 0;
/** Of a table. */
const MOST_ROWS = isWhole ? 40 : 16;
/** Of a group. */
const MOST_QUERIES = isWhole ? Infinity : 5;
/** Queries whose results had rows in some epoch. */
const LEAST_COMPARED = process.env["HEADRACE_CORPUS_SCRIPTS"] === undefined ? 300 : 1;
/** Two at a time: one plans while the other one's workers compute. */
const LANES = 2;

it("agree with the query over the rows so far", async () => {
  const scripts = (await corpusScripts()).filter((script) => filter.test(script));
  const counts = new Map<string, number>();
  const failures: string[] = [];
  const lane = async (): Promise<void> => {
    for (let script = scripts.shift(); script !== undefined; script = scripts.shift()) {
      for (const group of await readGroups(script, MOST_ROWS)) {
        const some = thinned(group, MOST_QUERIES);
        for (let seed = 1; seed <= Math.max(seeds, 1); seed++) {
          const verdicts = await judge(some, epochsOf(some, seed), { workers: 1 + (seed % 2) });
          for (const [i, verdict] of verdicts.entries()) {
            const kind = kindOf(verdict);
            counts.set(kind, (counts.get(kind) ?? 0) + 1);
            if (verdict.kind === "differs")
              failures.push(`${script}: ${some.queries[i]}\n  seed ${seed}: ${verdict.message}`);
          }
        }
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const summary = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => `${count} ${kind}`);
  process.stderr.write(`${summary.join("\n")}\n`);
  expect(failures.join("\n\n")).toBe("");
  expect(counts.get("compared") ?? 0).toBeGreaterThanOrEqual(LEAST_COMPARED);
}, 3_600_000);

/** Half of the rows, the others, in both some that go and come again, and in the end none. */
function epochsOf({ tables }: Group, seed: number): ReturnType<typeof planEpochs> {
  const rows = Object.values(tables).reduce((sum, table) => sum + table.rows.length, 0);
  return planEpochs(tables, [Math.max(1, Math.ceil(rows / 2))], 0.2, createRandom(seed));
}

function kindOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case "agrees":
      return verdict.compared ? "compared" : "compared, always empty";
    case "refused":
    case "left out":
      return `${verdict.kind}: ${verdict.reason}`;
    case "differs":
      return verdict.kind;
  }
}
