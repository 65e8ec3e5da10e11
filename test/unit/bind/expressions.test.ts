import { afterAll, beforeAll, expect, test } from "vitest";
import { typeName } from "../../../src/planner/types/types.ts";
import { bindQuerySql } from "./bind-sql.ts";
import { type Describer, openDescriber } from "./duckdb.ts";
import { EXPRESSIONS } from "./expressions.ts";

let duckdb: Describer;
beforeAll(async () => {
  duckdb = await openDescriber();
});
afterAll(() => duckdb.close());

/** DuckDB quotes names that are keywords to it and shows the schema of some functions. */
function plainName(name: string): string {
  return name
    .replaceAll("main.", "")
    .replaceAll(/"(\w+)"/g, "$1")
    .replaceAll("CAST('t' AS BOOLEAN)", "true");
}

/** Where our names are shorter than what DuckDB's parser made of the text. */
const OWN_NAMES = /interval|select|types\./i;

/** Types that differ on purpose or, for constants that are no value of the type, errors already when bound. */
const DIFFERENT: ReadonlyMap<string, string> = new Map([["coalesce(b, 'x')", "error"]]);

test("types and names of expressions are DuckDB's", async () => {
  const differences: string[] = [];
  for (const text of EXPRESSIONS) {
    const sql = `SELECT ${text} FROM types`;
    const [theirs] = await duckdb.describe(sql);
    let ours = "error";
    try {
      const [column] = bindQuerySql(sql).columns;
      if (column !== undefined) ours = typeName(column.type) + (OWN_NAMES.test(text) ? "" : ` ${column.name}`);
    } catch (error) {
      if (DIFFERENT.get(text) !== "error") differences.push(`${text}: ${String(error)}`);
      continue;
    }
    const expected = `${theirs?.type}${OWN_NAMES.test(text) ? "" : ` ${plainName(theirs?.name ?? "")}`}`;
    if (ours !== expected) differences.push(`${text}: ours ${ours}, DuckDB's ${expected}`);
  }
  expect(differences).toEqual([]);
});
