/** Columns of made-up values, each a function of the row's number. */
import { unsupported } from "../../../error.ts";
import type { ColumnValues, Texts } from "../../../exec/table/encode-columns.ts";
import type { NumberArray } from "../../../planner/functions/host/javascript-vectors.ts";
import type { Datum } from "../../../planner/expr/expr.ts";
import { type Lane, laneOf } from "../../../planner/types/lane.ts";
import { parseDatum } from "../../../planner/types/literals.ts";
import { INTEGER_RANGE, isInteger, type SqlType, typeName } from "../../../planner/types/types.ts";
import type { OptionReader } from "../options.ts";
import type { SinkColumn } from "../sink.ts";
import { RowRandom } from "./random.ts";

/** Rows `first`, `first + step`, ... */
export type RowNumbers = { readonly first: number; readonly step: number; readonly count: number };

export type Field = {
  readonly values: (rows: RowNumbers) => ColumnValues;
  /** Rows that it can make: a sequence ends. */
  readonly rows: number;
};

export type FieldDefaults = {
  readonly seed: number;
  /** From one row to the next, in event time. */
  readonly stepMicros: number;
};

/** How a column's type is made of whole numbers. */
type Scale = { readonly lane: Lane; readonly min: bigint; readonly max: bigint; readonly unit: bigint };

/** What one makes of column number `index`. Throws `bind`, `unsupported`. */
export function fieldOf(
  { name, type }: SinkColumn,
  index: number,
  options: OptionReader,
  defaults: FieldDefaults,
): Field {
  const option = (what: string): string => `fields.${name.toLowerCase()}.${what}`;
  const instant = type.kind === "Timestamp" || type.kind === "TimestampTz";
  const kind = options.choice(option("kind"), ["random", "sequence"]) ?? (instant ? "sequence" : "random");
  const field =
    kind === "sequence"
      ? sequence(type, option, options, defaults)
      : { values: random(type, option, options, new RowRandom(defaults.seed, index)), rows: Infinity };
  const rate = options.text(option("null-rate"));
  if (rate === undefined) return field;
  if (!(Number(rate) >= 0 && Number(rate) <= 1)) throw options.wrong(option("null-rate"), "between 0 and 1");
  return { ...field, values: withNulls(field.values, type, Number(rate), new RowRandom(defaults.seed, -1 - index)) };
}

type OptionName = (what: string) => string;

function random(type: SqlType, option: OptionName, options: OptionReader, source: RowRandom): Field["values"] {
  const range = wholeNumbers(type);
  if (range !== undefined) {
    const bound = (what: string, otherwise: bigint): bigint => bigintOption(options, option(what), type) ?? otherwise;
    const min = bound("min", range.min);
    const max = bound("max", range.max);
    if (min > max) throw options.wrong(option("min"), `no more than the maximum`);
    return integers(range.lane, min, max, source);
  }
  switch (type.kind) {
    case "Real":
    case "Double": {
      const bound = (what: string, otherwise: number): number => numberOption(options, option(what), type) ?? otherwise;
      const min = bound("min", 0);
      const max = bound("max", 1);
      if (!(min <= max)) throw options.wrong(option("min"), `no more than the maximum`);
      return (rows) => fill(laneArray(laneOf(type), rows.count), rows, source, () => min + source.unit() * (max - min));
    }
    case "Varchar":
      return texts(options.integer(option("length")) ?? DEFAULT_LENGTH, source, (word) => HEX.charCodeAt(word & 15));
    case "Blob":
      return texts(options.integer(option("length")) ?? DEFAULT_LENGTH, source, (word) => word & 255);
    case "Uuid":
      // Version 4, as its bits say.
      return (rows) =>
        each(
          rows,
          source,
          () => (source.big(1n << 128n) & ~(0xf000n << 64n) & ~(3n << 62n)) | (4n << 76n) | (2n << 62n),
        );
    default:
      throw unsupported(`datagen for columns of type ${typeName(type)}`);
  }
}

const DEFAULT_LENGTH = 100;
const HEX = "0123456789abcdef";

/** What whole numbers stand for a type's values; undefined: none. */
function wholeNumbers(type: SqlType): Scale | undefined {
  const lane = laneOf(type);
  if (isInteger(type)) return { lane, ...INTEGER_RANGE[type.kind], unit: 1n };
  switch (type.kind) {
    case "Boolean":
      return { lane, min: 0n, max: 1n, unit: 1n };
    case "Enum":
      return { lane, min: 0n, max: BigInt(type.values.length - 1), unit: 1n };
    case "Decimal": {
      const limit = 10n ** BigInt(type.precision) - 1n;
      return { lane, min: -limit, max: limit, unit: 10n ** BigInt(type.scale) };
    }
    case "Date":
      return { lane, min: 0n, max: LAST_DAY, unit: 1n };
    case "Time":
      return { lane, min: 0n, max: DAY_MICROS - 1n, unit: 1n };
    case "Timestamp":
    case "TimestampTz": {
      const perSecond = { s: 1n, ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n };
      const unit = perSecond[type.kind === "Timestamp" ? type.unit : "us"];
      return { lane, min: 0n, max: LAST_DAY * 86_400n * unit, unit };
    }
    default:
      return undefined;
  }
}

/** 2038-01-19. */
const LAST_DAY = 24_855n;
const DAY_MICROS = 86_400_000_000n;

function integers(lane: Lane, min: bigint, max: bigint, source: RowRandom): Field["values"] {
  const span = max - min + 1n;
  const least = Number(min);
  const plain = span <= 2n ** 53n && Number.isSafeInteger(least) && Number.isSafeInteger(Number(max));
  if (lane === "i128") return (rows) => each(rows, source, () => min + source.big(span));
  if (lane !== "i64" && lane !== "u64") {
    const width = Number(span);
    return (rows) => fill(laneArray(lane, rows.count), rows, source, () => least + Math.floor(source.unit() * width));
  }
  if (!plain) {
    return (rows) => {
      const values = lane === "i64" ? new BigInt64Array(rows.count) : new BigUint64Array(rows.count);
      for (let i = 0; i < rows.count; i++) {
        source.seek(rows.first + i * rows.step);
        values[i] = min + source.big(span);
      }
      return values;
    };
  }
  const width = Number(span);
  return (rows) =>
    wide(lane, rows.count, (i) => {
      source.seek(rows.first + i * rows.step);
      return least + Math.floor(source.unit() * width);
    });
}

/** 64-bit lanes of safe integers, without a BigInt for each. */
function wide(lane: "i64" | "u64", count: number, value: (i: number) => number): BigInt64Array | BigUint64Array {
  const words = new Uint32Array(count * 2);
  for (let i = 0; i < count; i++) {
    const number = value(i);
    words[2 * i] = number >>> 0;
    words[2 * i + 1] = Math.floor(number / 2 ** 32) >>> 0;
  }
  return lane === "i64" ? new BigInt64Array(words.buffer) : new BigUint64Array(words.buffer);
}

function fill(
  values: Exclude<NumberArray, BigInt64Array | BigUint64Array>,
  { first, step, count }: RowNumbers,
  source: RowRandom,
  value: () => number,
): NumberArray {
  for (let i = 0; i < count; i++) {
    source.seek(first + i * step);
    values[i] = value();
  }
  return values;
}

function each({ first, step, count }: RowNumbers, source: RowRandom, value: () => Datum): Datum[] {
  return Array.from({ length: count }, (_, i) => {
    source.seek(first + i * step);
    return value();
  });
}

function texts(length: number, source: RowRandom, byte: (word: number) => number): Field["values"] {
  return ({ first, step, count }): Texts => {
    const bytes = new Uint8Array(count * length);
    const ends = new Uint32Array(count);
    let at = 0;
    for (let i = 0; i < count; i++) {
      source.seek(first + i * step);
      const end = at + length;
      while (at < end) {
        let word = source.word();
        for (let k = 0; k < 4 && at < end; k++, word >>>= 8) bytes[at++] = byte(word);
      }
      ends[i] = end;
    }
    return { bytes, ends };
  };
}

function laneArray(lane: Lane, count: number): Exclude<NumberArray, BigInt64Array | BigUint64Array> {
  switch (lane) {
    case "bool":
    case "u8":
      return new Uint8Array(count);
    case "i8":
      return new Int8Array(count);
    case "i16":
      return new Int16Array(count);
    case "u16":
      return new Uint16Array(count);
    case "i32":
      return new Int32Array(count);
    case "u32":
      return new Uint32Array(count);
    case "f32":
      return new Float32Array(count);
    case "f64":
      return new Float64Array(count);
    default:
      throw new TypeError(`lane ${lane}`);
  }
}

/** `start`, `start + step`, ... up to `end`. */
function sequence(type: SqlType, option: OptionName, options: OptionReader, { stepMicros }: FieldDefaults): Field {
  const text = type.kind === "Varchar";
  const of: SqlType = text ? { kind: "BigInt" } : type;
  if (type.kind === "Double" || type.kind === "Real") {
    const start = numberOption(options, option("start"), type) ?? 0;
    const end = numberOption(options, option("end"), type) ?? Infinity;
    const lane = laneOf(type);
    const values: Field["values"] = ({ first, step, count }) => {
      const made = laneArray(lane, count);
      for (let i = 0; i < count; i++) made[i] = start + first + i * step;
      return made;
    };
    return { values, rows: Math.max(0, Math.floor(end - start) + 1) };
  }
  const range = wholeNumbers(of);
  if (range === undefined || type.kind === "Boolean" || type.kind === "Enum") {
    throw unsupported(`datagen sequences for columns of type ${typeName(type)}`);
  }
  const start = bigintOption(options, option("start"), of) ?? 0n;
  const time = type.kind === "Timestamp" || type.kind === "TimestampTz";
  const most = time ? LIMIT : type.kind === "Date" ? INTEGER_RANGE.Integer.max - 1n : range.max;
  const end = bigintOption(options, option("end"), of) ?? (most < LIMIT ? most : LIMIT);
  const step = options.duration(option("step"));
  if (step !== undefined && !time) throw options.wrong(option("step"), "left out: only timestamps have steps of time");
  if (step === 0) throw options.wrong(option("step"), "more than 0");
  // In units of the type.
  const micros = step === undefined ? stepMicros : step * 1000;
  const width = time ? (micros * Number(range.unit)) / 1_000_000 : Number(range.unit);
  const room = Math.floor(Number(end - start) / width) + 1;
  const base = Number(start);
  if (!text && range.lane !== "i128" && Number.isSafeInteger(base) && end <= LIMIT) {
    const at = (number: number): number => base + Math.floor(number * width);
    const { lane } = range;
    const values: Field["values"] = (rows) => {
      if (lane === "i64" || lane === "u64") return wide(lane, rows.count, (i) => at(rows.first + i * rows.step));
      const made = laneArray(lane, rows.count);
      for (let i = 0; i < rows.count; i++) made[i] = at(rows.first + i * rows.step);
      return made;
    };
    return { values, rows: Math.max(0, room) };
  }
  const values: Field["values"] = (rows) =>
    Array.from({ length: rows.count }, (_, i) => {
      const value = start + BigInt(Math.floor((rows.first + i * rows.step) * width));
      return text ? String(value) : value;
    });
  return { values, rows: Math.max(0, room) };
}

const LIMIT = BigInt(Number.MAX_SAFE_INTEGER);

function withNulls(values: Field["values"], type: SqlType, rate: number, source: RowRandom): Field["values"] {
  return (rows) => {
    const made = values(rows);
    const plain: readonly Datum[] = "ends" in made ? datumsOf(made, type) : [...made];
    return plain.map((value, i) => {
      source.seek(rows.first + i * rows.step);
      return source.unit() < rate ? null : value;
    });
  };
}

function datumsOf({ bytes, ends }: Texts, type: SqlType): Datum[] {
  return Array.from(ends, (end, i) => {
    const own = bytes.subarray(i === 0 ? 0 : ends[i - 1], end);
    return type.kind === "Blob" ? own : Buffer.from(own).toString("latin1");
  });
}

function bigintOption(options: OptionReader, name: string, type: SqlType): bigint | undefined {
  const value = valueOption(options, name, type);
  return value === undefined ? undefined : BigInt(value as bigint | number | boolean);
}

function numberOption(options: OptionReader, name: string, type: SqlType): number | undefined {
  return valueOption(options, name, type) as number | undefined;
}

function valueOption(options: OptionReader, name: string, type: SqlType): Datum | undefined {
  const text = options.text(name);
  if (text === undefined) return undefined;
  const value = parseDatum(text, type);
  if (value === undefined) throw options.wrong(name, `a value of type ${typeName(type)}`);
  return value;
}
