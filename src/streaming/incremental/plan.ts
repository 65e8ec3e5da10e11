import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { Column } from "../../planner/expr/expr.ts";
import type { LogicalPlan } from "../../planner/logical/plan.ts";
import type { SqlType } from "../../planner/types/types.ts";
import type { Bound, Clock } from "../time/bound.ts";
import type { Fact } from "../time/facts.ts";
import type { Relation } from "./relation.ts";

/**
 * How a query's result is kept up to date. In every epoch the inputs' deltas are filled, the tasks run in order, and then every
 * state takes in its delta. All of it are ordinary plans over relations.
 */
export type IncrementalPlan = {
  /** Deltas of streams and of tables in memory, which come from outside. */
  readonly inputs: readonly Input[];
  /** Rows of times that the epoch's watermarks set. */
  readonly clocks: readonly ClockRow[];
  /** Streams whose rows behind the watermark are left out. */
  readonly late: readonly Clock[];
  /** Files, series and constants: all their rows are the first epoch's delta. */
  readonly constants: readonly Task[];
  readonly tasks: readonly Task[];
  readonly updates: readonly Update[];
  /** One row: a part of a state's rows are those whose hash, of which the bits `mask` count, is `number`. Both are UBIGINT. */
  readonly slice: Relation;
  readonly output: Relation;
  readonly columns: readonly Column[];
  /** All weights are 1. */
  readonly insertOnly: boolean;
  /** What may take rows back, in words; nothing: rows are only added. */
  readonly retracts: readonly string[];
};

/** The columns `ordinals` of the source, and the weight, are those of the delta. */
export type Input = { readonly source: TableSource; readonly ordinals: readonly number[]; readonly delta: Relation };

/** Relation `into` has a time before and after the epoch, in the units of `type`. */
export type ClockRow = { readonly into: Relation; readonly bound: Bound; readonly type: SqlType };

/**
 * `plan` puts out `columns`, the last one being the weight; they become the rows of `into`. With a clock the task has nothing to say
 * in epochs in which that stands still.
 */
export type Task = Query & { readonly into: Relation; readonly clock?: Relation };

export type Query = { readonly plan: LogicalPlan; readonly columns: readonly Column[] };

/** Gives a state that is as good in fewer rows. */
export type Compaction = {
  readonly whole: Query;
  /** The same of a part of the rows, as `slice` says; undefined: there are no parts that know nothing of each other. */
  readonly part: Query | undefined;
};

/** `state` takes in `delta`; `insertOnly`: no row ever cancels another one. */
export type Update = {
  readonly state: Relation;
  readonly delta: Relation;
  readonly insertOnly: boolean;
  /** Undefined: there is no such thing. */
  readonly compaction: Compaction | undefined;
  /** Which rows, for EXPLAIN. */
  readonly keeps: string;
  /** Something keeps the state from growing with the input. */
  readonly bounded: boolean;
  /** It has all changes so far, added up: nothing was left out as useless. */
  readonly complete: boolean;
};

/** The changes of a subplan's result: `plan` puts out `columns` and `weight`. */
export type Changes = {
  readonly plan: LogicalPlan;
  readonly columns: readonly Column[];
  readonly weight: Column;
  /** All weights are 1. */
  readonly insertOnly: boolean;
  /** No two rows of an epoch agree on these columns, by id. */
  readonly distinctBy?: readonly number[] | undefined;
  /** What is known of the times in later changes. */
  readonly facts: readonly Fact[];
  /** Every row is taken back in the end, because time passes. */
  readonly fleeting?: boolean | undefined;
};

/** Changes that were put into a relation; the facts are those of its columns. */
export type Kept = Pick<Changes, "columns" | "insertOnly" | "facts" | "fleeting"> & { readonly delta: Relation };
