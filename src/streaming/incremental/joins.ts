import { readsOnly, ref, substituteColumns } from "../../planner/expr/columns.ts";
import type { Column, Expr } from "../../planner/expr/expr.ts";
import { outputColumns } from "../../planner/logical/columns.ts";
import { walkPlan } from "../../planner/logical/map.ts";
import type { Join, LogicalPlan } from "../../planner/logical/plan.ts";
import { conjunction } from "../../planner/optimize/predicates.ts";
import { boundByJoin, factsBehindFilter, factsBehindJoin } from "../time/facts.ts";
import { byGroup } from "./by-group.ts";
import type { Derivation } from "./derivation.ts";
import { joinKeys } from "./join-keys.ts";
import { isMomentFilter } from "./moments.ts";
import { consolidate, join, project, times, unionAll } from "./nodes.ts";
import type { Changes } from "./plan.ts";
import { type Relation, scanRelation } from "./relation.ts";

export function joinChanges(derivation: Derivation, plan: Join): Changes {
  if (plan.join !== "right" && plan.join !== "full" && isFixed(derivation, plan.right))
    return joinWithFixed(derivation, plan);
  switch (plan.join) {
    case "inner":
      return innerJoin(derivation, plan);
    case "right":
      return joinChanges(derivation, { ...plan, join: "left", left: plan.right, right: plan.left });
    case "full":
      return derivation.changes(leftAndUnmatched(derivation, plan));
    case "left":
    case "semi":
    case "anti":
    case "single":
    case "mark": {
      const keys = joinKeys(plan);
      const inputs = [
        { changes: derivation.changes(plan.left), keys: keys.map(({ left }) => left) },
        { changes: derivation.changes(plan.right), keys: keys.map(({ right }) => right) },
      ];
      const rebuild = ([left, right]: readonly LogicalPlan[]): LogicalPlan => ({ ...plan, left: left!, right: right! });
      return byGroup(derivation, plan, inputs, rebuild, inputs[0]!.keys, { repeatable: true });
    }
  }
}

/** Rows of a side that never changes meet each change of the other side once. */
function joinWithFixed(derivation: Derivation, plan: Join): Changes {
  const left = derivation.changes(plan.left);
  const right = derivation.fixed(plan.right, "right side");
  const joined: Join = { ...plan, left: left.plan, right };
  const facts = plan.join === "inner" ? factsBehindFilter(left.facts, conjunction(plan.conditions)) : left.facts;
  return { ...left, plan: joined, columns: outputColumns(plan), distinctBy: undefined, facts };
}

/** No change comes from this plan. */
export function isFixed(derivation: Derivation, plan: LogicalPlan): boolean {
  let fixed = true;
  walkPlan(plan, (node) => {
    if (node.kind === "Scan") fixed &&= derivation.input(node.source) === undefined;
    // Of which nothing is known here, or which give other rows when they are asked again.
    if (node.kind === "CteScan" || node.kind === "Sample" || node.kind === "PositionalJoin") fixed = false;
    if (isMomentFilter(node)) fixed = false;
  });
  return fixed;
}

/** d(L x R) = dL x R + L x dR + dL x dR. */
function innerJoin(derivation: Derivation, plan: Join): Changes {
  if (isFixed(derivation, plan.left)) return joinWithFixed(derivation, { ...plan, left: plan.right, right: plan.left });
  const { make } = derivation;
  const left = derivation.keep(sideChanges(derivation, plan.left), "left side");
  const right = derivation.keep(sideChanges(derivation, plan.right), "right side");
  const columns = [...left.columns, ...right.columns];
  const isLeft = ofSide(left.columns);
  const isRight = ofSide(right.columns);
  const leftBounds = boundByJoin(isLeft, right.facts, plan.conditions);
  const rightBounds = boundByJoin(isRight, left.facts, plan.conditions);
  const term = (
    leftRows: Relation,
    rightRows: Relation,
  ): { readonly plan: LogicalPlan; readonly columns: readonly Column[] } => {
    const [leftWeight, rightWeight, product] = [make.weight(), make.weight(), make.weight()];
    const joined = join(
      "inner",
      scanRelation(leftRows, left.columns, leftWeight),
      scanRelation(rightRows, right.columns, rightWeight),
      plan.conditions,
    );
    const output = project(joined, columns, { column: product, expr: times(leftWeight, rightWeight) });
    return derivation.copy(output, [...columns, product]);
  };
  const leftState = derivation.stateOf(left, { expiry: leftBounds[0] });
  const rightState = derivation.stateOf(right, { expiry: rightBounds[0] });
  const terms = [term(left.delta, rightState), term(leftState, right.delta), term(left.delta, right.delta)];
  const weight = make.weight();
  return {
    plan: unionAll(terms, [...columns, weight]),
    columns,
    weight,
    insertOnly: left.insertOnly && right.insertOnly,
    fleeting: left.fleeting === true || right.fleeting === true,
    facts: factsBehindFilter(
      factsBehindJoin(left.facts, right.facts, leftBounds, rightBounds),
      conjunction(plan.conditions),
    ),
  };
}

/**
 * The changes of a join's side. Where a join's both sides replace a row, it puts out eight rows of which two are left; a join of
 * joins would multiply them with each join, so that they are added up first.
 */
function sideChanges(derivation: Derivation, plan: LogicalPlan): Changes {
  const changes = derivation.changes(plan);
  if (changes.insertOnly || !isJoined(derivation, plan)) return changes;
  const weight = derivation.make.weight();
  return {
    ...changes,
    plan: consolidate(derivation.make, changes.plan, changes.columns, changes.weight, weight),
    weight,
  };
}

/** Whether the changes are, row by row, those of an inner join of which both sides change. */
function isJoined(derivation: Derivation, plan: LogicalPlan): boolean {
  switch (plan.kind) {
    case "Filter":
    case "Project":
    case "Unnest":
    case "Sort":
    case "With":
      return isJoined(derivation, plan.input);
    case "SetOperation":
      return plan.op === "union" && plan.all && plan.inputs.some((input) => isJoined(derivation, input));
    case "Join":
      if (isFixed(derivation, plan.right)) return isJoined(derivation, plan.left);
      if (plan.join !== "inner") return false;
      return !isFixed(derivation, plan.left) || isJoined(derivation, plan.right);
    default:
      return false;
  }
}

function ofSide(columns: readonly Column[]): (expr: Expr) => boolean {
  const ids = new Set(columns.map(({ id }) => id));
  return (expr) => readsOnly(expr, (id) => ids.has(id));
}

/** A full join as the left join and the right rows without a match beside NULLs: the groups of each are told by one side. */
function leftAndUnmatched(derivation: Derivation, plan: Join): LogicalPlan {
  const right = derivation.copy(plan.right, outputColumns(plan.right));
  const left = derivation.copy(plan.left, outputColumns(plan.left));
  const by = new Map<number, Expr>();
  outputColumns(plan.left).forEach((column, i) => by.set(column.id, ref(left.columns[i]!)));
  outputColumns(plan.right).forEach((column, i) => by.set(column.id, ref(right.columns[i]!)));
  const conditions = plan.conditions.map((condition) => substituteColumns(condition, by));
  const padding = outputColumns(plan.left).map((column) => ({
    column: derivation.make.make(column.name, column.type),
    expr: { kind: "Literal", value: null, type: column.type } as const,
  }));
  const unmatched = project(join("anti", right.plan, left.plan, conditions), right.columns, ...padding);
  const leftJoin: Join = { ...plan, join: "left" };
  return unionAll(
    [
      { plan: leftJoin, columns: outputColumns(leftJoin) },
      { plan: unmatched, columns: [...padding.map(({ column }) => column), ...right.columns] },
    ],
    outputColumns(plan),
  );
}
