import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { Column } from "../../planner/expr/expr.ts";
import type { LogicalPlan } from "../../planner/logical/plan.ts";
import type { Relation } from "./relation.ts";

/**
 * How a query's result is kept up to date. In every epoch the inputs' deltas are filled, the tasks run in order, and then every
 * state takes in its delta. All of it are ordinary plans over relations.
 */
export type IncrementalPlan = {
  /** Deltas of streams and of tables in memory, which come from outside. */
  readonly inputs: readonly { readonly source: TableSource; readonly delta: Relation }[];
  /** Files, series and constants: all their rows are the first epoch's delta. */
  readonly constants: readonly Task[];
  readonly tasks: readonly Task[];
  readonly updates: readonly Update[];
  readonly output: Relation;
  readonly columns: readonly Column[];
  /** Rows are never taken back. */
  readonly insertOnly: boolean;
};

/** `plan` puts out `columns`, the last one being the weight; they become the rows of `into`. */
export type Task = { readonly into: Relation; readonly plan: LogicalPlan; readonly columns: readonly Column[] };

/**
 * `state` takes in `delta`; `insertOnly`: no row ever cancels another one. `compaction` gives the same state in fewer rows, where
 * that is not the same Z-set.
 */
export type Update = {
  readonly state: Relation;
  readonly delta: Relation;
  readonly insertOnly: boolean;
  readonly compaction: Pick<Task, "plan" | "columns"> | undefined;
};

/** The changes of a subplan's result: `plan` puts out `columns` and `weight`. */
export type Changes = {
  readonly plan: LogicalPlan;
  readonly columns: readonly Column[];
  readonly weight: Column;
  /** All weights are 1. */
  readonly insertOnly: boolean;
};

/** Changes that were put into a relation. */
export type Kept = Pick<Changes, "columns" | "insertOnly"> & { readonly delta: Relation };
