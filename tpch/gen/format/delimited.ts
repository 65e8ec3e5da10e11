/**
 * Rows as text: dbgen's .tbl (`|` after every field, whole quantities, no header) and CSV (RFC 4180, a header line).
 *
 * All data is ASCII without double quotes or line breaks, so a comma is the only reason to quote. Text is copied in
 * 8-byte words, which may reach past a field; the next field overwrites the excess.
 */
import type { GeneratedChunk } from "../chunk.ts";
import type { GeneratedColumn } from "../columns.ts";
import { SCHEMA, type TableName } from "../schema.ts";
import { FIRST_DATE } from "../tables/order-lines.ts";

export type DelimitedFormat = "tbl" | "csv";

/** The longest integer below 2^53, or decimal, with sign and point, and its separator. */
const NUMBER_WIDTH = 20;
const DATE_WIDTH = 10;
/** 1992-01-01 to 1998-12-31. */
const DATES = 2557;
/** Bytes between the images of dictionary strings and of dates. */
const IMAGE_STRIDE = 32;

const PIPE = 0x7c;
const COMMA = 0x2c;
const QUOTE = 0x22;
const NEWLINE = 0x0a;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;

/** One shape for every kind of column keeps the row loop monomorphic. */
type Field = {
  readonly kind: "integer" | "decimal" | "image" | "string";
  /** Integers and decimals: the low words, `stride` apart, the high word after each when `stride` is 2. Images: their numbers. */
  readonly values: Int32Array;
  readonly stride: number;
  /** Images: `IMAGE_STRIDE` bytes each, and their lengths. Strings: the bytes. */
  readonly text: DataView;
  readonly lengths: Uint8Array;
  readonly offsets: Int32Array;
};

const NO_TEXT: DataView = new DataView(new ArrayBuffer(0));
const NO_LENGTHS: Uint8Array = new Uint8Array(0);
const NO_VALUES: Int32Array = new Int32Array(0);

/** Little-endian halves of 64-bit values. */
function words(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

function numberField(kind: "integer" | "decimal", values: Int32Array | BigInt64Array): Field {
  const wide = values instanceof BigInt64Array;
  return {
    kind,
    values: wide ? words(values) : values,
    stride: wide ? 2 : 1,
    text: NO_TEXT,
    lengths: NO_LENGTHS,
    offsets: NO_VALUES,
  };
}

/** Hundredths below 2^31 that are whole numbers, as these. */
function wholeField(hundredths: BigInt64Array): Field {
  const low = words(hundredths);
  const values = new Int32Array(hundredths.length);
  for (let i = 0; i < values.length; i++) values[i] = low[2 * i]! / 100;
  return numberField("integer", values);
}

function imageField(values: Int32Array, images: readonly string[]): Field {
  const bytes = new Uint8Array(images.length * IMAGE_STRIDE);
  images.forEach((image, index) => new TextEncoder().encodeInto(image, bytes.subarray(index * IMAGE_STRIDE)));
  const lengths = Uint8Array.from(images, (image) => image.length);
  return { kind: "image", values, stride: 1, text: new DataView(bytes.buffer), lengths, offsets: NO_VALUES };
}

function dateField(days: Int32Array): Field {
  const images = Array.from({ length: DATES }, (_, i) =>
    new Date((FIRST_DATE + i) * 86_400_000).toISOString().slice(0, DATE_WIDTH),
  );
  const numbers = new Int32Array(days.length);
  for (let i = 0; i < days.length; i++) numbers[i] = days[i]! - FIRST_DATE;
  return imageField(numbers, images);
}

/** The bytes with room behind them for copies in 8-byte words. */
function withSlack(bytes: Uint8Array): DataView {
  const { buffer, byteOffset, length } = bytes;
  if (buffer.byteLength - byteOffset - length >= 8) return new DataView(buffer, byteOffset, length + 8);
  const copy = new Uint8Array(length + 8);
  copy.set(bytes);
  return new DataView(copy.buffer);
}

/** In .tbl files quantities are integers. */
function isWholeInTbl(name: string): boolean {
  return name === "l_quantity";
}

function field(column: GeneratedColumn, name: string, format: DelimitedFormat): Field {
  switch (column.type) {
    case "int32":
    case "int64":
      return numberField("integer", column.values);
    case "decimal":
      return format === "tbl" && isWholeInTbl(name) ? wholeField(column.values) : numberField("decimal", column.values);
    case "date":
      return dateField(column.values);
    case "dictionary":
      return imageField(Int32Array.from(column.codes), column.dictionary);
    case "string":
      return {
        kind: "string",
        values: NO_VALUES,
        stride: 0,
        text: withSlack(column.bytes),
        lengths: NO_LENGTHS,
        offsets: column.offsets,
      };
    default:
      return column satisfies never;
  }
}

function fieldBytes({ kind, text, offsets }: Field, rows: number): number {
  switch (kind) {
    case "string":
      return text.byteLength + rows * 3 + offsets.length;
    case "image":
      return rows * IMAGE_STRIDE;
    default:
      return rows * (NUMBER_WIDTH + 1);
  }
}

/** Writes digits of a non-negative integer so that they end before `end`, at least `least` of them; returns their start. */
function writeDigits(bytes: Uint8Array, end: number, value: number, least: number): number {
  let at = end;
  let rest = value;
  while (rest > 0x7fffffff) {
    const tenth = Math.floor(rest / 10);
    bytes[--at] = ZERO + (rest - 10 * tenth);
    rest = tenth;
  }
  let small = rest | 0;
  while (small > 0) {
    const tenth = (small / 10) | 0;
    bytes[--at] = ZERO + (small - 10 * tenth);
    small = tenth;
  }
  while (end - at < least) bytes[--at] = ZERO;
  return at;
}

function digitCount(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}

/** Writes a signed integer or, with `cents`, hundredths, at `at`; returns the end. */
function writeNumber(bytes: Uint8Array, at: number, value: number, cents: boolean): number {
  if (value < 0) {
    bytes[at++] = MINUS;
    value = -value;
  }
  if (!cents) {
    const end = at + digitCount(value);
    writeDigits(bytes, end, value, 1);
    return end;
  }
  const whole = Math.floor(value / 100);
  const point = at + digitCount(whole);
  writeDigits(bytes, point, whole, 1);
  bytes[point] = POINT;
  writeDigits(bytes, point + 3, value - 100 * whole, 2);
  return point + 3;
}

/** Copies in 8-byte words, as floats: no ASCII bytes form a NaN, so the bits survive. */
function copyText(target: DataView, at: number, source: DataView, from: number, length: number): void {
  for (let done = 0; done < length; done += 8) target.setFloat64(at + done, source.getFloat64(from + done, true), true);
}

function hasComma(text: DataView, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if (text.getUint8(at) === COMMA) return true;
  return false;
}

/** The rows of a chunk as text. */
export function writeDelimited(chunk: GeneratedChunk, format: DelimitedFormat): Uint8Array<ArrayBuffer> {
  const schema = SCHEMA[chunk.table];
  const fields = chunk.columns.map((column, index) => field(column, schema[index]!.name, format));
  const bound = fields.reduce((sum, each) => sum + fieldBytes(each, chunk.rows), chunk.rows + IMAGE_STRIDE);
  const bytes = new Uint8Array(bound);
  const view = new DataView(bytes.buffer);
  const separator = format === "tbl" ? PIPE : COMMA;
  let at = 0;
  for (let row = 0; row < chunk.rows; row++) {
    for (let i = 0; i < fields.length; i++) {
      const { kind, values, stride, text, lengths, offsets } = fields[i]!;
      if (kind === "string") {
        const from = offsets[row]!;
        const length = offsets[row + 1]! - from;
        const quoted = format === "csv" && hasComma(text, from, from + length);
        if (quoted) bytes[at++] = QUOTE;
        copyText(view, at, text, from, length);
        at += length;
        if (quoted) bytes[at++] = QUOTE;
      } else if (kind === "image") {
        const image = values[row]!;
        const length = lengths[image]!;
        copyText(view, at, text, image * IMAGE_STRIDE, length);
        at += length;
      } else {
        const low = values[row * stride]!;
        const value = stride === 1 ? low : values[row * stride + 1]! * 4294967296 + (low >>> 0);
        at = writeNumber(bytes, at, value, kind === "decimal");
      }
      bytes[at++] = separator;
    }
    // A .tbl row keeps its last separator, a CSV row ends in its place.
    if (format === "csv") at--;
    bytes[at++] = NEWLINE;
  }
  return bytes.subarray(0, at);
}

/** What precedes the first row of a file. */
export function delimitedHeader(table: TableName, format: DelimitedFormat): Uint8Array<ArrayBuffer> {
  if (format === "tbl") return new Uint8Array(0);
  return new TextEncoder().encode(`${SCHEMA[table].map(({ name }) => name).join(",")}\n`);
}
