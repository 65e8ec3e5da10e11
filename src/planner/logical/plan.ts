import type { Span } from "../../error.ts";
import type { AggregateCall, Column, Expr, SortKey, WindowCall } from "../expr/expr.ts";
import type { JavaScriptMap } from "../functions/function.ts";
import type { TableSource } from "../catalog/catalog.ts";

/**
 * The logical plan: what is to be computed, nothing of how. Plain data; every node says which columns it puts out
 * (`outputColumns` in `columns.ts`). Column ids are unique within the statement.
 */
export type LogicalPlan =
  | Scan
  | Values
  | Empty
  | Filter
  | Project
  | Aggregate
  | Window
  | Unnest
  | MapBatches
  | Join
  | DependentJoin
  | SetOperation
  | Sort
  | Limit
  | CteScan
  | With
  | Recursion
  | Sample
  | AsofJoin
  | PositionalJoin;

/** Reads `columns` (in this order) of a table, file set or table function. */
export type Scan = {
  readonly kind: "Scan";
  readonly source: TableSource;
  /** The name it goes by in the query; for printing. */
  readonly alias: string;
  /** `ordinal` is the index into the source's schema. */
  readonly columns: readonly { readonly column: Column; readonly ordinal: number }[];
  /** Conjuncts over `columns` that the scan evaluates itself (and prunes by). */
  readonly filters: readonly Expr[];
  readonly span?: Span;
};

/** Constant rows; every row has one expression per column, without column references. */
export type Values = {
  readonly kind: "Values";
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Expr[])[];
};

/** No rows. */
export type Empty = { readonly kind: "Empty"; readonly columns: readonly Column[] };

/** Keeps the rows for which `predicate` is TRUE; drops FALSE and NULL. */
export type Filter = { readonly kind: "Filter"; readonly input: LogicalPlan; readonly predicate: Expr };

/** Puts out exactly `outputs`; a passed-through column keeps its Column (expr is a ColumnRef to the same id). */
export type Project = {
  readonly kind: "Project";
  readonly input: LogicalPlan;
  readonly outputs: readonly { readonly column: Column; readonly expr: Expr }[];
};

/**
 * Groups by `groups` (none: one group, also for empty input) and puts out group columns, then aggregates.
 * DISTINCT is an Aggregate without aggregates. NULLs form one group.
 */
export type Aggregate = {
  readonly kind: "Aggregate";
  readonly input: LogicalPlan;
  readonly groups: readonly { readonly column: Column; readonly expr: Expr }[];
  readonly aggregates: readonly { readonly column: Column; readonly call: AggregateCall }[];
};

/**
 * Puts out every input row with a column per function, whose value is computed over the rows that agree with it on `partitionBy`
 * (NULLs agree), in the order of `orderBy`. Ties, and rows without an order, come in the order of the input where it has one.
 */
export type Window = {
  readonly kind: "Window";
  readonly input: LogicalPlan;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly SortKey[];
  readonly functions: readonly { readonly column: Column; readonly call: WindowCall }[];
  /** This node and the Window below it find sessions: `last` is when the row's session has its last row. */
  readonly session?: { readonly time: Column; readonly gap: bigint; readonly last: Column };
};

/**
 * Puts out every input row once per element of its lists: `columns[k].column` is the element of list `columns[k].expr` at one
 * position, NULL where that list has ended; `ordinality` is the position from 1. Rows without elements are dropped.
 */
export type Unnest = {
  readonly kind: "Unnest";
  readonly input: LogicalPlan;
  readonly columns: readonly { readonly column: Column; readonly expr: Expr }[];
  readonly ordinality: Column | undefined;
};

/** Puts out what a user's function makes of batches of rows, whose columns are `args`; nothing of the input comes through. */
export type MapBatches = {
  readonly kind: "MapBatches";
  readonly input: LogicalPlan;
  readonly function: JavaScriptMap;
  readonly args: readonly Expr[];
  readonly columns: readonly Column[];
};

/**
 * - inner, left, right, full: as in SQL; `left` keeps the left rows. A cross join is inner with `condition` TRUE.
 * - semi, anti: left rows with / without a match (anti is NOT EXISTS: a NULL condition is no match); columns of the left.
 * - mark: every left row once, plus `mark`: TRUE if some right row matches, else NULL if the condition was NULL for one, else FALSE.
 * - single: left outer, but an error when a left row has more than one match (scalar subqueries).
 */
export type JoinKind = "inner" | "left" | "right" | "full" | "semi" | "anti" | "mark" | "single";

export type Join = {
  readonly kind: "Join";
  readonly join: JoinKind;
  readonly left: LogicalPlan;
  readonly right: LogicalPlan;
  /** The conjuncts of the condition; none: TRUE. */
  readonly conditions: readonly Expr[];
  /** Output column of a mark join. */
  readonly mark: Column | undefined;
};

/** A join whose right side refers to columns of the left side. Exists only until UnnestSubqueries has run (lateral joins too). */
export type DependentJoin = {
  readonly kind: "DependentJoin";
  readonly join: JoinKind;
  readonly left: LogicalPlan;
  readonly right: LogicalPlan;
  readonly conditions: readonly Expr[];
  readonly mark: Column | undefined;
};

/** Columns by position: `inputs[i]` gives output column k from `inputColumns[i][k]`; types equal already. */
export type SetOperation = {
  readonly kind: "SetOperation";
  readonly op: "union" | "intersect" | "except";
  readonly all: boolean;
  readonly columns: readonly Column[];
  readonly inputs: readonly LogicalPlan[];
  readonly inputColumns: readonly (readonly Column[])[];
};

export type Sort = { readonly kind: "Sort"; readonly input: LogicalPlan; readonly keys: readonly SortKey[] };

/** Skips `offset` rows, passes at most `limit` (undefined: all). After a Sort it becomes TopN in the physical plan. */
export type Limit = {
  readonly kind: "Limit";
  readonly input: LogicalPlan;
  readonly limit: number | undefined;
  readonly offset: number;
};

/** Defines common subplans for `input`; each is computed once and read by CteScans. */
export type With = {
  readonly kind: "With";
  readonly ctes: readonly { readonly id: number; readonly name: string; readonly plan: LogicalPlan }[];
  readonly input: LogicalPlan;
};

/** Reads a common subplan under new column ids: `columns[k]` is column `from[k]` of the definition. */
export type CteScan = {
  readonly kind: "CteScan";
  readonly id: number;
  readonly name: string;
  readonly columns: readonly Column[];
  readonly from: readonly Column[];
};

/**
 * A recursive common table: the rows of `base`, then again and again those of `step`, in which CteScans of `id` read the rows
 * that the round before added, and those of `unionId` all rows so far, until a round adds none. Without `all` a round adds only
 * rows that are new. With `keys` (some of `columns`) a row takes the place of the one that has its keys, NULLs equal; `all` is
 * true then, as rounds read every row of the round before.
 */
export type Recursion = {
  readonly kind: "Recursion";
  readonly id: number;
  readonly unionId: number;
  readonly name: string;
  readonly all: boolean;
  readonly keys: readonly Column[];
  readonly columns: readonly Column[];
  readonly base: LogicalPlan;
  readonly baseColumns: readonly Column[];
  readonly step: LogicalPlan;
  readonly stepColumns: readonly Column[];
};

/**
 * Part of the rows, in their order. `reservoir`: `size` rows at random; `systematic`: `size` rows at equal distances; `bernoulli`:
 * each row, `system`: each run of rows with the same chance; `first`: from `offset` on (LIMIT in percent). With a seed the same rows every time.
 */
export type Sample = {
  readonly kind: "Sample";
  readonly input: LogicalPlan;
  readonly method: "reservoir" | "bernoulli" | "system" | "systematic" | "first";
  readonly size: number;
  readonly unit: "rows" | "percent";
  readonly offset: number;
  readonly seed: number | undefined;
};

/**
 * Joins a left row with the one right row whose `order.right` is nearest to `order.left` among those for which the equalities,
 * `order.left op order.right` and the `residual` conditions hold. `left` keeps left rows without one; `semi` and `anti` put out left rows only.
 */
export type AsofJoin = {
  readonly kind: "AsofJoin";
  readonly join: "inner" | "left" | "semi" | "anti";
  readonly left: LogicalPlan;
  readonly right: LogicalPlan;
  /** `nullSafe`: NULL equals NULL. */
  readonly equalities: readonly { readonly left: Expr; readonly right: Expr; readonly nullSafe: boolean }[];
  readonly order: { readonly left: Expr; readonly right: Expr; readonly op: "<" | "<=" | ">" | ">=" };
  readonly residual: readonly Expr[];
};

/** The n-th left row beside the n-th right row; NULLs beside the rest of the longer side. */
export type PositionalJoin = {
  readonly kind: "PositionalJoin";
  readonly left: LogicalPlan;
  readonly right: LogicalPlan;
};
