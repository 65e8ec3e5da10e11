/** The 22 queries kept up to date while rows come and go, a small part of SF 0.01. */
import { expect, it } from "vitest";
import { judge } from "./prefix/judge.ts";
import { createRandom, planEpochs } from "./prefix/oracle.ts";
import { readTpchTables, TPCH_QUERIES } from "./prefix/tpch.ts";

it("agree with the queries over the rows so far", async () => {
  const tables = await readTpchTables("some");
  const epochs = planEpochs(tables, [4000, 1500, 100, 1_000_000], 0.03, createRandom(5));
  const verdicts = await judge({ setup: [], tables, queries: TPCH_QUERIES }, epochs, { workers: 2 });
  expect(verdicts).toEqual(TPCH_QUERIES.map(() => expect.objectContaining({ kind: "agrees" })));
  expect(verdicts.filter((verdict) => verdict.kind === "agrees" && verdict.compared).length).toBeGreaterThan(17);
}, 600_000);
