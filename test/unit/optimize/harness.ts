import { bindStatement } from "../../../src/planner/bind/statement.ts";
import type { CatalogSnapshot } from "../../../src/planner/catalog/catalog.ts";
import type { LogicalPlan } from "../../../src/planner/logical/plan.ts";
import { fold } from "../../../src/planner/ir/fold.ts";
import { planQuery, type PlannedQuery } from "../../../src/planner/plan-query.ts";
import { parseStatements } from "../../../src/sql/parse.ts";
import { tpchCatalog } from "./tpch-catalog.ts";

const AT_ONE = tpchCatalog();

/** The bound plan of one SELECT. */
export function bound(sql: string, catalog: CatalogSnapshot = AT_ONE): LogicalPlan {
  const [statement] = parseStatements(sql);
  if (statement === undefined) throw new Error("no statement");
  const result = bindStatement(statement, catalog, { sql });
  if (result.kind !== "Query") throw new Error("not a query");
  return result.plan;
}

export function planned(sql: string, optimizer = true): PlannedQuery {
  return planQuery(bound(sql), { fold, settings: { optimizer } });
}
