import type { ColumnStatistics } from "../../catalog/catalog.ts";
import type { Datum } from "../../expr/expr.ts";
import { laneOf } from "../../types/lane.ts";
import { isNested } from "../../types/nested.ts";
import type { SqlType } from "../../types/types.ts";

/** What the planner believes of one column of one plan. Guesses all: never used as a proof. */
export type ColumnEstimate = {
  /** Number of distinct values among the rows. */
  readonly distinct: number;
  /** Distinct values before any filter: what equality joins divide by, as filters of both sides are taken as independent. */
  readonly domain: number;
  /** Bounds on the number line of `position`. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly nullFraction: number;
  /** Average bytes of a value. */
  readonly bytes: number;
};

export function columnEstimate(statistics: ColumnStatistics | undefined, type: SqlType, rows: number): ColumnEstimate {
  const min = positionOf(statistics?.min, type);
  const max = positionOf(statistics?.max, type);
  const distinct = Math.max(1, Math.min(rows, statistics?.distinct ?? guessDistinct(type, rows, min, max)));
  return {
    distinct,
    domain: distinct,
    min,
    max,
    nullFraction: rows > 0 && statistics?.nullCount !== undefined ? Math.min(1, statistics.nullCount / rows) : 0,
    bytes: statistics?.averageBytes !== undefined ? statistics.averageBytes + 8 : bytesOf(type),
  };
}

export function unknownColumn(type: SqlType, rows: number): ColumnEstimate {
  const distinct = Math.max(1, guessDistinct(type, rows, undefined, undefined));
  return { distinct, domain: distinct, min: undefined, max: undefined, nullFraction: 0, bytes: bytesOf(type) };
}

function guessDistinct(type: SqlType, rows: number, min: number | undefined, max: number | undefined): number {
  const discrete = type.kind !== "Double" && type.kind !== "Real" && type.kind !== "Decimal" && type.kind !== "Varchar";
  const range = discrete && min !== undefined && max !== undefined ? max - min + 1 : Infinity;
  if (type.kind === "Boolean") return 2;
  return Math.min(range, range === Infinity ? rows / 10 : rows, rows);
}

function bytesOf(type: SqlType): number {
  if (laneOf(type) === "str" && !isNested(type)) return 24;
  return type.kind === "Boolean" ? 1 : type.kind === "Date" || type.kind === "Integer" ? 4 : 8;
}

/** Where a value lies on a number line that keeps the type's order; undefined when it is unknown or NULL. */
export function positionOf(value: Datum | undefined, type: SqlType): number | undefined {
  if (value === undefined || value === null) return undefined;
  switch (typeof value) {
    case "number":
      return value;
    case "boolean":
      return value ? 1 : 0;
    case "bigint":
      return type.kind === "Decimal" ? Number(value) / 10 ** type.scale : Number(value);
    case "string":
      return stringPosition(value);
    default:
      return undefined;
  }
}

/** The first six UTF-16 units as digits of one number: enough for interpolation. */
function stringPosition(text: string): number {
  let position = 0;
  for (let i = 0; i < 6; i++) position = position * 256 + (i < text.length ? Math.min(255, text.charCodeAt(i)) : 0);
  return position;
}

/** The distinct values left when `rows` of `total` evenly drawn rows remain (Cardenas). */
export function distinctAfter(distinct: number, total: number, rows: number): number {
  if (rows >= total || total <= 0) return Math.max(1, Math.min(distinct, rows));
  const perValue = total / Math.max(1, distinct);
  return Math.max(1, Math.min(rows, distinct * (1 - (1 - rows / total) ** perValue)));
}
