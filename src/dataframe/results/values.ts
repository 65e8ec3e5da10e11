import type { RowField } from "../../exec/codegen/row-layout.ts";
import type { ResultColumn } from "../../exec/codegen/program.ts";
import type { SharedMemory } from "../../exec/memory/shared-memory.ts";
import type { ResultRows } from "../../exec/table/result-rows.ts";
import { formatDatum } from "../../planner/types/literals.ts";
import { openTimeZone } from "../../planner/types/time-zone.ts";
import { formatDecimal } from "../../planner/types/numbers.ts";
import type { SqlType, TimestampUnit } from "../../planner/types/types.ts";
import { dateValue, safeTimestampValue, timestampValue } from "../../planner/types/js-dates.ts";
import { datumReader } from "../../exec/table/row-datums.ts";
import { bigintReader, numberReader, orNull, type Reader } from "../../exec/table/row-fields.ts";
import { jsValue, type ValueOptions } from "../../planner/types/js-values.ts";

/**
 * Reads a column as row values: integers up to 32 bits and floats are numbers, wider ones bigints, DECIMAL exact text, dates and
 * timestamps Dates, TIME and UUID text, INTERVAL {months, days, micros}, BLOB an Uint8Array of its own, NULL null, LIST an array,
 * STRUCT an object, MAP a Map.
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
      if (options.temporal === "string") return textReader(rows, column, options);
      return orNull(memory, field, dateReader(memory, field, type));
    case "Timestamp":
      if (options.temporal === "string") return textReader(rows, column, options);
      return orNull(memory, field, timestampReader(memory, field, type, type.unit));
    case "TimestampTz":
      if (options.temporal === "string") return textReader(rows, column, options);
      return orNull(memory, field, timestampReader(memory, field, type, "us"));
    case "Time":
    case "TimeNs":
    case "TimeTz":
    case "Uuid":
    case "Enum":
      return textReader(rows, column, options);
    case "List":
    case "Array":
    case "Struct":
    case "Map":
    case "Union":
    case "Bignum": {
      const read = datumReader(rows, column);
      return (row) => jsValue(read(row), type, options);
    }
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

function textReader(rows: ResultRows, column: ResultColumn, { timeZone }: ValueOptions): Reader<string | null> {
  const read = datumReader(rows, column);
  const zone = timeZone === undefined ? undefined : openTimeZone(timeZone);
  return (row) => {
    const value = read(row);
    return value === null ? null : formatDatum(value, column.type, zone);
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

function dateReader(memory: SharedMemory, field: RowField, type: SqlType): Reader<Date> {
  const read = numberReader(memory, field);
  return (row) => dateValue(read(row), type);
}

function timestampReader(memory: SharedMemory, field: RowField, type: SqlType, unit: TimestampUnit): Reader<Date> {
  const read = numberReader(memory, field);
  const exact = bigintReader(memory, field);
  return (row) => {
    const value = read(row);
    if (value <= EXACT && value >= -EXACT) return safeTimestampValue(value, type, unit);
    return timestampValue(exact(row), type, unit);
  };
}
