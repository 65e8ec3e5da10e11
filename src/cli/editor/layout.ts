/** How a text lies on a terminal: rows that never touch the last column, so that the terminal itself never wraps. */
import type { EditBuffer } from "./buffer.ts";

/** `text[start, end)` behind `prompt`; `width` in columns, the prompt included. */
export type ScreenRow = {
  readonly prompt: string;
  readonly start: number;
  readonly end: number;
  readonly width: number;
};

export type Layout = {
  readonly rows: readonly ScreenRow[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
};

/** The width of one grapheme cluster in columns. */
export type ClusterWidth = (cluster: string) => number;

/** `first` stands before the first line, `more` before the others and before what a long line goes on with. */
export function layOut(
  { text, cursor }: EditBuffer,
  { first, more }: { readonly first: string; readonly more: string },
  columns: number,
  widthOf: ClusterWidth,
): Layout {
  const limit = Math.max(columns - 1, more.length + 2);
  const rows: ScreenRow[] = [];
  let [cursorRow, cursorColumn] = [0, 0];
  let prompt = first;
  let start = 0;
  let width = prompt.length;
  const finish = (end: number): void => {
    rows.push({ prompt, start, end, width });
    prompt = more;
    width = prompt.length;
  };
  const place = (offset: number): void => {
    if (offset === cursor) [cursorRow, cursorColumn] = [rows.length, width];
  };
  for (const { index, segment } of new Intl.Segmenter().segment(text)) {
    if (segment === "\n" || segment === "\r\n") {
      place(index);
      finish(index);
      start = index + segment.length;
      continue;
    }
    const cells = widthOf(segment);
    if (width + cells > limit) {
      finish(index);
      start = index;
    }
    place(index);
    width += cells;
  }
  place(text.length);
  finish(text.length);
  return { rows, cursorRow, cursorColumn };
}

/** The rows `[from, to)` that a screen of `height` rows shows: all, or those around the cursor. */
export function visibleRows({ rows, cursorRow }: Layout, height: number): { from: number; to: number } {
  const count = Math.min(rows.length, Math.max(height, 1));
  const from = Math.min(Math.max(0, cursorRow - (count >> 1)), rows.length - count);
  return { from, to: from + count };
}
