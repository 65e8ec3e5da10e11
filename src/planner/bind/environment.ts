import type { Expression, Identifier } from "../../sql/ast.ts";
import type { AggregateCall, Column, Expr, SortKey, WindowCall } from "../expr/expr.ts";
import type { BindContext } from "./context.ts";
import type { LambdaScope } from "./lambda.ts";
import type { Scope } from "./scope.ts";
import type { UnnestCollector } from "./unnest.ts";
import type { NamedWindows } from "./window.ts";

/**
 * Where an expression is bound: what its names mean and what it may contain. `bind` binds a part of it in the same place;
 * files for single kinds of expressions take it from here instead of importing the dispatcher.
 */
export type Environment = {
  readonly ctx: BindContext;
  readonly scope: Scope;
  readonly bind: (node: Expression) => Expr;
  /** Takes the aggregates of a SELECT list, HAVING or ORDER BY. */
  readonly aggregates: AggregateSink | AggregatesForbidden;
  readonly aliases: AliasLookup | undefined;
  /** Takes the UNNESTs of a SELECT list; undefined: they are not allowed. */
  readonly unnests: UnnestCollector | undefined;
  /** The same place without UNNEST. */
  readonly withoutUnnest: () => Environment;
  /** The parameters of the lambdas around. */
  readonly lambdas: LambdaScope | undefined;
  /** The same place inside of a lambda. */
  readonly within: (lambdas: LambdaScope) => Environment;
  /** Takes the window functions of a SELECT list, QUALIFY or ORDER BY. */
  readonly windows: WindowSink | WindowsForbidden;
};

export type AggregateSink = {
  readonly kind: "collect";
  /** The column that will hold the aggregate's result; the same one for an equal call. */
  readonly add: (call: AggregateCall, name: string, nullable: boolean) => Column;
  /** The column that will hold the value of a call of GROUPING. */
  readonly addGrouping: (args: readonly Expr[], name: string, node: { readonly span: Expr["span"] }) => Column;
  /** Binds what stands inside of an aggregate. */
  readonly inner: Environment;
  /** Whether every group has a row: true under GROUP BY with keys. */
  readonly grouped: boolean;
};

/** `reason`: the message of the error. */
export type AggregatesForbidden = { readonly kind: "forbidden"; readonly reason: string };

/** Partitions and the order in them. */
export type WindowSpec = { readonly partitionBy: readonly Expr[]; readonly orderBy: readonly SortKey[] };

export type WindowSink = {
  readonly kind: "collect";
  /** The column that will hold the function's result; the same one for an equal call over an equal window. */
  readonly add: (spec: WindowSpec, call: Omit<WindowCall, "orderKeys">, name: string, nullable: boolean) => Column;
  /** Binds what stands inside of a window function and its OVER. */
  readonly inner: Environment;
  readonly named: NamedWindows;
};

/** `reason`: the message of the error. */
export type WindowsForbidden = { readonly kind: "forbidden"; readonly reason: string };

export type AliasLookup = {
  /** The meaning of an alias of the SELECT list in this place; undefined: no such alias. */
  readonly find: (name: Identifier, env: Environment) => Expr | undefined;
  /** Whether an alias hides this column of the same name (in HAVING, columns that are not grouped by). */
  readonly hides: (column: Column) => boolean;
  readonly names: () => readonly string[];
};
