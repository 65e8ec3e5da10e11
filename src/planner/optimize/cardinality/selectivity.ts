import type { Call, Expr, Literal } from "../../expr/expr.ts";
import { columnsOf } from "../../expr/columns.ts";
import { typeOf } from "../../expr/type-of.ts";
import { conjunctsOf, disjunctsOf, mirroredComparison } from "../predicates.ts";
import { type ColumnEstimate, positionOf } from "./column-estimate.ts";

export type ColumnEstimates = ReadonlyMap<number, ColumnEstimate>;

/** A fraction of the rows, and the columns whose own values the predicate narrows. */
export type Restriction = { readonly selectivity: number; readonly columns: ReadonlyMap<number, ColumnEstimate> };

/** Where nothing is known. Rounded from what such predicates keep in TPC-H and TPC-DS. */
const DEFAULT = {
  equality: 0.05,
  inequality: 0.33,
  columnsCompared: 0.5,
  likePrefix: 0.02,
  likeInside: 0.06,
  likeSuffix: 0.1,
  unknown: 0.25,
} as const;

const NONE: ReadonlyMap<number, ColumnEstimate> = new Map();

/** The effect of all conjuncts together; ranges on one column narrow each other, different columns are independent. */
export function restrict(conjuncts: readonly Expr[], columns: ColumnEstimates): Restriction {
  let selectivity = 1;
  const narrowed = new Map<number, ColumnEstimate>();
  // Copied only once a conjunct narrows a column that a later one may read.
  let current = columns;
  const parts = conjuncts.flatMap(conjunctsOf);
  for (const conjunct of parts) {
    const step = restrictOne(conjunct, current);
    selectivity *= step.selectivity;
    if (step.columns.size === 0) continue;
    for (const [id, column] of step.columns) narrowed.set(id, column);
    if (parts.length > 1) current = new Map([...columns, ...narrowed]);
  }
  return { selectivity: Math.max(selectivity, 1e-9), columns: narrowed };
}

export function selectivityOf(predicate: Expr, columns: ColumnEstimates): number {
  return restrict([predicate], columns).selectivity;
}

function restrictOne(predicate: Expr, columns: ColumnEstimates): Restriction {
  switch (predicate.kind) {
    case "Literal":
      return just(predicate.value === true ? 1 : 0);
    case "And":
      return restrict(predicate.args, columns);
    case "Or": {
      let none = 1;
      for (const part of disjunctsOf(predicate)) none *= 1 - selectivityOf(part, columns);
      return just(1 - none);
    }
    case "Not":
      return just(1 - selectivityOf(predicate.input, columns));
    case "IsNull": {
      const nulls = columnOf(predicate.input, columns)?.nullFraction ?? 0.05;
      return just(predicate.negated ? 1 - nulls : nulls);
    }
    case "InList": {
      const column = columnOf(predicate.input, columns);
      const count = predicate.values.length;
      if (column === undefined) return just(Math.min(0.9, count * DEFAULT.equality));
      const positions = predicate.values.flatMap((value) => positionOf(value.value, value.type) ?? []);
      const inside = positions.filter((position) => withinBounds(position, column)).length;
      const kept = Math.min(column.distinct, positions.length < count ? count : Math.max(inside, 0.01));
      const bounds = positions.length === count ? { min: minimum(positions), max: maximum(positions) } : {};
      return narrowedTo(predicate.input, kept / column.distinct, { ...column, ...bounds, distinct: Math.max(1, kept) });
    }
    case "Call":
      return restrictCall(predicate, columns);
    case "Column":
      return just(0.5);
    default:
      return just(DEFAULT.unknown);
  }
}

function restrictCall(call: Call, columns: ColumnEstimates): Restriction {
  const [left, right] = call.args;
  if (left === undefined || right === undefined) return just(DEFAULT.unknown);
  if (call.name === "like" || call.name === "ilike") return just(likeSelectivity(right));
  if (call.name === "not_like" || call.name === "not_ilike") return just(1 - likeSelectivity(right));
  if (mirroredComparison(call.name) === undefined && call.name !== "is_not_distinct") return just(DEFAULT.unknown);
  if (right.kind === "Literal") return compare(call.name, left, right, columns);
  if (left.kind === "Literal") return compare(mirroredComparison(call.name) ?? call.name, right, left, columns);
  if (call.name !== "=" && call.name !== "is_not_distinct") {
    return just(
      call.name === "<>"
        ? 1 - equalityOfExpressions(left, right, columns)
        : columnsOf(right).size > 0
          ? DEFAULT.columnsCompared
          : DEFAULT.inequality,
    );
  }
  return just(equalityOfExpressions(left, right, columns));
}

function equalityOfExpressions(left: Expr, right: Expr, columns: ColumnEstimates): number {
  return 1 / Math.max(distinctOf(left, columns), distinctOf(right, columns));
}

function compare(name: string, expr: Expr, value: Literal, columns: ColumnEstimates): Restriction {
  const column = columnOf(expr, columns);
  const position = positionOf(value.value, value.type);
  if (value.value === null) return just(0);
  const notNull = 1 - (column?.nullFraction ?? 0);
  if (name === "=" || name === "is_not_distinct") {
    if (column === undefined) return just(DEFAULT.equality);
    const share = position !== undefined && !withinBounds(position, column) ? 0.01 : 1;
    return narrowedTo(expr, (notNull * share) / column.distinct, {
      ...column,
      distinct: 1,
      min: position,
      max: position,
      nullFraction: 0,
    });
  }
  if (name === "<>")
    return just(column === undefined ? 1 - DEFAULT.equality : notNull * (1 - 1 / Math.max(column.distinct, 1.1)));
  if (column?.min === undefined || column.max === undefined || position === undefined) return just(DEFAULT.inequality);
  // On a discrete line `<=` reaches one value further than `<`.
  const span = column.max - column.min;
  const step = span > 0 ? Math.min(span, span / Math.max(1, column.distinct - 1)) : 0;
  const reach = name === "<=" || name === ">" ? step : 0;
  const width = span + step;
  const below =
    width > 0
      ? clamp((position + reach - column.min) / width)
      : position > column.min || (reach === 0 && name === "<=" && position >= column.min)
        ? 1
        : 0;
  const isUpper = name === "<" || name === "<=";
  const fraction = Math.max(isUpper ? below : 1 - below, 1 / Math.max(1, column.distinct) / 10);
  const bounds = isUpper ? { max: Math.min(column.max, position) } : { min: Math.max(column.min, position) };
  return narrowedTo(expr, notNull * fraction, {
    ...column,
    ...bounds,
    distinct: Math.max(1, column.distinct * fraction),
    nullFraction: 0,
  });
}

function likeSelectivity(pattern: Expr): number {
  if (pattern.kind !== "Literal" || typeof pattern.value !== "string") return DEFAULT.likeInside;
  const text = pattern.value;
  const parts = text.split("%").filter((part) => part !== "");
  if (parts.length === 0) return 1;
  if (!text.includes("%")) return text.includes("_") ? DEFAULT.likeSuffix : DEFAULT.equality;
  const first = !text.startsWith("%")
    ? DEFAULT.likePrefix
    : !text.endsWith("%")
      ? DEFAULT.likeSuffix
      : DEFAULT.likeInside;
  return Math.max(0.001, first * 0.25 ** (parts.length - 1));
}

/** The distinct values of an expression. */
export function distinctOf(expr: Expr, columns: ColumnEstimates): number {
  const column = columnOf(expr, columns);
  if (column !== undefined) return column.distinct;
  if (expr.kind === "Literal") return 1;
  if (typeOf(expr).kind === "Boolean") return 2;
  const inputs = [...columnsOf(expr).keys()].map((id) => columns.get(id));
  const only = inputs[0];
  if (inputs.length === 1 && only !== undefined && isYear(expr) && only.min !== undefined && only.max !== undefined) {
    return Math.max(1, Math.min(only.distinct, (only.max - only.min) / 365));
  }
  return inputs.reduce((product, input) => product * (input?.distinct ?? 100), 1);
}

/** The year of a DATE: the one function of a column that queries group by all the time. */
function isYear(expr: Expr): boolean {
  if (expr.kind !== "Call") return false;
  const [part, value] = expr.args;
  if (expr.name === "year") return part !== undefined && typeOf(part).kind === "Date";
  return (
    expr.name === "date_part" &&
    part?.kind === "Literal" &&
    part.value === "year" &&
    value !== undefined &&
    typeOf(value).kind === "Date"
  );
}

/** The estimate of a bare column, also under a cast that keeps the order. */
export function columnOf(expr: Expr, columns: ColumnEstimates): ColumnEstimate | undefined {
  if (expr.kind === "Column") return columns.get(expr.column.id);
  if (expr.kind === "Cast" && typeOf(expr.input).kind !== "Varchar" && expr.type.kind !== "Varchar")
    return columnOf(expr.input, columns);
  return undefined;
}

function narrowedTo(expr: Expr, selectivity: number, column: ColumnEstimate): Restriction {
  const target = expr.kind === "Cast" ? expr.input : expr;
  if (target.kind !== "Column") return just(selectivity);
  return { selectivity: clamp(selectivity), columns: new Map([[target.column.id, column]]) };
}

function just(selectivity: number): Restriction {
  return { selectivity: clamp(selectivity), columns: NONE };
}

function withinBounds(position: number, column: ColumnEstimate): boolean {
  return (column.min === undefined || position >= column.min) && (column.max === undefined || position <= column.max);
}

function clamp(fraction: number): number {
  return Math.min(1, Math.max(0, fraction));
}

/** Without spreading: IN lists may have 100,000 values. */
function minimum(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Infinity);
}

function maximum(values: readonly number[]): number {
  return values.reduce((greatest, value) => Math.max(greatest, value), -Infinity);
}
