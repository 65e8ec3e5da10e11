import type { ErrorCode, Span } from "../../error.ts";
import type { SortKey } from "../../planner/expr/expr.ts";
import type { IrFunction } from "../../planner/ir/ir.ts";
import type { SqlType } from "../../planner/types/types.ts";
import type { RowField } from "./row-layout.ts";

/** A column dictionary at run time: `slot` is where the global block holds the address of its string refs. */
export type Dictionary = { readonly slot: number; readonly size: number };

/** Where an expression can fail; the code names it by its index. */
export type ErrorSite = { readonly code: ErrorCode; readonly message: string; readonly span: Span | undefined };

/** Fixed offsets in a query's global block. */
export const GLOBAL_CANCEL = 0;
export const GLOBAL_NOW = 8;
export const GLOBAL_FIRST_SLOT = 16;

/** Descriptor of a join's hash table in the global block. */
export const TABLE = {
  /** u32 address of the directory. */
  directory: 0,
  /** u32: entries - 1. */
  mask: 4,
  /** u32: 0 hash, 1 dense (the directory is indexed by key - min). */
  mode: 8,
  /** u32: rows in the table. */
  rows: 12,
  /** i64: least key, dense mode. */
  min: 16,
  /** u32: rows whose key was NULL, kept out of the table. */
  nulls: 24,
  bytes: 32,
} as const;

/** What a run's morsels are cut from. */
export type Source =
  /** Chunks of a table in memory or row groups of files; `table` indexes `Program.tables`. */
  | { readonly kind: "table"; readonly table: number }
  /** Rows kept by a store. */
  | { readonly kind: "store"; readonly store: number }
  /** Partitions of an aggregate: stores `first .. first + count - 1`, merged first. */
  | { readonly kind: "partitions"; readonly first: number; readonly count: number }
  /** An array of row addresses that an earlier step left in `pointers[id]`. */
  | { readonly kind: "pointers"; readonly id: number }
  /** One call, with the addresses of all workers' local blocks. */
  | { readonly kind: "locals" }
  /** One call. */
  | { readonly kind: "once" };

/** One step of a query; steps run one after the other, each on all workers where it has many morsels. */
export type Step =
  | {
      readonly kind: "run";
      /** Name shown in EXPLAIN ANALYZE, e.g. `TableScan lineitem -> HashJoin -> HashAggregate`. */
      readonly name: string;
      /** `fn(global, local, morsel, a, b, c)`; see `Source`. */
      readonly fn: string;
      readonly source: Source;
      /** Stores that this run fills. */
      readonly stores: readonly number[];
      /** Stop claiming morsels once store `id` has `rows` rows. */
      readonly stopAfter: { readonly store: number; readonly rows: number } | undefined;
    }
  /** Makes the directory of a join table from the rows of `store`. */
  | {
      readonly kind: "buildTable";
      readonly table: number;
      readonly store: number;
      readonly insert: string;
      /** Insert function for the dense mode and where each worker's local block keeps min and max of the key (i64 each, min > max: no key). */
      readonly dense: { readonly insert: string; readonly bounds: number } | undefined;
    }
  /**
   * Sorts rows into `pointers[id]` and keeps those from `offset`, at most `limit`. `from`: the rows of a store, or each worker's
   * array of row addresses at {u32 array, u32 count} in its local block.
   */
  | {
      readonly kind: "sort";
      readonly id: number;
      readonly from: { readonly kind: "store"; readonly store: number } | { readonly kind: "local"; readonly offset: number };
      readonly sort: string;
      readonly merge: string;
      readonly limit: number | undefined;
      readonly offset: number;
    }
  /** The rows of `store` in morsel order, cut to offset and limit, as `pointers[id]`. */
  | { readonly kind: "slice"; readonly id: number; readonly store: number; readonly limit: number | undefined; readonly offset: number }
  /** Calls `fn(global, local)` once: predicates over dictionaries are evaluated before anything else runs. */
  | { readonly kind: "dictionary"; readonly fn: string };

export type StoreSpec = {
  readonly stride: number;
  /** Offset in the local block of {u32 next free byte, u32 end}. */
  readonly local: number;
  /** Rows must come out in morsel order. */
  readonly ordered: boolean;
};

export type TableUse = {
  /** Index into the query's list of opened sources. */
  readonly source: number;
  /** Schema ordinals the code reads; their descriptors are filled. */
  readonly ordinals: readonly number[];
};

export type ResultColumn = { readonly name: string; readonly type: SqlType; readonly field: RowField };

/** A compiled query: everything workers need, without SQL or plans. Its function `init(global, local)` prepares a local block. */
export type Program = {
  readonly functions: readonly IrFunction[];
  readonly steps: readonly Step[];
  readonly stores: readonly StoreSpec[];
  readonly tables: readonly TableUse[];
  readonly globalBytes: number;
  readonly localBytes: number;
  /** Constant strings: their ref goes to `slot`. */
  readonly strings: readonly { readonly slot: number; readonly bytes: Uint8Array }[];
  readonly dictionaries: readonly { readonly slot: number; readonly source: number; readonly ordinal: number }[];
  readonly sites: readonly ErrorSite[];
  /** Host functions the code calls. */
  readonly hosts: readonly string[];
  readonly counters: readonly Counter[];
  readonly result: {
    readonly columns: readonly ResultColumn[];
    readonly rows: { readonly kind: "store"; readonly store: number } | { readonly kind: "pointers"; readonly id: number };
    readonly stride: number;
  };
};

/** A row counter (i64 in the local block) of one operator, present when compiled for EXPLAIN ANALYZE. */
export type Counter = { readonly node: number; readonly local: number };

export type { SortKey };
