import type { Column, Expr } from "../expr/expr.ts";
import { ref } from "../expr/columns.ts";
import { typeOf } from "../expr/type-of.ts";
import { outputColumns } from "../logical/columns.ts";
import type { Join } from "../logical/plan.ts";
import { hashing } from "../optimize/join-order/cost.ts";
import { mayBeNull } from "../optimize/nullability.ts";
import { equalityBetween } from "../optimize/predicates.ts";
import { sameType } from "../types/types.ts";
import { outputOf } from "./columns.ts";
import { rangeOf } from "./plan-range.ts";
import type { HashJoin, PhysicalJoinKind, PhysicalPlan } from "./plan.ts";

/** Keeping or testing rows on the build side costs a pass over the table at the end: building there must be this much cheaper. */
const MUCH_CHEAPER = 0.7;

/** `width`: bytes of a row in the hash table. `varies`: it has other rows in every round of a recursion. */
export type JoinSide = {
  readonly plan: PhysicalPlan;
  readonly rows: number;
  readonly width: number;
  readonly varies: boolean;
};

/**
 * A join with its algorithm and sides chosen: hash where there is an equality, the cheaper side built. `needed`: columns that
 * are read above or by the conditions; the table keeps no others.
 */
export function planJoin(
  join: Join,
  left: JoinSide,
  right: JoinSide,
  needed: ReadonlySet<number>,
  rows: number,
): PhysicalPlan {
  const { kind, buildsLeft } = orientation(join.join, left, right);
  const probe = buildsLeft ? right.plan : left.plan;
  const build = narrowed(buildsLeft ? left.plan : right.plan, needed);
  const leftIds = idsOf(outputColumns(join.left));
  const rightIds = idsOf(outputColumns(join.right));
  const keys: HashJoin["keys"][number][] = [];
  const residual: Expr[] = [];
  const columns = new Map(
    [...outputColumns(join.left), ...outputColumns(join.right)].map((column) => [column.id, column]),
  );
  const onlyKeys = join.conditions.every((condition) => {
    const key = equalityBetween(
      condition,
      (id) => leftIds.has(id),
      (id) => rightIds.has(id),
    );
    return key !== undefined && !key.nullSafe && sameType(typeOf(key.left), typeOf(key.right));
  });
  for (const condition of join.conditions) {
    // A table keeps rows with a NULL key apart: whether they pass other conditions than its keys, which a mark depends on, it
    // cannot tell.
    if (join.join === "mark" && !onlyKeys && join.conditions.length > 1 && mayBeNull(condition, columns)) {
      residual.push(condition);
      continue;
    }
    const key = equalityBetween(
      condition,
      (id) => leftIds.has(id),
      (id) => rightIds.has(id),
    );
    if (key === undefined || !sameType(typeOf(key.left), typeOf(key.right))) residual.push(condition);
    else
      keys.push({
        probe: buildsLeft ? key.right : key.left,
        build: buildsLeft ? key.left : key.right,
        nullSafe: key.nullSafe,
      });
  }
  const broadcast: PhysicalPlan = {
    kind: "Exchange",
    exchange: "broadcast",
    input: build,
    keys: [],
    sort: [],
    rows: build.rows,
  };
  if (keys.length === 0) return planNestedLoop(join, kind, buildsLeft, left, right, needed, rows);
  return { kind: "HashJoin", join: kind, probe, build: broadcast, keys, residual, mark: join.mark, rows };
}

function orientation(
  join: Join["join"],
  left: JoinSide,
  right: JoinSide,
): { readonly kind: PhysicalJoinKind; readonly buildsLeft: boolean } {
  // A table of the side that stays the same is built once for all rounds.
  const [free, forbidden] = [0, Infinity];
  const cost = (build: JoinSide, probe: JoinSide): number =>
    build.varies === probe.varies ? hashing(probe.rows, build.rows, build.width) : build.varies ? forbidden : free;
  const buildLeft = cost(left, right);
  const buildRight = cost(right, left);
  const leftIsMuchCheaper = buildLeft < buildRight * MUCH_CHEAPER;
  switch (join) {
    case "inner":
      return { kind: "inner", buildsLeft: buildLeft < buildRight };
    case "left":
      return leftIsMuchCheaper ? { kind: "buildOuter", buildsLeft: true } : { kind: "probeOuter", buildsLeft: false };
    case "right":
      return buildRight < buildLeft * MUCH_CHEAPER
        ? { kind: "buildOuter", buildsLeft: false }
        : { kind: "probeOuter", buildsLeft: true };
    case "full":
      return { kind: "full", buildsLeft: buildLeft < buildRight };
    case "semi":
      return leftIsMuchCheaper ? { kind: "buildSemi", buildsLeft: true } : { kind: "probeSemi", buildsLeft: false };
    case "anti":
      return leftIsMuchCheaper ? { kind: "buildAnti", buildsLeft: true } : { kind: "probeAnti", buildsLeft: false };
    case "mark":
      return { kind: "mark", buildsLeft: false };
    case "single":
      return { kind: "single", buildsLeft: false };
  }
}

/** A build side of fewer rows is gone through from end to end. */
const WORTH_SORTING = 16;

/** Kinds by which side is built: what a kind becomes when the sides swap roles. */
const SWAPPED: { readonly [K in PhysicalJoinKind]?: PhysicalJoinKind } = {
  inner: "inner",
  probeOuter: "buildOuter",
  buildOuter: "probeOuter",
  full: "full",
  probeSemi: "buildSemi",
  buildSemi: "probeSemi",
  probeAnti: "buildAnti",
  buildAnti: "probeAnti",
};

/** A join without an equality. A side that the conditions bound from both ends is worth building, whatever its size. */
function planNestedLoop(
  join: Join,
  chosen: PhysicalJoinKind,
  buildsLeft: boolean,
  left: JoinSide,
  right: JoinSide,
  needed: ReadonlySet<number>,
  rows: number,
): PhysicalPlan {
  const { conditions, mark } = join;
  const [leftIds, rightIds] = [idsOf(outputColumns(join.left)), idsOf(outputColumns(join.right))];
  const onLeft = rangeOf(
    conditions,
    (id) => rightIds.has(id),
    (id) => leftIds.has(id),
  );
  const onRight = rangeOf(
    conditions,
    (id) => leftIds.has(id),
    (id) => rightIds.has(id),
  );
  const [own, other] = buildsLeft ? [onLeft, onRight] : [onRight, onLeft];
  const swapped = other.length > own.length ? SWAPPED[chosen] : undefined;
  const buildLeft = swapped === undefined ? buildsLeft : !buildsLeft;
  const kind = swapped ?? chosen;
  const build = narrowed(buildLeft ? left.plan : right.plan, needed);
  return {
    kind: "NestedLoopJoin",
    join: kind,
    probe: buildLeft ? right.plan : left.plan,
    build: { kind: "Exchange", exchange: "broadcast", input: build, keys: [], sort: [], rows: build.rows },
    conditions,
    // A mark tells FALSE from NULL, for which it has to see all rows.
    range: kind === "mark" || build.rows < WORTH_SORTING ? [] : buildLeft ? onLeft : onRight,
    mark,
    rows,
  };
}

/** The plan without columns that nobody reads. */
export function narrowed(plan: PhysicalPlan, needed: ReadonlySet<number>): PhysicalPlan {
  const columns = outputOf(plan);
  const kept = columns.filter(({ id }) => needed.has(id));
  if (kept.length === columns.length) return plan;
  return {
    kind: "Project",
    input: plan,
    outputs: kept.map((column) => ({ column, expr: ref(column) })),
    rows: plan.rows,
  };
}

function idsOf(columns: readonly Column[]): ReadonlySet<number> {
  return new Set(columns.map(({ id }) => id));
}
