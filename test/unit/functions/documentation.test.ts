import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { functionResults } from "../../../scripts/function-results.ts";
import { functionsModule, functionsPage } from "../../../scripts/function-pages.ts";
import { col } from "../../../src/dataframe/expression/column.ts";
import { functions } from "../../../src/dataframe/expression/generated-functions.ts";
import { connect } from "../../../src/index.ts";
import { aggregateFunctions, scalarFunctions } from "../../../src/planner/functions/registry.ts";
import { printSql } from "../../../src/sql/print/statements.ts";

const root = join(import.meta.dirname, "../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** `npm run docs:functions` makes them so. */
describe("generated from the definitions", () => {
  test("docs/functions.md", () => {
    expect(read("docs/functions.md") === functionsPage()).toBe(true);
  });
  test("the DataFrame API's functions", () => {
    expect(read("src/dataframe/expression/generated-functions.ts") === functionsModule()).toBe(true);
  });
});

test("functions call SQL's by their names", () => {
  const { expression } = functions.dateTrunc("month", col("d"));
  expect(printSql(expression)).toBe(`date_trunc('month', "d")`);
});

/** What values of the type that `SqlFunctionOf` names are. */
const IS_OF: Readonly<Record<string, (value: unknown) => boolean>> = {
  number: (value) => typeof value === "number",
  bigint: (value) => typeof value === "bigint",
  "number | bigint": (value) => typeof value === "number" || typeof value === "bigint",
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  Date: (value) => value instanceof Date,
  Uint8Array: (value) => value instanceof Uint8Array,
};

test("the values of the examples are of the types that functions have in TypeScript", async () => {
  const results = functionResults();
  const db = await connect({ workers: 1 });
  let checked = 0;
  for (const { name, examples } of [...scalarFunctions(), ...aggregateFunctions()]) {
    const [, type = ""] = /^SqlFunctionOf<(.*)>$/.exec(results.get(name) ?? "") ?? [];
    const [, element] = /^\((.*) \| null\)\[\]$/.exec(type) ?? [];
    const isOf = IS_OF[element ?? type];
    for (const [sql] of isOf === undefined ? [] : examples) {
      // Only the call itself, not what is made of it.
      if (!new RegExp(`^${name}\\([^()]*\\)$`).test(sql)) continue;
      const [row] = await db.sql(`SELECT ${sql}`).collect({ rows: "array" });
      const [value] = row as unknown[];
      const values = element === undefined ? [value] : (value as unknown[]);
      expect(
        values.every((one) => one === null || isOf!(one)),
        `${sql} is ${type}`,
      ).toBe(true);
      checked++;
    }
  }
  await db.close();
  expect(checked).toBeGreaterThan(150);
});
