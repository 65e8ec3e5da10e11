import type { Expression } from "../../sql/ast.ts";
import type { IntervalValue } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { walkAst } from "./ast-walk.ts";
import { constantOf } from "./constant.ts";
import { type BindContext, unsupported } from "./context.ts";
import { makeEnvironment } from "./expression.ts";

const MICROS_PER_DAY = 86_400_000_000n;

/**
 * The length in microseconds of a constant INTERVAL of days and time; undefined for what is no constant INTERVAL. Months have no
 * fixed length: `unsupported`.
 */
export function dayTimeInterval(ctx: BindContext, node: Expression): bigint | undefined {
  if (refersToColumns(node)) return undefined;
  const scope = { relations: [], parent: undefined, ctes: undefined };
  const env = makeEnvironment(ctx, scope, { kind: "forbidden", reason: "aggregates are not allowed here" });
  const bound = env.bind(node);
  const constant = typeOf(bound).kind === "Interval" ? constantOf(ctx, bound) : undefined;
  if (constant === undefined || constant.value === null) return undefined;
  const { months, days, micros } = constant.value as IntervalValue;
  if (months !== 0) throw unsupported(ctx, "an INTERVAL of months or years as a length of time", node);
  return BigInt(days) * MICROS_PER_DAY + micros;
}

function refersToColumns(node: Expression): boolean {
  let found = false;
  walkAst(node, ({ kind }) => {
    found ||= kind === "ColumnRef";
    return !found;
  });
  return found;
}
