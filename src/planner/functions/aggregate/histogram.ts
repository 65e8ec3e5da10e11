/** histogram and histogram_exact: how often each value, or a value of each bin, is there. */
import { canCast, canCoerce, commonType } from "../../types/coerce.ts";
import { INTEGER, isNumeric, listOf, type SqlType, UBIGINT } from "../../types/types.ts";
import type { AggregateFunction, Signature } from "../function.ts";
import { collected } from "./collected.ts";
import { aggregate } from "./define.ts";

const known = (type: SqlType): SqlType => (type.kind === "Null" ? INTEGER : type);

const countsOf = (key: SqlType): SqlType => ({ kind: "Map", key, value: UBIGINT });

/** Values and bounds meet in the type of the values, unless bounds that are numbers would lose something in it. */
function withBins(types: readonly SqlType[]): Signature | undefined {
  const [value, bins, ...rest] = types;
  if (value === undefined || rest.length > 0 || (bins?.kind !== "List" && bins?.kind !== "Array")) return undefined;
  const bound = bins.element;
  const widens = isNumeric(value) && isNumeric(bound) && !canCoerce(bound, value);
  const key = value.kind === "Null" ? known(bound) : widens ? commonType(value, bound) : value;
  if (key === undefined || !canCast(value, key) || !canCast(bound, key)) return undefined;
  return { args: [key, listOf(key)], returns: countsOf(key) };
}

const histogram: AggregateFunction = aggregate({
  name: "histogram",
  category: "aggregate",
  doc: "The map from every value that is not NULL to the number of rows that have it; with a list of bounds the number of values up to each bound and above the one before.",
  examples: [
    ["(SELECT histogram(x) FROM (VALUES (1), (2), (1)) t(x))", "{1=2, 2=1}"],
    ["(SELECT histogram(x, [1, 3]) FROM (VALUES (1), (2), (3)) t(x))", "{1=1, 3=2}"],
  ],
  ordered: true,
  constantFrom: 1,
  resolve: (types) => {
    const [type] = types;
    if (type === undefined || types.length !== 1) return withBins(types);
    return { args: [known(type)], returns: countsOf(known(type)) };
  },
  lower: (_args, signature) => collected(signature.args.length === 1 ? "histogram" : "histogram_bins", signature),
});

const histogramExact: AggregateFunction = aggregate({
  name: "histogram_exact",
  category: "aggregate",
  doc: "How often each value of a list is there; all other values are counted under one that `is_histogram_other_bin` knows.",
  examples: [["(SELECT histogram_exact(x, ['a', 'b']) FROM (VALUES ('a'), ('c')) t(x))", "{a=1, b=0, ''=1}"]],
  ordered: true,
  constantFrom: 1,
  resolve: withBins,
  lower: (_args, signature) => collected("histogram_exact", signature),
});

export const HISTOGRAM_AGGREGATES: readonly AggregateFunction[] = [histogram, histogramExact];
