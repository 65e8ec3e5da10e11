/**
 * Operators over all rows, of which some are taken back now and then: rows are divided into parts by their hash. An epoch computes those
 * parts anew that it touches, and few rows are left for what looks at all parts.
 */
import { ref } from "../../planner/expr/columns.ts";
import type { AggregateCall, Column, Expr } from "../../planner/expr/expr.ts";
import type { Aggregate, Filter, LogicalPlan, Sort } from "../../planner/logical/plan.ts";
import { rowNumbers } from "../../planner/optimize/row-number.ts";
import { BIGINT, BOOLEAN, HUGEINT, UBIGINT } from "../../planner/types/types.ts";
import { byGroup } from "./by-group.ts";
import type { Derivation } from "./derivation.ts";
import { call, cast, hasEqualForms, literal, orZero, project } from "./nodes.ts";
import type { Changes } from "./plan.ts";

const MOST_PARTS = 4096;
const LEAST_PARTS = 64;
/** Rows that all parts may have together. */
const MOST_ROWS = 65_536;

/** Which of so many parts, a power of two, a row belongs to. */
function partOf(columns: readonly Column[], parts: number): Expr {
  const hash = call(
    "hash",
    columns.map((column) => ref(column)),
    UBIGINT,
  );
  return call("&", [hash, literal(BigInt(parts - 1), UBIGINT)], UBIGINT);
}

/**
 * The first `count` rows of each part of `rows`, whose changes are given. All rows where so many are wanted that this would not help.
 *
 * @param keys tell all rows apart but equal ones
 */
export function firstOfParts(
  derivation: Derivation,
  rows: LogicalPlan,
  changes: Changes,
  keys: Sort["keys"],
  count: number,
): Changes {
  const parts = 2 ** Math.floor(Math.log2(Math.min(MOST_PARTS, MOST_ROWS / Math.max(1, count))));
  const { columns } = changes;
  if (parts < LEAST_PARTS || columns.length === 0) return changes;
  const part = partOf(columns, parts);
  const rank = derivation.make.make("rank", BIGINT, false);
  const firsts = (input: LogicalPlan): Filter => ({
    kind: "Filter",
    input: rowNumbers(input, rank, [part], keys),
    predicate: call("<=", [ref(rank), literal(BigInt(count), BIGINT)], BOOLEAN),
  });
  const made = byGroup(derivation, firsts(rows), [{ changes, keys: [part] }], ([bag]) => firsts(bag!), [part], {
    repeatable: true,
  });
  return { ...made, columns, distinctBy: undefined };
}

/** How an aggregate of all rows is made of those of parts; `finish`: its value, of what `merge` makes of them. */
type Merging = { readonly merge: string; readonly finish: (merged: Expr) => Expr };

function mergingOf({ name, args, distinct, orderBy, type, definition }: AggregateCall): Merging | undefined {
  if (distinct || orderBy.length > 0 || args.length > 1 || definition !== undefined) return undefined;
  const isExact = type.kind === "HugeInt" || type.kind === "Decimal";
  switch (name) {
    case "min":
    case "max":
      return hasEqualForms(type) ? undefined : { merge: name, finish: (value) => value };
    case "count":
      return { merge: "sum", finish: (sum) => cast(orZero(sum), BIGINT) };
    case "sum":
      return isExact ? { merge: name, finish: (sum) => sum } : undefined;
    default:
      return undefined;
  }
}

/** Aggregates of all rows; undefined where some are not made of those of parts. */
export function aggregateParts(derivation: Derivation, plan: Aggregate, changes: Changes): Changes | undefined {
  const { make } = derivation;
  const { columns } = changes;
  const mergings = plan.aggregates.map((aggregate) => mergingOf(aggregate.call));
  if (plan.groups.length > 0 || columns.length === 0 || mergings.includes(undefined)) return undefined;
  const part = make.make("part", UBIGINT);
  const partial = (input: LogicalPlan): Aggregate => ({
    ...plan,
    input,
    groups: [{ column: part, expr: partOf(columns, MOST_PARTS) }],
  });
  const made = byGroup(
    derivation,
    partial(plan.input),
    [{ changes, keys: [partOf(columns, MOST_PARTS)] }],
    ([rows]) => partial(rows!),
    [ref(part)],
    { repeatable: true },
  );
  const rebuilt = ([rows]: readonly LogicalPlan[]): LogicalPlan => {
    const merged = plan.aggregates.map(({ column, call: own }, i) => {
      const { merge } = mergings[i]!;
      const type = merge === "sum" && own.type.kind !== "Decimal" ? HUGEINT : own.type;
      const aggregate: AggregateCall = { ...own, name: merge, args: [ref(column)], filter: undefined, type };
      return { column: make.make(column.name, type), call: aggregate };
    });
    const outputs = plan.aggregates.map(({ column }, i) => ({
      column,
      expr: mergings[i]!.finish(ref(merged[i]!.column)),
    }));
    return project({ kind: "Aggregate", input: rows!, groups: [], aggregates: merged }, [], ...outputs);
  };
  return byGroup(derivation, plan, [{ changes: made, keys: [] }], rebuilt, []);
}
