import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { functionsModule, functionsPage } from "../../../scripts/function-pages.ts";
import { col } from "../../../src/dataframe/expression/column.ts";
import { functions } from "../../../src/dataframe/expression/generated-functions.ts";
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
