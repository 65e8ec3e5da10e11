import type { AggregateCall, Column, Expr } from "../../expr/expr.ts";
import { ref, substituteColumns } from "../../expr/columns.ts";
import { typeOf } from "../../expr/type-of.ts";
import { outputColumns } from "../../logical/columns.ts";
import { expressionsOf, walkPlan } from "../../logical/map.ts";
import type { Join, LogicalPlan } from "../../logical/plan.ts";
import { copyPlan } from "../../logical/rename.ts";
import { BIGINT, BOOLEAN } from "../../types/types.ts";
import type { RuleContext } from "../context.ts";
import { isVolatile } from "../fallible.ts";
import { mayBeNull } from "../nullability.ts";
import {
  comparison,
  disjunction,
  type Equality,
  equalityBetween,
  FALSE,
  filtered,
  isNotDistinct,
  literal,
  type Order,
  orderBetween,
  TRUE,
} from "../predicates.ts";
import type { Rule } from "../rule.ts";
import { extremeOf } from "./reduce-existence-joins.ts";

/**
 * `x IN (SELECT y FROM i WHERE i.k = o.k)` and `x < ANY (...)`, where NULLs need a look at whole groups of rows: the rows of each k
 * are counted, with and without y. The mark is NULL where there is no match, but a row whose y, or whose match x, is NULL. An
 * inequality holds for some y when it holds for the least or the greatest.
 */
export const rewriteMarkJoins: Rule<"Join"> = {
  name: "RewriteMarkJoins",
  on: "Join",
  apply: (join, context) => {
    if (join.join !== "mark" || join.mark === undefined) return undefined;
    const [left, right] = [idsOf(join.left), idsOf(join.right)];
    const isLeft = (id: number): boolean => left.has(id);
    const isRight = (id: number): boolean => right.has(id);
    const columns = new Map(
      [...outputColumns(join.left), ...outputColumns(join.right)].map((column) => [column.id, column]),
    );
    const keys: Equality[] = [];
    const rest: Expr[] = [];
    for (const condition of join.conditions) {
      const key = equalityBetween(condition, isLeft, isRight);
      if (key === undefined || mayBeNull(condition, columns)) rest.push(condition);
      else keys.push(key);
    }
    const [compared, another] = rest;
    if (compared === undefined || another !== undefined) return undefined;
    const equality = equalityBetween(compared, isLeft, isRight);
    if (equality !== undefined && keys.length > 0 && isRepeatable(join.right))
      return markByCounts(join, keys, equality, context);
    const order = orderBetween(compared, isLeft, isRight);
    const extreme = order && extremeOf(order);
    return order && extreme && markByExtreme(join, keys, order, extreme, context);
  },
};

function markByCounts(
  join: Join,
  keys: readonly Equality[],
  { left, right }: Equality,
  context: RuleContext,
): LogicalPlan {
  const found = context.newColumn("found", BOOLEAN, false);
  const fresh = ({ name, type, nullable }: Column): Column => context.newColumn(name, type, nullable);
  const copy = copyPlan(join.right, fresh, context.newCteId);
  const inCopy = new Map([...copy.columns].map(([id, column]) => [id, ref(column)]));
  const copied = (expr: Expr): Expr => substituteColumns(expr, inCopy);
  const matched: LogicalPlan = {
    ...join,
    right: filtered(join.right, [{ kind: "IsNull", input: right, negated: true }]),
    conditions: [...keys.map(equalityOf), isNotDistinct(left, right)],
    mark: found,
  };
  const copiedKeys = keys.map((key) => ({ ...key, right: copied(key.right) }));
  const counted = countedGroups(matched, copy.plan, copiedKeys, copied(right), undefined, context);
  return marked(join, counted.plan, ref(found), left, counted);
}

function markByExtreme(
  join: Join,
  keys: readonly Equality[],
  { left, right, op }: Order,
  extreme: "min" | "max",
  context: RuleContext,
): LogicalPlan {
  const counted = countedGroups(join.left, join.right, keys, right, extreme, context);
  return marked(join, counted.plan, comparison(op, left, counted.extreme), left, counted);
}

type CountedGroups = {
  readonly plan: LogicalPlan;
  /** The rows of the group, NULL for none. */
  readonly rows: Expr;
  /** Those in which `value` is not NULL. */
  readonly values: Expr;
  readonly extreme: Expr;
};

/** Every row of `left` with what is known of the rows of `right` that have its keys. */
function countedGroups(
  left: LogicalPlan,
  right: LogicalPlan,
  keys: readonly Equality[],
  value: Expr,
  extreme: "min" | "max" | undefined,
  { newColumn }: RuleContext,
): CountedGroups {
  const call = (name: string, args: readonly Expr[], type: AggregateCall["type"]): AggregateCall => ({
    name,
    args,
    distinct: false,
    filter: undefined,
    orderBy: [],
    type,
  });
  const rows = newColumn("rows", BIGINT, false);
  const values = newColumn("values", BIGINT, false);
  const least = newColumn(extreme ?? "none", typeOf(value), true);
  const groups = keys.map((key) => ({ column: newColumn("key", typeOf(key.right), true), expr: key.right }));
  const aggregate: LogicalPlan = {
    kind: "Aggregate",
    input: right,
    groups,
    aggregates: [
      { column: rows, call: call("count", [], BIGINT) },
      { column: values, call: call("count", [value], BIGINT) },
      ...(extreme === undefined ? [] : [{ column: least, call: call(extreme, [value], typeOf(value)) }]),
    ],
  };
  const joined: LogicalPlan = {
    kind: "Join",
    join: "left",
    left,
    right: aggregate,
    conditions: keys.map((key, i) => equalityOf({ ...key, right: ref((groups[i] as (typeof groups)[number]).column) })),
    mark: undefined,
  };
  const outer = (column: Column): Expr => ref({ ...column, nullable: true });
  return { plan: joined, rows: outer(rows), values: outer(values), extreme: outer(least) };
}

function marked(join: Join, input: LogicalPlan, found: Expr, left: Expr, { rows, values }: CountedGroups): LogicalPlan {
  const isNull = (expr: Expr): Expr => ({ kind: "IsNull", input: expr, negated: false });
  const mark: Expr = {
    kind: "Case",
    branches: [
      { when: disjunction([isNull(rows), comparison("=", rows, literal(0n, BIGINT))]), then: FALSE },
      { when: found, then: TRUE },
      { when: disjunction([isNull(left), comparison("<", values, rows)]), then: literal(null, BOOLEAN) },
    ],
    otherwise: FALSE,
    type: BOOLEAN,
  };
  const outputs = outputColumns(join.left).map((column) => ({ column, expr: ref(column) }));
  return {
    kind: "Project",
    input,
    outputs: join.mark === undefined ? outputs : [...outputs, { column: join.mark, expr: mark }],
  };
}

function equalityOf({ left, right, nullSafe }: Equality): Expr {
  return comparison(nullSafe ? "is_not_distinct" : "=", left, right);
}

/** Two copies put out the same rows. */
function isRepeatable(root: LogicalPlan): boolean {
  let repeatable = true;
  walkPlan(root, (plan) => {
    if (plan.kind === "Sample" || plan.kind === "Limit" || expressionsOf(plan).some(isVolatile)) repeatable = false;
  });
  return repeatable;
}

function idsOf(plan: LogicalPlan): ReadonlySet<number> {
  return new Set(outputColumns(plan).map(({ id }) => id));
}
