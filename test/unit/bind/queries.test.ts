import { afterAll, beforeAll, expect, test } from "vitest";
import { typeName } from "../../../src/planner/types/types.ts";
import { bindQuerySql } from "./bind-sql.ts";
import { type Describer, openDescriber } from "./duckdb.ts";
import { QUERIES } from "./queries.ts";

let duckdb: Describer;
beforeAll(async () => {
  duckdb = await openDescriber();
});
afterAll(() => duckdb.close());

for (const sql of QUERIES) {
  test(`columns of ${sql}`, async () => {
    const ours = bindQuerySql(sql).columns.map((column) => ({ name: column.name, type: typeName(column.type) }));
    const theirs = await duckdb.describe(sql.startsWith("DESCRIBE") ? `SELECT * FROM (${sql})` : sql);
    expect(ours).toEqual(theirs);
  });
}
