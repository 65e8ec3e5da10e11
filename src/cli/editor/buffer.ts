/** The text under edit and its cursor, a UTF-16 offset that never stands inside a grapheme cluster. Edits make new values. */
export type EditBuffer = { readonly text: string; readonly cursor: number };

export const EMPTY: EditBuffer = { text: "", cursor: 0 };

export function atEnd(text: string): EditBuffer {
  return { text, cursor: text.length };
}

export function insert({ text, cursor }: EditBuffer, piece: string): EditBuffer {
  return replaceRange(text, cursor, cursor, piece);
}

/** Puts `piece` in the place of `text[from, to)`; the cursor stands after it. */
export function replaceRange(text: string, from: number, to: number, piece: string): EditBuffer {
  return { text: text.slice(0, from) + piece + text.slice(to), cursor: from + piece.length };
}

/** Removes what lies between the cursor and `to`, on either side of it. */
export function deleteTo({ text, cursor }: EditBuffer, to: number): EditBuffer {
  return replaceRange(text, Math.min(cursor, to), Math.max(cursor, to), "");
}

export function moveTo({ text }: EditBuffer, cursor: number): EditBuffer {
  return { text, cursor };
}

export function lineStart({ text, cursor }: EditBuffer): number {
  return cursor === 0 ? 0 : text.lastIndexOf("\n", cursor - 1) + 1;
}

export function lineEnd({ text, cursor }: EditBuffer): number {
  const end = text.indexOf("\n", cursor);
  return end < 0 ? text.length : end;
}

/** Where the grapheme cluster before the cursor begins. */
export function previousCluster({ text, cursor }: EditBuffer): number {
  // A window is enough: no cluster in use is as long.
  const from = Math.max(0, cursor - CLUSTER_LIMIT);
  let start = cursor;
  for (const { index } of new Intl.Segmenter().segment(text.slice(from, cursor))) start = from + index;
  return start;
}

/** Where the grapheme cluster after the cursor ends. */
export function nextCluster({ text, cursor }: EditBuffer): number {
  const [first] = new Intl.Segmenter().segment(text.slice(cursor, cursor + CLUSTER_LIMIT));
  return cursor + (first?.segment.length ?? 0);
}

const CLUSTER_LIMIT = 64;

export function previousWord({ text, cursor }: EditBuffer): number {
  return /[\w\u0080-\uffff]*[^\w\u0080-\uffff]*$/.exec(text.slice(0, cursor))!.index;
}

export function nextWord({ text, cursor }: EditBuffer): number {
  return cursor + /^[^\w\u0080-\uffff]*[\w\u0080-\uffff]*/.exec(text.slice(cursor))![0].length;
}

/** The same column in the line above (-1) or below (1); undefined when there is no such line. */
export function verticalMove(buffer: EditBuffer, direction: -1 | 1): EditBuffer | undefined {
  const { text, cursor } = buffer;
  const column = cursor - lineStart(buffer);
  const edge = direction === -1 ? lineStart(buffer) - 1 : lineEnd(buffer) + 1;
  if (edge < 0 || edge > text.length) return undefined;
  const there = { text, cursor: edge };
  return { text, cursor: Math.min(lineStart(there) + column, lineEnd(there)) };
}
