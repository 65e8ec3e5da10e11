import { approxCountDistinct } from "./aggregate/approx-count-distinct.ts";
import { AVERAGE_AGGREGATES } from "./aggregate/averages.ts";
import { BIT_AGGREGATES } from "./aggregate/bits.ts";
import { count, countIf } from "./aggregate/count.ts";
import { EXTREME_BY_AGGREGATES } from "./aggregate/extremes-by.ts";
import { first, last } from "./aggregate/first-last.ts";
import { HISTOGRAM_AGGREGATES } from "./aggregate/histogram.ts";
import { LIST_AGGREGATES } from "./aggregate/list.ts";
import { MOMENT_AGGREGATES } from "./aggregate/moments.ts";
import { QUANTILE_AGGREGATES } from "./aggregate/quantile.ts";
import { anyValue, max, min } from "./aggregate/min-max.ts";
import { stateFunctions } from "./aggregate/state-functions.ts";
import { avg, sum } from "./aggregate/sum.ts";
import { VARIANCE_AGGREGATES } from "./aggregate/variance.ts";
import { datePart, PART_FUNCTIONS } from "./date/date-part.ts";
import { FORMAT_FUNCTIONS } from "./date/format.ts";
import { INFINITY_FUNCTIONS } from "./date/infinity.ts";
import { MAKE_FUNCTIONS } from "./date/make.ts";
import { dateDiff, dateTrunc, daysOfMonth, lastDay } from "./date/truncate.ts";
import { WINDOW_FUNCTIONS } from "./date/window.ts";
import { ZONE_FUNCTIONS } from "./date/zone.ts";
import type { AggregateFunction, ScalarFunction, TableFunction, WindowFunction } from "./function.ts";
import { ACCESS_FUNCTIONS } from "./nested/access.ts";
import { JSON_FUNCTIONS, JSON_ROWS } from "./nested/json.ts";
import { LIST_FUNCTIONS } from "./nested/list.ts";
import { listAggregates } from "./nested/list-aggregate.ts";
import { HOST_LIST_FUNCTIONS, OPEN_SLICES } from "./nested/list-host.ts";
import { MAP_FUNCTIONS } from "./nested/map.ts";
import { UNION_FUNCTIONS } from "./nested/union.ts";
import { withListOverloads } from "./nested/overloads.ts";
import { DOUBLE_FUNCTIONS } from "./math/functions.ts";
import { bitCount, factorial, gcd, lcm } from "./math/integers.ts";
import { ROUNDING } from "./math/rounding.ts";
import { SPECIAL_FUNCTIONS } from "./math/special.ts";
import {
  add,
  divideExactly,
  divideInteger,
  multiply,
  negate,
  power,
  remainder,
  subtract,
} from "./operators/arithmetic.ts";
import { BIT_STRING_FUNCTIONS } from "./operators/bit-strings.ts";
import { bitAnd, bitNot, bitOr, shiftLeft, shiftRight, xor } from "./operators/bitwise.ts";
import {
  equal,
  greater,
  greaterOrEqual,
  isDistinct,
  isNotDistinct,
  less,
  lessOrEqual,
  notEqual,
} from "./operators/comparison.ts";
import { greatest, least } from "./operators/extremes.ts";
import { REGEXP_FUNCTIONS } from "./regexp/functions.ts";
import { REGEXP_LIST_FUNCTIONS } from "./regexp/lists.ts";
import { lower, upper } from "./string/case-mapping.ts";
import { concat, concatOperator, concatWs } from "./string/concat.ts";
import { EDIT_FUNCTIONS } from "./string/edit.ts";
import { ENCODING_FUNCTIONS } from "./string/encodings.ts";
import { FORMATTING_FUNCTIONS } from "./string/formatting.ts";
import { LIKE_FUNCTIONS } from "./string/like.ts";
import { PATH_FUNCTIONS } from "./string/path.ts";
import { SEARCH_FUNCTIONS } from "./string/search.ts";
import { SPLIT_FUNCTIONS } from "./string/split.ts";
import { left, right, substring } from "./string/substring.ts";
import { UNICODE_FUNCTIONS } from "./string/unicode.ts";
import { ENUM_FUNCTIONS } from "./system/enum.ts";
import { SEQUENCE_FUNCTIONS } from "./system/sequence.ts";
import { SYSTEM_FUNCTIONS } from "./system/value.ts";
import { RANKING_FUNCTIONS } from "./window/ranking.ts";
import { VALUE_FUNCTIONS } from "./window/values.ts";

const OF_SCALARS: readonly ScalarFunction[] = [
  ...[add, subtract, multiply, divideExactly, divideInteger, remainder, negate, power],
  ...[equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, isDistinct, isNotDistinct],
  ...[bitAnd, bitOr, xor, bitNot, shiftLeft, shiftRight],
  ...BIT_STRING_FUNCTIONS,
  ...[concatOperator, concat, concatWs, substring, left, right, lower, upper],
  ...LIKE_FUNCTIONS,
  ...SEARCH_FUNCTIONS,
  ...EDIT_FUNCTIONS,
  ...REGEXP_FUNCTIONS,
  ...ENCODING_FUNCTIONS,
  ...SPLIT_FUNCTIONS,
  ...REGEXP_LIST_FUNCTIONS,
  ...FORMATTING_FUNCTIONS,
  ...UNICODE_FUNCTIONS,
  ...PATH_FUNCTIONS,
  ...[greatest, least],
  ...ROUNDING,
  ...DOUBLE_FUNCTIONS,
  ...SPECIAL_FUNCTIONS,
  ...[gcd, lcm, factorial, bitCount],
  datePart,
  ...PART_FUNCTIONS,
  ...[dateTrunc, dateDiff, lastDay, daysOfMonth],
  ...INFINITY_FUNCTIONS,
  ...ZONE_FUNCTIONS,
  ...MAKE_FUNCTIONS,
  ...FORMAT_FUNCTIONS,
  ...WINDOW_FUNCTIONS,
  ...ENUM_FUNCTIONS,
  ...SYSTEM_FUNCTIONS,
  ...SEQUENCE_FUNCTIONS,
];
const OF_VALUES: readonly AggregateFunction[] = [
  ...[count, countIf, sum, avg, min, max, anyValue, first, last],
  ...BIT_AGGREGATES,
  ...VARIANCE_AGGREGATES,
  ...MOMENT_AGGREGATES,
  ...AVERAGE_AGGREGATES,
  ...QUANTILE_AGGREGATES,
  ...EXTREME_BY_AGGREGATES,
  approxCountDistinct,
  ...LIST_AGGREGATES,
  ...HISTOGRAM_AGGREGATES,
];
const STATES = stateFunctions(OF_VALUES);
const AGGREGATES: readonly AggregateFunction[] = [...OF_VALUES, STATES.combining];
const SCALARS: readonly ScalarFunction[] = [
  ...OF_SCALARS.map(withListOverloads),
  ...ACCESS_FUNCTIONS,
  ...LIST_FUNCTIONS,
  ...HOST_LIST_FUNCTIONS,
  ...MAP_FUNCTIONS,
  ...UNION_FUNCTIONS,
  ...JSON_FUNCTIONS,
  ...STATES.scalars,
];
/** What the binder makes of other forms, and what is derived: not documented one by one. */
const DERIVED: readonly ScalarFunction[] = [...OPEN_SLICES, ...JSON_ROWS, ...listAggregates(OF_VALUES)];
const WINDOWS: readonly WindowFunction[] = [...RANKING_FUNCTIONS, ...VALUE_FUNCTIONS];
const TABLES: readonly TableFunction[] = [];

function byName<F extends { readonly name: string; readonly aliases?: readonly string[] }>(
  functions: readonly F[],
): ReadonlyMap<string, F> {
  const map = new Map<string, F>();
  for (const fn of functions) {
    for (const name of [fn.name, ...(fn.aliases ?? [])]) {
      if (map.has(name)) throw new Error(`function ${name} is defined twice`);
      map.set(name, fn);
    }
  }
  return map;
}

const scalars = byName([...SCALARS, ...DERIVED]);
const aggregates = byName([...AGGREGATES, ...STATES.exports]);
const windows = byName(WINDOWS);
const tables = byName(TABLES);

/** Looks a scalar function up by lower-case name or alias. */
export const scalarFunction = (name: string): ScalarFunction | undefined => scalars.get(name);
export const aggregateFunction = (name: string): AggregateFunction | undefined => aggregates.get(name);
export const windowFunction = (name: string): WindowFunction | undefined => windows.get(name);
export const tableFunction = (name: string): TableFunction | undefined => tables.get(name);

/** Every scalar function, for documentation and tests of its examples. */
export const scalarFunctions = (): readonly ScalarFunction[] => SCALARS;
export const aggregateFunctions = (): readonly AggregateFunction[] => AGGREGATES;
export const windowFunctions = (): readonly WindowFunction[] => WINDOWS;
export const tableFunctions = (): readonly TableFunction[] => TABLES;

/** All names and aliases, for "did you mean" and completion. */
export const functionNames = (): readonly string[] => [
  ...scalars.keys(),
  ...aggregates.keys(),
  ...windows.keys(),
  ...tables.keys(),
];

/** The aggregate that a bound call means. */
export function aggregateOf(call: {
  readonly name: string;
  readonly definition?: AggregateFunction;
}): AggregateFunction | undefined {
  return call.definition ?? aggregateFunction(call.name);
}

/** The function that a bound call means. */
export function definitionOf(call: {
  readonly name: string;
  readonly definition?: ScalarFunction;
}): ScalarFunction | undefined {
  return call.definition ?? scalarFunction(call.name);
}
