import type { Expression, Limit as LimitNode } from "../../sql/ast.ts";
import type { Literal } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { castDatum } from "../types/convert.ts";
import { BIGINT, DOUBLE, isNumeric } from "../types/types.ts";
import { constantOf } from "./constant.ts";
import { type BindContext, bindError, unsupported } from "./context.ts";
import { makeEnvironment } from "./expression.ts";
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
  const nothing: Scope = { relations: [], parent: undefined, ctes: scope.ctes };
  const env = makeEnvironment(ctx, nothing, {
    kind: "forbidden",
    reason: "aggregates are not allowed in LIMIT and OFFSET",
  });
  const constant = constantOf(ctx, env.bind(node));
  if (constant === undefined) throw unsupported(ctx, "a LIMIT or OFFSET that is not a constant", node);
  return constant;
}

/** A constant, at least 0; undefined for NULL, which is no limit. */
function rowCount(ctx: BindContext, node: Expression, scope: Scope): number | undefined {
  const constant = constantIn(ctx, node, scope);
  if (constant.value === null) return undefined;
  const isCount = isNumeric(typeOf(constant)) || typeOf(constant).kind === "Varchar";
  const value = isCount ? castDatum(constant.value, constant.type, BIGINT) : undefined;
  const count = value === undefined && typeof constant.value === "number" ? Math.round(constant.value) : Number(value);
  if (!Number.isFinite(count)) throw bindError(ctx, "LIMIT and OFFSET need a number of rows", node, undefined, "type");
  if (count < 0) throw bindError(ctx, "LIMIT and OFFSET cannot be negative", node);
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}
