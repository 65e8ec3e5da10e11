import type { Span } from "../../error.ts";
import type { SqlType } from "../types/types.ts";
import type { AggregateFunction, ScalarFunction } from "../functions/function.ts";
import type { LogicalPlan } from "../logical/plan.ts";

/**
 * A column of a plan, identified by `id`, which is unique within one statement: references survive any
 * reordering of joins and projections. `nullable: false` is a proof, never a hint.
 */
export type Column = {
  readonly id: number;
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
};

/**
 * A constant. Integers up to 32 bits, REAL, DOUBLE: number; DATE: number of days since 1970-01-01; BIGINT and wider,
 * TIME, TIMESTAMP*: bigint (in the type's unit); DECIMAL: bigint, unscaled; VARCHAR, JSON: string; BLOB: Uint8Array;
 * UUID: bigint (unsigned 128 bits); ENUM: number (index); LIST, ARRAY: array of elements; STRUCT: array of the fields' values;
 * MAP: array of [key, value] pairs.
 */
export type Datum = null | boolean | number | bigint | string | Uint8Array | IntervalValue | readonly Datum[];
export type IntervalValue = { readonly months: number; readonly days: number; readonly micros: bigint };

/** A typed, resolved expression. All coercions are explicit `Cast`s. */
export type Expr =
  | Literal
  | ColumnRef
  | Parameter
  | Call
  | Cast
  | Case
  | Connective
  | Not
  | IsNull
  | InList
  | Subquery
  | Lambda
  | LambdaParameter;

export type Literal = { readonly kind: "Literal"; readonly value: Datum; readonly type: SqlType; readonly span?: Span };
export type ColumnRef = { readonly kind: "Column"; readonly column: Column; readonly span?: Span };
/** A value supplied with the query; 0-based. Its type is that of the value given. */
export type Parameter = {
  readonly kind: "Parameter";
  readonly index: number;
  readonly type: SqlType;
  readonly span?: Span;
};
/**
 * A scalar function or operator of `planner/functions`, by its canonical name: comparison `= <> < <= > >=`,
 * `is_distinct`, `is_not_distinct`, arithmetic `+ - * / // %`, `||`, `like`, `substring`, ... Operand types are exactly
 * those of the chosen overload.
 */
export type Call = {
  readonly kind: "Call";
  readonly name: string;
  readonly args: readonly Expr[];
  readonly type: SqlType;
  /** A function of the session rather than of the library. */
  readonly definition?: ScalarFunction;
  readonly span?: Span;
};
/** `try`: NULL instead of an error. */
export type Cast = {
  readonly kind: "Cast";
  readonly input: Expr;
  readonly type: SqlType;
  readonly try: boolean;
  readonly span?: Span;
};
/** Searched CASE; the simple form is bound to comparisons. COALESCE and NULLIF and IF are bound to this too. */
export type Case = {
  readonly kind: "Case";
  readonly branches: readonly { readonly when: Expr; readonly then: Expr }[];
  readonly otherwise: Expr;
  readonly type: SqlType;
  readonly span?: Span;
};
/** n-ary three-valued AND / OR, flattened, at least two arguments. Evaluated left to right; a later one only where needed. */
export type Connective = { readonly kind: "And" | "Or"; readonly args: readonly Expr[]; readonly span?: Span };
export type Not = { readonly kind: "Not"; readonly input: Expr; readonly span?: Span };
/** Never NULL itself. `negated`: IS NOT NULL. */
export type IsNull = { readonly kind: "IsNull"; readonly input: Expr; readonly negated: boolean; readonly span?: Span };
/** `input IN (v1, ...)` with constant values of the input's type (NULLs included); NOT IN is Not(InList). */
export type InList = {
  readonly kind: "InList";
  readonly input: Expr;
  readonly values: readonly Literal[];
  readonly span?: Span;
};

/**
 * A subquery inside an expression; exists only until UnnestSubqueries has run.
 * - scalar: the single value of the single row, NULL when there is none, an error when there are several;
 * - exists: TRUE or FALSE;
 * - quantified: `comparand op ANY|ALL (plan)`, three-valued; IN is `= ANY`, NOT IN is `<> ALL`.
 * Correlated references are ColumnRefs to columns that `plan` does not produce: `outer` lists them.
 */
export type Subquery = {
  readonly kind: "Subquery";
  readonly mode:
    | { readonly kind: "scalar" }
    | { readonly kind: "exists" }
    | {
        readonly kind: "quantified";
        /** `=`, `<>`, `<`, `<=`, `>`, `>=`. */
        readonly op: string;
        readonly quantifier: "any" | "all";
        readonly comparands: readonly Expr[];
      };
  readonly plan: LogicalPlan;
  readonly outer: readonly Column[];
  readonly type: SqlType;
  readonly span?: Span;
};

/**
 * A function of elements: only as an argument of calls that take one (`list_transform`, ...). `type` is the body's. It may read
 * columns and the parameters of lambdas around it.
 */
export type Lambda = {
  readonly kind: "Lambda";
  readonly parameters: readonly LambdaParameter[];
  readonly body: Expr;
  readonly type: SqlType;
  readonly span?: Span;
};
/** `id` differs from those of the lambdas around; equal lambdas have equal ids. */
export type LambdaParameter = {
  readonly kind: "LambdaParameter";
  readonly id: number;
  readonly name: string;
  readonly type: SqlType;
  readonly span?: Span;
};

/** One aggregate of an Aggregate node. Allowed nowhere else. */
export type AggregateCall = {
  /** Canonical name: `count` (no argument: count(*)), `sum`, `avg`, `min`, `max`, ... */
  readonly name: string;
  readonly args: readonly Expr[];
  readonly distinct: boolean;
  readonly filter: Expr | undefined;
  readonly orderBy: readonly SortKey[];
  readonly type: SqlType;
  /** An aggregate of the session rather than of the library. */
  readonly definition?: AggregateFunction;
  readonly span?: Span;
};

/** One function of a Window node. Allowed nowhere else. */
export type WindowCall = {
  /** Canonical name of a window function (`row_number`, `lag`, ...) or of an aggregate. */
  readonly name: string;
  readonly args: readonly Expr[];
  readonly distinct: boolean;
  readonly filter: Expr | undefined;
  readonly ignoreNulls: boolean;
  /** `lead(x ORDER BY y)`: the order in which the function itself sees the rows of its frame; empty: that of the window. */
  readonly orderBy: readonly SortKey[];
  readonly frame: WindowFrame;
  /** How many of the node's order keys are the call's own: rows that agree on these are its peers. */
  readonly orderKeys: number;
  readonly type: SqlType;
  /** An aggregate of the session rather than of the library. */
  readonly definition?: AggregateFunction;
  readonly span?: Span;
};

export type WindowFrame = {
  readonly unit: "rows" | "range" | "groups";
  readonly start: FrameBound;
  readonly end: FrameBound;
  readonly exclude: "no others" | "current row" | "group" | "ties";
};

/**
 * Where a frame begins or ends. `offset`: a number of rows or groups (BIGINT); of a RANGE frame a distance
 * in the order key.
 */
export type FrameBound =
  | { readonly kind: "unbounded preceding" | "current row" | "unbounded following" }
  | { readonly kind: "preceding" | "following"; readonly offset: Expr; readonly range: RangeLimit | undefined };

/**
 * The last value of `key`, the order key converted, that a RANGE frame takes in: the current row's, moved by the offset.
 * `negative` says whether the offset is below zero, which is an error.
 */
export type RangeLimit = { readonly key: Expr; readonly limit: Expr; readonly negative: Expr };

/** NULLS LAST by default in both directions. */
export type SortKey = { readonly expr: Expr; readonly descending: boolean; readonly nullsFirst: boolean };
