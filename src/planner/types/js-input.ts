/** Row values that JavaScript hands in: what functions return, table functions and providers yield. */
import type { Datum } from "../expr/expr.ts";
import { toBignum } from "./bignum.ts";
import { parseDatum } from "./literals.ts";
import { parseScaled } from "./numbers.ts";
import { INTEGER_RANGE, isInteger, type SqlType, type StructField, type TimestampUnit } from "./types.ts";
import { unionDatum, type UnionType } from "./union.ts";

const MS_PER_DAY = 86_400_000;
const INT64 = INTEGER_RANGE.BigInt;
/** Digits behind the scale of a DECIMAL that are looked at: they must be 0. */
const EXTRA_DIGITS = 40;

/**
 * The constant that a row value stands for: the inverse of `jsValue`. Numbers and bigints both fit integers, dates may also be
 * text, JSON any value that has a JSON text. undefined: the value is none of the type, or only after rounding.
 */
export function datumOfJs(value: unknown, type: SqlType): Datum | undefined {
  if (value === null) return null;
  if (value === undefined) return undefined;
  if (isInteger(type)) {
    if (typeof value !== "bigint" && !(typeof value === "number" && Number.isInteger(value))) return undefined;
    const { min, max } = INTEGER_RANGE[type.kind];
    const whole = BigInt(value);
    if (whole < min || whole > max) return undefined;
    return isSmall(type) ? Number(whole) : whole;
  }
  switch (type.kind) {
    case "Null":
      return undefined;
    case "Double":
      return typeof value === "number" ? value : undefined;
    case "Real": {
      if (typeof value !== "number") return undefined;
      const rounded = Math.fround(value);
      return Number.isFinite(value) && !Number.isFinite(rounded) ? undefined : rounded;
    }
    case "Boolean":
      return typeof value === "boolean" ? value : undefined;
    case "Varchar":
      return typeof value === "string" ? value : undefined;
    case "Json":
      return jsonText(value);
    case "Blob":
      return value instanceof Uint8Array ? value : undefined;
    case "Bignum":
      return typeof value === "bigint" || Number.isInteger(value) ? toBignum(value as number | bigint) : undefined;
    case "Decimal":
      return decimal(value, type.precision, type.scale);
    case "Date": {
      if (value instanceof Date) return isValid(value) ? Math.floor(value.getTime() / MS_PER_DAY) : undefined;
      return fromText(value, type);
    }
    case "Timestamp":
      return timestamp(value, type, type.unit);
    case "TimestampTz":
      return timestamp(value, type, "us");
    case "Time":
    case "TimeNs":
    case "TimeTz":
    case "Uuid":
    case "Enum":
    case "Bit":
      return fromText(value, type);
    case "Interval": {
      const { months, days, micros } = value as Record<string, unknown>;
      if (!isInt32(months) || !isInt32(days)) return undefined;
      if (typeof micros !== "bigint" && !(typeof micros === "number" && Number.isInteger(micros))) return undefined;
      const whole = BigInt(micros);
      return whole < INT64.min || whole > INT64.max ? undefined : { months, days, micros: whole };
    }
    case "List":
    case "Array": {
      if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && !(value instanceof DataView))) return undefined;
      const items = all(value as unknown as Iterable<unknown>, (item) => datumOfJs(item, type.element));
      return type.kind === "Array" && items?.length !== type.length ? undefined : items;
    }
    case "Struct":
      return struct(value, type);
    case "Union":
      return union(value, type);
    case "Map":
      if (!(value instanceof Map)) return undefined;
      return all(value, ([key, item]: readonly [unknown, unknown]) => {
        const pair = [datumOfJs(key, type.key), datumOfJs(item, type.value)] as const;
        return pair[0] === undefined || pair[0] === null || pair[1] === undefined ? undefined : [pair[0], pair[1]];
      });
    default:
      return type satisfies never;
  }
}

function isSmall({ kind }: SqlType): boolean {
  return kind === "Integer" || kind === "UInteger" || kind.endsWith("SmallInt") || kind.endsWith("TinyInt");
}

function isInt32(value: unknown): value is number {
  return typeof value === "number" && (value | 0) === value;
}

function isValid(date: Date): boolean {
  return !Number.isNaN(date.getTime());
}

function fromText(value: unknown, type: SqlType): Datum | undefined {
  return typeof value === "string" ? parseDatum(value, type) : undefined;
}

function timestamp(value: unknown, type: SqlType, unit: TimestampUnit): Datum | undefined {
  if (!(value instanceof Date)) return fromText(value, type);
  if (!isValid(value)) return undefined;
  const ms = BigInt(value.getTime());
  if (unit === "s") return BigInt(Math.floor(value.getTime() / 1000));
  const result = unit === "ms" ? ms : unit === "us" ? ms * 1000n : ms * 1_000_000n;
  return result < INT64.min || result > INT64.max ? undefined : result;
}

function decimal(value: unknown, precision: number, scale: number): bigint | undefined {
  if (typeof value !== "string" && typeof value !== "bigint" && typeof value !== "number") return undefined;
  const text = String(value);
  const short = shortDecimal(text, scale);
  if (short !== undefined) return Math.abs(short) < 10 ** precision ? BigInt(short) : undefined;
  const exact = parseScaled(text, scale + EXTRA_DIGITS);
  const unit = 10n ** BigInt(EXTRA_DIGITS);
  if (exact === undefined || exact % unit !== 0n) return undefined;
  const limit = 10n ** BigInt(precision);
  const unscaled = exact / unit;
  return unscaled < limit && unscaled > -limit ? unscaled : undefined;
}

/** Digits that a number holds exactly. */
const SAFE_DIGITS = 15;

/** `-12.5` of so few digits that they need no bigint, times 10^scale; undefined: another text. */
function shortDecimal(text: string, scale: number): number | undefined {
  const start = text.startsWith("-") ? 1 : 0;
  if (text.length - start > SAFE_DIGITS || text.length === start) return undefined;
  let value = 0;
  let fraction = -1;
  for (let i = start; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      if (fraction >= 0) fraction++;
    } else if (digit === -2 && fraction < 0 && i > start) fraction = 0;
    else return undefined;
  }
  const missing = scale - Math.max(0, fraction);
  // More digits than the scale has must be looked at, as must a point without digits.
  if (fraction === 0 || missing < 0 || text.length - start + missing > SAFE_DIGITS) return undefined;
  const unscaled = value * 10 ** missing;
  return start === 1 && unscaled !== 0 ? -unscaled : unscaled;
}

function jsonText(value: unknown): string | undefined {
  if (typeof value === "string") return parseDatum(value, { kind: "Json" }) as string | undefined;
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function struct(value: unknown, { fields }: Extract<SqlType, { kind: "Struct" }>): readonly Datum[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value))
    return value.length === fields.length ? all(fields.keys(), (i) => datumOfJs(value[i], fieldType(i))) : undefined;
  const object = value as Readonly<Record<string, unknown>>;
  return all(fields.keys(), (i) => datumOfJs(object[fields[i]?.name ?? ""] ?? null, fieldType(i)));

  function fieldType(i: number): SqlType {
    return (fields[i] as (typeof fields)[number]).type;
  }
}

function union(value: unknown, type: UnionType): readonly Datum[] | undefined {
  if (typeof value !== "object" || value === null || !("tag" in value) || !("value" in value)) return undefined;
  const tag = type.members.findIndex(({ name }) => name === value.tag);
  const member = tag < 0 ? undefined : datumOfJs(value.value, (type.members[tag] as StructField).type);
  return member === undefined ? undefined : unionDatum(type, tag, member);
}

/** undefined when one of the items is. */
function all<T>(items: Iterable<T>, map: (item: T) => Datum | undefined): readonly Datum[] | undefined {
  const result: Datum[] = [];
  for (const item of items) {
    const datum = map(item);
    if (datum === undefined) return undefined;
    result.push(datum);
  }
  return result;
}
