/** The second pass: values of pieces into the lanes of new chunks. */
import { type Lane, LANE_BYTES } from "../../planner/types/lane.ts";
import type { Interning } from "./analyze.ts";
import {
  blocksOf,
  type ChunkPlan,
  type PieceSource,
  type Strided,
  stringsOf,
  viewPiece,
  type Workbench,
} from "./pieces.ts";

/** How a column is to be stored; `interning`: as codes, those of rows that are not codes in the old version being there. */
export type ColumnEncoding = { readonly lane: Lane; readonly interning: Interning | undefined };

/** Room for one column of one chunk; `validity` 0: there are no NULLs. The bitmap is zeroed. */
export type ColumnTarget = { readonly data: number; readonly validity: number; readonly stringBytes: number };

/** Writes column `ordinal` of the chunk for every ordinal that has a target. Blocks go over all columns together, a step each. */
export function* encodeChunk(
  bench: Workbench,
  source: PieceSource,
  plan: ChunkPlan,
  encodings: readonly ColumnEncoding[],
  targets: readonly (ColumnTarget | undefined)[],
): Generator<void, void> {
  const ends = targets.map((target) => target?.stringBytes ?? 0);
  let position = 0;
  for (const piece of plan.pieces) {
    const first = position;
    for (const [from, count] of blocksOf(piece)) {
      for (const [ordinal, target] of targets.entries()) {
        const encoding = encodings[ordinal];
        if (target === undefined || encoding === undefined) continue;
        const { lane, interning } = encoding;
        const { kernels } = bench;
        const view = viewPiece(bench, source, ordinal, piece, from, count);
        const data = target.data + (first + from) * LANE_BYTES[lane];
        if (interning === undefined && lane === "str") {
          const { values, stride, valid, validStride } = stringsOf(bench, view, count);
          ends[ordinal] =
            kernels.copyStrings(values, stride, count, valid, validStride, data, ends[ordinal] as number) >>> 0;
        } else {
          const kept = interning === undefined || (piece.kind === "chunk" && view.dictionary !== 0);
          const { values, stride, valid, validStride, bytes, signed } = kept
            ? view
            : codesView(view, interning.codes + 2 * (piece.start + from - interning.firstRow));
          kernels.gatherFixed(values, stride, count, valid, validStride, bytes, signed, data, LANE_BYTES[lane]);
        }
        if (target.validity !== 0) {
          kernels.packValidity(view.valid, view.validStride, count, target.validity, first + from);
        }
      }
      yield;
    }
    position += piece.rows;
  }
}

function codesView(view: Strided, codes: number): Strided {
  return { ...view, values: codes, stride: 2, bytes: 2, signed: 0, dictionary: 0 };
}
