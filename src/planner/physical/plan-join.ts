import type { Column, Expr } from "../expr/expr.ts";
import { ref } from "../expr/columns.ts";
import { typeOf } from "../expr/type-of.ts";
import { outputColumns } from "../logical/columns.ts";
import type { Join } from "../logical/plan.ts";
import { equalityBetween } from "../optimize/predicates.ts";
import { sameType } from "../types/types.ts";
import { outputOf } from "./columns.ts";
import type { HashJoin, PhysicalJoinKind, PhysicalPlan } from "./plan.ts";

/** Preserving the smaller side from the build side costs a pass over the table at the end: it must be this much smaller. */
const MUCH_SMALLER = 0.5;

export type JoinSide = { readonly plan: PhysicalPlan; readonly bytes: number };

/**
 * A join with its algorithm and sides chosen: hash where there is an equality, the smaller side built. `needed`: columns that
 * are read above or by the conditions; the table keeps no others.
 */
export function planJoin(join: Join, left: JoinSide, right: JoinSide, needed: ReadonlySet<number>, rows: number): PhysicalPlan {
  const { kind, buildsLeft } = orientation(join.join, left, right);
  const probe = buildsLeft ? right.plan : left.plan;
  const build = narrowed(buildsLeft ? left.plan : right.plan, needed);
  const leftIds = idsOf(outputColumns(join.left));
  const rightIds = idsOf(outputColumns(join.right));
  const keys: HashJoin["keys"][number][] = [];
  const residual: Expr[] = [];
  for (const condition of join.conditions) {
    const key = equalityBetween(condition, (id) => leftIds.has(id), (id) => rightIds.has(id));
    if (key === undefined || !sameType(typeOf(key.left), typeOf(key.right))) residual.push(condition);
    else keys.push({ probe: buildsLeft ? key.right : key.left, build: buildsLeft ? key.left : key.right, nullSafe: key.nullSafe });
  }
  const broadcast: PhysicalPlan = { kind: "Exchange", exchange: "broadcast", input: build, keys: [], sort: [], rows: build.rows };
  if (keys.length === 0) return { kind: "NestedLoopJoin", join: kind, probe, build: broadcast, conditions: residual, mark: join.mark, rows };
  return { kind: "HashJoin", join: kind, probe, build: broadcast, keys, residual, mark: join.mark, rows };
}

function orientation(join: Join["join"], left: JoinSide, right: JoinSide): { readonly kind: PhysicalJoinKind; readonly buildsLeft: boolean } {
  const leftIsSmaller = left.bytes < right.bytes;
  const leftIsMuchSmaller = left.bytes < right.bytes * MUCH_SMALLER;
  switch (join) {
    case "inner":
      return { kind: "inner", buildsLeft: leftIsSmaller };
    case "left":
      return leftIsMuchSmaller ? { kind: "buildOuter", buildsLeft: true } : { kind: "probeOuter", buildsLeft: false };
    case "right":
      return right.bytes < left.bytes * MUCH_SMALLER ? { kind: "buildOuter", buildsLeft: false } : { kind: "probeOuter", buildsLeft: true };
    case "full":
      return { kind: "full", buildsLeft: leftIsSmaller };
    case "semi":
      return leftIsMuchSmaller ? { kind: "buildSemi", buildsLeft: true } : { kind: "probeSemi", buildsLeft: false };
    case "anti":
      return leftIsMuchSmaller ? { kind: "buildAnti", buildsLeft: true } : { kind: "probeAnti", buildsLeft: false };
    case "mark":
      return { kind: "mark", buildsLeft: false };
    case "single":
      return { kind: "single", buildsLeft: false };
  }
}

/** The plan without columns that nobody reads. */
export function narrowed(plan: PhysicalPlan, needed: ReadonlySet<number>): PhysicalPlan {
  const columns = outputOf(plan);
  const kept = columns.filter(({ id }) => needed.has(id));
  if (kept.length === columns.length) return plan;
  return { kind: "Project", input: plan, outputs: kept.map((column) => ({ column, expr: ref(column) })), rows: plan.rows };
}

function idsOf(columns: readonly Column[]): ReadonlySet<number> {
  return new Set(columns.map(({ id }) => id));
}
