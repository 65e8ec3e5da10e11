/** Every kind of query under the prefix oracle. */
import { expect, it } from "vitest";
import { IN_FILES, judge, LOOKED_UP } from "./prefix/judge.ts";
import { createRandom, planEpochs, sampled } from "./prefix/oracle.ts";
import { QUERIES, TABLES } from "./prefix/query-kinds.ts";

/** Where there are more epochs, some are compared. */
const MOST_LOOKS = 12;

it.each([
  { name: "epochs of 1", sizes: [1], workers: 1, rows: 14 },
  { name: "epochs of 7", sizes: [7], workers: 2, rows: 40 },
  { name: "epochs of all sizes", sizes: [0, 30, 1, 20], workers: 4, rows: 60, config: { inlineRows: 0 } },
  { name: "one epoch", sizes: [1000], workers: 2, rows: 60 },
  { name: "states looked up", sizes: [1, 5, 17], workers: 2, rows: 60, config: LOOKED_UP },
  { name: "states in files", sizes: [20, 7], workers: 2, rows: 60, config: IN_FILES },
])(
  "$name, $workers workers, agree with the query over the rows so far",
  async ({ sizes, workers, rows: most, config }) => {
    const tables = Object.fromEntries(
      Object.entries(TABLES).map(([name, { schema, rows }]) => [name, { schema, rows: rows.slice(0, most) }]),
    );
    const epochs = planEpochs(tables, sizes, 0.2, createRandom(3));
    const looks = sampled(epochs.length, MOST_LOOKS, createRandom(4));
    const verdicts = await judge({ setup: [], tables, queries: QUERIES }, epochs, { workers, looks, config });
    expect(QUERIES.map((sql, i) => ({ sql, verdict: verdicts[i] }))).toEqual(
      QUERIES.map((sql) => ({ sql, verdict: expect.objectContaining({ kind: "agrees", compared: true }) })),
    );
    const inFiles = verdicts.filter((verdict) => verdict.kind === "agrees" && verdict.inFiles);
    const lookedUp = verdicts.filter((verdict) => verdict.kind === "agrees" && verdict.lookedUp);
    // The others have no keys.
    expect(lookedUp.length).toBeGreaterThanOrEqual(config === LOOKED_UP ? (QUERIES.length * 2) / 3 : 0);
    expect(inFiles.length).toBeGreaterThanOrEqual(config === IN_FILES ? QUERIES.length - 2 : 0);
  },
  600_000,
);
