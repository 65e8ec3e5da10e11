import type { ErrorCode } from "../../error.ts";
import type { Datum } from "../expr/expr.ts";
import type { FunctionBuilder } from "../ir/builder.ts";
import type { FunctionRef, Ir, IrFunction } from "../ir/ir.ts";
import type { Operand } from "../ir/operand.ts";
import type { SqlType } from "../types/types.ts";
import type { JavaScriptSpec } from "./host/javascript.ts";
import type { JavaScriptAggregateSpec } from "./host/javascript-aggregate.ts";
import type { JavaScriptMapSpec } from "./host/javascript-map.ts";

/** The overload chosen for a call: the types to coerce the arguments to, and the result. */
export type Signature = { readonly args: readonly SqlType[]; readonly returns: SqlType };

export type Volatility =
  /** Same arguments, same result, always. */
  | "immutable"
  /** Constant within one query: now(), current_date. */
  | "stable"
  /** A new value per row: random(). */
  | "volatile";

export type FunctionDoc = {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly category: string;
  readonly doc: string;
  /** SQL expression and its printed result; run as tests on both the interpreter and Wasm. */
  readonly examples: readonly (readonly [sql: string, result: string])[];
};

export type ScalarFunction = FunctionDoc & {
  readonly kind: "scalar";
  /**
   * Picks the overload for these argument types (untyped NULLs have kind "Null"); undefined when none fits. Literal
   * arguments are passed along for functions whose type depends on a constant (round(x, 2), date_part('year', x)).
   */
  readonly resolve: (types: readonly SqlType[], literals: readonly (Datum | undefined)[]) => Signature | undefined;
  /** `propagate`: NULL if any argument is NULL, and `lower` sees `valid: undefined` on all operands. */
  readonly nulls: "propagate" | "custom";
  /** Whether evaluation can raise an error for some argument of these types; constant ones are known. */
  readonly canFail: (signature: Signature, literals: readonly (Datum | undefined)[]) => boolean;
  readonly volatility: Volatility;
  /** Takes states of aggregates as such; others see the values that they are made of. */
  readonly ofStates?: boolean;
  readonly lower: (ctx: LowerContext, args: readonly Operand[], signature: Signature) => Operand;
  /** A user's function: it is called for batches of rows, see the physical JavaScript. */
  readonly javaScript?: JavaScriptFunction;
};

/** A user's JavaScript function that makes rows of rows. */
export type JavaScriptMap = {
  readonly spec: JavaScriptMapSpec;
  readonly place: "workers" | "main thread";
  readonly reason: string;
};

/** A user's JavaScript function, and where it runs for which reason. */
export type JavaScriptFunction = {
  readonly spec: JavaScriptSpec;
  readonly place: "workers" | "main thread";
  readonly reason: string;
};

/**
 * What a lowering may use. All code goes to `b`, in the current control flow: a failing check emitted inside an `if`
 * only raises for rows that get there.
 */
export type LowerContext = {
  readonly b: FunctionBuilder;
  /** Raises an error of the call being lowered when `when` is not 0. `message` is constant text; `value` is named behind it. */
  readonly fail: (code: ErrorCode, message: string, when: Ir, value?: TypedOperand) => void;
  /** The i32 that a host function passes to `HostRuntime.fail` to raise an error of the call being lowered. */
  readonly site: (code: ErrorCode, message: string) => Ir;
  /** A function of the module under construction, made on first use; `name` identifies it. */
  readonly helper: (name: string, make: (ctx: HelperContext) => IrFunction) => FunctionRef;
  /** A constant string in memory, as a `str` operand's `lo`. Constants are parameters of the code, not part of it. */
  readonly constantString: (text: string | Uint8Array) => Ir;
  /** The value of a constant argument, if it is one (for patterns, formats, parts). */
  readonly literal: (arg: number) => Datum | undefined;
  /** Address of `bytes` fresh bytes that live as long as the query's results (for new strings); `bytes` is an i32. */
  readonly allocate: (bytes: Ir) => Ir;
  /** Address of so many bytes that no other thread uses, until the next call that is made here. */
  readonly scratch: (bytes: number) => Ir;
  /** Microseconds since the epoch at the query's start, for now() and its kin. */
  readonly now: Ir;
  /** The session's time zone, in which instants are shown and taken apart. */
  readonly timeZone: string;
};

/** A value, not NULL, and its type. */
export type TypedOperand = { readonly operand: Operand; readonly type: SqlType };

/** What the code of a helper may use: other helpers. */
export type HelperContext = Pick<LowerContext, "helper">;

/** Where an aggregate's state lives: registers in a fused loop, or memory behind a group. */
export type AggregateState = {
  readonly get: (field: number) => Ir;
  readonly set: (field: number, value: Ir) => void;
};

export type StateField = "i32" | "i64" | "f64";

/** The code of one aggregate call over arguments of known representation. */
export type AggregateLowering = {
  readonly fields: readonly { readonly type: StateField; readonly init: number | bigint }[];
  /** Adds one row whose FILTER holds. Arguments may be NULL: the aggregate decides (most skip). */
  readonly step: (ctx: LowerContext, state: AggregateState, args: readonly Operand[]) => void;
  /** Adds another worker's state. */
  readonly merge: (ctx: LowerContext, state: AggregateState, other: AggregateState) => void;
  readonly finish: (ctx: LowerContext, state: AggregateState) => Operand;
  /** undefined: the state has no such form. */
  readonly stateValue?: StateValue;
};

/** A state as a value of a SQL type, for EXPORT_STATE and what takes such values. */
export type StateValue = {
  readonly type: SqlType;
  /** NULL for a state that no row was added to. */
  readonly save: (ctx: LowerContext, state: AggregateState) => Operand;
  /** Fills a fresh state from a value that is not NULL. Any value of the type may come: what no state has is an error. */
  readonly load: (ctx: LowerContext, state: AggregateState, value: Operand) => void;
  /** Raises an error where merged states, each of which was loaded, have left the range of a state. */
  readonly check?: (ctx: LowerContext, state: AggregateState) => void;
};

/** What is known of an argument before its code is made; lets sum keep one word where the range proves it suffices. */
export type ArgumentInfo = Pick<Operand, "rep" | "range" | "stable"> & {
  /** false: every state sees at least one row, and no NULL (so not for ungrouped or filtered aggregates). */
  readonly nullable: boolean;
};

export type AggregateFunction = FunctionDoc & {
  readonly kind: "aggregate";
  readonly resolve: (types: readonly SqlType[]) => Signature | undefined;
  /** The result for no rows is NULL unless this says so (count: 0). */
  readonly emptyIsNull: boolean;
  /** The result depends on the order of the rows: they arrive in input order, and states are never merged. */
  readonly ordered?: boolean;
  /** The arguments from this one on hold for all rows alike (fractions, separators): columns are refused. */
  readonly constantFrom?: number;
  /** What a user's aggregate consists of. */
  readonly javaScript?: Omit<JavaScriptAggregateSpec, "isLocal">;
  /** `isLocal`: no other thread sees a state, and none outlives the morsel. `maxRows`: a proven bound on the rows one state can see, if there is one. */
  readonly lower: (
    args: readonly ArgumentInfo[],
    signature: Signature,
    maxRows: bigint | undefined,
    isLocal?: boolean,
  ) => AggregateLowering;
};

/** A function that exists only with OVER; its code is in `exec/operators/window`. */
export type WindowFunction = FunctionDoc & {
  readonly kind: "window";
  /** Names under which arguments may be given (`lead(x, "default" := 0)`); `fallback`: for one left out before another. */
  readonly parameters: readonly { readonly name: string; readonly fallback?: number }[];
  readonly resolve: (types: readonly SqlType[]) => Signature | undefined;
  /** Whether it takes a value from another row, so that IGNORE NULLS means something. */
  readonly ofValues: boolean;
  readonly nullable: boolean;
};

export type TableFunction = FunctionDoc & {
  readonly kind: "table";
  readonly resolve: (types: readonly SqlType[]) => { readonly args: readonly SqlType[] } | undefined;
};
