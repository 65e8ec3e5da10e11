import type { IrFunction } from "../../planner/ir/ir.ts";
import type { ErrorCode, Span } from "../../error.ts";
import type { ErrorSite, JavaScriptRun, StoreSpec } from "../codegen/program.ts";
import type { FileScan } from "./file-scan.ts";
import type { Reject } from "./rejects.ts";

/** What a worker needs to take part in a query: modules and memory, no SQL and no plans. */
export type QueryTask = {
  readonly id: number;
  readonly owner: number;
  /** Equal keys mean equal modules: their instances are kept. */
  readonly moduleKey: string;
  readonly code:
    | { readonly kind: "wasm"; readonly module: WebAssembly.Module }
    | { readonly kind: "interpreter"; readonly functions: readonly IrFunction[] };
  /** Host functions that the code calls. */
  readonly hosts: readonly string[];
  readonly global: number;
  readonly localBytes: number;
  readonly stores: readonly StoreSpec[];
  readonly sites: readonly ErrorSite[];
};

/**
 * A run's morsels: an array of {u32 a, u32 b, u32 c, u32 unused}, the last arguments of the run's function; for Parquet a is
 * the number of the row group, which the worker decodes first.
 */
export type RunTask = {
  readonly fn: string;
  readonly morsels: number;
  readonly count: number;
  readonly stores: readonly number[];
  readonly stopAfter: { readonly store: number; readonly rows: number } | undefined;
  readonly files: FileScan | undefined;
  /** Owner of the memory that the rows of `stores` and their strings take; undefined: the query's. */
  readonly rowsOwner: number | undefined;
  readonly javaScript?: JavaScriptRun | undefined;
};

/** Rows that a store got in one morsel (all of them where order does not matter), in this order. */
export type Segment = {
  readonly store: number;
  readonly morsel: number;
  readonly address: number;
  readonly rows: number;
};

/** An error on its way between threads. */
export type ErrorMessage = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly span: Span | undefined;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
  /** What a user's function threw. */
  readonly cause?: { readonly name: string; readonly message: string; readonly stack: string | undefined } | undefined;
};

export type ToWorker =
  | { readonly kind: "open"; readonly task: QueryTask }
  /** `members`: threads that take part. */
  | { readonly kind: "run"; readonly query: number; readonly run: RunTask; readonly members: number }
  /** Calls `fn(global, local, ...args)`. */
  | { readonly kind: "call"; readonly query: number; readonly fn: string; readonly args: readonly number[] }
  | { readonly kind: "close"; readonly query: number };

export type FromWorker =
  | { readonly kind: "opened"; readonly query: number; readonly local: number }
  | {
      readonly kind: "done";
      readonly query: number;
      readonly segments: readonly Segment[];
      readonly rejects: readonly Reject[];
    }
  | { readonly kind: "failed"; readonly query: number; readonly error: ErrorMessage }
  /** What users' code left behind has failed, and nobody caught it. */
  | { readonly kind: "stray"; readonly error: ErrorMessage };

/** The answer of a worker to a message about a query. */
export type Answer = Exclude<FromWorker, { readonly kind: "stray" }>;
