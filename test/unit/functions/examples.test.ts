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

test("every scalar function has an example", () => {
  expect(
    scalarFunctions()
      .filter(({ examples }) => examples.length === 0)
      .map(({ name }) => name),
  ).toEqual([]);
});
