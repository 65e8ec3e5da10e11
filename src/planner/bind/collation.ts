/**
 * Collations are gone once a statement is bound: where texts are compared, grouped or sorted, the binder puts keys in their places
 * that compare by bytes.
 */
import { HeadraceError, type Span } from "../../error.ts";
import type { Collate, ObjectName } from "../../sql/ast.ts";
import type { AggregateCall, Column, Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { collatedText, collationOf, keyFunctions, parseCollation } from "../types/collation.ts";
import { type SqlType, typeName, VARCHAR } from "../types/types.ts";
import { convert } from "./coercion.ts";
import { constantOf } from "./constant.ts";
import { type BindContext, bindError } from "./context.ts";
import type { Environment } from "./environment.ts";
import { callScalar } from "./function-call.ts";

/** The collation that a name like `nocase.noaccent` means. */
export function namedCollation(ctx: BindContext, name: ObjectName): string {
  try {
    return parseCollation(name.parts.map((part) => part.name).join("."));
  } catch (error) {
    if (!(error instanceof HeadraceError)) throw error;
    throw bindError(ctx, error.message, name, error.hint, error.code);
  }
}

/** `expr COLLATE name`: the same text that says how it compares. */
export function bindCollate(env: Environment, node: Collate): Expr {
  return collate(env.ctx, env.bind(node.operand), node.collation);
}

export function collate(ctx: BindContext, expr: Expr, name: ObjectName): Expr {
  const type = collatedText(namedCollation(ctx, name));
  const from = typeOf(expr);
  if (from.kind === "Null") return convert(ctx, expr, type);
  if (from.kind !== "Varchar")
    throw bindError(ctx, `only VARCHAR has collations, not ${typeName(from)}`, name, undefined, "type");
  switch (expr.kind) {
    case "Column":
      return { ...expr, column: { ...expr.column, type } };
    case "Literal":
    case "Call":
    case "Case":
    case "Subquery":
    case "Parameter":
      return { ...expr, type };
    default:
      return { kind: "Cast", input: expr, type, try: false, ...(expr.span === undefined ? {} : { span: expr.span }) };
  }
}

/** The one collation that texts say; undefined where none does. Two different ones are an error. */
export function commonCollation(
  ctx: BindContext,
  types: readonly SqlType[],
  node: { readonly span: Span },
): string | undefined {
  const said = new Set(types.map(collationOf).filter((collation) => collation !== undefined));
  if (said.size <= 1) return [...said][0];
  throw bindError(ctx, `the collations ${[...said].join(" and ")} cannot be combined`, node, "say one with COLLATE");
}

function defaultCollation({ session }: BindContext): string {
  const name = session.setting("default_collation") ?? "";
  return name === "" ? "" : parseCollation(name);
}

/** What the text compares by: itself where it has no collation. Anything but text stays as it is. */
export function collationKey(ctx: BindContext, expr: Expr, collation?: string): Expr {
  if (typeOf(expr).kind !== "Varchar") return expr;
  const functions = keyFunctions(collation ?? collationOf(typeOf(expr)) ?? defaultCollation(ctx));
  if (functions.length === 0) return expr;
  const node = { span: expr.span ?? { start: 0, end: 0 } };
  const key = functions.reduce<Expr>((inner, name) => callScalar(ctx, name, [inner], node), expr);
  return expr.kind === "Literal" ? (constantOf(ctx, key) ?? key) : key;
}

/** The operands of a comparison, which are of one type already. `types`: what they were before. */
export function comparisonKeys(
  ctx: BindContext,
  operands: readonly Expr[],
  types: readonly SqlType[],
  node: { readonly span: Span },
): readonly Expr[] {
  if (!operands.every((operand) => typeOf(operand).kind === "Varchar")) return operands;
  const collation = commonCollation(ctx, types, node);
  return operands.map((operand) => collationKey(ctx, operand, collation));
}

type Grouped = { readonly column: Column; readonly expr: Expr };

/** Groups of texts are those of their keys; the text itself is then that of the group's first row. */
export function collatedGroups(
  ctx: BindContext,
  groups: readonly Grouped[],
): {
  readonly groups: readonly Grouped[];
  readonly aggregates: readonly { readonly column: Column; readonly call: AggregateCall }[];
} {
  const aggregates: { readonly column: Column; readonly call: AggregateCall }[] = [];
  const keyed = groups.map((group) => {
    const { column, expr } = group;
    const key = collationKey(ctx, expr);
    if (key === expr) return group;
    const call = { name: "first", args: [expr], distinct: false, filter: undefined, orderBy: [], type: typeOf(expr) };
    aggregates.push({ column, call });
    return { column: ctx.ids.column(column.name, VARCHAR, column.nullable), expr: key };
  });
  return { groups: keyed, aggregates };
}

/** `min(text)` is the text with the least key. */
export function collatedExtreme(
  ctx: BindContext,
  name: string,
  args: readonly Expr[],
): { readonly name: string; readonly args: readonly Expr[] } {
  const [text, another] = args;
  if ((name !== "min" && name !== "max") || text === undefined || another !== undefined) return { name, args };
  const key = collationKey(ctx, text);
  return key === text ? { name, args } : { name: `arg_${name}`, args: [text, key] };
}
