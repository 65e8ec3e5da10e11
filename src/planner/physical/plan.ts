import type { AggregateCall, Call, Column, Expr, SortKey, WindowCall } from "../expr/expr.ts";
import type { TableSource } from "../catalog/catalog.ts";
import type { PushedFilter } from "../catalog/source-filter.ts";
import type { JavaScriptFunction, JavaScriptMap } from "../functions/function.ts";

/**
 * The physical plan: algorithms and exchanges chosen, still plain data. An Exchange cuts the plan into fragments; every
 * fragment runs on all workers. In shared memory an exchange passes addresses, never copies rows.
 *
 * `rows` is the estimated output cardinality.
 */
export type PhysicalPlan =
  | TableScan
  | ValuesScan
  | MaterializedScan
  | Filter
  | Project
  | JavaScript
  | MapBatches
  | HashJoin
  | NestedLoopJoin
  | HashAggregate
  | Window
  | Unnest
  | Sort
  | TopN
  | Limit
  | Union
  | Exchange
  | Materialize
  | SortAggregate
  | Recursion
  | Sample
  | AsofJoin
  | PositionalJoin;

type Node = { readonly rows: number };

/** Claims morsels of a table or of Parquet row groups; `filters` are evaluated in the scan and prune chunks by statistics. */
export type TableScan = Node & {
  readonly kind: "TableScan";
  readonly source: TableSource;
  readonly alias: string;
  readonly columns: readonly { readonly column: Column; readonly ordinal: number }[];
  /** Cheapest and most selective first. */
  readonly filters: readonly Expr[];
  /** Conditions that the source applies itself; those that it applies inexactly are among the filters too. */
  readonly pushed?: readonly PushedFilter[];
  /** No more rows than this are needed. */
  readonly limit?: number | undefined;
};

/** Constant rows (also no row at all, and the one row of a SELECT without FROM). */
export type ValuesScan = Node & {
  readonly kind: "ValuesScan";
  readonly columns: readonly Column[];
  readonly values: readonly (readonly Expr[])[];
};

export type Filter = Node & {
  readonly kind: "Filter";
  readonly input: PhysicalPlan;
  readonly predicates: readonly Expr[];
};

export type Project = Node & {
  readonly kind: "Project";
  readonly input: PhysicalPlan;
  readonly outputs: readonly { readonly column: Column; readonly expr: Expr }[];
};

/**
 * Adds the results of users' functions, called for batches of rows; where `guard` is not TRUE the result is NULL without a call.
 * Functions of the workers run inside the loop over the rows. Others, and those that give promises, take the rows from memory,
 * where what lies below has put them: all calls of a node are of one sort.
 */
export type JavaScript = Node & {
  readonly kind: "JavaScript";
  readonly input: PhysicalPlan;
  readonly calls: readonly JavaScriptCall[];
};
/** See the logical MapBatches; where the function runs as with JavaScript. */
export type MapBatches = Node & {
  readonly kind: "MapBatches";
  readonly input: PhysicalPlan;
  readonly function: JavaScriptMap;
  readonly args: readonly Expr[];
  readonly columns: readonly Column[];
};

export type JavaScriptCall = {
  readonly column: Column;
  readonly call: Call;
  readonly function: JavaScriptFunction;
  readonly guard: Expr | undefined;
};

/**
 * Probe and build side in place of left and right. The probe side streams; the build side is kept in one hash table
 * that all workers share.
 * - inner; probeOuter keeps unmatched probe rows; buildOuter unmatched build rows; full both;
 * - probeSemi, probeAnti, mark: probe rows by whether they match; buildSemi, buildAnti: build rows by whether they match;
 * - single: probeOuter with an error on a second match.
 */
export type PhysicalJoinKind =
  | "inner"
  | "probeOuter"
  | "buildOuter"
  | "full"
  | "probeSemi"
  | "probeAnti"
  | "buildSemi"
  | "buildAnti"
  | "mark"
  | "single";

export type HashJoin = Node & {
  readonly kind: "HashJoin";
  readonly join: PhysicalJoinKind;
  readonly probe: PhysicalPlan;
  readonly build: PhysicalPlan;
  /** At least one. `nullSafe`: NULL equals NULL (IS NOT DISTINCT FROM). Both sides have the same type. */
  readonly keys: readonly { readonly probe: Expr; readonly build: Expr; readonly nullSafe: boolean }[];
  /** Further conditions, evaluated per candidate pair. */
  readonly residual: readonly Expr[];
  /** Output column of a mark join. */
  readonly mark: Column | undefined;
};

/**
 * For conditions without an equality: compares every probe row with every build row, or with those in a range of the build
 * side sorted by `range[*].build`, which is the same in all: `probe op build` holds in it.
 */
export type NestedLoopJoin = Node & {
  readonly kind: "NestedLoopJoin";
  readonly join: PhysicalJoinKind;
  readonly probe: PhysicalPlan;
  readonly build: PhysicalPlan;
  /** All of them, those of the range as well. */
  readonly conditions: readonly Expr[];
  readonly range: readonly { readonly probe: Expr; readonly build: Expr; readonly op: "<" | "<=" | ">" | ">=" }[];
  readonly mark: Column | undefined;
};

/**
 * `partial` aggregates what one worker sees; `final` merges partial states after a Hash (grouped) or Gather (ungrouped) exchange.
 * Always planned as final <- Exchange <- partial, both with the same groups and aggregates.
 */
export type HashAggregate = Node & {
  readonly kind: "HashAggregate";
  readonly phase: "partial" | "final";
  readonly input: PhysicalPlan;
  readonly groups: readonly { readonly column: Column; readonly expr: Expr }[];
  /** Never `distinct` (planned as two aggregates beforehand). */
  readonly aggregates: readonly { readonly column: Column; readonly call: AggregateCall }[];
};

/**
 * Window functions over partitions that a Hash exchange on `partitionBy` brings together (none: a Gather, and rows leave in
 * order); see the logical Window.
 */
export type Window = Node & {
  readonly kind: "Window";
  readonly input: PhysicalPlan;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly SortKey[];
  readonly functions: readonly { readonly column: Column; readonly call: WindowCall }[];
};

/** See the logical Unnest. */
export type Unnest = Node & {
  readonly kind: "Unnest";
  readonly input: PhysicalPlan;
  readonly columns: readonly { readonly column: Column; readonly expr: Expr }[];
  readonly ordinality: Column | undefined;
};

/** Local sort on each worker; a MergeGather exchange above makes one order of it. */
export type Sort = Node & { readonly kind: "Sort"; readonly input: PhysicalPlan; readonly keys: readonly SortKey[] };

/** The first `limit` rows after `offset` in the order of `keys`: local heaps below, MergeGather and cut above. */
export type TopN = Node & {
  readonly kind: "TopN";
  readonly input: PhysicalPlan;
  readonly keys: readonly SortKey[];
  readonly limit: number;
  readonly offset: number;
};

export type Limit = Node & {
  readonly kind: "Limit";
  readonly input: PhysicalPlan;
  readonly limit: number | undefined;
  readonly offset: number;
};

/** UNION ALL: `columns[k]` is column `inputColumns[i][k]` of input i. */
export type Union = Node & {
  readonly kind: "Union";
  readonly inputs: readonly PhysicalPlan[];
  readonly columns: readonly Column[];
  readonly inputColumns: readonly (readonly Column[])[];
};

/**
 * - gather: all rows to one consumer, in input order where the input has one;
 * - mergeGather: sorted inputs merged by `sort`;
 * - hash: rows by hash of `keys` to the worker that owns the partition;
 * - broadcast: every worker sees all rows; roundRobin: rows spread evenly.
 */
export type Exchange = Node & {
  readonly kind: "Exchange";
  readonly exchange: "gather" | "mergeGather" | "hash" | "broadcast" | "roundRobin";
  readonly input: PhysicalPlan;
  readonly keys: readonly Expr[];
  readonly sort: readonly SortKey[];
};

/** Computes the common subplan `id` once, before `input`, which reads it by MaterializedScans. */
export type Materialize = Node & {
  readonly kind: "Materialize";
  readonly id: number;
  readonly name: string;
  readonly plan: PhysicalPlan;
  readonly planColumns: readonly Column[];
  readonly input: PhysicalPlan;
};

/** `columns[k]` is column `from[k]` of the materialized plan. */
export type MaterializedScan = Node & {
  readonly kind: "MaterializedScan";
  readonly id: number;
  readonly name: string;
  readonly columns: readonly Column[];
  readonly from: readonly Column[];
};

/**
 * Sorts by group, then by `orderBy`, and aggregates run by run: for aggregates whose result depends on the order of their rows.
 * Rows that agree on all keys stay in input order.
 */
export type SortAggregate = Node & {
  readonly kind: "SortAggregate";
  readonly input: PhysicalPlan;
  readonly groups: readonly { readonly column: Column; readonly expr: Expr }[];
  readonly orderBy: readonly SortKey[];
  /** Never `distinct`; those with an order of their own have this one. */
  readonly aggregates: readonly { readonly column: Column; readonly call: AggregateCall }[];
};

/**
 * `step` is run over and over; its MaterializedScans of `id` read what the round before added, those of `unionId` all rows so far.
 * Of rows that agree on `keys` only the last one stays.
 */
export type Recursion = Node & {
  readonly kind: "Recursion";
  readonly id: number;
  readonly unionId: number;
  readonly name: string;
  readonly all: boolean;
  readonly keys: readonly Column[];
  readonly columns: readonly Column[];
  readonly base: PhysicalPlan;
  readonly baseColumns: readonly Column[];
  readonly step: PhysicalPlan;
  readonly stepColumns: readonly Column[];
};

/** Keeps all rows, then picks; see the logical Sample. */
export type Sample = Node & {
  readonly kind: "Sample";
  readonly input: PhysicalPlan;
  readonly method: "reservoir" | "bernoulli" | "system" | "systematic" | "first";
  readonly size: number;
  readonly unit: "rows" | "percent";
  readonly offset: number;
  readonly seed: number | undefined;
};

/** The build side is sorted by the equalities, then by the order; every probe row finds its match by binary search. */
export type AsofJoin = Node & {
  readonly kind: "AsofJoin";
  readonly join: "inner" | "probeOuter" | "probeSemi" | "probeAnti";
  readonly probe: PhysicalPlan;
  readonly build: PhysicalPlan;
  readonly equalities: readonly { readonly probe: Expr; readonly build: Expr; readonly nullSafe: boolean }[];
  readonly order: { readonly probe: Expr; readonly build: Expr; readonly op: "<" | "<=" | ">" | ">=" };
  /** Further conditions: the nearest row for which they hold is the match. */
  readonly residual: readonly Expr[];
};

/** Keeps both sides in order and goes through them side by side. */
export type PositionalJoin = Node & {
  readonly kind: "PositionalJoin";
  readonly left: PhysicalPlan;
  readonly right: PhysicalPlan;
};
