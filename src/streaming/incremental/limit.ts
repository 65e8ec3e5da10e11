import { ref } from "../../planner/expr/columns.ts";
import type { Column } from "../../planner/expr/expr.ts";
import type { Filter, Limit, LogicalPlan, Sort } from "../../planner/logical/plan.ts";
import { rowNumbers } from "../../planner/optimize/row-number.ts";
import { BIGINT, BOOLEAN, UBIGINT } from "../../planner/types/types.ts";
import { byGroup } from "./by-group.ts";
import type { Derivation } from "./derivation.ts";
import { call, literal, ONE, project } from "./nodes.ts";
import { inOrder, orderOf } from "./order.ts";
import type { Changes } from "./plan.ts";

/** Parts of the rows that are taken back now and then, and how many first rows all parts may have together. */
const MOST_PARTS = 4096;
const LEAST_PARTS = 64;
const FIRST_ROWS = 65_536;

/** The first rows of an order, ties broken by the rest of the row. */
export function limitChanges(derivation: Derivation, plan: Limit): Changes {
  const { input, limit, offset } = plan;
  const { rows, rebuild, keys } = orderOf(input) ?? inOrder(input, []);
  const rebuilt = ([bag]: readonly LogicalPlan[]): LogicalPlan => ({ ...plan, input: rebuild(bag!) });
  const changes = derivation.changes(rows);
  if (limit === undefined || keys === undefined) return byGroup(derivation, plan, [{ changes, keys: [] }], rebuilt, []);
  if (!changes.insertOnly) {
    const front = firstOfParts(derivation, rows, changes, keys, offset + limit);
    return byGroup(derivation, plan, [{ changes: front, keys: [] }], rebuilt, []);
  }
  // Rows behind these never come to the front again.
  const { columns } = changes;
  const first = (all: LogicalPlan, weight: Column): LogicalPlan => {
    const ordered: Sort = { kind: "Sort", input: project(all, columns), keys };
    const firstRows: Limit = { kind: "Limit", input: ordered, limit: offset + limit, offset: 0 };
    return project(firstRows, columns, { column: weight, expr: ONE });
  };
  const weight = derivation.make.weight();
  const candidates = { ...changes, plan: first(changes.plan, weight), weight };
  const kept = { changes: candidates, keys: [], useful: first, keeps: "the first rows" };
  return byGroup(derivation, plan, [kept], rebuilt, []);
}

/**
 * The first `count` rows of each part of the rows, by their hash: an epoch computes those of the parts that it touches anew, and few rows
 * are left for what looks at all parts. All rows where so many are wanted that this would not help.
 */
function firstOfParts(
  derivation: Derivation,
  rows: LogicalPlan,
  changes: Changes,
  keys: Sort["keys"],
  count: number,
): Changes {
  const parts = 2 ** Math.floor(Math.log2(Math.min(MOST_PARTS, FIRST_ROWS / Math.max(1, count))));
  const { columns } = changes;
  if (parts < LEAST_PARTS || columns.length === 0) return changes;
  const hash = call(
    "hash",
    columns.map((column) => ref(column)),
    UBIGINT,
  );
  const part = call("&", [hash, literal(BigInt(parts - 1), UBIGINT)], UBIGINT);
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
