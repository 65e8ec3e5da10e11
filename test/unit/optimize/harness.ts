import { bindStatement } from "../../../src/planner/bind/statement.ts";
import type { CatalogSnapshot } from "../../../src/planner/catalog/catalog.ts";
import { describeFunction } from "../../../src/dataframe/javascript/create-function.ts";
import type { ScalarFunction } from "../../../src/planner/functions/function.ts";
import type { LogicalPlan } from "../../../src/planner/logical/plan.ts";
import { fold } from "../../../src/planner/ir/fold.ts";
import { planQuery, type PlannedQuery } from "../../../src/planner/plan-query.ts";
import { parseStatements } from "../../../src/sql/parse.ts";
import { tpchCatalog } from "./tpch-catalog.ts";

const AT_ONE = tpchCatalog();

/** JavaScript functions for plans: `js_f(VARCHAR)` and `js_g(BIGINT)`, and `js_random()`, which is volatile. */
const FUNCTIONS: ReadonlyMap<string, ScalarFunction> = new Map(
  [
    describeFunction("js_f", { args: ["VARCHAR"], returns: "VARCHAR", fn: (s: string) => s.trim() }, 0),
    describeFunction("js_g", { args: ["BIGINT"], returns: "BIGINT", fn: (n: bigint) => n + 1n }, 0),
    describeFunction("js_random", { args: [], returns: "DOUBLE", volatile: true, fn: () => Math.random() }, 0),
  ].map(({ definition }) => [definition.name, definition]),
);

/** The bound plan of one SELECT. */
export function bound(sql: string, catalog: CatalogSnapshot = AT_ONE): LogicalPlan {
  const [statement] = parseStatements(sql);
  if (statement === undefined) throw new Error("no statement");
  const result = bindStatement(statement, catalog, { sql, functions: FUNCTIONS });
  if (result.kind !== "Query") throw new Error("not a query");
  return result.plan;
}

export function planned(sql: string, optimizer = true): PlannedQuery {
  return planQuery(bound(sql), { fold, settings: { optimizer } });
}
