/** The rows from `first` to before `end`. */
export type RowRange = { readonly first: number; readonly end: number };

export function overlap(page: { readonly firstRow: number; readonly rows: number }, range: RowRange): boolean {
  return page.firstRow < range.end && page.firstRow + page.rows > range.first;
}

/** What two lists of ranges have in common; both are in order, and so is the result, in which no range touches the next. */
export function intersect(a: readonly RowRange[], b: readonly RowRange[]): readonly RowRange[] {
  const common: RowRange[] = [];
  let [i, j] = [0, 0];
  for (;;) {
    const [x, y] = [a[i], b[j]];
    if (x === undefined || y === undefined) return common;
    const [first, end] = [Math.max(x.first, y.first), Math.min(x.end, y.end)];
    const last = common.at(-1);
    if (last?.end === first && first < end) common[common.length - 1] = { first: last.first, end };
    else if (first < end) common.push({ first, end });
    if (x.end < y.end) i++;
    else j++;
  }
}

/** The same rows and others, in at most `most` ranges: the smallest gaps are closed. */
export function fewer(ranges: readonly RowRange[], most: number): readonly RowRange[] {
  if (ranges.length <= most) return ranges;
  const gaps = ranges.slice(1).map(({ first }, i) => ({ first, size: first - (ranges[i] as RowRange).end }));
  const kept = new Set(
    gaps
      .toSorted((x, y) => y.size - x.size)
      .slice(0, most - 1)
      .map(({ first }) => first),
  );
  const result: RowRange[] = [];
  for (const range of ranges) {
    const last = result.at(-1);
    if (last === undefined || kept.has(range.first)) result.push(range);
    else result[result.length - 1] = { first: last.first, end: range.end };
  }
  return result;
}
