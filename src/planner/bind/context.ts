import { type ErrorCode, HeadraceError, type Span, unsupported as unsupportedError } from "../../error.ts";
import type { Query } from "../../sql/ast.ts";
import type { CatalogSnapshot } from "../catalog/catalog.ts";
import type { Column, Datum, Expr } from "../expr/expr.ts";
import type { SessionFunctions } from "../functions/session-function.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { openTimeZone, UTC, type Zones } from "../types/time-zone.ts";
import type { SqlType } from "../types/types.ts";
import type { CteScope } from "./cte.ts";
import type { Scope } from "./scope.ts";

/** Views that double at every level would otherwise grow without bound. */
const MAX_IDS = 1_000_000;

/** Hands out column ids (and ids of common subplans), unique within one statement. */
export class ColumnIds {
  #next = 1;
  #expanded = 0;

  next(): number {
    if (this.#next > MAX_IDS)
      throw new HeadraceError(
        "bind",
        `the statement has more than ${MAX_IDS} columns, views and common tables included`,
      );
    return this.#next++;
  }

  /** Counts a node that a macro puts into the statement: macros that call others twice would grow without bound, too. */
  countExpanded(): void {
    if (++this.#expanded > MAX_IDS)
      throw new HeadraceError("bind", `macros make more than ${MAX_IDS} expressions of the statement`);
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

/** What the session's settings say. */
export type BindSession = {
  /** The schema of names without one. */
  readonly schema: string;
  readonly nullOrder: "first" | "last" | "first on asc, last on desc" | "last on asc, first on desc";
  readonly order: "asc" | "desc";
  /** Values of settings by lower-case name, as text. */
  readonly setting: (name: string) => string | undefined;
  /** Values of SET VARIABLE, by lower-case name. */
  readonly variable: (name: string) => ParameterValue | undefined;
};

export const DEFAULT_SESSION: BindSession = {
  schema: "main",
  nullOrder: "last",
  order: "asc",
  setting: () => undefined,
  variable: () => undefined,
};

/** What is the same for all of one statement, except that what comes from the catalog replaces `within`. */
export type BindContext = {
  readonly catalog: CatalogSnapshot;
  readonly sql: string;
  readonly ids: ColumnIds;
  readonly parameters: ParameterValues;
  /** Functions of the session, by lower-case name. */
  readonly functions: SessionFunctions;
  /**
   * String and integer literals as written, NULL excepted, and VARCHAR parameters: their type gives way to that of what they
   * meet (`d < '1994-01-01'`). A cast makes an ordinary constant.
   */
  readonly untyped: WeakSet<Expr>;
  /**
   * Something of the catalog being bound (a view, a default): its text has other spans, so errors and expressions take the span of
   * the reference. `names`: of the views and macros that led here.
   */
  readonly within: { readonly what: string; readonly names: readonly string[]; readonly span: Span } | undefined;
  readonly session: BindSession;
  /** Values that the statement had to be run for in part (PIVOT without IN, LIMIT by a query), in the order in which binding asks for them. */
  readonly values: { readonly next: () => readonly (string | null)[] | undefined };
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
  return ctx.within?.span ?? node.span;
}

/** An error of the binder at `node`. */
export function bindError(
  ctx: BindContext,
  message: string,
  node: { readonly span: Span },
  hint?: string,
  code: ErrorCode = "bind",
): HeadraceError {
  const where = ctx.within === undefined ? "" : `in ${ctx.within.what}: `;
  return new HeadraceError(code, where + message, { span: spanOf(ctx, node), hint, sql: ctx.sql });
}

/** The session's time zone. */
export function zonesOf({ session }: BindContext): Zones {
  const name = session.setting("timezone");
  return { zone: (name === undefined ? undefined : openTimeZone(name)) ?? UTC, named: openTimeZone };
}

/** A feature that is not there yet, by its name. */
export function unsupported(ctx: BindContext, feature: string, node: { readonly span: Span }): HeadraceError {
  return unsupportedError(feature, spanOf(ctx, node)).withSql(ctx.sql);
}
