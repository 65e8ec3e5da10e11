import type { GroupingElement, GroupingExpressions } from "../../sql/ast.ts";
import { ref } from "../expr/columns.ts";
import { sameExpr } from "../expr/equal.ts";
import type { AggregateCall, Column, Expr } from "../expr/expr.ts";
import { asNullable, outputColumns } from "../logical/columns.ts";
import type { Aggregate, LogicalPlan } from "../logical/plan.ts";
import { substituteInPlan } from "../logical/rename.ts";
import { BIGINT } from "../types/types.ts";
import { collatedGroups } from "./collation.ts";
import { type BindContext, bindError } from "./context.ts";
import type { GroupKey } from "./group-by.ts";

/** A set is a list of keys, by their index. */
export type GroupingSet = readonly number[];

/** Every set is an aggregate of its own over the common input. */
const MOST_SETS = 1024;

/**
 * The grouping sets that the elements of a GROUP BY stand for: each element is a list of sets, of which every combination is
 * taken. `keysOf` says which keys the expressions of one list are.
 */
export function groupingSets(
  ctx: BindContext,
  elements: readonly GroupingElement[],
  keysOf: (node: GroupingExpressions) => GroupingSet,
): readonly GroupingSet[] {
  let sets: readonly GroupingSet[] = [[]];
  for (const element of elements) {
    const own = setsOf(ctx, element, keysOf);
    if (sets.length * own.length > MOST_SETS) throw tooMany(ctx, element);
    sets = sets.flatMap((set) => own.map((other) => [...new Set([...set, ...other])]));
  }
  return sets;
}

function setsOf(
  ctx: BindContext,
  element: GroupingElement,
  keysOf: (node: GroupingExpressions) => GroupingSet,
): readonly GroupingSet[] {
  switch (element.kind) {
    case "GroupingExpressions":
      return [keysOf(element)];
    case "GroupingSets":
      return element.sets.flatMap((inner) => setsOf(ctx, inner, keysOf));
    case "Rollup": {
      const items = element.items.map(keysOf);
      return Array.from({ length: items.length + 1 }, (_, n) => items.slice(0, items.length - n).flat());
    }
    case "Cube": {
      const items = element.items.map(keysOf);
      if (2 ** items.length > MOST_SETS) throw tooMany(ctx, element);
      // Larger sets first; item 0 is the highest bit.
      return Array.from({ length: 2 ** items.length }, (_, n) => {
        const missing = (i: number): number => (n >> (items.length - 1 - i)) & 1;
        return items.filter((_item, i) => missing(i) === 0).flat();
      });
    }
  }
}

function tooMany(ctx: BindContext, node: GroupingElement): Error {
  return bindError(ctx, `GROUP BY makes more than ${MOST_SETS} grouping sets`, node);
}

/** A call of GROUPING: the column that will hold its value, and the keys it asks about. */
export type GroupingCall = {
  readonly column: Column;
  readonly args: readonly Expr[];
  readonly node: { readonly span: Expr["span"] };
};

/** The value of GROUPING in one set: a bit for each argument (for none: each key), 1 where the set does not group by it. */
function groupingBits(ctx: BindContext, call: GroupingCall, keys: readonly GroupKey[], set: GroupingSet): Expr {
  let bits = 0n;
  const node = { span: call.node.span ?? { start: 0, end: 0 } };
  if (keys.length === 0) throw bindError(ctx, "GROUPING needs a GROUP BY with keys", node);
  const args = call.args.length === 0 ? keys.map(({ expr }) => expr) : call.args;
  if (args.length > 63) throw bindError(ctx, "GROUPING takes at most 63 keys", node);
  for (const arg of args) {
    const key = keys.findIndex(({ expr }) => sameExpr(expr, arg));
    if (key < 0) throw bindError(ctx, "GROUPING takes expressions of GROUP BY", node);
    bits = bits * 2n + (set.includes(key) ? 0n : 1n);
  }
  return { kind: "Literal", value: bits, type: BIGINT };
}

type Aggregates = readonly { readonly column: Column; readonly call: AggregateCall }[];

/** One Aggregate, with the constants that calls of GROUPING are then. */
export function groupedPlan(
  ctx: BindContext,
  input: LogicalPlan,
  keys: readonly GroupKey[],
  aggregates: Aggregates,
  groupings: readonly GroupingCall[],
): LogicalPlan {
  const collated = collatedGroups(ctx, keys);
  const calls = [...collated.aggregates, ...aggregates];
  const plan: Aggregate = { kind: "Aggregate", input, groups: collated.groups, aggregates: calls };
  if (groupings.length === 0) return plan;
  const all = [...keys.keys()];
  return {
    kind: "Project",
    input: plan,
    outputs: [
      ...outputColumns(plan).map((column) => ({ column, expr: ref(column) })),
      ...groupings.map((call) => ({ column: call.column, expr: groupingBits(ctx, call, keys, all) })),
    ],
  };
}

/** The union of an Aggregate for each set, in which the keys of other sets are NULL. Their input is a common subplan. */
export function groupingSetsPlan(
  ctx: BindContext,
  input: LogicalPlan,
  keys: readonly GroupKey[],
  sets: readonly GroupingSet[],
  aggregates: Aggregates,
  groupings: readonly GroupingCall[],
): LogicalPlan {
  const id = ctx.ids.next();
  const from = outputColumns(input);
  const fresh = (column: Column): Column => ({ ...column, id: ctx.ids.next() });
  const parts = sets.map((set) => {
    const columns = from.map(fresh);
    const scan: LogicalPlan = { kind: "CteScan", id, name: "grouped", columns, from };
    const groups = set.map((k) => {
      const { column, expr } = keys[k] as GroupKey;
      return { column: fresh(column), expr };
    });
    const calls = aggregates.map(({ column, call }) => ({ column: fresh(asNullable(column)), call }));
    const collated = collatedGroups(ctx, groups);
    const aggregate: Aggregate = {
      kind: "Aggregate",
      input: scan,
      groups: collated.groups,
      aggregates: [...collated.aggregates, ...calls],
    };
    const by = new Map(from.map((column, i) => [column.id, ref(columns[i] as Column)]));
    const outputs = [
      ...keys.map(({ column }, k): { column: Column; expr: Expr } => {
        const group = groups[set.indexOf(k)];
        if (group !== undefined) return { column: group.column, expr: ref(group.column) };
        return { column: fresh(column), expr: { kind: "Literal", value: null, type: column.type } };
      }),
      ...calls.map(({ column }) => ({ column, expr: ref(column) })),
      ...groupings.map((call) => ({ column: fresh(call.column), expr: groupingBits(ctx, call, keys, set) })),
    ];
    const plan: LogicalPlan = { kind: "Project", input: substituteInPlan(aggregate, by), outputs };
    return { plan, columns: outputs.map(({ column }) => column) };
  });
  return {
    kind: "With",
    ctes: [{ id, name: "grouped", plan: input }],
    input: {
      kind: "SetOperation",
      op: "union",
      all: true,
      columns: [
        ...keys.map(({ column }) => asNullable(column)),
        ...aggregates.map(({ column }) => asNullable(column)),
        ...groupings.map(({ column }) => column),
      ],
      inputs: parts.map(({ plan }) => plan),
      inputColumns: parts.map(({ columns }) => columns),
    },
  };
}
