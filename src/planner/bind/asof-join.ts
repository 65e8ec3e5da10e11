import type { Span } from "../../error.ts";
import { readsOnly } from "../expr/columns.ts";
import type { Expr } from "../expr/expr.ts";
import { outputColumns } from "../logical/columns.ts";
import type { AsofJoin, JoinKind, LogicalPlan } from "../logical/plan.ts";
import { type BindContext, bindError, unsupported } from "./context.ts";

const FLIPPED = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" } as const;
type Order = AsofJoin["order"];

/** An ASOF join by its conditions: one inequality between both sides, any number of equalities and of other conditions. */
export function asofJoin(
  ctx: BindContext,
  join: JoinKind,
  left: LogicalPlan,
  right: LogicalPlan,
  conditions: readonly Expr[],
  node: { readonly span: Span },
): LogicalPlan {
  if (join !== "inner" && join !== "left" && join !== "semi" && join !== "anti")
    throw unsupported(ctx, `ASOF ${join.toUpperCase()} JOIN`, node);
  const inLeft = idTest(left);
  const inRight = idTest(right);
  const equalities: AsofJoin["equalities"][number][] = [];
  const residual: Expr[] = [];
  let order: Order | undefined;
  for (const condition of conditions) {
    const sides = sidesOf(condition, inLeft, inRight);
    if (sides !== undefined && isOrder(sides.name)) {
      if (order !== undefined) throw bindError(ctx, "an ASOF join has only one inequality", node);
      order = { left: sides.left, right: sides.right, op: sides.flipped ? FLIPPED[sides.name] : sides.name };
    } else if (sides !== undefined && (sides.name === "=" || sides.name === "is_not_distinct"))
      equalities.push({ left: sides.left, right: sides.right, nullSafe: sides.name !== "=" });
    else residual.push(condition);
  }
  if (order === undefined) throw bindError(ctx, "an ASOF join needs an inequality", node);
  return { kind: "AsofJoin", join, left, right, equalities, order, residual };
}

function isOrder(name: string): name is Order["op"] {
  return name in FLIPPED;
}

function idTest(plan: LogicalPlan): (id: number) => boolean {
  const ids = new Set(outputColumns(plan).map(({ id }) => id));
  return (id) => ids.has(id);
}

function sidesOf(
  condition: Expr,
  inLeft: (id: number) => boolean,
  inRight: (id: number) => boolean,
): { readonly name: string; readonly left: Expr; readonly right: Expr; readonly flipped: boolean } | undefined {
  if (condition.kind !== "Call" || condition.args.length !== 2) return undefined;
  const [first, second] = condition.args as [Expr, Expr];
  const { name } = condition;
  if (readsOnly(first, inLeft) && readsOnly(second, inRight))
    return { name, left: first, right: second, flipped: false };
  if (readsOnly(second, inLeft) && readsOnly(first, inRight))
    return { name, left: second, right: first, flipped: true };
  return undefined;
}
