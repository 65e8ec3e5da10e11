import type { Column, Expr } from "../../expr/expr.ts";
import { columnsOf, readsOnly, ref, substituteColumns } from "../../expr/columns.ts";
import { outputColumns } from "../../logical/columns.ts";
import { mapInputs } from "../../logical/map.ts";
import type { Join, LogicalPlan } from "../../logical/plan.ts";
import { isMovable, isVolatile } from "../fallible.ts";
import { mayBeNull, rejectsNulls } from "../nullability.ts";
import { conjunctsOf, equalityBetween, filtered } from "../predicates.ts";
import type { PlanRule } from "../rule.ts";
import { restrictedTo } from "../unnest/subqueries.ts";

/**
 * Every conjunct goes as far down as its columns allow, into scans and join conditions. Outer joins whose padded rows a
 * conjunct rejects become inner ones. A conjunct that can fail stays above whatever removes rows.
 */
export const pushDownPredicates: PlanRule = {
  name: "PushDownPredicates",
  on: "Plan",
  apply: (plan) => restrictedTo(push(plan, []), outputColumns(plan)),
};

/**
 * The plan filtered by `conjuncts`, which are in evaluation order. `outside` holds for every row that matters and is checked
 * elsewhere; it only shows which NULLs are rejected.
 */
function push(plan: LogicalPlan, conjuncts: readonly Expr[], outside: readonly Expr[] = []): LogicalPlan {
  switch (plan.kind) {
    case "Filter":
      return push(plan.input, [...conjunctsOf(plan.predicate), ...conjuncts], outside);
    case "Project": {
      const by = new Map(plan.outputs.map(({ column, expr }) => [column.id, expr]));
      const isFixed = (id: number): boolean => {
        const expr = by.get(id);
        return expr !== undefined && isVolatile(expr);
      };
      const [below, above] = partition(
        conjuncts,
        (conjunct) => !isVolatile(conjunct) && ![...columnsOf(conjunct).keys()].some(isFixed),
      );
      const input = push(
        plan.input,
        below.map((conjunct) => substituteColumns(conjunct, by)),
      );
      return filtered(input === plan.input ? plan : { ...plan, input }, above);
    }
    case "Aggregate": {
      const by = new Map(plan.groups.map(({ column, expr }) => [column.id, expr]));
      const [below, above] = partition(
        conjuncts,
        (conjunct) => columnsOf(conjunct).size > 0 && !isVolatile(conjunct) && readsOnly(conjunct, (id) => by.has(id)),
      );
      const input = push(
        plan.input,
        below.map((conjunct) => substituteColumns(conjunct, by)),
      );
      return filtered(input === plan.input ? plan : { ...plan, input }, above);
    }
    case "Window": {
      // A condition on the partition keys alone removes whole partitions; any other would change what functions see.
      const keys = new Set(plan.partitionBy.flatMap((key) => (key.kind === "Column" ? [key.column.id] : [])));
      const [below, above] = partition(
        conjuncts,
        (conjunct) => columnsOf(conjunct).size > 0 && isMovable(conjunct) && readsOnly(conjunct, (id) => keys.has(id)),
      );
      const input = push(plan.input, below);
      return filtered(input === plan.input ? plan : { ...plan, input }, above);
    }
    case "Unnest": {
      const own = idsOf(plan.input);
      const [below, above] = partition(
        conjuncts,
        (conjunct) => isMovable(conjunct) && readsOnly(conjunct, (id) => own.has(id)),
      );
      const input = push(plan.input, below);
      return filtered(input === plan.input ? plan : { ...plan, input }, above);
    }
    case "Join":
      return pushIntoJoin(plan, conjuncts, outside);
    case "SetOperation": {
      const [below, above] = partition(
        conjuncts,
        plan.op === "union" && plan.all ? (conjunct) => !isVolatile(conjunct) : isMovable,
      );
      const inputs = plan.inputs.map((input, i) => {
        const by = new Map(plan.columns.map((column, k) => [column.id, ref(plan.inputColumns[i]?.[k] ?? column)]));
        return push(
          input,
          below.map((conjunct) => substituteColumns(conjunct, by)),
        );
      });
      const unchanged = inputs.every((input, i) => input === plan.inputs[i]);
      return filtered(unchanged ? plan : { ...plan, inputs }, above);
    }
    case "Sort": {
      const input = push(plan.input, conjuncts);
      return input === plan.input ? plan : { ...plan, input };
    }
    case "With": {
      const ctes = plan.ctes.map((cte) => ({ ...cte, plan: push(cte.plan, []) }));
      const unchanged = ctes.every((cte, i) => cte.plan === plan.ctes[i]?.plan);
      const input = push(plan.input, conjuncts);
      return unchanged && input === plan.input ? plan : { ...plan, ctes: unchanged ? plan.ctes : ctes, input };
    }
    case "AsofJoin": {
      const left = idsOf(plan.left);
      const [below, above] = partition(
        conjuncts,
        (conjunct) => isMovable(conjunct) && readsOnly(conjunct, (id) => left.has(id)),
      );
      const inputs = mapInputs(plan, (input) => push(input, input === plan.left ? below : []));
      return filtered(inputs, above);
    }
    case "Scan": {
      const [own, above] = partition(conjuncts, (conjunct) => !isVolatile(conjunct));
      return filtered(own.length === 0 ? plan : { ...plan, filters: [...plan.filters, ...own] }, above);
    }
    case "Empty":
      return plan;
    case "Limit":
    case "Sample":
    case "Values":
    case "CteScan":
    case "Recursion":
    case "PositionalJoin":
    case "MapBatches":
    case "DependentJoin":
      return filtered(
        mapInputs(plan, (input) => push(input, [])),
        conjuncts,
      );
  }
}

function pushIntoJoin(plan: Join, conjuncts: readonly Expr[], outside: readonly Expr[]): LogicalPlan {
  const left = idsOf(plan.left);
  const right = idsOf(plan.right);
  const inLeft = (id: number): boolean => left.has(id);
  const inRight = (id: number): boolean => right.has(id);
  const rejected = (nulled: (id: number) => boolean): boolean =>
    [...conjuncts, ...outside].some((conjunct) => rejectsNulls(conjunct, nulled));
  switch (plan.join) {
    case "inner": {
      const onLeft: Expr[] = [];
      const onRight: Expr[] = [];
      const conditions: Expr[] = [];
      const above: Expr[] = [];
      for (const [i, conjunct] of [...plan.conditions.flatMap(conjunctsOf), ...conjuncts].entries()) {
        if (!isMovable(conjunct)) (i < plan.conditions.length ? conditions : above).push(conjunct);
        else if (readsOnly(conjunct, inLeft)) onLeft.push(conjunct);
        else if (readsOnly(conjunct, inRight)) onRight.push(conjunct);
        else conditions.push(conjunct);
      }
      // Without an equality all pairs would be made: one that can fail becomes the join's, where it stands first.
      const [first] = above;
      if (
        first !== undefined &&
        conditions.length === 0 &&
        !isVolatile(first) &&
        equalityBetween(first, inLeft, inRight)
      )
        conditions.push(...above.splice(0, 1));
      const known = [...outside, ...conditions, ...above];
      return filtered(
        withInputs(plan, push(plan.left, onLeft, known), push(plan.right, onRight, known), conditions),
        above,
      );
    }
    case "left": {
      if (rejected(inRight)) return pushIntoJoin({ ...plan, join: "inner" }, conjuncts, outside);
      return pushIntoPreserving(plan, conjuncts, outside, inLeft, inRight);
    }
    case "right":
      return pushIntoJoin({ ...plan, join: "left", left: plan.right, right: plan.left }, conjuncts, outside);
    case "full": {
      // What rejects the rows padded on the right leaves only rows that have a right partner, and the other way round.
      const needsRight = rejected(inRight);
      const needsLeft = rejected(inLeft);
      if (needsLeft && needsRight) return pushIntoJoin({ ...plan, join: "inner" }, conjuncts, outside);
      if (needsLeft) return pushIntoJoin({ ...plan, join: "left" }, conjuncts, outside);
      if (needsRight) return pushIntoJoin({ ...plan, join: "right" }, conjuncts, outside);
      return filtered(withInputs(plan, push(plan.left, []), push(plan.right, []), plan.conditions), conjuncts);
    }
    case "semi": {
      const [own, rest] = partition(
        plan.conditions.flatMap(conjunctsOf),
        (condition) => isMovable(condition) && columnsOf(condition).size > 0 && readsOnly(condition, inLeft),
      );
      return pushIntoPreserving(
        { ...plan, conditions: rest },
        [...own, ...conjuncts],
        [...outside, ...rest],
        inLeft,
        inRight,
      );
    }
    case "anti":
    case "single":
    case "mark":
      return pushIntoPreserving(plan, conjuncts, outside, inLeft, inRight);
  }
}

/** Joins that keep left rows as they are: conjuncts over the left go left, conditions over the right alone go right. */
function pushIntoPreserving(
  plan: Join,
  conjuncts: readonly Expr[],
  outside: readonly Expr[],
  inLeft: (id: number) => boolean,
  inRight: (id: number) => boolean,
): LogicalPlan {
  const [onLeft, above] = partition(conjuncts, (conjunct) => isMovable(conjunct) && readsOnly(conjunct, inLeft));
  const columns = new Map(outputColumns(plan.right).map((column) => [column.id, column]));
  const [onRight, conditions] = partition(
    plan.conditions.flatMap(conjunctsOf),
    // A mark tells FALSE from NULL, so only what is never NULL may leave its condition.
    (condition) =>
      isMovable(condition) &&
      columnsOf(condition).size > 0 &&
      readsOnly(condition, inRight) &&
      !(plan.join === "mark" && mayBeNull(condition, columns)),
  );
  const left = push(plan.left, onLeft, [...outside, ...above]);
  // Right rows that miss a condition match nothing; in a mark join they may still be compared.
  const right = push(plan.right, onRight, plan.join === "mark" ? [] : conditions);
  return filtered(withInputs(plan, left, right, conditions), above);
}

function withInputs(plan: Join, left: LogicalPlan, right: LogicalPlan, conditions: readonly Expr[]): LogicalPlan {
  const unchanged =
    conditions.length === plan.conditions.length &&
    conditions.every((condition, i) => condition === plan.conditions[i]);
  if (unchanged && left === plan.left && right === plan.right) return plan;
  return { ...plan, left, right, conditions: unchanged ? plan.conditions : conditions };
}

function idsOf(plan: LogicalPlan): ReadonlySet<number> {
  return new Set(outputColumns(plan).map(({ id }: Column) => id));
}

function partition(exprs: readonly Expr[], test: (expr: Expr) => boolean): readonly [readonly Expr[], readonly Expr[]] {
  const yes: Expr[] = [];
  const no: Expr[] = [];
  for (const expr of exprs) (test(expr) ? yes : no).push(expr);
  return [yes, no];
}
