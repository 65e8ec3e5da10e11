/** Functions of Flink that DuckDB has under another name, or as an expression. */
import type { Expression, IntervalUnit, TypeName } from "../../sql/ast.ts";
import { makeCall, makeIdentifier } from "../../sql/make.ts";
import type { Span } from "../../error.ts";

/** `undefined`: these arguments are not the function's. */
export type Expand = (args: readonly Expression[], span: Span) => Expression | undefined;

const UNITS: ReadonlySet<string> = new Set<IntervalUnit>([
  ...(["second", "minute", "hour", "day"] as const),
  ...(["week", "month", "quarter", "year"] as const),
]);

/** The unit that `TIMESTAMPADD(DAY, ...)` names. */
function unitOf(node: Expression | undefined): IntervalUnit | undefined {
  const [word, another] = node?.kind === "ColumnRef" ? node.parts : [];
  const unit = another === undefined ? word?.name.toLowerCase() : undefined;
  return unit !== undefined && UNITS.has(unit) ? (unit as IntervalUnit) : undefined;
}

const text = (value: string, span: Span): Expression => ({ kind: "StringLiteral", value, span });
const integer = (value: number, span: Span): Expression => {
  return { kind: "NumberLiteral", form: "integer", text: String(value), span };
};
const named = (type: string, span: Span): TypeName => {
  const name = { kind: "ObjectName", parts: [makeIdentifier(type, span)], span } as const;
  return { kind: "NamedType", name, modifiers: [], span };
};
const cast = (operand: Expression, type: string, span: Span): Expression => {
  return { kind: "Cast", operand, type: named(type, span), try: false, span };
};
const binary = (left: Expression, operator: "+" | "-" | "*" | "//", right: Expression, span: Span): Expression => {
  return { kind: "Binary", operator, left, right, span };
};

const MICROS = 1_000_000;
const MOMENT = "yyyy-MM-dd HH:mm:ss";

/** The instant so many units after the epoch. */
function instant(units: Expression, microseconds: number, span: Span): Expression {
  const micros = binary(cast(units, "BIGINT", span), "*", integer(microseconds, span), span);
  return makeCall("make_timestamptz", [micros], span);
}

function seconds(moment: Expression, span: Span): Expression {
  return binary(makeCall("epoch_us", [moment], span), "//", integer(MICROS, span), span);
}

/** The start of the unit that a moment lies in: `FLOOR(time TO DAY)`. */
function startOf(moment: Expression, unit: Expression | undefined, span: Span): Expression | undefined {
  if (unit?.kind !== "StringLiteral" || !UNITS.has(unit.value)) return undefined;
  return makeCall("date_trunc", [unit, moment], span);
}

/** The first start of a unit that is not before the moment. */
function endOf(moment: Expression, unit: Expression | undefined, span: Span): Expression | undefined {
  if (unit?.kind !== "StringLiteral" || !UNITS.has(unit.value)) return undefined;
  const step = (of: IntervalUnit): Expression => {
    return { kind: "Interval", value: integer(1, span), unit: of, to: undefined, span };
  };
  const next = binary(moment, "+", step(unit.value as IntervalUnit), span);
  return makeCall("date_trunc", [unit, binary(next, "-", step("microsecond"), span)], span);
}

/** By name and number of arguments. */
export const FLINK_MACROS: readonly (readonly [name: string, arity: number, expand: Expand])[] = [
  [
    "timestampadd",
    3,
    ([unit, count, moment], span) => {
      const known = unitOf(unit);
      if (known === undefined || count === undefined || moment === undefined) return undefined;
      return binary(moment, "+", { kind: "Interval", value: count, unit: known, to: undefined, span }, span);
    },
  ],
  [
    "timestampdiff",
    3,
    ([unit, ...moments], span) => {
      const known = unitOf(unit);
      return known === undefined ? undefined : makeCall("date_sub", [text(known, span), ...moments], span);
    },
  ],
  ["floor", 2, ([moment, unit], span) => startOf(moment as Expression, unit, span)],
  ["ceil", 2, ([moment, unit], span) => endOf(moment as Expression, unit, span)],
  ["ceiling", 2, ([moment, unit], span) => endOf(moment as Expression, unit, span)],
  ["unix_timestamp", 0, (_, span) => seconds(makeCall("now", [], span), span)],
  ["unix_timestamp", 1, ([moment], span) => seconds(cast(moment as Expression, "TIMESTAMPTZ", span), span)],
  [
    "from_unixtime",
    1,
    ([count], span) => makeCall("date_format", [instant(count as Expression, MICROS, span), text(MOMENT, span)], span),
  ],
  [
    "from_unixtime",
    2,
    ([count, pattern], span) =>
      makeCall("date_format", [instant(count as Expression, MICROS, span), pattern as Expression], span),
  ],
  [
    "to_timestamp_ltz",
    2,
    ([count, precision], span) => {
      if (precision?.kind !== "NumberLiteral" || count === undefined) return undefined;
      if (precision.text === "0") return instant(count, MICROS, span);
      return precision.text === "3" ? instant(count, 1000, span) : undefined;
    },
  ],
  ["to_date", 1, ([value], span) => cast(value as Expression, "DATE", span)],
  [
    "convert_tz",
    3,
    ([moment, from, to], span) => {
      const local = makeCall("timezone", [from as Expression, cast(moment as Expression, "TIMESTAMP", span)], span);
      return makeCall("date_format", [makeCall("timezone", [to as Expression, local], span), text(MOMENT, span)], span);
    },
  ],
  ["locate", 2, ([part, whole], span) => makeCall("strpos", [whole as Expression, part as Expression], span)],
  ["truncate", 1, (args, span) => makeCall("trunc", args, span)],
  ["truncate", 2, (args, span) => makeCall("trunc", args, span)],
  ["percentile", 2, (args, span) => makeCall("quantile_cont", args, span)],
  ["current_row_timestamp", 0, (_, span) => makeCall("proctime", [], span)],
  ["e", 0, (_, span) => makeCall("exp", [integer(1, span)], span)],
  ["rand", 0, (_, span) => makeCall("random", [], span)],
];
