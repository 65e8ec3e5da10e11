/** Every kind of query under the prefix oracle. */
import { expect, it } from "vitest";
import { judge } from "./prefix/judge.ts";
import { createRandom, planEpochs } from "./prefix/oracle.ts";
import { QUERIES, TABLES } from "./prefix/query-kinds.ts";

/** Whatever the states have goes to files at once. */
const IN_FILES = { threshold: 0, room: 2 ** 16, leastRows: 1 };

it.each([
  { name: "epochs of 1", sizes: [1], workers: 1, rows: 9 },
  { name: "epochs of 7", sizes: [7], workers: 2, rows: 40 },
  { name: "epochs of all sizes", sizes: [0, 30, 1, 20], workers: 4, rows: 60, config: { inlineRows: 0 } },
  { name: "one epoch", sizes: [1000], workers: 2, rows: 60 },
  { name: "states in files", sizes: [20, 7], workers: 2, rows: 60, config: { spill: IN_FILES, compactedRows: 8 } },
])(
  "$name, $workers workers, agree with the query over the rows so far",
  async ({ sizes, workers, rows: most, config }) => {
    const tables = Object.fromEntries(
      Object.entries(TABLES).map(([name, { schema, rows }]) => [name, { schema, rows: rows.slice(0, most) }]),
    );
    const epochs = planEpochs(tables, sizes, 0.2, createRandom(3));
    const verdicts = await judge({ setup: [], tables, queries: QUERIES }, epochs, { workers, config });
    expect(QUERIES.map((sql, i) => ({ sql, verdict: verdicts[i] }))).toEqual(
      QUERIES.map((sql) => ({ sql, verdict: { kind: "agrees", compared: true } })),
    );
  },
  600_000,
);
