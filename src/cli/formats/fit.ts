/** Makes a table fit a terminal: first wide text columns shrink, then columns in the middle go. */

/** What a column shrinks to at least. */
const LEAST = 10;

/** Between the texts of two columns: ` │ `; the outer borders and their spaces take 4 together. */
const BETWEEN = 3;
const BORDERS = 4;

export type Fit = {
  /** Indices of the columns that are shown, ascending. */
  readonly columns: readonly number[];
  /** The width of each shown column. */
  readonly widths: readonly number[];
  /** Shown columns before the gap; undefined when all columns are shown. */
  readonly gapAfter: number | undefined;
};

/** `shrinks` says which columns may lose text: numbers never do. */
export function fitColumns(widths: readonly number[], shrinks: readonly boolean[], limit: number): Fit {
  const least = widths.map((width, c) => (shrinks[c] === true ? Math.min(width, LEAST) : width));
  let columns = widths.map((_, c) => c);
  let gapAfter: number | undefined;
  let room = limit - frameWidth(columns.length, false);
  while (columns.length > 1 && columns.reduce((sum, c) => sum + least[c]!, 0) > room) {
    const middle = columns.length >> 1;
    columns = columns.filter((_, i) => i !== middle);
    gapAfter = middle;
    room = limit - frameWidth(columns.length, true);
  }
  const wanted = columns.map((c) => ({ most: widths[c]!, least: least[c]! }));
  return { columns, widths: widthsWithin(wanted, room), gapAfter };
}

/** What lines, spaces and the gap's column take beside the texts of `count` columns. */
function frameWidth(count: number, gap: boolean): number {
  return BETWEEN * (count - 1) + BORDERS + (gap ? BETWEEN + 1 : 0);
}

/** Every column up to one common cap, the largest for which they fit `room`. */
function widthsWithin(columns: readonly { readonly most: number; readonly least: number }[], room: number): number[] {
  const capped = (cap: number): number[] => columns.map(({ most, least }) => Math.max(least, Math.min(most, cap)));
  let low = 0;
  let high = Math.max(...columns.map(({ most }) => most));
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (capped(middle).reduce((sum, width) => sum + width, 0) <= room) low = middle;
    else high = middle - 1;
  }
  return capped(low);
}

/** The beginning of `text` and `…`, at most `width` terminal columns together. */
export function shorten(text: string, width: number, widthOf: (text: string) => number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const character of text) {
    used += widthOf(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
