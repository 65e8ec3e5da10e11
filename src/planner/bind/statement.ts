import type { Explain, Statement } from "../../sql/ast.ts";
import { HeadraceError } from "../../error.ts";
import type { SessionFunctions } from "../functions/session-function.ts";
import type { CatalogSnapshot } from "../catalog/catalog.ts";
import type { BoundStatement } from "../logical/statement.ts";
import {
  type BindContext,
  type BindSession,
  ColumnIds,
  DEFAULT_SESSION,
  type ParameterValues,
  unsupported,
} from "./context.ts";
import { bindCreateTable, bindCreateTableAs, bindCreateView } from "./create.ts";
import { bindDescription, bindPragma } from "./describe.ts";
import { bindInsert } from "./insert.ts";
import { bindQuery } from "./query.ts";
import { bindResult } from "./result.ts";
import { bindDelete, bindUpdate } from "./update.ts";

export type BindOptions = {
  /** The text that the spans point into. */
  readonly sql: string;
  readonly parameters?: ParameterValues;
  readonly session?: BindSession | undefined;
  /** Functions of the session, by lower-case name. */
  readonly functions?: SessionFunctions;
  /** What earlier attempts asked for by throwing `ValuesNeeded`. */
  readonly values?: readonly (readonly (string | null)[])[];
};

/**
 * Resolves names, infers types and makes the logical plan of one statement. Pure: what names mean is in `catalog`, which
 * must know everything that `tableNamesOf` lists. Throws `HeadraceError` with span, hint and text.
 */
export function bindStatement(statement: Statement, catalog: CatalogSnapshot, options: BindOptions): BoundStatement {
  return withBinder(catalog, options, (ctx) => bind(ctx, statement));
}

/** Binds parts of one statement by hand. */
export function withBinder<T>(catalog: CatalogSnapshot, options: BindOptions, work: (ctx: BindContext) => T): T {
  const values = (options.values ?? []).values();
  const ctx: BindContext = {
    catalog,
    sql: options.sql,
    ids: new ColumnIds(),
    parameters: options.parameters ?? [],
    functions: options.functions ?? new Map(),
    untyped: new WeakSet(),
    within: undefined,
    session: options.session ?? DEFAULT_SESSION,
    values: { next: () => values.next().value },
    bindQuery,
  };
  try {
    return work(ctx);
  } catch (error) {
    throw error instanceof HeadraceError ? error.withSql(options.sql) : error;
  }
}

function bind(ctx: BindContext, node: Statement): BoundStatement {
  switch (node.kind) {
    case "QueryStatement":
      return { kind: "Query", emit: node.emit?.mode, ...bindResult(ctx, node.query) };
    case "CreateTable":
      return bindCreateTable(ctx, node);
    case "CreateTableAs":
      return bindCreateTableAs(ctx, node);
    case "CreateView":
      return bindCreateView(ctx, node);
    case "Insert":
      return bindInsert(ctx, node);
    case "Update":
      return bindUpdate(ctx, node);
    case "Delete":
      return bindDelete(ctx, node);
    case "Explain":
      return bindExplain(ctx, node);
    case "Pragma":
      return { kind: "Query", ...bindPragma(ctx, node) };
    case "Describe":
    case "Show":
    case "Summarize":
      return { kind: "Query", ...bindDescription(ctx, node, { relations: [], parent: undefined, ctes: undefined }) };
    default:
      throw unsupported(
        ctx,
        node.kind === "Maintenance" ? node.action.toUpperCase() : (FEATURES[node.kind] ?? node.kind.toUpperCase()),
        node,
      );
  }
}

/** Statements whose node has another name than their SQL. */
const FEATURES: { readonly [kind: string]: string } = {
  CreateSchema: "EXPLAIN of CREATE SCHEMA",
  CreateSequence: "EXPLAIN of CREATE SEQUENCE",
  CreateMacro: "EXPLAIN of CREATE MACRO",
  CreateType: "EXPLAIN of CREATE TYPE",
  CreateIndex: "EXPLAIN of CREATE INDEX",
  Transaction: "EXPLAIN of a transaction",
  StopJob: "EXPLAIN of STOP JOB",
  StatementSet: "EXPLAIN of a statement set",
};

/** Without a stage the physical plan is shown, which is what runs. */
function bindExplain(ctx: BindContext, node: Explain): BoundStatement {
  const statement = bind(ctx, node.statement);
  if (statement.kind === "Explain") throw unsupported(ctx, "EXPLAIN of an EXPLAIN", node);
  const stages = node.stages.length > 0 ? node.stages : (["physical"] as const);
  return { kind: "Explain", stages, analyze: node.analyze, format: node.format, statement };
}
