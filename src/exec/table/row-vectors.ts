import { type Lane, LANE_BYTES, laneOf } from "../../planner/types/lane.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { ExtentScope } from "../memory/allocator.ts";
import { blocksOf, type Piece, stringsOf, viewPiece, type Workbench, workbench, WORKBENCH_BYTES } from "./pieces.ts";
import { countRows, type ResultRows } from "./result-rows.ts";
import { createTable } from "./table-version.ts";

/** A column of rows side by side: values in the natural lane of the type, a bitmap at `validity` (0: no NULLs). */
export type RowVector = { readonly lane: Lane; readonly data: number; readonly validity: number };

/** Columns of a query's rows, all by default, as vectors in memory of `scope`; strings stay where they are. In short steps. */
export function* rowVectors(
  kernels: Kernels,
  scope: ExtentScope,
  rows: ResultRows,
  ordinals: Iterable<number> = rows.columns.keys(),
): Generator<void, readonly RowVector[]> {
  const count = countRows(rows);
  const bench = workbench(kernels, scope.alloc(WORKBENCH_BYTES));
  const vectors: RowVector[] = [];
  for (const ordinal of ordinals) vectors.push(yield* columnVector(bench, scope, rows, ordinal, count));
  return vectors;
}

function* columnVector(
  bench: Workbench,
  scope: ExtentScope,
  rows: ResultRows,
  ordinal: number,
  count: number,
): Generator<void, RowVector> {
  const { kernels } = bench;
  const column = rows.columns[ordinal];
  if (column === undefined) throw new RangeError(`column ${ordinal}`);
  const lane = laneOf(column.type);
  const bytes = LANE_BYTES[lane];
  const data = scope.alloc(count * bytes);
  const bitmapBytes = Math.ceil(count / 8);
  const validity = column.field.validOffset === undefined ? 0 : scope.alloc(bitmapBytes);
  if (validity !== 0) kernels.fillBytes(validity, 0, bitmapBytes);
  const source = { old: createTable([]), rows, fields: rows.columns.map((_, i) => i) };
  let first = 0;
  for (const segment of rows.segments) {
    const piece: Piece = { kind: "rows", address: segment.address, rows: segment.rows, start: first };
    for (const [from, size] of blocksOf(piece)) {
      const view = viewPiece(bench, source, ordinal, piece, from, size);
      const {
        values,
        stride,
        valid,
        validStride,
        bytes: width,
        signed,
      } = lane === "str" ? stringsOf(bench, view, size) : view;
      kernels.gatherFixed(
        values,
        stride,
        size,
        valid,
        validStride,
        width,
        signed,
        data + (first + from) * bytes,
        bytes,
      );
      if (validity !== 0) kernels.packValidity(valid, validStride, size, validity, first + from);
      yield;
    }
    first += segment.rows;
  }
  return { lane, data, validity };
}
