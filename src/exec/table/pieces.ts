/** What new chunks are made of: rows of a query's result and chunks of the version before. */
import { LANE_BYTES } from "../../planner/types/lane.ts";
import { REP_BYTES } from "../codegen/row-layout.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { ResultRows } from "./result-rows.ts";
import type { Chunk, TableVersion } from "./table-version.ts";

/** Consecutive rows of one source. `start`: number of the first one in the table. */
export type Piece =
  | { readonly kind: "rows"; readonly address: number; readonly rows: number; readonly start: number }
  | { readonly kind: "chunk"; readonly chunk: Chunk; readonly rows: number; readonly start: number };

/** A chunk to be made, its pieces in order. */
export type ChunkPlan = { readonly rows: number; readonly pieces: readonly Piece[] };

/**
 * Which chunks of `old` stay as they are, and those that are made from its last one, where that is not full, and from
 * new rows, `chunkRows` each but the last.
 */
export function planChunks(
  old: TableVersion,
  rows: ResultRows,
  chunkRows: number,
): { readonly kept: readonly ChunkPlan[]; readonly made: readonly ChunkPlan[] } {
  let start = 0;
  const before = old.chunks.map((chunk): Piece => {
    const piece: Piece = { kind: "chunk", chunk, rows: chunk.rows, start };
    start += chunk.rows;
    return piece;
  });
  const partial = before.at(-1);
  const tail = partial !== undefined && partial.rows < chunkRows ? before.pop() : undefined;

  const made: ChunkPlan[] = [];
  let pieces: Piece[] = tail === undefined ? [] : [tail];
  let filled = tail?.rows ?? 0;
  const close = (): void => {
    if (filled > 0) made.push({ rows: filled, pieces });
    pieces = [];
    filled = 0;
  };
  for (const segment of rows.segments) {
    for (let done = 0; done < segment.rows;) {
      const count = Math.min(segment.rows - done, chunkRows - filled);
      pieces.push({ kind: "rows", address: segment.address + done * rows.stride, rows: count, start });
      start += count;
      done += count;
      filled += count;
      if (filled === chunkRows) close();
    }
  }
  close();
  return { kept: before.map((piece) => ({ rows: piece.rows, pieces: [piece] })), made };
}

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
};

export const WORKBENCH_BYTES: number = 16 + BLOCK_ROWS * 9;

export function workbench(kernels: Kernels, address: number): Workbench {
  kernels.fillBytes(address, 1, 1);
  return { kernels, one: address, refs: address + 16, valid: address + 16 + BLOCK_ROWS * 8 };
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

export type PieceSource = { readonly old: TableVersion; readonly rows: ResultRows };

/** Rows `from` to `from + count` of a piece's column `ordinal`. Uses the bench's `valid`. */
export function viewPiece(
  bench: Workbench,
  source: PieceSource,
  ordinal: number,
  piece: Piece,
  from: number,
  count: number,
): Strided {
  if (piece.kind === "rows") {
    const { stride, columns, dictionaryRefs } = source.rows;
    const field = columns[ordinal]?.field;
    if (field === undefined) throw new RangeError(`no result column ${ordinal}`);
    const row = piece.address + from * stride;
    const { dictionary, validOffset } = field;
    return {
      values: row + field.offset,
      stride,
      valid: validOffset === undefined ? bench.one : row + validOffset,
      validStride: validOffset === undefined ? 0 : stride,
      bytes: dictionary === undefined ? REP_BYTES[field.rep] : 4,
      signed: dictionary === undefined ? 1 : 0,
      dictionary: dictionary === undefined ? 0 : dictionaryRefs(dictionary.slot),
    };
  }
  const column = source.old.columns[ordinal];
  const chunk = piece.chunk.columns[ordinal];
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
  forBlocks(piece, (from, count) => {
    const strings = stringsOf(bench, viewPiece(bench, source, ordinal, piece, from, count), count);
    bytes += bench.kernels.sumLengths(strings.values, strings.stride, count, strings.valid, strings.validStride);
  });
  return bytes;
}

export function forBlocks(piece: Piece, visit: (from: number, count: number) => void): void {
  for (let from = 0; from < piece.rows; from += BLOCK_ROWS) visit(from, Math.min(BLOCK_ROWS, piece.rows - from));
}
