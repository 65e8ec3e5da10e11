import { afterAll, beforeAll, expect, test } from "vitest";
import { typeName } from "../../../src/planner/types/types.ts";
import { query, QUERY_COUNT, randomParameters } from "../../../tpch/queries/queries.ts";
import { bindQuerySql } from "./bind-sql.ts";
import { type Describer, openDescriber } from "./duckdb.ts";

let duckdb: Describer;
beforeAll(async () => {
  duckdb = await openDescriber();
});
afterAll(() => duckdb.close());

for (let number = 1; number <= QUERY_COUNT; number++) {
  test(`query ${number} binds to DuckDB's columns`, async () => {
    for (const sql of [query(number), query(number, randomParameters(number, 7, 0.01))]) {
      const ours = bindQuerySql(sql).columns.map((column) => ({ name: column.name, type: typeName(column.type) }));
      expect(ours).toEqual(await duckdb.describe(sql));
    }
  });
}
