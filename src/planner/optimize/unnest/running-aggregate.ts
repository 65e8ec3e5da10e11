import type { Column, Expr, WindowFrame } from "../../expr/expr.ts";
import { columnsOf, readsOnly } from "../../expr/columns.ts";
import { typeOf } from "../../expr/type-of.ts";
import { aggregateOf } from "../../functions/registry.ts";
import type { Aggregate, AsofJoin, DependentJoin, LogicalPlan } from "../../logical/plan.ts";
import { sameType } from "../../types/types.ts";
import type { RuleContext } from "../context.ts";
import { isMovable } from "../fallible.ts";
import { conjunction, equalityBetween, literal, type Order, orderBetween } from "../predicates.ts";
import { pullUp } from "./pull-up.ts";

type IsOuter = (id: number) => boolean;

/** From the order's first row to the last that ties with the current one. */
const SO_FAR: WindowFrame = {
  unit: "range",
  start: { kind: "unbounded preceding" },
  end: { kind: "current row" },
  exclude: "no others",
};

/**
 * `SELECT sum(x) FROM i WHERE i.k = o.k AND i.w < o.w` for every row of o: the running sum of x by k in the order of w, of which
 * each outer row takes that of the nearest w below its own, by an ASOF join. n log n, where joining all pairs would be quadratic.
 * `values`: the columns of the aggregates, by the ids that they have in the subquery. undefined: the correlation is of another shape.
 */
export function joinRunningAggregate(
  join: DependentJoin,
  aggregate: Aggregate,
  isOuter: IsOuter,
  context: RuleContext,
): { readonly plan: LogicalPlan; readonly values: ReadonlyMap<number, Column> } | undefined {
  const reads = (expr: Expr): boolean => [...columnsOf(expr).keys()].some(isOuter);
  const isRunning = aggregate.aggregates.every(
    ({ call }) =>
      aggregateOf(call)?.ordered !== true &&
      call.orderBy.length === 0 &&
      [...call.args, ...(call.filter === undefined ? [] : [call.filter])].every(
        (expr) => !reads(expr) && isMovable(expr),
      ),
  );
  if (!isRunning) return undefined;
  const pulled = pullUp(aggregate.input, isOuter, context);
  const near = pulled && nearestBy(pulled.predicates, isOuter);
  if (pulled === undefined || near === undefined) return undefined;

  const values = new Map<number, Column>();
  const functions = aggregate.aggregates.map(({ column, call }) => {
    const own = context.newColumn(column.name, column.type, column.nullable);
    values.set(column.id, own);
    const { name, args, distinct, filter, type } = call;
    const frame = SO_FAR;
    const definition = call.definition === undefined ? {} : { definition: call.definition };
    return {
      column: own,
      call: { name, args, distinct, filter, ignoreNulls: false, orderBy: [], frame, orderKeys: 1, type, ...definition },
    };
  });
  const { op, right } = near.order;
  const running: LogicalPlan = {
    kind: "Window",
    input: pulled.plan,
    partitionBy: near.equalities.map((pair) => pair.right),
    orderBy: [{ expr: right, descending: op === "<" || op === "<=", nullsFirst: false }],
    functions,
  };
  return { plan: { kind: "AsofJoin", join: "left", left: join.left, right: running, ...near, residual: [] }, values };
}

/** Predicates as the conditions of an ASOF join: one inequality, any number of equalities, others over the outer row alone. */
export function nearestBy(
  predicates: readonly Expr[],
  isOuter: IsOuter,
): Pick<AsofJoin, "equalities" | "order"> | undefined {
  const isInner = (id: number): boolean => !isOuter(id);
  const equalities: AsofJoin["equalities"][number][] = [];
  const orders: Order[] = [];
  const ofOuter: Expr[] = [];
  for (const predicate of predicates) {
    const equality = equalityBetween(predicate, isOuter, isInner);
    const order = orderBetween(predicate, isOuter, isInner);
    if (equality !== undefined && fits(equality)) equalities.push(equality);
    else if (order !== undefined && fits(order)) orders.push(order);
    else if (readsOnly(predicate, isOuter)) ofOuter.push(predicate);
    else return undefined;
  }
  const [order, another] = orders;
  if (order === undefined || another !== undefined) return undefined;
  if (ofOuter.length === 0) return { equalities, order };
  // NULL is near nothing.
  const type = typeOf(order.left);
  const branches = [{ when: conjunction(ofOuter), then: order.left }];
  return { equalities, order: { ...order, left: { kind: "Case", branches, otherwise: literal(null, type), type } } };
}

/** The inner side is evaluated for rows now that no outer row would have met. */
function fits({ left, right }: { readonly left: Expr; readonly right: Expr }): boolean {
  return sameType(typeOf(left), typeOf(right)) && isMovable(right);
}
