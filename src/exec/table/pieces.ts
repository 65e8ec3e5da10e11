/** What new chunks are made of: rows of a query's result and chunks of the version before. */
import { LANE_BYTES } from "../../planner/types/lane.ts";
import { repOf } from "../../planner/ir/lower/rep.ts";
import { REP_BYTES, type RowField } from "../codegen/row-layout.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { ResultRows } from "./result-rows.ts";
import type { Chunk, TableVersion } from "./table-version.ts";

/** Consecutive rows of one source. `start`: number of the first one in the table. */
export type Piece =
  | { readonly kind: "rows"; readonly address: number; readonly rows: number; readonly start: number }
  | { readonly kind: "chunk"; readonly chunk: Chunk; readonly rows: number; readonly start: number }
  /**
   * Rows of a chunk by their numbers, the u32 at `picks` (0: all), some of them replaced: where the u32 at `replaced` (0: none) is
   * not 0 it is the address of the new row.
   */
  | {
      readonly kind: "picks";
      readonly chunk: Chunk;
      readonly picks: number;
      readonly replaced: number;
      readonly rows: number;
      readonly start: number;
    };

/** A chunk of the new version, its pieces in order. `kept`: it is the one chunk that it consists of. */
export type ChunkPlan = { readonly rows: number; readonly kept: boolean; readonly pieces: readonly Piece[] };

/** Rows that kernels work on at a time: what their columns have in common stays in the cache. */
export const BLOCK_ROWS = 2048;

/** Where the kernels work, with scratch memory for one block. */
export type Workbench = {
  readonly kernels: Kernels;
  /** Address of a byte that is 1: the validity of columns without NULLs. */
  readonly one: number;
  /** `BLOCK_ROWS` string references. */
  readonly refs: number;
  /** `BLOCK_ROWS` bytes. */
  readonly valid: number;
  /** `BLOCK_ROWS` values of 16 bytes. */
  readonly values: number;
};

export const WORKBENCH_BYTES: number = 16 + BLOCK_ROWS * 25;

export function workbench(kernels: Kernels, address: number): Workbench {
  kernels.fillBytes(address, 1, 1);
  const refs = address + 16;
  const values = refs + BLOCK_ROWS * 8;
  return { kernels, one: address, refs, values, valid: values + BLOCK_ROWS * 16 };
}

/** Values as the kernels take them (see `assembly/table.ts`). */
export type Strided = {
  readonly values: number;
  readonly stride: number;
  readonly valid: number;
  readonly validStride: number;
  /** Size of a value. */
  readonly bytes: number;
  /** Whether a shorter integer is extended by its sign. */
  readonly signed: number;
  /** Not 0: the values are codes into the string references at this address. */
  readonly dictionary: number;
};

/** `fields[ordinal]`: which column of `rows` has the table's new values; undefined: it keeps the old ones. */
export type PieceSource = {
  readonly old: TableVersion;
  readonly rows: ResultRows;
  readonly fields: readonly (number | undefined)[];
};

/** Rows `from` to `from + count` of a piece's column `ordinal`. Uses the bench's `valid`, `values` and `refs`. */
export function viewPiece(
  bench: Workbench,
  source: PieceSource,
  ordinal: number,
  piece: Piece,
  from: number,
  count: number,
): Strided {
  switch (piece.kind) {
    case "rows":
      return viewRows(bench, source, ordinal, piece.address + from * source.rows.stride);
    case "chunk":
      return viewChunk(bench, source, ordinal, piece.chunk, from, count);
    case "picks":
      return viewPicks(bench, source, ordinal, piece, from, count);
  }
}

function fieldOf({ rows, fields }: PieceSource, ordinal: number): RowField {
  const field = rows.columns[fields[ordinal] ?? -1]?.field;
  if (field === undefined) throw new RangeError(`no result column for column ${ordinal}`);
  return field;
}

/** Rows of the query's result from the address `row` on. */
function viewRows(bench: Workbench, source: PieceSource, ordinal: number, row: number): Strided {
  const { stride, dictionaryRefs } = source.rows;
  const { dictionary, validOffset, offset, rep } = fieldOf(source, ordinal);
  return {
    values: row + offset,
    stride,
    valid: validOffset === undefined ? bench.one : row + validOffset,
    validStride: validOffset === undefined ? 0 : stride,
    bytes: dictionary === undefined ? REP_BYTES[rep] : 4,
    signed: dictionary === undefined ? 1 : 0,
    dictionary: dictionary === undefined ? 0 : dictionaryRefs(dictionary.slot),
  };
}

function viewChunk(
  bench: Workbench,
  { old }: PieceSource,
  ordinal: number,
  { columns }: Chunk,
  from: number,
  count: number,
): Strided {
  const column = old.columns[ordinal];
  const chunk = columns[ordinal];
  if (column === undefined || chunk === undefined) throw new RangeError(`no column ${ordinal}`);
  const bytes = LANE_BYTES[column.lane];
  if (chunk.validity !== 0) bench.kernels.unpackValidity(chunk.validity, from, count, bench.valid);
  return {
    values: chunk.data + from * bytes,
    stride: bytes,
    valid: chunk.validity === 0 ? bench.one : bench.valid,
    validStride: chunk.validity === 0 ? 0 : 1,
    bytes,
    signed: column.lane.startsWith("i") ? 1 : 0,
    dictionary: column.dictionary?.refs ?? 0,
  };
}

/** Gathered values in the natural representation of the column's type. */
function viewPicks(
  bench: Workbench,
  source: PieceSource,
  ordinal: number,
  { chunk, picks, replaced }: Extract<Piece, { kind: "picks" }>,
  from: number,
  count: number,
): Strided {
  const { kernels, valid } = bench;
  const column = source.old.columns[ordinal];
  const data = chunk.columns[ordinal];
  if (column === undefined || data === undefined) throw new RangeError(`no column ${ordinal}`);
  const bytes = LANE_BYTES[column.lane];
  const targetBytes = REP_BYTES[repOf(column.type)];
  const signed = column.lane.startsWith("i") ? 1 : 0;
  const at = picks === 0 ? 0 : picks + from * 4;
  let values = bench.values;
  if (column.dictionary === undefined) {
    kernels.pickRows(data.data, bytes, signed, data.validity, at, from, count, values, targetBytes, valid);
  } else {
    kernels.pickRows(data.data, bytes, 0, data.validity, at, from, count, values, 4, valid);
    kernels.gatherRefs(values, 4, count, valid, 1, 4, column.dictionary.refs, bench.refs);
    values = bench.refs;
  }
  if (replaced !== 0) {
    const { dictionary, validOffset, offset, rep } = fieldOf(source, ordinal);
    const fieldBytes = dictionary === undefined ? REP_BYTES[rep] : 4;
    const refs = dictionary === undefined ? 0 : source.rows.dictionaryRefs(dictionary.slot);
    const rows = replaced + from * 4;
    kernels.overlayRows(rows, count, offset, validOffset ?? -1, fieldBytes, refs, values, targetBytes, valid);
  }
  return { values, stride: targetBytes, valid, validStride: 1, bytes: targetBytes, signed: 1, dictionary: 0 };
}

/** The view with references in place of codes. Uses the bench's `refs`. */
export function stringsOf(bench: Workbench, view: Strided, count: number): Strided {
  if (view.dictionary === 0) return view;
  const { values, stride, valid, validStride, bytes, dictionary } = view;
  bench.kernels.gatherRefs(values, stride, count, valid, validStride, bytes, dictionary, bench.refs);
  return { values: bench.refs, stride: 8, valid, validStride, bytes: 8, signed: 0, dictionary: 0 };
}

/** Bytes of all strings of a piece's column. */
export function sumStringBytes(bench: Workbench, source: PieceSource, ordinal: number, piece: Piece): number {
  let bytes = 0;
  for (const [from, count] of blocksOf(piece)) {
    const strings = stringsOf(bench, viewPiece(bench, source, ordinal, piece, from, count), count);
    bytes += bench.kernels.sumLengths(strings.values, strings.stride, count, strings.valid, strings.validStride);
  }
  return bytes;
}

/** The blocks of a piece as first row and number of rows. */
export function* blocksOf({ rows }: Piece): Generator<readonly [from: number, count: number]> {
  for (let from = 0; from < rows; from += BLOCK_ROWS) yield [from, Math.min(BLOCK_ROWS, rows - from)];
}
