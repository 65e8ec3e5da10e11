import { HeadraceError, type Span, toHeadraceError } from "../error.ts";
import type { BoundStatement } from "../planner/logical/statement.ts";
import type { Statement } from "../sql/ast.ts";
import { bind, type RunContext, type StatementResult } from "./context.ts";
import { explain } from "./explain.ts";
import { alter } from "./statements/alter.ts";
import { copy } from "./statements/copy.ts";
import { createConnectorTable } from "./statements/create-connector-table.ts";
import {
  createIndex,
  createMacro,
  createSchema,
  createSequence,
  createTable,
  createType,
  createView,
} from "./statements/create.ts";
import { remove, truncate } from "./statements/delete.ts";
import { drop } from "./statements/drop.ts";
import { explainJob } from "./statements/explain-job.ts";
import { insert } from "./statements/insert.ts";
import { hasParts, runParts } from "./statements/parts.ts";
import { runQuery } from "./statements/query.ts";
import { deallocate, pragma, prepare, prepared, reset, set, transaction, use } from "./statements/session.ts";
import { statementSet } from "./statements/statement-set.ts";
import { stopJob } from "./statements/stop-job.ts";
import { update } from "./statements/update.ts";
import { withValues } from "./values.ts";

/** Runs one statement. One that fails leaves nothing behind; those that write run one after the other. */
export async function runStatement(ctx: RunContext, statement: Statement): Promise<StatementResult> {
  const { catalog, session } = ctx;
  try {
    if (session.aborted && statement.kind !== "Transaction")
      throw new HeadraceError("bind", "the transaction has failed", {
        span: statement.span,
        hint: "end it with ROLLBACK",
      });
    if (statement.kind === "Execute") {
      const { prepared: found, parameters } = prepared(ctx, statement);
      return await runStatement({ ...ctx, sql: found.sql, parameters }, found.statement);
    }
    if (statement.kind === "Explain" && statement.statement.kind === "Execute") {
      const { prepared: found, parameters } = prepared(ctx, statement.statement);
      return await runStatement({ ...ctx, sql: found.sql, parameters }, { ...statement, statement: found.statement });
    }
    if (hasParts(statement))
      return await session.write(ctx.signal, () => catalog.atomic(() => runParts(ctx, statement, run)));
    if (isReader(statement)) return await withValues(ctx, (inner) => run(inner, statement));
    const result = await session.write(ctx.signal, async () =>
      statement.kind === "Transaction"
        ? transaction(ctx, statement)
        : catalog.atomic(() => withValues(ctx, (inner) => run(inner, statement))),
    );
    await catalog.refresh();
    return result;
  } catch (thrown) {
    const error = thrown instanceof HeadraceError ? thrown : toHeadraceError(thrown, ctx.sql);
    if (catalog.inTransaction && !session.refused.has(error) && endsTransaction(error)) session.aborted = true;
    throw located(error, statement, ctx.sql).withSql(ctx.sql);
  }
}

/**
 * Rows that break a constraint stand nowhere in the text: the error points to the table that they were for. What a statement may
 * not do to the catalog, or to a table with a connector, points to the name, or to the statement.
 */
function located(error: HeadraceError, statement: Statement, sql: string): HeadraceError {
  if (error.span !== undefined || (error.sql !== undefined && error.sql !== sql)) return error;
  const span = placeIn(statement, error.code);
  if (span === undefined) return error;
  const { code, message, hint, cause } = error;
  return new HeadraceError(code, message, { span, hint, cause });
}

function placeIn(statement: Statement, code: HeadraceError["code"]): Span | undefined {
  if (code === "constraint") return "table" in statement ? statement.table?.span : undefined;
  if (code !== "bind" && code !== "unsupported") return undefined;
  switch (statement.kind) {
    case "CreateTable":
    case "CreateTableAs":
    case "CreateView":
    case "CreateSchema":
    case "CreateSequence":
    case "CreateMacro":
    case "CreateType":
      return statement.name.span;
    case "Insert":
      return statement.table.span;
    case "Explain":
      return placeIn(statement.statement, code);
    case "Drop":
    case "Alter":
      return statement.span;
    default:
      return undefined;
  }
}

/** Names that are taken or missing leave the transaction as it is, errors in the data do not. */
function endsTransaction({ code }: HeadraceError): boolean {
  return code !== "syntax" && code !== "bind" && code !== "unsupported";
}

function isReader(statement: Statement): boolean {
  switch (statement.kind) {
    case "QueryStatement":
    case "Explain":
    case "Describe":
    case "Show":
    case "Summarize":
      return true;
    default:
      return false;
  }
}

async function run(ctx: RunContext, node: Statement): Promise<StatementResult> {
  switch (node.kind) {
    case "QueryStatement":
    case "Describe":
    case "Show":
    case "Summarize":
    case "CreateTable":
    case "CreateTableAs":
    case "CreateView":
      return runBound(ctx, bind(ctx, node, ctx));
    case "Explain":
      return (await explainJob(ctx, node)) ?? runBound(ctx, bind(ctx, node, ctx));
    case "Insert":
      return insert(ctx, node);
    case "Update":
      return update(ctx, node);
    case "Delete":
      return remove(ctx, node);
    case "Truncate":
      return truncate(ctx, node);
    case "CreateSchema":
      return createSchema(ctx, node);
    case "CreateSequence":
      return createSequence(ctx, node);
    case "CreateMacro":
      return createMacro(ctx, node);
    case "CreateType":
      return createType(ctx, node);
    case "CreateIndex":
      return createIndex(ctx, node);
    case "Drop":
      return drop(ctx, node);
    case "Alter":
      return alter(ctx, node);
    case "Set":
      ctx.session.version++;
      return set(ctx, node);
    case "Reset":
      ctx.session.version++;
      return reset(ctx, node);
    case "Use":
      return use(ctx, node);
    case "Prepare":
      return prepare(ctx, node);
    case "Deallocate":
      return deallocate(ctx, node);
    case "Pragma":
      ctx.session.version++;
      return pragma(ctx, node) ?? runBound(ctx, bind(ctx, node, ctx));
    case "Maintenance":
    case "Comment":
      return { kind: "ok" };
    case "Copy":
      return copy(ctx, node);
    case "StopJob":
      return stopJob(ctx, node);
    case "StatementSet":
      return statementSet(ctx, node);
    case "Call":
    case "Attach":
    case "Detach":
      throw new HeadraceError("unsupported", `${node.kind.toUpperCase()} is not supported yet`, { span: node.span });
    case "Execute":
    case "Transaction":
      throw new HeadraceError("internal", `${node.kind} is run elsewhere`);
    default:
      return node satisfies never;
  }
}

async function runBound(ctx: RunContext, bound: BoundStatement): Promise<StatementResult> {
  switch (bound.kind) {
    case "Query":
      if (bound.emit !== undefined)
        throw new HeadraceError("unsupported", "EMIT on a query that is not kept", {
          hint: "CREATE MATERIALIZED VIEW keeps a query's result, INSERT INTO a table with a connector puts it out",
        });
      return runQuery(ctx, bound);
    case "Explain":
      return explain(ctx, bound);
    case "CreateTable":
      return createTable(ctx, bound);
    case "CreateConnectorTable":
      return createConnectorTable(ctx, bound);
    case "CreateView":
      return createView(ctx, bound);
    case "Insert":
    case "Update":
    case "Delete":
      throw new HeadraceError("internal", `${bound.kind} is run elsewhere`);
    default:
      return bound satisfies never;
  }
}
