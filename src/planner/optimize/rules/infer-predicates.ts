import type { Expr } from "../../expr/expr.ts";
import { columnsOf, readsOnly, ref, substituteColumns } from "../../expr/columns.ts";
import { outputColumns } from "../../logical/columns.ts";
import { mapInputs } from "../../logical/map.ts";
import type { Join, LogicalPlan } from "../../logical/plan.ts";
import { sameType } from "../../types/types.ts";
import { isMovable } from "../fallible.ts";
import {
  conjunction,
  conjunctsOf,
  disjunction,
  disjunctsOf,
  equalityBetween,
  exprKey,
  filtered,
  isTrue,
} from "../predicates.ts";
import type { PlanRule } from "../rule.ts";
import { simplifyExpr } from "./simplify-predicates.ts";

/**
 * Adds filters that follow from others: what holds for a join key holds for the key it equals, and an OR over several tables
 * bounds each of them (`(a = 1 AND b = 2) OR (a = 2 AND b = 1)` gives `a IN (1, 2)`).
 */
export const inferPredicates: PlanRule = {
  name: "InferPredicates",
  on: "Plan",
  apply: (plan) => infer(plan, [], new Set()),
};

/** `implied` holds for every row that matters of the plan; `known` is checked above or below already. */
function infer(plan: LogicalPlan, implied: readonly Expr[], known: ReadonlySet<string>): LogicalPlan {
  switch (plan.kind) {
    case "Filter": {
      const conjuncts = conjunctsOf(plan.predicate);
      const input = infer(plan.input, [...implied, ...conjuncts], new Set([...known, ...conjuncts.map(exprKey)]));
      return input === plan.input ? plan : { ...plan, input };
    }
    case "Join":
      return inferIntoJoin(plan, implied, known);
    default: {
      const inner = mapInputs(plan, (input) => infer(input, [], new Set()));
      const present = new Set([...known, ...factsOf(plan).map(exprKey)]);
      const ids = idsOf(plan);
      const added = new Map<string, Expr>();
      for (const predicate of implied) {
        const key = exprKey(predicate);
        if (columnsOf(predicate).size > 0 && readsOnly(predicate, (id) => ids.has(id)) && !present.has(key))
          added.set(key, predicate);
      }
      return filtered(inner, [...added.values()]);
    }
  }
}

function inferIntoJoin(plan: Join, implied: readonly Expr[], known: ReadonlySet<string>): LogicalPlan {
  if (plan.join === "right" || plan.join === "full" || plan.join === "mark")
    return mapInputs(plan, (input) => infer(input, [], new Set()));
  const left = idsOf(plan.left);
  const right = idsOf(plan.right);
  const pairs = keyPairs(plan, left, right);
  const filters = plan.join === "inner" || plan.join === "semi";
  const ofLeft = [...implied, ...factsOf(plan.left)];
  const ofRight = factsOf(plan.right);
  // Left rows without a partner survive other joins, so conditions and right-side facts say nothing about them there.
  const pool = filters ? [...ofLeft, ...ofRight, ...plan.conditions] : ofLeft;
  const everything = [...pool, ...pool.flatMap((predicate) => transferred(predicate, pairs))];
  const forLeft = filters ? everything : implied;
  const forRight = plan.join === "inner" || plan.join === "semi" ? everything : [...everything, ...plan.conditions];
  const newLeft = infer(plan.left, weakenAll(forLeft, left), known);
  const newRight = infer(plan.right, weakenAll(forRight, right), known);
  return newLeft === plan.left && newRight === plan.right ? plan : { ...plan, left: newLeft, right: newRight };
}

type Pair = { readonly from: number; readonly to: Expr };

/** Columns that the join equates, in both directions. Floats are left out: 0 equals -0, yet `1 / x` tells them apart. */
function keyPairs(plan: Join, left: ReadonlySet<number>, right: ReadonlySet<number>): readonly Pair[] {
  const pairs: Pair[] = [];
  for (const condition of plan.conditions) {
    const key = equalityBetween(
      condition,
      (id) => left.has(id),
      (id) => right.has(id),
    );
    if (key === undefined || key.nullSafe || key.left.kind !== "Column" || key.right.kind !== "Column") continue;
    const a = key.left.column;
    const b = key.right.column;
    if (!sameType(a.type, b.type) || a.type.kind === "Double" || a.type.kind === "Real") continue;
    pairs.push({ from: a.id, to: ref(b) }, { from: b.id, to: ref(a) });
  }
  return pairs;
}

/** A predicate over one column, said of the columns that it equals. */
function transferred(predicate: Expr, pairs: readonly Pair[]): readonly Expr[] {
  const columns = [...columnsOf(predicate).keys()];
  if (columns.length !== 1 || !isMovable(predicate)) return [];
  return pairs.flatMap(({ from, to }) =>
    from === columns[0] ? [substituteColumns(predicate, new Map([[from, to]]))] : [],
  );
}

function weakenAll(predicates: readonly Expr[], side: ReadonlySet<number>): readonly Expr[] {
  return predicates.flatMap((predicate) => weaken(predicate, (id) => side.has(id)) ?? []);
}

/** What the predicate says about these columns alone; undefined: nothing. */
function weaken(predicate: Expr, has: (id: number) => boolean): Expr | undefined {
  if (columnsOf(predicate).size === 0) return undefined;
  if (readsOnly(predicate, has)) return isMovable(predicate) ? predicate : undefined;
  if (predicate.kind === "And") {
    const parts = predicate.args.flatMap((arg) => weaken(arg, has) ?? []);
    return parts.length === 0 ? undefined : conjunction(parts);
  }
  if (predicate.kind === "Or") {
    const branches = disjunctsOf(predicate).map((arg) => weaken(arg, has));
    return branches.every((branch) => branch !== undefined) ? simplifyExpr(disjunction(branches)) : undefined;
  }
  return undefined;
}

/** Predicates that hold for every row a plan puts out and that read one column. */
function factsOf(plan: LogicalPlan): readonly Expr[] {
  switch (plan.kind) {
    case "Scan":
      return plan.filters.filter(isFact);
    case "Filter":
      return [...conjunctsOf(plan.predicate).filter(isFact), ...factsOf(plan.input)];
    case "Project":
    case "Aggregate": {
      const outputs = plan.kind === "Project" ? plan.outputs : plan.groups;
      const facts = factsOf(plan.input);
      if (facts.length === 0) return [];
      const renamed = new Map<number, Expr>();
      for (const { column, expr } of outputs) if (expr.kind === "Column") renamed.set(expr.column.id, ref(column));
      return facts.flatMap((fact) =>
        readsOnly(fact, (id) => renamed.has(id)) ? [substituteColumns(fact, renamed)] : [],
      );
    }
    case "Window":
    case "Unnest":
    case "Sort":
    case "Limit":
      return factsOf(plan.input);
    case "Join":
      switch (plan.join) {
        case "inner":
          return [...factsOf(plan.left), ...factsOf(plan.right)];
        case "semi":
        case "anti":
        case "left":
        case "single":
        case "mark":
          return factsOf(plan.left);
        case "right":
          return factsOf(plan.right);
        case "full":
          return [];
      }
    // eslint-disable-next-line no-fallthrough -- every kind of join has returned
    default:
      return [];
  }
}

function isFact(predicate: Expr): boolean {
  return !isTrue(predicate) && columnsOf(predicate).size === 1 && isMovable(predicate);
}

function idsOf(plan: LogicalPlan): ReadonlySet<number> {
  return new Set(outputColumns(plan).map(({ id }) => id));
}
