/** The order of constants, as comparisons in SQL see it: NaN greatest, -0 equal to 0, text by its UTF-8 bytes. */
import type { Datum, IntervalValue } from "../expr/expr.ts";
import { fieldTypes, isList, isNested, type NestedType } from "./nested.ts";
import type { SqlType } from "./types.ts";

/** Negative, 0 or positive. NULL equals NULL and is greatest. */
export function compareDatums(a: Datum, b: Datum, type: SqlType): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (isNested(type)) return compareNested(a as readonly Datum[], b as readonly Datum[], type);
  if (type.kind === "Interval") return order(lengthOf(a as IntervalValue), lengthOf(b as IntervalValue));
  if (typeof a === "string" && typeof b === "string")
    return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (typeof a === "number" && typeof b === "number" && (Number.isNaN(a) || Number.isNaN(b))) {
    return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  }
  return order(a as number | bigint | boolean, b as number | bigint | boolean);
}

function order(a: number | bigint | boolean, b: number | bigint | boolean): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const MICROS_PER_DAY = 86_400_000_000n;

function lengthOf({ months, days, micros }: IntervalValue): bigint {
  return BigInt(months * 30 + days) * MICROS_PER_DAY + micros;
}

function compareNested(a: readonly Datum[], b: readonly Datum[], type: NestedType): number {
  if (type.kind === "Struct" || type.kind === "Union") {
    const types = fieldTypes(type);
    return firstDifference(types, (i) => compareDatums(a[i] ?? null, b[i] ?? null, types[i] as SqlType));
  }
  const count = Math.min(a.length, b.length);
  const compare = (x: Datum, y: Datum): number => {
    if (isList(type)) return compareDatums(x, y, type.element);
    const [[key = null, value = null], [otherKey = null, other = null]] = [x, y] as [
      readonly Datum[],
      readonly Datum[],
    ];
    return compareDatums(key, otherKey, type.key) || compareDatums(value, other, type.value);
  };
  for (let i = 0; i < count; i++) {
    const result = compare(a[i] as Datum, b[i] as Datum);
    if (result !== 0) return result;
  }
  return a.length - b.length;
}

function firstDifference(items: readonly unknown[], compare: (i: number) => number): number {
  for (const i of items.keys()) {
    const result = compare(i);
    if (result !== 0) return result;
  }
  return 0;
}

/** A text that equal values of the type share, for sets and maps. NULL has one too. */
export function datumKey(value: Datum, type: SqlType): string {
  if (value === null) return "n";
  if (isNested(type)) {
    const items = value as readonly Datum[];
    if (isList(type)) return `[${items.map((item) => datumKey(item, type.element)).join()}]`;
    if (type.kind !== "Map") {
      const types = fieldTypes(type);
      return `{${items.map((item, i) => datumKey(item, types[i] as SqlType)).join()}}`;
    }
    return `m${items
      .map((pair) => {
        const [key = null, item = null] = pair as readonly Datum[];
        return `${datumKey(key, type.key)}:${datumKey(item, type.value)}`;
      })
      .join()}`;
  }
  if (type.kind === "Interval") return String(lengthOf(value as IntervalValue));
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString("hex")}`;
  return Object.is(value, -0) ? "0" : String(value);
}
