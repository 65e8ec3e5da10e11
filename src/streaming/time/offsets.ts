/** How far a time that is computed from the moment is from it. */
import type { Expr, IntervalValue } from "../../planner/expr/expr.ts";
import { columnsOf } from "../../planner/expr/columns.ts";
import { typeOf } from "../../planner/expr/type-of.ts";
import { microsPerUnit } from "./bound.ts";
import { shiftOf } from "./facts.ts";

const SECOND = 1_000_000n;
const DAY = 86_400n * SECOND;
/** Zones are up to 14 hours from UTC on either side, and whole days begin up to a day before a time. */
export const ZONES: bigint = 2n * DAY;

/** What `date_trunc` takes off at most. */
const LONGEST: { readonly [unit: string]: bigint } = {
  ...{
    microsecond: 1n,
    microseconds: 1n,
    millisecond: 1000n,
    milliseconds: 1000n,
    second: SECOND,
    minute: 60n * SECOND,
  },
  ...{ hour: 3600n * SECOND, day: DAY, week: 7n * DAY, month: 31n * DAY, quarter: 92n * DAY, year: 366n * DAY },
};

/**
 * The value is at least this many microseconds behind the moment, whenever that is and in whatever zone; undefined: of another kind
 * of value nothing is known.
 */
export function leastOffset(expr: Expr, isMoment: (expr: Expr) => boolean): bigint | undefined {
  if (isMoment(expr)) return ofMoment(expr);
  switch (expr.kind) {
    case "Cast": {
      const inner = expr.try ? undefined : leastOffset(expr.input, isMoment);
      return inner === undefined || !isTime(expr) ? undefined : inner - ZONES;
    }
    case "Call":
      return ofCall(expr.name, expr.args, typeOf(expr).kind, isMoment);
    default:
      return undefined;
  }
}

/** Whether the value goes on with the moment at the same pace. */
export function isExactOffset(expr: Expr, isMoment: (expr: Expr) => boolean): boolean {
  const { base } = shiftOf(expr);
  return isMoment(base) && base.kind === "Call" && base.name === "now";
}

function ofMoment(expr: Expr): bigint | undefined {
  if (expr.kind !== "Call" || !isTime(expr)) return undefined;
  if (expr.name === "now") return 0n;
  if (expr.name !== "ago") return -ZONES;
  const by = lengthOf(expr.args[0]!);
  return by && -by.most - ZONES;
}

function ofCall(
  name: string,
  args: readonly Expr[],
  kind: string,
  isMoment: (expr: Expr) => boolean,
): bigint | undefined {
  const [first, second] = args;
  if (first === undefined || second === undefined || args.length !== 2) return undefined;
  if (name === "date_trunc") {
    const inner = leastOffset(second, isMoment);
    const unit = first.kind === "Literal" && typeof first.value === "string" ? first.value.toLowerCase() : "";
    const longest = Object.hasOwn(LONGEST, unit) ? LONGEST[unit] : undefined;
    return inner === undefined || longest === undefined ? undefined : inner - longest - ZONES;
  }
  const isSum = name === "+";
  if (!isSum && name !== "-") return undefined;
  const inner = leastOffset(first, isMoment);
  const by = inner === undefined ? undefined : lengthOf(second);
  if (inner === undefined || by === undefined) {
    const [other, length] = isSum ? [leastOffset(second, isMoment), lengthOf(first)] : [];
    return other === undefined || length === undefined ? undefined : other + length.least - length.slack;
  }
  return kind === "Interval" ? undefined : inner + (isSum ? by.least : -by.most) - by.slack;
}

/** How long a constant interval, or a number of days, is at least and at most, in microseconds; `slack`: what zones make of days. */
function lengthOf(expr: Expr): { readonly least: bigint; readonly most: bigint; readonly slack: bigint } | undefined {
  if (columnsOf(expr).size > 0 || expr.kind !== "Literal" || expr.value === null) return undefined;
  if (typeof expr.value === "number" || typeof expr.value === "bigint") {
    const days = BigInt(expr.value) * DAY;
    return { least: days, most: days, slack: 0n };
  }
  if (expr.type.kind !== "Interval") return undefined;
  const { months, days, micros } = expr.value as IntervalValue;
  const rest = BigInt(days) * DAY + micros;
  const [short, long] = [BigInt(months) * 28n * DAY, BigInt(months) * 31n * DAY];
  const [least, most] = months < 0 ? [long, short] : [short, long];
  return { least: least + rest, most: most + rest, slack: months === 0 && days === 0 ? 0n : ZONES };
}

const isTime = (expr: Expr): boolean => {
  const type = typeOf(expr);
  return type.kind === "Date" || microsPerUnit(type) !== undefined;
};
