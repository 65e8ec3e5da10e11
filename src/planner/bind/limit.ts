import type { Expression, Limit as LimitNode } from "../../sql/ast.ts";
import { columnsOf } from "../expr/columns.ts";
import type { Expr, Literal } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { castDatum } from "../types/convert.ts";
import { BIGINT, DOUBLE, isNumeric, VARCHAR } from "../types/types.ts";
import { constantOf } from "./constant.ts";
import { type BindContext, bindError, unsupported } from "./context.ts";
import { inlinedCtes } from "./cte.ts";
import { makeEnvironment } from "./expression.ts";
import { ValuesNeeded } from "./pivot.ts";
import type { Scope } from "./scope.ts";

/** Row counts of LIMIT and OFFSET. */
export type LimitCounts = {
  readonly limit: number | undefined;
  readonly offset: number;
  /** LIMIT in percent of the rows, in place of `limit`. */
  readonly percent: number | undefined;
};

export function bindLimit(ctx: BindContext, node: LimitNode, scope: Scope): LimitCounts {
  return {
    percent: node.percent && node.count !== undefined ? percentage(ctx, node.count, scope) : undefined,
    limit: node.percent || node.count === undefined ? undefined : rowCount(ctx, node.count, scope),
    offset: (node.offset === undefined ? undefined : rowCount(ctx, node.offset, scope)) ?? 0,
  };
}

function percentage(ctx: BindContext, node: Expression, scope: Scope): number | undefined {
  const constant = constantIn(ctx, node, scope);
  if (constant.value === null) return undefined;
  const value = castDatum(constant.value, constant.type, DOUBLE);
  const percent = typeof value === "number" ? value : Number.NaN;
  if (percent >= 0 && percent <= 100) return percent;
  throw bindError(ctx, "LIMIT in percent is a number from 0 to 100", node);
}

function constantIn(ctx: BindContext, node: Expression, scope: Scope): Literal {
  const nothing: Scope = { relations: [], parent: undefined, ctes: inlinedCtes(scope.ctes) };
  const env = makeEnvironment(ctx, nothing, {
    kind: "forbidden",
    reason: "aggregates are not allowed in LIMIT and OFFSET",
  });
  const expr = env.bind(node);
  const constant = constantOf(ctx, expr);
  if (constant !== undefined) return constant;
  const known = ctx.values.next();
  if (known !== undefined) return { kind: "Literal", value: known[0] ?? null, type: VARCHAR };
  if (columnsOf(expr).size > 0) throw unsupported(ctx, "a correlated LIMIT or OFFSET", node);
  const column = ctx.ids.column("rows", VARCHAR, true);
  const text: Expr = { kind: "Cast", input: expr, type: VARCHAR, try: false };
  const input = { kind: "Values", columns: [], rows: [[]] } as const;
  const plan = { kind: "Project", input, outputs: [{ column, expr: text }] } as const;
  throw new ValuesNeeded({ plan, columns: [column] }, ctx.parameters);
}

/** A constant, at least 0; undefined for NULL, which is no limit. */
export function rowCount(ctx: BindContext, node: Expression, scope: Scope): number | undefined {
  const constant = constantIn(ctx, node, scope);
  if (constant.value === null) return undefined;
  const isCount = isNumeric(typeOf(constant)) || typeOf(constant).kind === "Varchar";
  const value = isCount ? castDatum(constant.value, constant.type, BIGINT) : undefined;
  const count = value === undefined && typeof constant.value === "number" ? Math.round(constant.value) : Number(value);
  if (!Number.isFinite(count)) throw bindError(ctx, "LIMIT and OFFSET need a number of rows", node, undefined, "type");
  if (count < 0) throw bindError(ctx, "LIMIT and OFFSET cannot be negative", node);
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}
