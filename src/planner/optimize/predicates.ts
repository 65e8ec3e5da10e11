import type { Datum, Expr, Literal } from "../expr/expr.ts";
import { columnsOf } from "../expr/columns.ts";
import { comparandsOf, mapChildren } from "../expr/map.ts";
import { outputColumns } from "../logical/columns.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { BOOLEAN, type SqlType } from "../types/types.ts";

export const TRUE: Literal = { kind: "Literal", value: true, type: BOOLEAN };
export const FALSE: Literal = { kind: "Literal", value: false, type: BOOLEAN };

export function literal(value: Literal["value"], type: SqlType): Literal {
  return { kind: "Literal", value, type };
}

/** The predicate as a list of conjuncts: nested ANDs flattened, TRUEs left out. */
export function conjunctsOf(predicate: Expr): readonly Expr[] {
  if (predicate.kind === "And") return predicate.args.flatMap(conjunctsOf);
  return isTrue(predicate) ? [] : [predicate];
}

export function disjunctsOf(predicate: Expr): readonly Expr[] {
  return predicate.kind === "Or" ? predicate.args.flatMap(disjunctsOf) : [predicate];
}

export function conjunction(conjuncts: readonly Expr[]): Expr {
  if (conjuncts.length === 1) return conjuncts[0] as Expr;
  return conjuncts.length === 0 ? TRUE : { kind: "And", args: conjuncts };
}

export function disjunction(disjuncts: readonly Expr[]): Expr {
  if (disjuncts.length === 1) return disjuncts[0] as Expr;
  return disjuncts.length === 0 ? FALSE : { kind: "Or", args: disjuncts };
}

export function isTrue(expr: Expr): boolean {
  return expr.kind === "Literal" && expr.value === true;
}

/** FALSE or NULL: as a filter it keeps nothing. */
export function isNeverTrue(expr: Expr): boolean {
  return expr.kind === "Literal" && (expr.value === false || expr.value === null);
}

export function comparison(name: string, left: Expr, right: Expr): Expr {
  return { kind: "Call", name, args: [left, right], type: BOOLEAN };
}

/** NULL-safe equality. */
export function isNotDistinct(left: Expr, right: Expr): Expr {
  return comparison("is_not_distinct", left, right);
}

/** The input with a Filter on top, unless there is nothing to filter by. */
export function filtered(input: LogicalPlan, conjuncts: readonly Expr[]): LogicalPlan {
  if (conjuncts.length === 0) return input;
  if (input.kind !== "Filter") return { kind: "Filter", input, predicate: conjunction(conjuncts) };
  return { ...input, predicate: conjunction([...conjunctsOf(input.predicate), ...conjuncts]) };
}

const NEGATED: Readonly<Record<string, string>> = { "=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<" };
const MIRRORED: Readonly<Record<string, string>> = { "=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

/** The comparison that is TRUE where `name` is FALSE, and NULL where it is NULL. */
export const negatedComparison = (name: string): string | undefined => NEGATED[name];
/** The comparison with its sides swapped. */
export const mirroredComparison = (name: string): string | undefined => MIRRORED[name];

export type Equality = { readonly left: Expr; readonly right: Expr; readonly nullSafe: boolean };

/**
 * The conjunct as an equality between the two sides of a join (`left` reads only left columns, `right` only right
 * ones); undefined when it is no such thing.
 */
export function equalityBetween(
  conjunct: Expr,
  isLeft: (id: number) => boolean,
  isRight: (id: number) => boolean,
): Equality | undefined {
  if (conjunct.kind !== "Call" || (conjunct.name !== "=" && conjunct.name !== "is_not_distinct")) return undefined;
  const [first, second] = conjunct.args;
  if (first === undefined || second === undefined) return undefined;
  const nullSafe = conjunct.name === "is_not_distinct";
  const inFirst = [...columnsOf(first).keys()];
  const inSecond = [...columnsOf(second).keys()];
  if (inFirst.length === 0 || inSecond.length === 0) return undefined;
  if (inFirst.every(isLeft) && inSecond.every(isRight)) return { left: first, right: second, nullSafe };
  if (inFirst.every(isRight) && inSecond.every(isLeft)) return { left: second, right: first, nullSafe };
  return undefined;
}

export type Order = { readonly left: Expr; readonly right: Expr; readonly op: "<" | "<=" | ">" | ">=" };

/** The conjunct as an inequality between the two sides of a join. */
export function orderBetween(
  conjunct: Expr,
  isLeft: (id: number) => boolean,
  isRight: (id: number) => boolean,
): Order | undefined {
  if (conjunct.kind !== "Call") return undefined;
  const [first, second] = conjunct.args;
  const [op, mirrored] = [orderOf(conjunct.name), orderOf(mirroredComparison(conjunct.name))];
  if (op === undefined || mirrored === undefined || first === undefined || second === undefined) return undefined;
  const inFirst = [...columnsOf(first).keys()];
  const inSecond = [...columnsOf(second).keys()];
  if (inFirst.length === 0 || inSecond.length === 0) return undefined;
  if (inFirst.every(isLeft) && inSecond.every(isRight)) return { left: first, right: second, op };
  if (inFirst.every(isRight) && inSecond.every(isLeft)) return { left: second, right: first, op: mirrored };
  return undefined;
}

function orderOf(name: string | undefined): Order["op"] | undefined {
  return name === "<" || name === "<=" || name === ">" || name === ">=" ? name : undefined;
}

/** A text that two expressions share exactly when they are structurally equal. Left-deep chains of calls are followed in a loop. */
export function exprKey(expr: Expr): string {
  const heads: string[] = [];
  const tails: string[] = [];
  let bottom = expr;
  for (
    let first = bottom.kind === "Call" ? bottom.args[0] : undefined;
    bottom.kind === "Call" && first !== undefined;
  ) {
    heads.push(`${bottom.name}(`);
    tails.push(
      `${bottom.args
        .slice(1)
        .map((arg) => `,${exprKey(arg)}`)
        .join("")})`,
    );
    bottom = first;
    first = bottom.kind === "Call" ? bottom.args[0] : undefined;
  }
  return heads.join("") + ownKey(bottom) + tails.toReversed().join("");
}

function ownKey(expr: Expr): string {
  switch (expr.kind) {
    case "Column":
      return `#${expr.column.id}`;
    case "Literal":
      return `${datumKey(expr.value)}:${typeKey(expr.type)}`;
    case "Parameter":
      return `$${expr.index}`;
    case "Call":
      return `${expr.name}()`;
    case "Cast":
      return `cast${expr.try ? "?" : ""}(${exprKey(expr.input)},${typeKey(expr.type)})`;
    case "Case":
      return `case(${expr.branches.map(({ when, then }) => `${exprKey(when)}:${exprKey(then)}`).join()};${exprKey(expr.otherwise)})`;
    case "And":
    case "Or":
      return `${expr.kind}(${expr.args.map(exprKey).join()})`;
    case "Not":
      return `not(${exprKey(expr.input)})`;
    case "IsNull":
      return `${expr.negated ? "notnull" : "isnull"}(${exprKey(expr.input)})`;
    case "InList":
      return `in(${exprKey(expr.input)};${expr.values.map(exprKey).join()})`;
    case "Lambda":
      return `lambda(${expr.parameters.length}:${exprKey(expr.body)})`;
    case "LambdaParameter":
      return `p${expr.id}`;
    case "Subquery":
      // Every subquery has column ids of its own, so it equals only itself.
      return `${expr.mode.kind}(${outputColumns(expr.plan)
        .map(({ id }) => id)
        .join()};${comparandsOf(expr).map(exprKey).join()})`;
  }
}

function typeKey(type: SqlType): string {
  return JSON.stringify(type);
}

function datumKey(value: Datum): string {
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object") return Object.is(value, -0) ? "-0" : `${typeof value}${value}`;
  if (value instanceof Uint8Array) return `x${value.join()}`;
  if ("months" in value) return `${value.months}/${value.days}/${value.micros}`;
  return `[${value.map(datumKey).join()}]`;
}

/** Rewrites columns and whole subexpressions top-down: where `replace` gives something, its children are not visited. */
export function replaceExpr(expr: Expr, replace: (expr: Expr) => Expr | undefined): Expr {
  return replace(expr) ?? mapChildren(expr, (child) => replaceExpr(child, replace));
}
