import type { CommonTable, Identifier, Query, TableName } from "../../sql/ast.ts";
import type { Column } from "../expr/expr.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { walkAst } from "./ast-walk.ts";
import { type BindContext, bindError, type BoundQuery } from "./context.ts";
import { bindRecursiveCte } from "./recursive-cte.ts";
import type { Scope } from "./scope.ts";

type Definition = { readonly id: number; readonly name: string; readonly plan: LogicalPlan };

type QueryTable = CommonTable & { readonly query: Query };

/** The common tables that a query sees, innermost first. */
export type CteScope = {
  readonly name: string;
  readonly table: QueryTable;
  /** Read more than once (or MATERIALIZED): computed once. Otherwise bound in place. */
  readonly shared: boolean;
  /** Reads itself. */
  readonly recursive: boolean;
  /** The queries around the WITH, for correlated definitions. */
  readonly outer: Scope | undefined;
  /** What the definition itself sees. */
  readonly parent: CteScope | undefined;
  /** Where the WITH keeps its shared definitions, in the order in which they need each other. */
  readonly definitions: Definition[];
  /** What a reference reads, where that is not the definition: rows of a recursion. */
  readonly rows: (() => BoundQuery) | undefined;
  /** Inside of a recursive table's second part: what `recurring.name` reads. */
  readonly recurring: (() => BoundQuery) | undefined;
  /** Set once by the first reference to a shared table. */
  bound: { readonly id: number; readonly columns: readonly Column[] } | undefined;
};

/** The scope inside of `query`'s WITH, and the list that will hold its shared definitions once the query is bound. */
export function enterWith(
  ctx: BindContext,
  query: Query,
  outer: Scope | undefined,
  ctes: CteScope | undefined,
): { readonly ctes: CteScope | undefined; readonly definitions: readonly Definition[] } {
  const definitions: Definition[] = [];
  const names = new Set<string>();
  let scope = ctes;
  for (const table of query.with?.tables ?? []) {
    if (!isQuery(table)) {
      const message = `${table.query.kind.toUpperCase()} is not allowed here: only a whole statement can have it in its WITH`;
      throw bindError(ctx, message, table.query);
    }
    const name = table.name.name.toLowerCase();
    if (names.has(name)) throw bindError(ctx, `WITH defines "${table.name.name}" twice`, table.name);
    names.add(name);
    const recursive = query.with?.recursive === true && countReferences(table.query, name, undefined) > 0;
    const shared = table.materialized ?? countReferences(query, name, table) > 1;
    const unread = { rows: undefined, recurring: undefined, bound: undefined } as const;
    scope = { name, table, shared, recursive, outer, parent: scope, definitions, ...unread };
  }
  return { ctes: scope, definitions };
}

function isQuery(table: CommonTable): table is QueryTable {
  return table.query.kind === "Query";
}

/** How often `name` is read within `query`, at most (shadowing is not looked at), leaving out one definition. */
function countReferences(query: Query, name: string, without: CommonTable | undefined): number {
  let count = 0;
  walkAst(query, (node) => {
    if (node === without) return false;
    if (node.kind === "TableName") {
      const { parts } = (node as TableName).name;
      const isReference = parts.length === 1 || isRecurring(parts);
      if (isReference && parts.at(-1)?.name.toLowerCase() === name) count++;
    }
    return true;
  });
  return count;
}

export function findCte(ctes: CteScope | undefined, name: string): CteScope | undefined {
  const key = name.toLowerCase();
  for (let scope = ctes; scope !== undefined; scope = scope.parent) if (scope.name === key) return scope;
  return undefined;
}

/** `recurring.name`: all rows of a recursive table so far. */
function isRecurring(parts: readonly Identifier[]): boolean {
  return parts.length === 2 && parts[0]?.name.toLowerCase() === "recurring";
}

/** The common table that a name in FROM means, as it is read by one reference. */
export function bindCteReference(
  ctx: BindContext,
  ctes: CteScope | undefined,
  parts: readonly Identifier[],
): { readonly name: string; readonly bound: BoundQuery } | undefined {
  const key = parts.at(-1)?.name ?? "";
  if (parts.length === 1) {
    const cte = findCte(ctes, key);
    return cte && { name: cte.table.name.name, bound: bindCte(ctx, cte) };
  }
  const recursive = isRecurring(parts) ? findCte(ctes, key) : undefined;
  if (recursive?.recurring === undefined) return undefined;
  return { name: recursive.table.name.name, bound: recursive.recurring() };
}

export function cteNames(ctes: CteScope | undefined): readonly string[] {
  const names: string[] = [];
  for (let scope = ctes; scope !== undefined; scope = scope.parent) names.push(scope.table.name.name);
  return names;
}

/** The same common tables, each bound anew at every reference: for queries that are run by themselves. */
export function inlinedCtes(ctes: CteScope | undefined): CteScope | undefined {
  const unread = { shared: false, rows: undefined, recurring: undefined, bound: undefined } as const;
  return ctes && { ...ctes, ...unread, parent: inlinedCtes(ctes.parent) };
}

/** One reference to a common table: its columns are new, under the names of the definition. */
export function bindCte(ctx: BindContext, cte: CteScope): BoundQuery {
  if (cte.rows !== undefined) return cte.rows();
  if (!cte.shared) return renamed(ctx, bindDefinition(ctx, cte), cte.table.columns);
  cte.bound ??= define(ctx, cte);
  return scanCte(ctx, cte.table.name.name, cte.bound.id, cte.bound.columns);
}

/** Reads a common subplan that puts out `from`. */
export function scanCte(ctx: BindContext, name: string, id: number, from: readonly Column[]): BoundQuery {
  const columns = from.map((column) => ({ ...column, id: ctx.ids.next() }));
  return { plan: { kind: "CteScan", id, name, columns, from }, columns };
}

function define(ctx: BindContext, cte: CteScope): NonNullable<CteScope["bound"]> {
  const { plan, columns } = renamed(ctx, bindDefinition(ctx, cte), cte.table.columns);
  const id = ctx.ids.next();
  cte.definitions.push({ id, name: cte.table.name.name, plan });
  return { id, columns };
}

function bindDefinition(ctx: BindContext, cte: CteScope): BoundQuery {
  if (cte.recursive) return bindRecursiveCte(ctx, cte);
  return ctx.bindQuery(cte.table.query, ctx, cte.outer, cte.parent);
}

/** The query with its first columns renamed. */
export function renamed(ctx: BindContext, bound: BoundQuery, names: readonly Identifier[]): BoundQuery {
  if (names.length > bound.columns.length) {
    const extra = names[bound.columns.length] as Identifier;
    throw bindError(ctx, `${names.length} column names for ${bound.columns.length} columns`, extra);
  }
  const columns = bound.columns.map((column, i) => {
    const name = names[i];
    return name === undefined ? column : { ...column, name: name.name };
  });
  return { plan: bound.plan, columns };
}
