/** Quantiles, median, mode, entropy and the median absolute deviation: all values are collected and sorted at the end. */
import { canCoerce } from "../../types/coerce.ts";
import {
  BIGINT,
  DOUBLE,
  INTEGER,
  INTERVAL,
  isInteger,
  isNumeric,
  listOf,
  type SqlType,
  TIMESTAMP,
  VARCHAR,
} from "../../types/types.ts";
import type { AggregateFunction, Signature } from "../function.ts";
import { aggregate } from "./define.ts";
import { collected } from "./collected.ts";

/** The type of a value between two others; undefined where there is nothing between. */
function between(type: SqlType): SqlType | undefined {
  if (isInteger(type) || type.kind === "Null") return DOUBLE;
  switch (type.kind) {
    case "Real":
    case "Double":
    case "Decimal":
    case "Timestamp":
    case "TimestampTz":
    case "Time":
    case "Interval":
      return type;
    case "Date":
      return TIMESTAMP;
    default:
      return undefined;
  }
}

/** A fraction, or a list of them for a list of quantiles. */
function withFraction(types: readonly SqlType[], returns: SqlType | undefined): Signature | undefined {
  const [type, fraction] = types;
  if (type === undefined || fraction === undefined || types.length !== 2 || returns === undefined) return undefined;
  const value: SqlType = type.kind === "Null" ? INTEGER : type;
  if (fraction.kind === "List" && canCoerce(fraction.element, DOUBLE)) {
    return { args: [value, listOf(DOUBLE)], returns: listOf(returns) };
  }
  return canCoerce(fraction, DOUBLE) ? { args: [value, DOUBLE], returns } : undefined;
}

const define = (
  name: string,
  aliases: readonly string[],
  doc: string,
  examples: AggregateFunction["examples"],
  resolve: AggregateFunction["resolve"],
  op: string = name,
  ordered: boolean = false,
): AggregateFunction =>
  aggregate({
    name,
    aliases,
    category: "aggregate",
    doc,
    examples,
    resolve,
    constantFrom: 1,
    ...(ordered ? { ordered } : {}),
    lower: (_args, signature) => collected(op, signature),
  });

const ofOne =
  (returns: (type: SqlType) => SqlType | undefined): AggregateFunction["resolve"] =>
  ([type, ...rest]) => {
    if (type === undefined || rest.length > 0) return undefined;
    const known: SqlType = type.kind === "Null" ? INTEGER : type;
    const result = returns(known);
    return result === undefined ? undefined : { args: [known], returns: result };
  };

/** The distance of two values. */
function distance(type: SqlType): SqlType | undefined {
  if (isInteger(type)) return DOUBLE;
  if (isNumeric(type)) return type;
  return type.kind === "Date" || type.kind === "Timestamp" || type.kind === "TimestampTz" || type.kind === "Time"
    ? INTERVAL
    : undefined;
}

const same = (type: SqlType): SqlType => type;
const FOUR = "(VALUES (1), (2), (4), (10)) t(x)";

export const QUANTILE_AGGREGATES: readonly AggregateFunction[] = [
  define(
    "quantile_cont",
    [],
    "The value below which a fraction of the values lies, interpolated; a list of fractions gives a list.",
    [
      [`(SELECT quantile_cont(x, 0.5) FROM ${FOUR})`, "3.0"],
      [`(SELECT quantile_cont(x, [0.25, 0.5]) FROM ${FOUR})`, "[1.75, 3.0]"],
    ],
    (types) => withFraction(types, types[0] === undefined ? undefined : between(types[0])),
  ),
  define(
    "quantile_disc",
    ["quantile"],
    "The least of the values at or below which a fraction of them lies; a list of fractions gives a list.",
    [[`(SELECT quantile_disc(x, 0.5) FROM ${FOUR})`, "2"]],
    (types) => withFraction(types, types[0]?.kind === "Null" ? INTEGER : types[0]),
  ),
  define(
    "median",
    [],
    "The middle value; between two, halfway where the type allows.",
    [[`(SELECT median(x) FROM ${FOUR})`, "3.0"]],
    ofOne((type) => between(type) ?? type),
  ),
  define(
    "approx_quantile",
    ["reservoir_quantile"],
    "A value near the quantile (here the quantile itself).",
    [[`(SELECT approx_quantile(x, 0.5) FROM ${FOUR})`, "3"]],
    (types) => (types[0] !== undefined && between(types[0]) !== undefined ? withFraction(types, types[0]) : undefined),
  ),
  define(
    "mad",
    [],
    "The median of the values' distances from their median.",
    [[`(SELECT mad(x) FROM ${FOUR})`, "1.5"]],
    ofOne(distance),
  ),
  define(
    "mode",
    [],
    "The most frequent value; of several the one that came first.",
    [["(SELECT mode(x) FROM (VALUES (1), (2), (2)) t(x))", "2"]],
    ofOne(same),
    "mode",
    true,
  ),
  aggregate({
    name: "entropy",
    category: "aggregate",
    doc: "The entropy of the values in bits; 0 for none.",
    examples: [["(SELECT entropy(x) FROM (VALUES (1), (2)) t(x))", "1.0"]],
    emptyIsNull: false,
    resolve: ofOne(() => DOUBLE),
    lower: (_args, signature) => collected("entropy", signature),
  }),
  define(
    "string_agg",
    ["group_concat", "listagg"],
    "The values that are not NULL as one text with a separator (a comma) between them, in the order of the rows or of ORDER BY.",
    [["(SELECT string_agg(x, '-') FROM (VALUES ('a'), (NULL), ('b')) t(x))", "a-b"]],
    (types) =>
      types.length === 1 || types.length === 2 ? { args: types.map(() => VARCHAR), returns: VARCHAR } : undefined,
    "string_agg",
    true,
  ),
  define(
    "approx_top_k",
    [],
    "The most frequent values as a list, at most k of them.",
    [["(SELECT approx_top_k(x, 1) FROM (VALUES (1), (2), (2)) t(x))", "[2]"]],
    ([type, count, ...rest]) =>
      type === undefined || count === undefined || rest.length > 0 || !canCoerce(count, BIGINT)
        ? undefined
        : { args: [type, BIGINT], returns: listOf(type) },
    "approx_top_k",
    true,
  ),
];
