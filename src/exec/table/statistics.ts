import type { ColumnStatistics } from "../../planner/catalog/catalog.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { laneOf } from "../../planner/types/lane.ts";
import { isNested } from "../../planner/types/nested.ts";
import type { SqlType } from "../../planner/types/types.ts";
import type { TableColumn } from "./table-version.ts";

/** Least and greatest value: integers (and all that is kept as one), floats without NaN, bytes of strings in byte order. */
export type Bounds =
  | { readonly kind: "integer"; readonly min: bigint; readonly max: bigint }
  | { readonly kind: "float"; readonly min: number; readonly max: number }
  | { readonly kind: "bytes"; readonly min: Uint8Array; readonly max: Uint8Array };

export function mergeBounds(a: Bounds | undefined, b: Bounds | undefined): Bounds | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.kind === "integer" && b.kind === "integer") {
    return { kind: "integer", min: a.min < b.min ? a.min : b.min, max: a.max > b.max ? a.max : b.max };
  }
  if (a.kind === "float" && b.kind === "float") {
    return { kind: "float", min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
  }
  if (a.kind === "bytes" && b.kind === "bytes") {
    return {
      kind: "bytes",
      min: Buffer.compare(a.min, b.min) <= 0 ? a.min : b.min,
      max: Buffer.compare(a.max, b.max) >= 0 ? a.max : b.max,
    };
  }
  throw new TypeError(`bounds of ${a.kind} and ${b.kind}`);
}

/** Merges two HyperLogLog sketches; an empty one stands for no values. */
export function mergeSketches(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return a.map((register, i) => Math.max(register, b[i] as number));
}

/** Flajolet et al., "HyperLogLog", 2007, with linear counting for few values. */
export function estimateDistinct(sketch: Uint8Array): number {
  const { length } = sketch;
  if (length === 0) return 0;
  let sum = 0;
  let empty = 0;
  for (const register of sketch) {
    sum += 2 ** -register;
    if (register === 0) empty++;
  }
  const estimate = ((0.7213 / (1 + 1.079 / length)) * length * length) / sum;
  return estimate <= 2.5 * length && empty > 0 ? length * Math.log(length / empty) : estimate;
}

export function columnStatistics({ type, dictionary, summary }: TableColumn, rows: number): ColumnStatistics {
  const { values, nans, bytes, bounds, sketch } = summary;
  const isString = laneOf(type) === "str";
  // Some code takes bounds to cover every value: NaN is outside of all.
  // Bytes of nested values are in no order of theirs.
  const known = values > 0 && nans === 0 && !isNested(type) ? bounds : undefined;
  let distinct = dictionary === undefined ? Math.round(estimateDistinct(sketch)) : dictionary.size;
  if (known?.kind === "integer") {
    const span = known.max - known.min + 1n;
    if (span < BigInt(distinct)) distinct = Number(span);
  }
  return {
    min: known === undefined ? undefined : datumOf(known.min, type),
    max: known === undefined ? undefined : datumOf(known.max, type),
    nullCount: rows - values,
    distinct: values === 0 ? 0 : Math.min(values, Math.max(1, distinct)),
    averageBytes: isString ? (values === 0 ? 0 : bytes / values) : undefined,
  };
}

function datumOf(value: bigint | number | Uint8Array, type: SqlType): Datum {
  switch (type.kind) {
    case "Boolean":
      return value !== 0n;
    case "TinyInt":
    case "SmallInt":
    case "Integer":
    case "UTinyInt":
    case "USmallInt":
    case "UInteger":
    case "Date":
    case "Enum":
      return Number(value);
    case "Varchar":
    case "Bit":
    case "Json":
      return new TextDecoder().decode(value as Uint8Array);
    default:
      return value;
  }
}
