import type { Column, Datum, Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { jsValue } from "../types/js-values.ts";
import { sameType, type SqlType } from "../types/types.ts";
import type { TableSource } from "./catalog.ts";

/** A condition on one column of a source that the source may apply itself; values are row values, as in results. */
export type SourceFilter =
  | {
      readonly column: string;
      readonly op: "=" | "<>" | "<" | "<=" | ">" | ">=";
      readonly value: unknown;
    }
  | { readonly column: string; readonly op: "in"; readonly values: readonly unknown[] }
  | { readonly column: string; readonly op: "is null" | "is not null" };

/** `exact`: rows that do not meet it do not come; `inexact`: some may; `none`: it does not look at it. */
export type Pushdown = "exact" | "inexact" | "none";

/** A condition that goes to the source, as the source has declared. */
export type PushedFilter = { readonly filter: SourceFilter; readonly expr: Expr; readonly exact: boolean };

const FLIPPED: { readonly [op: string]: string } = { "=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

/** Which conditions go to the source, and which the scan still has to evaluate: all but those that it applies exactly. */
export function pushFilters(
  source: TableSource,
  columns: readonly { readonly column: Column; readonly ordinal: number }[],
  filters: readonly Expr[],
): { readonly pushed: readonly PushedFilter[]; readonly kept: readonly Expr[] } {
  const { pushdown } = source;
  if (pushdown === undefined) return { pushed: [], kept: filters };
  const nameOf = ({ id }: Column): string | undefined => {
    const found = columns.find(({ column }) => column.id === id);
    return found === undefined ? undefined : source.schema[found.ordinal]?.name;
  };
  const pushed = filters.flatMap((expr): PushedFilter[] => {
    const filter = sourceFilter(expr, nameOf);
    const answer = filter === undefined ? "none" : pushdown(filter);
    return filter === undefined || answer === "none" ? [] : [{ filter, expr, exact: answer === "exact" }];
  });
  const exact = new Set(pushed.filter((entry) => entry.exact).map(({ expr }) => expr));
  return { pushed, kept: filters.filter((expr) => !exact.has(expr)) };
}

/** Comparisons with constants, IN, IS NULL. */
function sourceFilter(expr: Expr, nameOf: (column: Column) => string | undefined): SourceFilter | undefined {
  if (expr.kind === "IsNull" && expr.input.kind === "Column") {
    const column = nameOf(expr.input.column);
    return column === undefined ? undefined : { column, op: expr.negated ? "is not null" : "is null" };
  }
  if (expr.kind === "InList" && expr.input.kind === "Column") {
    const column = nameOf(expr.input.column);
    const { type } = expr.input.column;
    if (column === undefined || expr.values.some(({ value }) => value === null)) return undefined;
    return { column, op: "in", values: expr.values.map(({ value }) => shown(value, type)) };
  }
  if (expr.kind !== "Call" || expr.args.length !== 2 || !(expr.name in FLIPPED)) return undefined;
  const [left, right] = expr.args as [Expr, Expr];
  const [side, literal, op] = left.kind === "Column" ? [left, right, expr.name] : [right, left, FLIPPED[expr.name]];
  if (side.kind !== "Column" || literal.kind !== "Literal" || literal.value === null) return undefined;
  const column = nameOf(side.column);
  if (column === undefined || !sameType(typeOf(side), literal.type)) return undefined;
  return { column, op: op as "=", value: shown(literal.value, literal.type) };
}

function shown(value: Datum, type: SqlType): unknown {
  return jsValue(value, type, {});
}
