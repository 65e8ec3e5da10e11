import type { ErrorCode, Span } from "../../error.ts";
import type { JavaScriptFunction } from "../../planner/functions/function.ts";
import type { JavaScriptMapSpec } from "../../planner/functions/host/javascript-map.ts";
import type { JavaScriptSpec } from "../../planner/functions/host/javascript.ts";
import type { SourceFilter } from "../../planner/catalog/source-filter.ts";
import type { IrFunction } from "../../planner/ir/ir.ts";
import type { Sample } from "../../planner/physical/plan.ts";
import type { SqlType } from "../../planner/types/types.ts";
import type { Bound } from "./prune.ts";
import type { RowField } from "./row-layout.ts";

/** A column dictionary at run time: `slot` is where the global block holds the address of its string refs. */
export type Dictionary = { readonly slot: number; readonly size: number };

/** Where an expression can fail; the code names it by its index. */
export type ErrorSite = { readonly code: ErrorCode; readonly message: string; readonly span: Span | undefined };

/** Fixed offsets in a query's global block. */
/** u32, not 0 when the query is cancelled. */
export const GLOBAL_CANCEL = 0;
/** u32: number of the next morsel of the running step. */
export const GLOBAL_CLAIM = 4;
/** i64: microseconds since the epoch at the query's start. */
export const GLOBAL_NOW = 8;
/** u32: rows that the running step's `stopAfter` store has. */
export const GLOBAL_ROWS = 16;
export const GLOBAL_FIRST_SLOT = 32;

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
  /**
   * An array of entries of `width` (1 by default) row addresses: {u32 array, u32 count} at `slot` of the global block; `whole`:
   * one morsel, also when it is empty.
   */
  | { readonly kind: "pointers"; readonly slot: number; readonly width?: number; readonly whole?: boolean }
  /** One call, with the addresses of all workers' local blocks. */
  | { readonly kind: "locals" }
  /** One call. */
  | { readonly kind: "once" };

/** Offsets in the local block: values in the natural representation of their type, a byte per value that is 0 for NULL. */
export type VectorOffset = { readonly data: number; readonly valid: number | undefined };

/** A user's function over a vector of rows: where its arguments lie and its results go. */
export type BatchCall = {
  readonly spec: JavaScriptSpec;
  readonly place: JavaScriptFunction["place"];
  readonly site: number;
  readonly result: VectorOffset;
  /** Of an i32 per row, 0 where it is not called. */
  readonly guard: number | undefined;
  readonly args: readonly VectorOffset[];
};

/** A user's function that makes rows of such a vector; `output`: where their number and places go, see `MapBatch`. */
export type MapCall = {
  readonly spec: JavaScriptMapSpec;
  readonly place: JavaScriptFunction["place"];
  readonly site: number;
  readonly output: number;
  readonly args: readonly VectorOffset[];
};

/** A run whose `fn` fills the vectors of the calls for at most `rows` rows; `then`, called alike, takes the results. */
export type JavaScriptRun = {
  readonly then: string;
  readonly rows: number;
  readonly calls: readonly (BatchCall | MapCall)[];
};

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
      readonly javaScript?: JavaScriptRun;
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
   * Makes an array of row addresses, sorted, from those at `offset`, at most `limit`; {u32 array, u32 count} goes to `slot` of the
   * global block. `from`: the rows of a store, or each worker's array {u32 array, u32 count} at `offset` of its local block.
   */
  | {
      readonly kind: "sort";
      readonly slot: number;
      readonly from:
        | { readonly kind: "store"; readonly store: number }
        | { readonly kind: "local"; readonly offset: number };
      /** Functions of a `RowSort`. */
      readonly sort: string;
      readonly merge: string;
      readonly mergeLast: string;
      readonly limit: number | undefined;
      readonly offset: number;
    }
  /** The same in morsel order. */
  | {
      readonly kind: "slice";
      readonly slot: number;
      readonly store: number;
      readonly limit: number | undefined;
      readonly offset: number;
    }
  /** The same of a part of the rows, picked as a Sample says. */
  | {
      readonly kind: "sample";
      readonly slot: number;
      readonly store: number;
      readonly pick: Pick<Sample, "method" | "size" | "unit" | "offset" | "seed">;
    }
  /** Pairs the rows of two stores in order: {u32 left, u32 right}, 0 for the missing rows of the shorter one. */
  | { readonly kind: "zip"; readonly slot: number; readonly left: number; readonly right: number }
  /**
   * Rounds: what store `added` has got is all of `working`, what `kept` has got goes to `result`; then the body runs and fills
   * them again; ends when `added` stays empty. `init(global, local)` prepares every worker's local block for a round, `seen` is zeroed.
   */
  | {
      readonly kind: "loop";
      readonly name: string;
      readonly body: readonly Step[];
      readonly init: string;
      readonly added: number;
      readonly kept: number;
      readonly working: number;
      readonly result: number;
      readonly seen: { readonly offset: number; readonly bytes: number } | undefined;
    }
  /** Calls `fn(global, local)` once: predicates over dictionaries are evaluated before anything else runs. */
  | { readonly kind: "dictionary"; readonly fn: string };

export type StoreSpec = {
  readonly stride: number;
  /** Offset in the local block of {u32 next free byte, u32 end}. */
  readonly local: number;
  /** Rows must come out in morsel order. */
  readonly ordered: boolean;
};

/** Rows of interest have the keys of a join's build rows, which are in `store`, a row `stride` bytes behind the other. */
export type KeyLookupUse = {
  readonly store: number;
  readonly stride: number;
  /** The columns that the keys are made of; their descriptors, in this order, are what `codes` wants. */
  readonly ordinals: readonly number[];
  /** `codes(global, local, descriptors, rows, to)` puts the codes of rows to an array of u32; see `exec/table/key-index.ts`. */
  readonly codes: string;
  /** The same for the same keys, in all programs. */
  readonly name: string;
};

export type TableUse = {
  /** Plan node of the scan. */
  readonly node: number;
  /** Index into the query's list of opened sources. */
  readonly source: number;
  /** Schema ordinals the code reads; their descriptors are filled. */
  readonly ordinals: readonly number[];
  /** Conditions for skipping chunks by their statistics. */
  readonly bounds: readonly Bound[];
  /** Join tables whose keys bound a column; see `RuntimeFilter`. */
  readonly runtimeFilters: readonly { readonly table: number; readonly ordinal: number }[];
  /** The table with the fewest rows is worth looking up. */
  readonly keyLookups: readonly KeyLookupUse[];
  /** Of a source that provides rows: what it applies itself, and how many rows are looked at. */
  readonly pushed?: readonly SourceFilter[];
  readonly limit?: number | undefined;
};

export type ResultColumn = { readonly name: string; readonly type: SqlType; readonly field: RowField };

/**
 * A compiled query: everything workers need, without SQL or plans. Functions that every program has: `init(global, local)`
 * prepares a local block, `zero(global, local, address, bytes)` clears memory.
 */
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
  readonly counters: readonly Counter[];
  /** Where the result's rows are, in morsel order. */
  readonly result: { readonly columns: readonly ResultColumn[]; readonly store: number; readonly stride: number };
};

/** A row counter (i64 in the local block) of one operator, present when compiled for EXPLAIN ANALYZE. */
export type Counter = { readonly node: number; readonly local: number };
