import { type ErrorCode, HeadraceError, type Span, unsupported as unsupportedError } from "../../error.ts";
import type { Query } from "../../sql/ast.ts";
import type { CatalogSnapshot } from "../catalog/catalog.ts";
import type { Column, Datum, Expr } from "../expr/expr.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import type { SqlType } from "../types/types.ts";
import type { CteScope } from "./cte.ts";
import type { Scope } from "./scope.ts";

/** Views that double at every level would otherwise grow without bound. */
const MAX_IDS = 1_000_000;

/** Hands out column ids (and ids of common subplans), unique within one statement. */
export class ColumnIds {
  #next = 1;

  next(): number {
    if (this.#next > MAX_IDS)
      throw new HeadraceError(
        "bind",
        `the statement has more than ${MAX_IDS} columns, views and common tables included`,
      );
    return this.#next++;
  }

  column(name: string, type: SqlType, nullable: boolean): Column {
    return { id: this.next(), name, type, nullable };
  }
}

/** A value given with the statement. `value` is needed only where the plan itself depends on it (LIMIT ?). */
export type ParameterValue = { readonly type: SqlType; readonly value?: Datum };

/** By position (`?`, `$1`) or by name (`$name`, in the order of the map's entries). */
export type ParameterValues = readonly ParameterValue[] | ReadonlyMap<string, ParameterValue>;

/** A bound query: `plan` puts out exactly `columns`, whose names are the result's. */
export type BoundQuery = { readonly plan: LogicalPlan; readonly columns: readonly Column[] };

/** What is the same for all of one statement, except that views replace `view`. */
export type BindContext = {
  readonly catalog: CatalogSnapshot;
  readonly sql: string;
  readonly ids: ColumnIds;
  readonly parameters: ParameterValues;
  /**
   * String and integer literals as written, NULL excepted, and VARCHAR parameters: their type gives way to that of what they
   * meet (`d < '1994-01-01'`). A cast makes an ordinary constant.
   */
  readonly untyped: WeakSet<Expr>;
  /** The view being bound: its text has other spans, so errors and expressions take the span of the reference. */
  readonly view: { readonly names: readonly string[]; readonly span: Span } | undefined;
  /** Binds a query below `parent`. Passed along since queries contain expressions, which contain queries. */
  readonly bindQuery: (
    query: Query,
    ctx: BindContext,
    parent: Scope | undefined,
    ctes: CteScope | undefined,
  ) => BoundQuery;
};

/** Where a node lies in the statement's own text. */
export function spanOf(ctx: BindContext, node: { readonly span: Span }): Span {
  return ctx.view?.span ?? node.span;
}

/** An error of the binder at `node`. */
export function bindError(
  ctx: BindContext,
  message: string,
  node: { readonly span: Span },
  hint?: string,
  code: ErrorCode = "bind",
): HeadraceError {
  const where = ctx.view === undefined ? "" : `in view ${JSON.stringify(ctx.view.names.at(-1))}: `;
  return new HeadraceError(code, where + message, { span: spanOf(ctx, node), hint, sql: ctx.sql });
}

/** A feature that is not there yet, by its name. */
export function unsupported(ctx: BindContext, feature: string, node: { readonly span: Span }): HeadraceError {
  return unsupportedError(feature, spanOf(ctx, node)).withSql(ctx.sql);
}
