import { createTable } from "../../exec/table/table-version.ts";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { Column } from "../../planner/expr/expr.ts";
import type { Scan } from "../../planner/logical/plan.ts";
import { BIGINT } from "../../planner/types/types.ts";

/**
 * A Z-set in memory (Budiu et al., "DBSP", VLDB 2023): rows with a weight, the last column; a row is there as often as its weights
 * add up to. The table behind it changes from epoch to epoch, in a fixed layout, so that plans that read it are compiled once.
 *
 * - delta: what this epoch changes.
 * - state: what all epochs before this one left.
 * - constant: what never changes.
 * - clock: one row with a bound of times as it was after the epoch before, and as it is after this one.
 */
export type Relation = {
  readonly kind: "delta" | "state" | "constant" | "clock";
  /** For EXPLAIN. */
  readonly name: string;
  /** Stands for the relation in plans. */
  readonly source: TableSource;
};

/** What the planner takes the size of a relation to be: states are scanned, deltas are what tables are built of. */
const EXPECTED_ROWS = { delta: 1_000, state: 1_000_000, constant: 1_000, clock: 1 } as const;

export function createRelation(kind: Relation["kind"], name: string, columns: readonly Column[]): Relation {
  const definitions = columns.map((column, i) => ({ name: `c${i}`, type: column.type, nullable: true }));
  const handle = createTable([...definitions, { name: "weight", type: BIGINT, nullable: true }], {
    fixed: true,
    stable: kind !== "state",
  });
  const statistics = { ...handle.statistics, rows: EXPECTED_ROWS[kind] };
  return { kind, name, source: { kind: "memory", name, schema: handle.schema, statistics, handle } };
}

/** Reads a relation: its columns and weight under the ids of `columns` and `weight`. */
export function scanRelation({ name, source }: Relation, columns: readonly Column[], weight: Column): Scan {
  return {
    kind: "Scan",
    source,
    alias: name,
    columns: [...columns, weight].map((column, ordinal) => ({ column, ordinal })),
    filters: [],
  };
}
