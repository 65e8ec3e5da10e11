/** Columns from references to texts: what CSV and JSON files have in common. */
import type { Datum } from "../../planner/expr/expr.ts";
import { LANE_BYTES, laneOf } from "../../planner/types/lane.ts";
import { INTEGER_RANGE, isInteger, type SqlType } from "../../planner/types/types.ts";
import type { ScanMemory } from "./scan-memory.ts";
import { writeDatum } from "../../planner/types/write-datum.ts";
import { writeBlocks } from "./write-blocks.ts";

/** How the texts of a column become values. */
export type TextConversion = {
  readonly type: SqlType;
  /** A text that stands for a missing value, besides the empty one. */
  readonly nullText: string;
  /**
   * Whether an integer's further digits must be zeros, and a timestamp has no offset; otherwise they are rounded and read past, as
   * CAST does.
   */
  readonly exact: boolean;
  /** The value of a text that no kernel could read; undefined: it has none. */
  readonly parse: (text: string) => Datum | undefined;
};

/** `data` and `validity` as in a column's descriptor. */
export type TextColumn = { readonly data: number; readonly validity: number };

/** Told of a record whose text is no value: throws, or notes that the record does not count. */
export type BadValue = (row: number, text: string) => void;

/**
 * The values of `rows` references {u32 address, u32 length}; address 0 is NULL. Strings are not copied: they stay where they
 * lie.
 */
export function convertTexts(
  memory: ScanMemory,
  refs: number,
  rows: number,
  conversion: TextConversion,
  bad: BadValue,
): TextColumn {
  const { kernels, shared } = memory;
  const { type, nullText, exact, parse } = conversion;
  if (nullText !== "") dropNullTexts(memory, refs, rows, nullText);
  const validity = memory.zeroed(Math.ceil(rows / 8) + 8);
  const slow = memory.alloc(rows * 4);
  const width = LANE_BYTES[laneOf(type)];
  const slowRow = (i: number): number => shared.view.getUint32(slow + i * 4, true);
  const text = (row: number): string => textAt(memory, refs, row);
  if (type.kind === "Varchar") {
    const others = kernels.csvStrings(refs, rows, validity, slow);
    for (let i = 0; i < others; i++) {
      bad(slowRow(i), "bytes that are no UTF-8");
      clearValue(memory, refs + slowRow(i) * 8, 8, validity, slowRow(i));
    }
    return { data: refs, validity };
  }
  const data = memory.alloc(rows * width);
  const others = quickly(memory, refs, rows, type, exact, data, validity, slow);
  if (width === 8 && laneOf(type) === "str") {
    // Whatever is not UTF-8 would be replaced in silence when it is decoded.
    const wrong = memory.alloc(rows * 4);
    const count = kernels.csvStrings(refs, rows, memory.zeroed(Math.ceil(rows / 8) + 8), wrong);
    for (let i = 0; i < count; i++) bad(shared.view.getUint32(wrong + i * 4, true), "bytes that are no UTF-8");
    kernels.fillBytes(data, 0, rows * 8);
    writeBlocks(memory, type, data, others, slowRow, (row) => {
      const value = parse(text(row));
      if (value === undefined) bad(row, text(row));
      if (value === undefined || value === null) clearValue(memory, data + row * 8, 8, validity, row);
      return value ?? null;
    });
    return { data, validity };
  }
  // Buffer decodes from shared memory, which TextDecoder refuses.
  const bytes = Buffer.from(shared.memory.buffer as unknown as ArrayBuffer);
  for (let i = 0; i < others; i++) {
    const row = slowRow(i);
    const start = shared.view.getUint32(refs + row * 8, true);
    const own = bytes.toString("utf8", start, start + shared.view.getUint32(refs + row * 8 + 4, true));
    if (type.kind === "Double" && PLAIN_NUMBER.test(own)) {
      const number = Number(own);
      if (Number.isFinite(number)) {
        shared.view.setFloat64(data + row * 8, number, true);
        continue;
      }
    }
    const value = exact && losesDigits(own, type) ? undefined : parse(own.trim());
    if (value === undefined) bad(row, own);
    if (value === undefined || value === null) clearValue(memory, data + row * width, width, validity, row);
    else writeDatum(memory.shared.view, data + row * width, value, type);
  }
  return { data, validity };
}

/** Numbers that SQL and JavaScript write, and round, in the same way. */
const PLAIN_NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Whether a number is a fraction but the type has none. */
function losesDigits(text: string, type: SqlType): boolean {
  return isInteger(type) && /[.e]/i.test(text) && !Number.isInteger(Number(text));
}

/** What kernels can read; the number of rows left to others, which `slow` lists. All rows that have a text are valid. */
function quickly(
  memory: ScanMemory,
  refs: number,
  rows: number,
  type: SqlType,
  exact: boolean,
  data: number,
  validity: number,
  slow: number,
): number {
  const { kernels } = memory;
  const width = LANE_BYTES[laneOf(type)];
  const decimal = type.kind === "Decimal" && type.precision <= 18;
  if (decimal || (isInteger(type) && width <= 8 && type.kind !== "UBigInt")) {
    const { min, max } = decimal
      ? { min: 1n - 10n ** BigInt(type.precision), max: 10n ** BigInt(type.precision) - 1n }
      : INTEGER_RANGE[type.kind as "BigInt"];
    const scale = decimal ? type.scale : 0;
    return kernels.csvIntegers(refs, rows, width, scale, exact ? 1 : 0, min, max, data, validity, slow);
  }
  if (type.kind === "Double") return kernels.csvDoubles(refs, rows, data, validity, slow);
  if (type.kind === "Date") return kernels.csvDates(refs, rows, data, validity, slow);
  if (type.kind === "Timestamp" || type.kind === "TimestampTz") {
    const others = kernels.csvTimestamps(refs, rows, exact ? 0 : 1, data, validity, slow);
    const unit = type.kind === "Timestamp" ? type.unit : "us";
    // Where one is out of range, each is looked at.
    if (unit === "ns" && kernels.multiply64(data, rows, 1000, data) === 0) {
      return listPresent(memory, refs, rows, data, width, validity, slow);
    }
    if (unit === "ms" || unit === "s") kernels.roundedDivide64(data, rows, unit === "ms" ? 1000 : 1_000_000, data);
    return others;
  }
  if (type.kind === "Boolean") return kernels.csvBooleans(refs, rows, data, validity, slow);
  return listPresent(memory, refs, rows, data, width, validity, slow);
}

/** All rows that have a value, for types without a kernel. */
function listPresent(
  { shared, kernels }: ScanMemory,
  refs: number,
  rows: number,
  data: number,
  width: number,
  validity: number,
  slow: number,
): number {
  const { view, u8 } = shared;
  kernels.fillBytes(data, 0, rows * width);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    if (view.getUint32(refs + row * 8, true) === 0) continue;
    u8[validity + (row >> 3)] = (u8[validity + (row >> 3)] as number) | (1 << (row & 7));
    view.setUint32(slow + 4 * count++, row, true);
  }
  return count;
}

/** Makes a value NULL. */
export function clearValue(
  { shared: { u8 } }: ScanMemory,
  at: number,
  width: number,
  validity: number,
  row: number,
): void {
  u8.fill(0, at, at + width);
  u8[validity + (row >> 3)] = (u8[validity + (row >> 3)] as number) & ~(1 << (row & 7));
}

/** Makes the texts that stand for a missing value missing. */
function dropNullTexts({ shared }: ScanMemory, refs: number, rows: number, nullText: string): void {
  const wanted = Buffer.from(nullText, "utf8");
  const { view, u8 } = shared;
  for (let row = 0; row < rows; row++) {
    const address = view.getUint32(refs + row * 8, true);
    if (address === 0 || view.getUint32(refs + row * 8 + 4, true) !== wanted.length) continue;
    if (wanted.every((byte, i) => u8[address + i] === byte)) view.setBigUint64(refs + row * 8, 0n, true);
  }
}

/** The text that a reference refers to. */
export function textAt({ shared }: ScanMemory, refs: number, row: number): string {
  const address = shared.view.getUint32(refs + row * 8, true);
  const length = shared.view.getUint32(refs + row * 8 + 4, true);
  // Buffer decodes from shared memory, which TextDecoder refuses.
  return Buffer.from(shared.memory.buffer as unknown as ArrayBuffer).toString("utf8", address, address + length);
}

/** Leaves rows out of columns of `width` bytes a value; returns how many are left. */
export function dropRows(
  { shared: { u8 } }: ScanMemory,
  columns: readonly (TextColumn & { readonly width: number })[],
  rows: number,
  dropped: ReadonlySet<number>,
): number {
  const kept: number[] = [];
  for (let row = 0; row < rows; row++) if (!dropped.has(row)) kept.push(row);
  for (const { data, validity, width } of columns) {
    kept.forEach((row, i) => {
      if (row === i) return;
      u8.copyWithin(data + i * width, data + row * width, data + (row + 1) * width);
      const bit = 1 << (i & 7);
      const valid = ((u8[validity + (row >> 3)] as number) >> (row & 7)) & 1;
      const byte = u8[validity + (i >> 3)] as number;
      u8[validity + (i >> 3)] = valid === 1 ? byte | bit : byte & ~bit;
    });
  }
  return kept.length;
}
