/** Statements whose WITH changes rows: `WITH moved AS (DELETE FROM a RETURNING *) INSERT INTO b FROM moved`. */
import { HeadraceError } from "../../error.ts";
import { releaseVersion, type TableVersion } from "../../exec/table/table-version.ts";
import { walkAst } from "../../planner/bind/ast-walk.ts";
import { bindResult } from "../../planner/bind/result.ts";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { QueryPlan } from "../../planner/logical/statement.ts";
import type {
  CommonTable,
  DataChange,
  Query,
  QueryStatement,
  Statement,
  TableName as TableNameNode,
  With,
} from "../../sql/ast.ts";
import { makeQueryStatement } from "../../sql/make.ts";
import { versionSource } from "../catalog.ts";
import { bindPart, type RunContext, type StatementPart, type StatementResult } from "../context.ts";
import { NO_SPAN, objectName, query, select, selectItem, star } from "../expression/nodes.ts";
import { withValues } from "../values.ts";
import { keepRows } from "./write.ts";

type Whole = QueryStatement | DataChange;
type Run = (ctx: RunContext, statement: Whole) => Promise<StatementResult>;

export function hasParts(statement: Statement): statement is Whole {
  switch (statement.kind) {
    case "QueryStatement":
    case "Insert":
    case "Update":
    case "Delete":
      return withOf(statement)?.tables.some(isChange) === true;
    default:
      return false;
  }
}

function withOf(statement: Whole): With | undefined {
  return statement.kind === "QueryStatement" ? statement.query.with : statement.with;
}

function isChange(table: CommonTable): boolean {
  return table.query.kind !== "Query";
}

/**
 * Runs the common tables up to the last that changes rows, each once and in order, then the statement itself. All parts see the
 * tables as they were before. The caller sees to it that all happens or nothing.
 */
export async function runParts(ctx: RunContext, statement: Whole, run: Run): Promise<StatementResult> {
  const common = withOf(statement) as With;
  const last = common.tables.findLastIndex(isChange);
  const before = ctx.catalog.current;
  const rows = new Map<string, TableSource>();
  const kept: TableVersion[] = [];
  const changed = new Set<string>();
  const done: CommonTable[] = [];
  const partOf = (keep: StatementPart["keep"]): RunContext => ({ ...ctx, part: { before, rows, keep } });
  try {
    for (const [i, table] of common.tables.slice(0, last + 1).entries()) {
      const { query: definition } = table;
      const name = `rows of common table ${i}`;
      const keep = async (plan: QueryPlan): Promise<void> => {
        const version = await keepRows(ctx, plan, table.name.name);
        kept.push(version);
        rows.set(name, versionSource(table.name.name, version));
      };
      if (definition.kind === "Query") {
        const all = readAll(table.name.name, { ...common, tables: [...done, table] });
        await withValues(partOf(keep), (inner) =>
          keep(bindPart(inner, all, (binder) => bindResult(binder, all.query))),
        );
        done.push({ ...table, columns: [], usingKey: [], materialized: false, query: readAll(name).query });
        continue;
      }
      noteTarget(ctx, definition, changed);
      const own = definition.with?.tables ?? [];
      const hidden = new Set(own.map((inner) => inner.name.name.toLowerCase()));
      const seen = done.filter((outer) => !hidden.has(outer.name.name.toLowerCase()));
      const recursive = common.recursive || definition.with?.recursive === true;
      const change: DataChange = { ...definition, with: { ...common, recursive, tables: [...seen, ...own] } };
      await withValues(partOf(keep), (inner) => run(inner, change));
      if (rows.has(name)) done.push({ ...table, materialized: false, query: readAll(name).query });
      else failIfRead([statement, ...common.tables.slice(i + 1).map((later) => later.query)], table);
    }
    if (statement.kind !== "QueryStatement") noteTarget(ctx, statement, changed);
    const rest = { ...common, tables: [...done, ...common.tables.slice(last + 1)] };
    const whole: Whole =
      statement.kind === "QueryStatement"
        ? { ...statement, query: { ...statement.query, with: rest } }
        : { ...statement, with: rest };
    return await withValues(partOf(undefined), (inner) => run(inner, whole));
  } finally {
    for (const version of kept) releaseVersion(ctx.runtime.shared, version);
  }
}

/** `SELECT * FROM name`. */
function readAll(name: string, common?: With): QueryStatement {
  const from = {
    kind: "TableName",
    name: objectName(name),
    alias: undefined,
    sample: undefined,
    span: NO_SPAN,
  } as const;
  return makeQueryStatement(query(select([from], [selectItem(star())]), { with: common }), NO_SPAN);
}

/** Rows are known by their numbers as before the statement: new ones may come behind them, but they may move only once. */
function noteTarget(ctx: RunContext, change: DataChange, changed: Set<string>): void {
  if (change.kind === "Insert" && (change.onConflict === undefined || change.onConflict.action === "nothing")) return;
  const { parts, span } = change.table;
  const entry = ctx.catalog.find(
    "table",
    parts.map((part) => part.name),
  );
  if (entry === undefined) return;
  const name = `${entry.name.schema}.${entry.name.name}`.toLowerCase();
  if (changed.has(name)) {
    const message = `changing rows of "${entry.name.name}" twice in one statement is not supported yet`;
    throw new HeadraceError("unsupported", message, { span });
  }
  changed.add(name);
}

/** Without RETURNING there are no rows to read, and no other table is meant. */
function failIfRead(parts: readonly (Statement | Query)[], { name, query: change }: CommonTable): void {
  for (const part of parts) {
    walkAst(part, (node) => {
      if (node.kind !== "TableName") return true;
      const { parts: names, span } = (node as TableNameNode).name;
      if (names.length !== 1 || names[0]?.name.toLowerCase() !== name.name.toLowerCase()) return true;
      const message = `the ${change.kind.toUpperCase()} of "${name.name}" returns no rows`;
      throw new HeadraceError("bind", message, { span, hint: "add RETURNING to it" });
    });
  }
}
