/** Counts of collected values: by value, or by bins that end at given bounds. */
import type { Datum } from "../../expr/expr.ts";
import { DATE_INFINITY, MICROS_PER_DAY, TIMESTAMP_INFINITY } from "../../types/date-time.ts";
import { compareDatums, datumKey } from "../../types/datum-order.ts";
import { integerDatum } from "../../types/literals.ts";
import { INTEGER_RANGE, isInteger, type SqlType } from "../../types/types.ts";
import type { NestedOperation, OperationContext } from "./nested-operation.ts";

const keyType = ({ returns }: OperationContext): SqlType => (returns.kind === "Map" ? returns.key : returns);

/** Values in their order, each with its number. */
const histogram: NestedOperation = ([list], ctx) => {
  if (list === null) return null;
  const type = keyType(ctx);
  const counts = new Map<string, { readonly value: Datum; count: bigint }>();
  for (const value of list as readonly Datum[]) {
    const key = datumKey(value, type);
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { value, count: 1n });
    else known.count++;
  }
  return [...counts.values()]
    .sort((a, b) => compareDatums(a.value, b.value, type))
    .map(({ value, count }) => [value, count]);
};

/** What stands for all values outside the bins; undefined: the type has no value to spare. */
function otherBin(type: SqlType): Datum | undefined {
  if (isInteger(type)) return integerDatum(INTEGER_RANGE[type.kind].max, type.kind);
  switch (type.kind) {
    case "Real":
    case "Double":
      return Number.POSITIVE_INFINITY;
    case "Decimal":
      return 10n ** BigInt(type.precision) - 1n;
    case "Date":
      return DATE_INFINITY;
    case "Timestamp":
    case "TimestampTz":
      return TIMESTAMP_INFINITY;
    case "Time":
      return MICROS_PER_DAY;
    case "Varchar":
      return "";
    case "Blob":
      return new Uint8Array();
    case "List":
      return [];
    case "Struct":
      return type.fields.map(() => null);
    default:
      return undefined;
  }
}

/** The bounds in order, each once. */
function boundsOf(bins: Datum | undefined, type: SqlType, { fail }: OperationContext): readonly Datum[] {
  if (!Array.isArray(bins)) return fail("the bins of a histogram must not be NULL");
  const list = bins as readonly Datum[];
  if (list.includes(null)) return fail("a bin of a histogram must not be NULL");
  const sorted = list.toSorted((a, b) => compareDatums(a, b, type));
  return sorted.filter((bound, i) => i === 0 || compareDatums(sorted[i - 1] as Datum, bound, type) !== 0);
}

/** The first bound that is not less than the value. */
function binOf(value: Datum, bounds: readonly Datum[], type: SqlType): number {
  let [low, high] = [0, bounds.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareDatums(bounds[middle] as Datum, value, type) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `exact`: a bin holds its bound alone, else all above the bound before it. */
const binned =
  (exact: boolean): NestedOperation =>
  ([list, bins], ctx) => {
    if (list === null) return null; // and in an empty frame the bins are NULL as well
    const type = keyType(ctx);
    const bounds = boundsOf(bins, type, ctx);
    const counts = bounds.map(() => 0n);
    let others = 0n;
    for (const value of list as readonly Datum[]) {
      const bin = binOf(value, bounds, type);
      const fits = bin < bounds.length && (!exact || compareDatums(bounds[bin] as Datum, value, type) === 0);
      if (fits) counts[bin] = (counts[bin] as bigint) + 1n;
      else others++;
    }
    const pairs = bounds.map((bound, i): readonly Datum[] => [bound, counts[i] as bigint]);
    if (others === 0n) return pairs;
    const other = otherBin(type);
    if (other === undefined)
      return ctx.fail("values outside the bins cannot be shown: their type has no value to spare");
    const last = bounds.at(-1);
    // A bound may be what stands for all else.
    if (last === undefined || compareDatums(last, other, type) !== 0) return [...pairs, [other, others]];
    return [...pairs.slice(0, -1), [last, others + (counts.at(-1) as bigint)]];
  };

export const HISTOGRAM_OPERATIONS: Readonly<Record<string, NestedOperation>> = {
  histogram,
  histogram_bins: binned(false),
  histogram_exact: binned(true),
  is_histogram_other_bin: ([value], { args: [type] }) => {
    const other = type === undefined ? undefined : otherBin(type);
    return other !== undefined && datumKey(value as Datum, type as SqlType) === datumKey(other, type as SqlType);
  },
};
