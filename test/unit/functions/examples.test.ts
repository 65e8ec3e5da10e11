import { describe, expect, test } from "vitest";
import { scalarFunctions } from "../../../src/planner/functions/registry.ts";
import { evaluateAll } from "./evaluate.ts";

/** What the documentation shows is what both implementations compute. */
describe("examples of the scalar functions", () => {
  for (const { name, examples, volatility } of scalarFunctions()) {
    if (volatility === "volatile") continue;
    test.each(examples.map(([sql, result]) => [sql, result] as const))(`${name}: %s`, async (sql, result) => {
      expect(await evaluateAll(sql)).toEqual([result, result, result, result]);
    });
  }
});

/** Aggregates over lists are all alike; some functions only the binder calls, and those of sequences need a sequence. */
const NEEDS_NONE = /^(list_|slice_|\w+_rows$|nextval$|currval$)/;

test("every scalar function has an example", () => {
  expect(
    scalarFunctions()
      .filter(({ name, examples }) => examples.length === 0 && !NEEDS_NONE.test(name))
      .map(({ name }) => name),
  ).toEqual([]);
});
