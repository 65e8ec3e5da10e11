import { HeadraceError } from "../../../src/error.ts";
import { type BindOptions, bindStatement } from "../../../src/planner/bind/statement.ts";
import type { Column } from "../../../src/planner/expr/expr.ts";
import type { LogicalPlan } from "../../../src/planner/logical/plan.ts";
import type { BoundStatement } from "../../../src/planner/logical/statement.ts";
import { parseStatements } from "../../../src/sql/parse.ts";
import { makeCatalog } from "./catalog.ts";
import { checkPlan } from "./plan-text.ts";

/** Binds the only statement of a text against the test catalog. */
export function bindSql(sql: string, parameters: BindOptions["parameters"] = []): BoundStatement {
  const [statement] = parseStatements(sql);
  if (statement === undefined) throw new Error("no statement");
  return bindStatement(statement, makeCatalog(["dir/x.parquet"]), { sql, parameters });
}

/** A query's plan and columns; the plan's invariants are checked. */
export function bindQuerySql(
  sql: string,
  parameters: BindOptions["parameters"] = [],
): { readonly plan: LogicalPlan; readonly columns: readonly Column[] } {
  const bound = bindSql(sql, parameters);
  if (bound.kind !== "Query") throw new Error(`${sql} is no query`);
  checkPlan(bound.plan);
  return bound;
}

/** The error that binding raises, with the text under its span. */
export function bindErrorOf(
  sql: string,
  parameters: BindOptions["parameters"] = [],
): { readonly code: string; readonly message: string; readonly at: string; readonly hint: string | undefined } {
  try {
    bindSql(sql, parameters);
  } catch (error) {
    if (!(error instanceof HeadraceError)) throw error;
    const at = error.span === undefined ? "" : sql.slice(error.span.start, error.span.end);
    return { code: error.code, message: error.message, at, hint: error.hint };
  }
  throw new Error(`no error from: ${sql}`);
}
