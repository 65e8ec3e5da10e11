/** Statements about the session: settings, variables, transactions, prepared statements. */
import { HeadraceError } from "../../error.ts";
import { type BindContext, bindError, type ParameterValue, type ParameterValues } from "../../planner/bind/context.ts";
import { constantOf } from "../../planner/bind/constant.ts";
import { makeEnvironment } from "../../planner/bind/expression.ts";
import { didYouMean } from "../../planner/bind/suggest.ts";
import { walkAst } from "../../planner/bind/ast-walk.ts";
import { fold } from "../../planner/ir/fold.ts";
import { formatDatum } from "../../planner/types/literals.ts";
import type {
  Deallocate,
  Execute,
  Expression,
  Parameter,
  Pragma,
  Prepare,
  ResetStatement,
  SetStatement,
  Statement,
  Transaction,
  Use,
} from "../../sql/ast.ts";
import { bindPart, type RunContext, type StatementResult } from "../context.ts";
import { flinkNames, isFlinkName, translateFlink } from "../flink-settings.ts";
import type { Prepared } from "../session-state.ts";

const OK: StatementResult = { kind: "ok" };

/** The value of an expression without columns. */
function constant(binder: BindContext, node: Expression): Required<ParameterValue> {
  const scope = { relations: [], parent: undefined, ctes: undefined };
  const env = makeEnvironment(binder, scope, { kind: "forbidden", reason: "aggregates are not allowed here" });
  const expr = env.bind(node);
  const literal = constantOf(binder, expr) ?? fold(expr);
  if (literal === undefined) throw bindError(binder, "a constant is needed here", node);
  return { type: literal.type, value: literal.value };
}

/** The value of a setting; names need no quotes. */
function settingValue(binder: BindContext, node: Expression): string | number | boolean | null {
  if (node.kind === "ColumnRef") return node.parts.map((part) => part.name).join(".");
  const { type, value } = constant(binder, node);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value === null)
    return value;
  return formatDatum(value, type);
}

export function set(ctx: RunContext, node: SetStatement): StatementResult {
  const name = node.name.parts.map((part) => part.name).join(".");
  const [first] = node.values;
  if (node.variable) {
    if (first === undefined || node.values.length > 1)
      throw new HeadraceError("bind", "SET VARIABLE takes one value", { span: node.span });
    const value = bindPart(ctx, node, (binder) => constant(binder, first));
    ctx.session.variables.set(name.toLowerCase(), value);
    return OK;
  }
  const values = bindPart(ctx, node, (binder) =>
    node.values.map((value) => (value.kind === "DefaultValue" ? undefined : settingValue(binder, value))),
  );
  assign(ctx, name, values.length > 1 ? values.join(",") : values[0], node);
  return OK;
}

function assign(
  ctx: RunContext,
  name: string,
  value: string | number | boolean | null | undefined,
  node: { readonly span: SetStatement["span"] },
): void {
  const key = name.toLowerCase();
  if (key === "schema" || key === "search_path")
    return useSchema(ctx, value === undefined ? "main" : String(value), node);
  const { settings } = ctx.session;
  const isFlink = isFlinkName(name);
  if (!isFlink && !settings.has(name)) {
    const hint = didYouMean(name, [...settings.names(), ...flinkNames()]);
    throw new HeadraceError("bind", `there is no setting "${name}"`, { span: node.span, hint });
  }
  try {
    const meant = isFlink ? translateFlink(name, value) : { name, value };
    if (meant !== undefined) settings.set(meant.name, meant.value);
  } catch (error) {
    if (!(error instanceof HeadraceError) || error.span !== undefined) throw error;
    throw new HeadraceError(error.code, error.message, { span: node.span, hint: error.hint, cause: error });
  }
}

export function reset(ctx: RunContext, node: ResetStatement): StatementResult {
  const name = node.name.parts.map((part) => part.name).join(".");
  if (node.variable) ctx.session.variables.delete(name.toLowerCase());
  else assign(ctx, name, undefined, node);
  return OK;
}

function useSchema(ctx: RunContext, written: string, { span }: { readonly span: Use["span"] }): void {
  const parts = written.split(",")[0]?.trim().split(".") ?? [];
  const schema = parts.at(-1) ?? "";
  const database = parts.length > 1 ? parts[0] : undefined;
  if (database !== undefined && database.toLowerCase() !== "memory")
    throw new HeadraceError("bind", `there is no database "${database}"`, { span });
  if (ctx.catalog.hasSchema(schema))
    ctx.catalog.schema = ctx.catalog.current.schemas.get(schema.toLowerCase()) ?? "main";
  else if (database === undefined && schema.toLowerCase() === "memory") ctx.catalog.schema = "main";
  else throw new HeadraceError("bind", `there is no schema "${schema}"`, { span });
}

export function use(ctx: RunContext, node: Use): StatementResult {
  useSchema(ctx, node.name.parts.map((part) => part.name).join("."), node);
  return OK;
}

/** PRAGMA name = value is SET; a bare name is a switch. Those that give rows are queries: undefined. */
export function pragma(ctx: RunContext, node: Pragma): StatementResult | undefined {
  const name = node.name.parts.at(-1)?.name ?? "";
  if (!node.assigned && (node.args.length > 0 || /^(table_info|show|show_tables|database_list|version)$/i.test(name)))
    return undefined;
  const [argument] = node.args;
  const value = argument === undefined ? true : bindPart(ctx, node, (binder) => settingValue(binder, argument.value));
  assign(ctx, name, value, node);
  return OK;
}

export function transaction(ctx: RunContext, node: Transaction): StatementResult {
  const { catalog, session } = ctx;
  const fail = (message: string): HeadraceError => new HeadraceError("bind", message, { span: node.span });
  switch (node.action) {
    case "begin":
      if (catalog.inTransaction) throw fail("a transaction has begun already");
      catalog.begin();
      return OK;
    case "commit":
      if (!catalog.inTransaction) throw fail("there is no transaction to commit");
      // COMMIT ends a transaction that has failed as ROLLBACK does.
      if (session.aborted) catalog.rollback();
      else catalog.commit();
      session.aborted = false;
      return OK;
    case "rollback":
      if (!catalog.inTransaction) throw fail("there is no transaction to roll back");
      catalog.rollback();
      session.aborted = false;
      return OK;
    default:
      return node.action satisfies never;
  }
}

export function prepare(ctx: RunContext, node: Prepare): StatementResult {
  if (node.statement.kind === "Prepare" || node.statement.kind === "Execute")
    throw new HeadraceError("unsupported", `PREPARE of ${node.statement.kind.toUpperCase()} is not supported yet`, {
      span: node.span,
    });
  ctx.session.prepared.set(node.name.name.toLowerCase(), { statement: node.statement, sql: ctx.sql });
  return OK;
}

export function deallocate(ctx: RunContext, node: Deallocate): StatementResult {
  if (node.name === undefined) ctx.session.prepared.clear();
  else ctx.session.prepared.delete(node.name.name.toLowerCase());
  return OK;
}

/** The statement that EXECUTE means, and the values of its parameters. */
export function prepared(
  ctx: RunContext,
  node: Execute,
): { readonly prepared: Prepared; readonly parameters: ParameterValues } {
  const found = ctx.session.prepared.get(node.name.name.toLowerCase());
  if (found === undefined)
    throw new HeadraceError("bind", `there is no prepared statement "${node.name.name}"`, {
      span: node.name.span,
      hint: didYouMean(node.name.name, [...ctx.session.prepared.keys()]),
    });
  const values = bindPart(ctx, node, (binder) => node.args.map(({ value }) => constant(binder, value)));
  const wanted = parametersOf(found.statement);
  const named = node.args.filter(({ name }) => name !== undefined);
  if (named.length > 0 && named.length < node.args.length)
    throw new HeadraceError("bind", "EXECUTE takes values by name or by position, not both", { span: node.span });
  const byName = [...wanted].some((name) => typeof name === "string");
  const given = new Set<string | number>();
  for (const [i, { name }] of node.args.entries())
    given.add(byName && name !== undefined ? name.name.toLowerCase() : i + 1);
  const missing = [...wanted].find((name) => !given.has(name));
  const extra = [...given].find((name) => !wanted.has(name));
  if (missing !== undefined || extra !== undefined)
    throw new HeadraceError(
      "bind",
      missing === undefined
        ? `the statement "${node.name.name}" has no parameter $${extra}`
        : `no value is given for parameter $${missing}`,
      { span: node.span },
    );
  if (!byName) return { prepared: found, parameters: values };
  const parameters = new Map(
    node.args.map(({ name }, i) => [(name?.name ?? "").toLowerCase(), values[i] as Required<ParameterValue>]),
  );
  return { prepared: found, parameters };
}

/** The parameters of a statement: names in lower case, positions from 1 on. */
function parametersOf(statement: Statement): ReadonlySet<string | number> {
  const found = new Set<string | number>();
  walkAst(statement, (node) => {
    if (node.kind === "Parameter") {
      const { name, index } = node as Parameter;
      found.add(name === undefined ? index : name.toLowerCase());
    }
    return true;
  });
  return found;
}
