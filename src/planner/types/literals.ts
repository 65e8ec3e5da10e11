import type { Datum, IntervalValue } from "../expr/expr.ts";
import { bigintOf, parseBignum } from "./bignum.ts";
import { parseBits } from "./bits.ts";
import {
  formatDate,
  formatInstant,
  formatTime,
  formatTimestamp,
  parseDate,
  parseInstant,
  parseTime,
  parseTimestamp,
} from "./date-time.ts";
import { formatInterval, parseInterval } from "./interval.ts";
import { parseJson } from "./json.ts";
import { isNested } from "./nested.ts";
import { parseNested } from "./nested-parse.ts";
import { formatNested } from "./nested-text.ts";
import { formatDecimal, formatDouble, formatReal, parseDouble, parseScaled } from "./numbers.ts";
import { formatTimeTz, parseTimeTz } from "./time-tz.ts";
import { type TimeZone, UTC, type Zones } from "./time-zone.ts";
import { memberOf, unionDatum } from "./union.ts";
import { INTEGER_RANGE, isInteger, type IntegerKind, type SqlType, typeName } from "./types.ts";

const TRUE_WORDS: ReadonlySet<string> = new Set(["true", "t", "yes", "y", "1"]);
const FALSE_WORDS: ReadonlySet<string> = new Set(["false", "f", "no", "n", "0"]);
const SMALL_INTEGERS: ReadonlySet<IntegerKind> = new Set([
  "TinyInt",
  "SmallInt",
  "Integer",
  "UTinyInt",
  "USmallInt",
  "UInteger",
] as const);

/**
 * The value that `text` denotes in `type` (what CAST from VARCHAR gives), in the Datum convention; undefined when the text
 * does not fit the type. Without `zones` the session's zone is UTC.
 */
export function parseDatum(text: string, type: SqlType, zones?: Zones): Datum | undefined {
  if (isInteger(type)) {
    const value = parseScaled(text, 0);
    return value === undefined ? undefined : integerDatum(value, type.kind);
  }
  switch (type.kind) {
    case "Null":
      return undefined;
    case "Boolean": {
      const word = text.trim().toLowerCase();
      return TRUE_WORDS.has(word) ? true : FALSE_WORDS.has(word) ? false : undefined;
    }
    case "Real": {
      const value = parseDouble(text);
      return value === undefined ? undefined : Math.fround(value);
    }
    case "Double":
      return parseDouble(text);
    case "Decimal": {
      const value = parseScaled(text, type.scale);
      return value !== undefined && fitsPrecision(value, type.precision) ? value : undefined;
    }
    case "Varchar":
      return text;
    case "Json":
      return parseJson(text) === undefined ? undefined : text;
    case "Blob":
      return parseBlob(text);
    case "Bit":
      return parseBits(text);
    case "Bignum":
      return parseBignum(text);
    case "Date":
      return parseDate(text);
    case "Time":
      return parseTime(text, "us");
    case "TimeNs":
      return parseTime(text, "ns");
    case "TimeTz":
      return parseTimeTz(text);
    case "Timestamp":
      return parseTimestamp(text, type.unit);
    case "TimestampTz":
      return parseInstant(text, zones);
    case "Interval":
      return parseInterval(text);
    case "Uuid":
      return parseUuid(text);
    case "Enum": {
      const index = type.values.indexOf(text);
      return index < 0 ? undefined : index;
    }
    case "List":
    case "Array":
    case "Struct":
    case "Map":
      return parseNested(text, type, (inner, of) => parseDatum(inner, of, zones));
    case "Union": {
      // Text is a value of the member that is text, whatever it says.
      const tag = type.members.findIndex((member) => member.type.kind === "Varchar");
      return tag < 0 ? undefined : unionDatum(type, tag, text);
    }
  }
}

/** The same under TRY_CAST: parts of nested values that do not fit are NULL. */
export function tryParseDatum(text: string, type: SqlType, zones?: Zones): Datum | undefined {
  if (!isNested(type) || type.kind === "Union") return parseDatum(text, type, zones);
  return parseNested(text, type, (inner, of) => tryParseDatum(inner, of, zones), true);
}

/** The integer in its Datum form; undefined out of the type's range. */
export function integerDatum(value: bigint, kind: IntegerKind): number | bigint | undefined {
  const { min, max } = INTEGER_RANGE[kind];
  if (value < min || value > max) return undefined;
  return SMALL_INTEGERS.has(kind) ? Number(value) : value;
}

/** Whether an unscaled decimal has at most `precision` digits. */
export function fitsPrecision(unscaled: bigint, precision: number): boolean {
  const limit = 10n ** BigInt(precision);
  return unscaled < limit && unscaled > -limit;
}

/** Characters stand for themselves, `\xAB` for a byte; only ASCII. */
function parseBlob(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (text[i] === "\\") {
      const hex = /^\\x([0-9a-f]{2})/i.exec(text.slice(i, i + 4));
      if (hex === null) return undefined;
      bytes.push(Number.parseInt(hex[1] as string, 16));
      i += 3;
    } else if (code < 128) bytes.push(code);
    else return undefined;
  }
  return Uint8Array.from(bytes);
}

function parseUuid(text: string): bigint | undefined {
  const hex = text
    .trim()
    .replace(/^\{(.*)\}$/, "$1")
    .replaceAll("-", "");
  return /^[0-9a-f]{32}$/i.test(hex) ? BigInt(`0x${hex}`) : undefined;
}

/** The value as text, as CAST to VARCHAR gives it; NULL as `NULL`. The inverse of `parseDatum`. */
export function formatDatum(value: Datum, type: SqlType, zone: TimeZone = UTC): string {
  if (value === null) return "NULL";
  switch (type.kind) {
    case "Real":
      return formatReal(value as number);
    case "Double":
      return formatDouble(value as number);
    case "Decimal":
      return formatDecimal(value as bigint, type.scale);
    case "Date":
      return formatDate(value as number);
    case "Time":
      return formatTime(value as bigint, "us");
    case "TimeNs":
      return formatTime(value as bigint, "ns");
    case "TimeTz":
      return formatTimeTz(value as bigint);
    case "Timestamp":
      return formatTimestamp(value as bigint, type.unit);
    case "TimestampTz":
      return formatInstant(value as bigint, zone);
    case "Interval":
      return formatInterval(value as IntervalValue);
    case "Uuid": {
      const hex = (value as bigint).toString(16).padStart(32, "0");
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
    }
    case "Bignum":
      return String(bigintOf(value as Uint8Array));
    case "Blob":
      return [...(value as Uint8Array)].map(formatByte).join("");
    case "Enum":
      return type.values[value as number] ?? String(value);
    case "List":
    case "Array":
    case "Struct":
    case "Map":
    case "Union":
      return formatNested(value as readonly Datum[], type, (inner, of) => formatDatum(inner, of, zone));
    default:
      return String(value);
  }
}

/** Printable ASCII as itself, except the backslash and quotes. */
function formatByte(byte: number): string {
  const printable = byte >= 32 && byte < 127 && byte !== 92 && byte !== 34 && byte !== 39;
  return printable ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

/** The value as an SQL literal: strings quoted, dates as `DATE '...'`. */
export function formatLiteral(value: Datum, type: SqlType): string {
  if (value === null) return "NULL";
  const text = formatDatum(value, type);
  const quoted = `'${text.replaceAll("'", "''")}'`;
  switch (type.kind) {
    case "Varchar":
    case "Enum":
      return quoted;
    case "Date":
    case "Time":
    case "Interval":
    case "Uuid":
    case "Json":
    case "Blob":
    case "Bit":
    case "Bignum":
    case "Timestamp":
      return `${type.kind.toUpperCase()} ${quoted}`;
    case "TimestampTz":
      return `TIMESTAMPTZ ${quoted}`;
    case "TimeTz":
      return `TIMETZ ${quoted}`;
    case "TimeNs":
      return `TIME_NS ${quoted}`;
    case "List":
    case "Array":
      return `[${(value as readonly Datum[]).map((element) => formatLiteral(element, type.element)).join(", ")}]`;
    case "Struct":
    case "Map":
      return `${quoted}::${typeName(type)}`;
    case "Union": {
      const { name, type: of, value: member } = memberOf(value as readonly Datum[], type);
      return `union_value(${name} := ${formatLiteral(member, of)})::${typeName(type)}`;
    }
    default:
      return text;
  }
}
