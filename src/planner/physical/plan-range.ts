import type { Expr } from "../expr/expr.ts";
import { columnsOf, readsOnly } from "../expr/columns.ts";
import { typeOf } from "../expr/type-of.ts";
import { isVolatile } from "../optimize/fallible.ts";
import { exprKey } from "../optimize/predicates.ts";
import { sameType } from "../types/types.ts";
import type { NestedLoopJoin } from "./plan.ts";

type Bound = NestedLoopJoin["range"][number];

const FLIPPED = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" } as const;

/**
 * Inequalities of a join between the probe side and one expression of the build side, by which that is worth sorting: bounds in both
 * directions where there are such. Empty: none.
 */
export function rangeOf(
  conditions: readonly Expr[],
  inProbe: (id: number) => boolean,
  inBuild: (id: number) => boolean,
): readonly Bound[] {
  const groups = new Map<string, Bound[]>();
  for (const condition of conditions) {
    const bound = boundOf(condition, inProbe, inBuild);
    if (bound === undefined) continue;
    const key = exprKey(bound.build);
    groups.set(key, [...(groups.get(key) ?? []), bound]);
  }
  const isBelow = ({ op }: Bound): boolean => op === "<" || op === "<=";
  const candidates = [...groups.values()].map((bounds) => {
    const [below, above] = [bounds.find(isBelow), bounds.find((bound) => !isBelow(bound))];
    return [below, above].filter((bound) => bound !== undefined);
  });
  return candidates.toSorted((a, b) => b.length - a.length)[0] ?? [];
}

function boundOf(
  condition: Expr,
  inProbe: (id: number) => boolean,
  inBuild: (id: number) => boolean,
): Bound | undefined {
  if (condition.kind !== "Call" || !isOrder(condition.name)) return undefined;
  const [left, right] = condition.args as [Expr, Expr];
  if (isVolatile(left) || isVolatile(right) || !sameType(typeOf(left), typeOf(right))) return undefined;
  if (columnsOf(left).size === 0 || columnsOf(right).size === 0) return undefined;
  if (readsOnly(left, inProbe) && readsOnly(right, inBuild)) return { probe: left, build: right, op: condition.name };
  if (readsOnly(right, inProbe) && readsOnly(left, inBuild))
    return { probe: right, build: left, op: FLIPPED[condition.name] };
  return undefined;
}

function isOrder(name: string): name is Bound["op"] {
  return name in FLIPPED;
}
