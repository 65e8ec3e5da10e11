import type { PhysicalPlan } from "../../planner/physical/plan.ts";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { Consumer, QueryCompiler } from "./compiler.ts";
import type { KeyLookupUse } from "./program.ts";
import type { RowLayout } from "./row-layout.ts";

/** What an executor's source tells the compiler (`TableSource.handle` of tables and files). */
export type ScanHandle = {
  /** Entries of the column's dictionary, where its chunks hold codes. */
  readonly dictionarySize: (ordinal: number) => number | undefined;
  /** Whether its string bytes stay where they are until the query's end. */
  readonly stable: boolean;
};

/** Rows that a Materialize step keeps for MaterializedScans. */
export type Materialized = {
  readonly store: number;
  readonly layout: RowLayout;
  /** Whether their order is the same for any number of workers. */
  readonly hasOrder: boolean;
};

/** Rows of interest have a value of column `ordinal` within the keys of the join table whose descriptor is at `table`. */
export type RuntimeFilter = { readonly table: number; readonly ordinal: number };

/** Everything operators share while one query is compiled. */
export type CompileEnv = {
  readonly compiler: QueryCompiler;
  /** Index under which the executor opens the source. */
  readonly openSource: (source: TableSource) => number;
  readonly materialized: Map<number, Materialized>;
  /** Scans whose chunks may be skipped by the keys of hash tables that are complete before they begin. */
  readonly runtimeFilters: Map<PhysicalPlan, RuntimeFilter[]>;
  /** Scans that may look up the keys of such tables. */
  readonly keyLookups: Map<PhysicalPlan, KeyLookupUse[]>;
  /** Common subplans whose rows change while the query runs: the rounds of recursions, and what is made of them. */
  readonly varying: Set<number>;
  /** Stable number of a plan node, for counters. */
  readonly nodeId: (plan: PhysicalPlan) => number;
  readonly produce: (plan: PhysicalPlan, consumer: Consumer) => void;
};

export type Produce<K extends PhysicalPlan["kind"]> = (
  env: CompileEnv,
  plan: Extract<PhysicalPlan, { kind: K }>,
  consumer: Consumer,
) => void;
