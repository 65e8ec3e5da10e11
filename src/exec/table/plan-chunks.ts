/** Which chunks a new version keeps, and what the others are made of. */
import type { ResultRows } from "./result-rows.ts";
import type { ChunkPlan, Piece } from "./pieces.ts";
import type { TableVersion } from "./table-version.ts";

/** New rows behind the old ones: the last chunk, where it is not full, is made anew. `chunkRows`: rows of a chunk, at most. */
export function planAppend(old: TableVersion, rows: ResultRows, chunkRows: number): readonly ChunkPlan[] {
  const plans: ChunkPlan[] = [];
  let pieces: Piece[] = [];
  let filled = 0;
  let start = 0;
  const close = (): void => {
    if (filled > 0) plans.push({ rows: filled, kept: false, pieces });
    pieces = [];
    filled = 0;
  };
  for (const [i, chunk] of old.chunks.entries()) {
    const piece: Piece = { kind: "chunk", chunk, rows: chunk.rows, start };
    start += chunk.rows;
    if (i < old.chunks.length - 1 || chunk.rows >= chunkRows) {
      plans.push({ rows: chunk.rows, kept: true, pieces: [piece] });
    } else {
      pieces.push(piece);
      filled = chunk.rows;
    }
  }
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
  return plans;
}

/** Rows of a version by their numbers, ascending, each once. `rows`: the address of the new row; undefined: all are deleted. */
export type RowChange = { readonly numbers: Float64Array; readonly rows: Uint32Array | undefined };

/**
 * Rows replaced in their places, or deleted. Chunks without such rows stay; neighbours that became small are joined. `alloc`
 * gives memory (in which `u32` are written) that lasts as long as the plans. In steps, one for each chunk.
 */
export function* planChange(
  old: TableVersion,
  { numbers, rows }: RowChange,
  chunkRows: number,
  u32: Uint32Array,
  alloc: (bytes: number) => number,
): Generator<void, readonly ChunkPlan[]> {
  const plans: ChunkPlan[] = [];
  let next = 0;
  let first = 0;
  let start = 0;
  for (const chunk of old.chunks) {
    const end = first + chunk.rows;
    const from = next;
    while (next < numbers.length && (numbers[next] as number) < end) next++;
    const changed = numbers.subarray(from, next);
    let rowsLeft = chunk.rows;
    let piece: Piece = { kind: "chunk", chunk, rows: chunk.rows, start };
    if (rows !== undefined && changed.length > 0) {
      const replaced = alloc(chunk.rows * 4);
      const at = replaced >>> 2;
      u32.fill(0, at, at + chunk.rows);
      for (let i = from; i < next; i++) u32[at + (numbers[i] as number) - first] = rows[i] as number;
      piece = { kind: "picks", chunk, picks: 0, replaced, rows: chunk.rows, start };
    } else if (changed.length > 0) {
      rowsLeft -= changed.length;
      const picks = alloc(rowsLeft * 4);
      let at = picks >>> 2;
      let deleted = 0;
      for (let row = 0; row < chunk.rows; row++) {
        if (deleted < changed.length && changed[deleted] === first + row) deleted++;
        else u32[at++] = row;
      }
      piece = { kind: "picks", chunk, picks, replaced: 0, rows: rowsLeft, start };
    }
    if (rowsLeft > 0) {
      const before = plans.at(-1);
      const kept = piece.kind === "chunk";
      if (!kept && before !== undefined && !before.kept && rows === undefined && before.rows + rowsLeft <= chunkRows) {
        plans[plans.length - 1] = { rows: before.rows + rowsLeft, kept, pieces: [...before.pieces, piece] };
      } else plans.push({ rows: rowsLeft, kept, pieces: [piece] });
    }
    first = end;
    start += rowsLeft;
    yield;
  }
  return plans;
}
