/** The first pass over new rows: exact bounds, NULLs and bytes per chunk, distinct values, dictionaries. */
import type { Rep } from "../../planner/ir/operand.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import {
  blocksOf,
  type ChunkPlan,
  type Piece,
  type PieceSource,
  stringsOf,
  viewPiece,
  type Workbench,
} from "./pieces.ts";
import { type Bounds, mergeBounds } from "./statistics.ts";

/** State of an analysis in shared memory, written by the kernels of `assembly/table.ts`; zeroed at first. */
export const COLUMN_STATE: {
  readonly [K in "min" | "max" | "values" | "nans" | "stringBytes" | "registers" | "plain" | "bytes"]: number;
} = {
  min: 0,
  max: 16,
  values: 32,
  nans: 36,
  stringBytes: 40,
  registers: 64,
  plain: 64 + 2048,
  bytes: 64 + 2048 + 16,
};

/** A dictionary in the making. */
export type Interning = {
  /** Hash table, zeroed at first. */
  readonly slots: number;
  readonly slotBits: number;
  /** References of the entries, which point to where the strings were found. */
  readonly entries: number;
  size: number;
  readonly limit: number;
  /** u16 codes of the rows from number `firstRow` on. */
  readonly codes: number;
  readonly firstRow: number;
};

export function slotBitsFor(limit: number): number {
  return Math.max(4, Math.ceil(Math.log2(limit * 2)));
}

/** What the new rows of one chunk hold. */
export type ChunkAnalysis = { values: number; bytes: number; zone: Bounds | undefined };

export type ColumnAnalysis = {
  readonly rep: Rep;
  /** Whether bounds make sense for the type. */
  readonly bounded: boolean;
  /** Address of the `COLUMN_STATE`. */
  readonly state: number;
  /** undefined: no dictionary, or one that was given up. */
  interning: Interning | undefined;
  nans: number;
  bounds: Bounds | undefined;
  /** Per chunk plan. */
  readonly chunks: ChunkAnalysis[];
};

/** Analyses the new rows of a chunk, block by block, all columns of a block together; a step is a block. Columns without analysis keep their values. */
export function* analyzeChunk(
  memory: SharedMemory,
  bench: Workbench,
  source: PieceSource,
  plan: ChunkPlan,
  columns: readonly (ColumnAnalysis | undefined)[],
): Generator<void, void> {
  for (const column of columns) column?.chunks.push({ values: 0, bytes: 0, zone: undefined });
  for (const piece of plan.pieces) {
    if (piece.kind === "chunk") continue;
    for (const [from, count] of blocksOf(piece)) {
      for (const [ordinal, column] of columns.entries()) {
        if (column !== undefined) analyzeBlock(memory, bench, source, ordinal, column, piece, from, count);
      }
      yield;
    }
  }
  for (const column of columns) if (column !== undefined) flush(memory, column);
}

/** Enters the strings of a chunk that exists already; they are no part of what is counted. */
export function* internChunk(
  memory: SharedMemory,
  bench: Workbench,
  source: PieceSource,
  piece: Piece,
  ordinal: number,
  column: ColumnAnalysis,
): Generator<void, void> {
  for (const [from, count] of blocksOf(piece)) {
    if (!intern(bench, source, ordinal, column, piece, from, count)) column.interning = undefined;
    yield;
  }
  resetState(memory, column);
}

/** Enters the strings of a dictionary, which get its codes. `codes`: room for `size` u16. */
export function internEntries(
  memory: SharedMemory,
  { kernels, one }: Workbench,
  column: ColumnAnalysis,
  refs: number,
  size: number,
  codes: number,
): void {
  if (column.interning === undefined) return;
  const { slots, slotBits, entries, limit } = column.interning;
  const made = kernels.internStrings(refs, 8, size, one, 0, column.state, slots, slotBits, entries, 0, limit, codes);
  if (made !== size) throw new Error("a dictionary with duplicates or too many entries");
  column.interning.size = size;
  resetState(memory, column);
}

/** Adds what the entries of a dictionary tell, bounds and sketch. */
export function analyzeEntries(memory: SharedMemory, bench: Workbench, column: ColumnAnalysis, from: Interning): void {
  bench.kernels.analyzeStrings(from.entries, 8, from.size, bench.one, 0, column.state);
  column.bounds = mergeBounds(column.bounds, readBounds(memory, column));
  resetState(memory, column);
}

export function readSketch({ u8 }: SharedMemory, { state }: ColumnAnalysis): Uint8Array {
  return u8.slice(state + COLUMN_STATE.registers, state + COLUMN_STATE.plain);
}

function analyzeBlock(
  memory: SharedMemory,
  bench: Workbench,
  source: PieceSource,
  ordinal: number,
  column: ColumnAnalysis,
  piece: Piece,
  from: number,
  count: number,
): void {
  const { kernels } = bench;
  const { interning } = column;
  if (interning !== undefined) {
    if (intern(bench, source, ordinal, column, piece, from, count)) return;
    // The strings seen so far are exactly the entries.
    flush(memory, column);
    analyzeEntries(memory, bench, column, interning);
    column.interning = undefined;
  }
  const view = viewPiece(bench, source, ordinal, piece, from, count);
  const { values, stride, valid, validStride } = view;
  switch (column.rep) {
    case "i32":
      return kernels.analyzeI32(values, stride, count, valid, validStride, column.state);
    case "i64":
      return kernels.analyzeI64(values, stride, count, valid, validStride, column.state);
    case "i128":
    case "interval":
      return kernels.analyzeI128(values, stride, count, valid, validStride, column.state);
    case "f32":
      return kernels.analyzeF32(values, stride, count, valid, validStride, column.state);
    case "f64":
      return kernels.analyzeF64(values, stride, count, valid, validStride, column.state);
    case "str": {
      const strings = stringsOf(bench, view, count);
      return kernels.analyzeStrings(strings.values, strings.stride, count, valid, validStride, column.state);
    }
  }
}

/** False when there would be more entries than the limit. */
function intern(
  bench: Workbench,
  source: PieceSource,
  ordinal: number,
  { interning, state }: ColumnAnalysis,
  piece: Piece,
  from: number,
  count: number,
): boolean {
  if (interning === undefined) return false;
  const view = stringsOf(bench, viewPiece(bench, source, ordinal, piece, from, count), count);
  const { slots, slotBits, entries, size, limit, codes, firstRow } = interning;
  const { values, stride, valid, validStride } = view;
  const target = codes + 2 * (piece.start + from - firstRow);
  const { internStrings } = bench.kernels;
  const made = internStrings(
    values,
    stride,
    count,
    valid,
    validStride,
    state,
    slots,
    slotBits,
    entries,
    size,
    limit,
    target,
  );
  interning.size = made < 0 ? limit : made;
  return made >= 0;
}

/** Moves what the state counted to the column and its last chunk. */
function flush(memory: SharedMemory, column: ColumnAnalysis): void {
  const chunk = column.chunks.at(-1);
  if (chunk === undefined) throw new Error("no chunk is being analysed");
  const { state } = column;
  const bounds = column.interning === undefined ? readBounds(memory, column) : undefined;
  chunk.values += memory.view.getUint32(state + COLUMN_STATE.values, true);
  chunk.bytes += Number(memory.view.getBigUint64(state + COLUMN_STATE.stringBytes, true));
  chunk.zone = mergeBounds(chunk.zone, bounds);
  column.nans += memory.view.getUint32(state + COLUMN_STATE.nans, true);
  column.bounds = mergeBounds(column.bounds, bounds);
  resetState(memory, column);
}

/** Counts and bounds; the sketch stays. */
function resetState({ u8 }: SharedMemory, { state }: ColumnAnalysis): void {
  u8.fill(0, state, state + COLUMN_STATE.registers);
}

function readBounds({ view, u8 }: SharedMemory, { rep, bounded, state }: ColumnAnalysis): Bounds | undefined {
  const { min, max, values, nans } = COLUMN_STATE;
  const count = view.getUint32(state + values, true);
  if (!bounded || count === 0) return undefined;
  switch (rep) {
    case "i32":
    case "i64":
      return { kind: "integer", min: view.getBigInt64(state + min, true), max: view.getBigInt64(state + max, true) };
    case "i128": {
      const wide = (at: number): bigint => (view.getBigInt64(at + 8, true) << 64n) | view.getBigUint64(at, true);
      return { kind: "integer", min: wide(state + min), max: wide(state + max) };
    }
    case "f32":
    case "f64":
      if (view.getUint32(state + nans, true) === count) return undefined;
      return { kind: "float", min: view.getFloat64(state + min, true), max: view.getFloat64(state + max, true) };
    case "str": {
      const bytes = (at: number): Uint8Array => {
        const address = view.getUint32(at, true);
        return u8.slice(address, address + view.getUint32(at + 4, true));
      };
      return { kind: "bytes", min: bytes(state + min), max: bytes(state + max) };
    }
    case "interval":
      return undefined;
  }
}
