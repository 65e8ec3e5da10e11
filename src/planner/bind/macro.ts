import type { Expression, FunctionArgument, FunctionCall, MacroOverload, Query, TableFunction } from "../../sql/ast.ts";
import type { Macro } from "../catalog/catalog.ts";
import type { Expr } from "../expr/expr.ts";
import { type BindContext, bindError, type BoundQuery, spanOf } from "./context.ts";
import type { Environment } from "./environment.ts";
import { makeEnvironment } from "./expression.ts";
import type { Scope } from "./scope.ts";

const MAX_DEPTH = 100;
/** Levels of a body's tree. */
const MAX_LEVELS = 2000;

/** A call of a scalar macro: its expression, arguments in place of parameters, bound where the call stands. */
export function bindScalarMacro(env: Environment, node: FunctionCall): Expr | undefined {
  const macro = find(env.ctx, node, "scalar");
  if (macro === undefined) return undefined;
  const body = expand(env.ctx, macro, node);
  return makeEnvironment(inside(env.ctx, macro, node), env.scope, env.aggregates, env.aliases).bind(body as Expression);
}

/** A call of a table macro in FROM. */
export function bindTableMacro(ctx: BindContext, node: TableFunction, scope: Scope): BoundQuery | undefined {
  const macro = find(ctx, node, "table");
  if (macro === undefined) return undefined;
  return ctx.bindQuery(expand(ctx, macro, node) as Query, inside(ctx, macro, node), scope, scope.ctes);
}

type MacroCall = FunctionCall | TableFunction;

function find(ctx: BindContext, { name }: MacroCall, kind: "scalar" | "table"): Macro | undefined {
  return ctx.catalog.macro?.(
    name.parts.map((part) => part.name.toLowerCase()),
    kind,
  );
}

function inside(ctx: BindContext, { name }: Macro, node: MacroCall): BindContext {
  const names = [...(ctx.within?.names ?? []), name];
  if (names.length > MAX_DEPTH)
    throw bindError(ctx, `macros nest more than ${MAX_DEPTH} deep: "${name}" refers to itself`, node);
  return { ...ctx, within: { what: `macro ${JSON.stringify(name)}`, names, span: spanOf(ctx, node) } };
}

function expand(ctx: BindContext, macro: Macro, node: MacroCall): Expression | Query {
  for (const overload of macro.overloads) {
    const values = argumentsOf(overload, node.args);
    if (values !== undefined) return substitute(ctx, overload.body, values, node);
  }
  const shapes = macro.overloads.map(({ parameters }) => `(${parameters.map(({ name }) => name.name).join(", ")})`);
  throw bindError(ctx, `macro "${macro.name}" takes ${shapes.join(" or ")}`, node);
}

/** Values by lower-case parameter name; undefined: the arguments do not fit. */
function argumentsOf(
  { parameters }: MacroOverload,
  args: readonly FunctionArgument[],
): ReadonlyMap<string, Expression> | undefined {
  const values = new Map<string, Expression>();
  const positional = args.filter(({ name }) => name === undefined);
  if (positional.length > parameters.length) return undefined;
  for (const [i, parameter] of parameters.entries()) {
    const value = positional[i]?.value;
    if (value !== undefined) values.set(parameter.name.name.toLowerCase(), value);
  }
  for (const { name, value } of args) {
    const key = name?.name.toLowerCase();
    if (key === undefined) continue;
    if (values.has(key) || !parameters.some((parameter) => parameter.name.name.toLowerCase() === key)) return undefined;
    values.set(key, value);
  }
  for (const { name, type, defaultValue } of parameters) {
    const key = name.name.toLowerCase();
    const value = values.get(key) ?? defaultValue;
    if (value === undefined) return undefined;
    values.set(key, type === undefined ? value : { kind: "Cast", operand: value, type, try: false, span: value.span });
  }
  return values;
}

/** The tree with values in place of the parameters' names; fields of a parameter are fields of its value. */
function substitute<T>(ctx: BindContext, body: T, values: ReadonlyMap<string, Expression>, node: MacroCall): T {
  const visit = (part: unknown, level: number): unknown => {
    if (level > MAX_LEVELS) throw bindError(ctx, "the macro's body is nested too deeply", node);
    if (Array.isArray(part)) return part.map((item) => visit(item, level + 1));
    if (typeof part !== "object" || part === null) return part;
    ctx.ids.countExpanded();
    if ("kind" in part && part.kind === "ColumnRef") {
      const { parts } = part as Extract<Expression, { kind: "ColumnRef" }>;
      const [first, ...fields] = parts;
      const value = values.get(first?.name.toLowerCase() ?? "");
      if (value === undefined) return part;
      return fields.reduce<Expression>((operand, field) => {
        return { kind: "FieldAccess", operand, field, span: field.span };
      }, value);
    }
    return Object.fromEntries(Object.entries(part).map(([key, child]) => [key, visit(child, level + 1)]));
  };
  return visit(body, 0) as T;
}
