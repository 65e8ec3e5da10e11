import { HeadraceError } from "../../error.ts";
import type { RowField } from "../../exec/codegen/row-layout.ts";
import type { ResultColumn } from "../../exec/codegen/program.ts";
import type { SharedMemory } from "../../exec/memory/shared-memory.ts";
import type { ResultRows } from "../../exec/table/result-rows.ts";
import { DATE_INFINITY } from "../../planner/types/date-time.ts";
import { formatDatum } from "../../planner/types/literals.ts";
import { formatDecimal } from "../../planner/types/numbers.ts";
import { type SqlType, type TimestampUnit, typeName } from "../../planner/types/types.ts";
import type { ValueOptions } from "../options.ts";
import { datumReader } from "./datum.ts";
import { bigintReader, numberReader, orNull, type Reader } from "./fields.ts";

/**
 * Reads a column as row values: integers up to 32 bits and floats are numbers, wider ones bigints, DECIMAL exact text, dates and
 * timestamps Dates, TIME and UUID text, INTERVAL {months, days, micros}, BLOB an Uint8Array of its own, NULL null.
 * A reader throws `overflow` for a date that a Date cannot hold.
 */
export function valueReader(rows: ResultRows, column: ResultColumn, options: ValueOptions): Reader<unknown> {
  const { type, field } = column;
  const { memory } = rows;
  switch (type.kind) {
    case "BigInt":
    case "HugeInt":
    case "UBigInt":
      return options.bigint === "number"
        ? orNull(memory, field, numberReader(memory, field))
        : datumReader(rows, column);
    case "UHugeInt":
      return options.bigint === "number" ? mapDatum(rows, column, Number) : datumReader(rows, column);
    case "Decimal": {
      const read: Reader<string | number> =
        options.decimal === "number"
          ? decimalNumberReader(memory, field, type.scale)
          : decimalTextReader(memory, field, type.scale);
      return orNull(memory, field, read);
    }
    case "Date":
      if (options.temporal === "string") return textReader(rows, column);
      return orNull(memory, field, dateReader(memory, field, type));
    case "Timestamp":
      if (options.temporal === "string") return textReader(rows, column);
      return orNull(memory, field, timestampReader(memory, field, type, type.unit));
    case "TimestampTz":
      if (options.temporal === "string") return textReader(rows, column);
      return orNull(memory, field, timestampReader(memory, field, type, "us"));
    case "Time":
    case "Uuid":
    case "Enum":
      return textReader(rows, column);
    default:
      return datumReader(rows, column);
  }
}

function mapDatum<T>(rows: ResultRows, column: ResultColumn, map: (value: bigint) => T): Reader<T | null> {
  const read = datumReader(rows, column);
  return (row) => {
    const value = read(row);
    return value === null ? null : map(value as bigint);
  };
}

function textReader(rows: ResultRows, column: ResultColumn): Reader<string | null> {
  const read = datumReader(rows, column);
  return (row) => {
    const value = read(row);
    return value === null ? null : formatDatum(value, column.type);
  };
}

/** Beyond this a number may stand for several integers. */
const EXACT = Number.MAX_SAFE_INTEGER;

/** Scale up to which all fractions are made beforehand. */
const TABLE_SCALE = 3;

function decimalTextReader(memory: SharedMemory, field: RowField, scale: number): Reader<string> {
  const wide = bigintReader(memory, field);
  if (field.rep === "i128" || scale > EXACT_POWER) return (row) => formatDecimal(wide(row), scale);
  const read = numberReader(memory, field);
  if (scale === 0) return (row) => String(wide(row));
  const unit = 10 ** scale;
  const fraction = (part: number): string => `.${String(part).padStart(scale, "0")}`;
  const fractions = scale <= TABLE_SCALE ? Array.from({ length: unit }, (_, part) => fraction(part)) : [];
  return (row) => {
    const value = read(row);
    const magnitude = Math.abs(value);
    if (magnitude > EXACT) return formatDecimal(wide(row), scale);
    const part = magnitude % unit;
    // A sign of its own: -0.05 has no negative whole.
    return (value < 0 ? "-" : "") + String((magnitude - part) / unit) + (fractions[part] ?? fraction(part));
  };
}

/** Powers of ten up to this one are exact. */
const EXACT_POWER = 22;

/** The nearest number: one division of exact numbers rounds once, else text is parsed. */
function decimalNumberReader(memory: SharedMemory, field: RowField, scale: number): Reader<number> {
  const wide = bigintReader(memory, field);
  const exactly = (row: number): number => Number(formatDecimal(wide(row), scale));
  if (field.rep === "i128" || scale > EXACT_POWER) return exactly;
  const read = numberReader(memory, field);
  const unit = 10 ** scale;
  return (row) => {
    const value = read(row);
    return value <= EXACT && value >= -EXACT ? value / unit : exactly(row);
  };
}

const MS_PER_DAY = 86_400_000;
/** Milliseconds that a Date can hold, either way. */
const MAX_DATE = 8.64e15;

function outOfDate(value: number | bigint, type: SqlType): HeadraceError {
  return new HeadraceError(
    "overflow",
    `${typeName(type)} ${formatDatum(value, type)} is out of the range of a JavaScript Date`,
    {
      hint: 'connect with temporal: "string" to get exact text',
    },
  );
}

function dateReader(memory: SharedMemory, field: RowField, type: SqlType): Reader<Date> {
  const read = numberReader(memory, field);
  return (row) => {
    const days = read(row);
    const ms = days * MS_PER_DAY;
    if (ms > MAX_DATE || ms < -MAX_DATE || Math.abs(days) === DATE_INFINITY) throw outOfDate(days, type);
    return new Date(ms);
  };
}

/** Milliseconds per unit, or units per millisecond. */
const UNIT: { readonly [U in TimestampUnit]: { readonly ms: number; readonly perMs: number } } = {
  s: { ms: 1000, perMs: 1 },
  ms: { ms: 1, perMs: 1 },
  us: { ms: 1, perMs: 1000 },
  ns: { ms: 1, perMs: 1_000_000 },
};

/** Below a millisecond is floored. */
function timestampReader(memory: SharedMemory, field: RowField, type: SqlType, unit: TimestampUnit): Reader<Date> {
  const read = numberReader(memory, field);
  const exact = bigintReader(memory, field);
  const { ms, perMs } = UNIT[unit];
  return (row) => {
    const value = read(row);
    const time = value <= EXACT && value >= -EXACT ? floorDivide(value, perMs) * ms : floorWide(exact(row), perMs) * ms;
    if (!(time <= MAX_DATE && time >= -MAX_DATE)) throw outOfDate(exact(row), type);
    return new Date(time);
  };
}

/** Exact for safe integers, where rounding the quotient down would not be. */
function floorDivide(value: number, divisor: number): number {
  const rest = value % divisor;
  return (value - (rest < 0 ? rest + divisor : rest)) / divisor;
}

function floorWide(value: bigint, divisor: number): number {
  const unit = BigInt(divisor);
  const rest = value % unit;
  return Number((value - (rest < 0n ? rest + unit : rest)) / unit);
}
