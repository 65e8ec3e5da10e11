/**
 * What a run reads of Parquet files: the row groups that neither statistics nor Bloom filters exclude, and of these the ranges of rows
 * whose pages the page index does not exclude. All of it is about time: the rows that are read are filtered anyway.
 */
import { mayHaveAny } from "../../io/formats/parquet/bloom-filter.ts";
import type { DecodeContext, PageRun } from "../../io/formats/parquet/decode-column.ts";
import type { IndexPlace } from "../../io/formats/parquet/index-checksums.ts";
import { type IndexedPage, readColumnIndex, readOffsetIndex } from "../../io/formats/parquet/page-index.ts";
import type { ColumnChunk, RowGroup } from "../../io/formats/parquet/parquet-file.ts";
import type { ParquetTable } from "../../io/formats/parquet/parquet-table.ts";
import type { Leaf } from "../../io/formats/parquet/schema.ts";
import type { ChunkStatistics } from "../../io/formats/parquet/statistics.ts";
import { LocalFile } from "../../io/stores/file.ts";
import type { TableUse } from "../codegen/program.ts";
import { type Bound, mayContain } from "../codegen/prune.ts";
import type { ParquetScan } from "../worker/parquet-scan.ts";
import { fewer, intersect, overlap, type RowRange } from "./row-ranges.ts";
import type { ScanPruning } from "./run-profile.ts";

type TableFile = ParquetTable["files"][number];
type Part = ParquetScan["groups"][number];
type ColumnPart = Part["columns"][number];
type Counts = { -readonly [K in keyof ScanPruning]: number };

/** Of one row group: each range reads the dictionaries of its columns anew. */
const MOST_RANGES = 8;

export async function parquetParts(
  table: ParquetTable,
  use: TableUse,
  keeps: (file: number) => boolean,
  context: DecodeContext,
  signal: AbortSignal | undefined,
): Promise<{ readonly scan: ParquetScan; readonly rows: number; readonly pruning: ScanPruning }> {
  const groups: Part[] = [];
  const counts: Counts = { rowGroups: 0, byStatistics: 0, byBloomFilters: 0, pages: 0, byPageIndex: 0 };
  for (const [index, file] of table.files.entries()) {
    const found = keeps(index) ? file.rowGroups.filter((group) => mayMatch(group, use.bounds)) : [];
    counts.rowGroups += file.rowGroups.length;
    counts.byStatistics += file.rowGroups.length - found.length;
    const pruner = new FilePruner(file, index, use, context, counts, signal);
    const parts = await pruner.parts(found);
    await file.source.ensure?.(
      parts.flatMap(({ columns }) => columns.flatMap(rangesOf)),
      signal,
    );
    groups.push(...parts);
  }
  const files = table.files.map(({ source: { path, name } }) => ({ path, name }));
  const rows = groups.reduce((sum, group) => sum + group.rows - group.first, 0);
  return { scan: { kind: "parquet", files, groups }, rows, pruning: counts };
}

function mayMatch(group: RowGroup, bounds: readonly Bound[]): boolean {
  return bounds.every((bound) => {
    const statistics = group.columns[bound.ordinal]?.statistics;
    return statistics === undefined || mayContain(bound, statistics, group.rows);
  });
}

/** Looks into one file for what its footer does not say. */
class FilePruner {
  private readonly file: TableFile;
  private readonly index: number;
  private readonly use: TableUse;
  private readonly context: DecodeContext;
  private readonly counts: Counts;
  private readonly signal: AbortSignal | undefined;

  constructor(
    file: TableFile,
    index: number,
    use: TableUse,
    context: DecodeContext,
    counts: Counts,
    signal: AbortSignal | undefined,
  ) {
    this.file = file;
    this.index = index;
    this.use = use;
    this.context = context;
    this.counts = counts;
    this.signal = signal;
  }

  async parts(groups: readonly RowGroup[]): Promise<readonly Part[]> {
    const has = (part: "bloomFilter" | "columnIndex", bounds: readonly Bound[]): boolean =>
      groups.some(({ columns }) => bounds.some(({ ordinal }) => columns[ordinal]?.[part] !== undefined));
    const { bounds } = this.use;
    const memberships = bounds.filter(({ op }) => op === "in");
    const [filtered, paged] = [has("bloomFilter", memberships), has("columnIndex", bounds)];
    if (!filtered && !paged) return groups.map((group) => this.whole(group));
    using local = new LocalFile(this.file.source.path, this.file.source.name);
    const left = filtered ? await this.passFilters(local, groups) : groups;
    if (!paged) return left.map((group) => this.whole(group));
    await this.ensure(
      left.flatMap(({ columns }) => [
        ...bounds.map(({ ordinal }) => columns[ordinal]?.columnIndex),
        ...[...this.use.ordinals, ...bounds.map(({ ordinal }) => ordinal)].map((i) => columns[i]?.offsetIndex),
      ]),
    );
    return left.flatMap((group) => this.matchingPages(local, group));
  }

  /** Brings structures of a remote file here. */
  private async ensure(places: readonly (IndexPlace | undefined)[]): Promise<void> {
    const ranges = places.flatMap((place) =>
      place === undefined ? [] : [{ start: place.offset, end: place.offset + place.bytes }],
    );
    await this.file.source.ensure?.(ranges, this.signal);
  }

  private async passFilters(local: LocalFile, groups: readonly RowGroup[]): Promise<readonly RowGroup[]> {
    const remote = this.file.source.ensure !== undefined;
    const tests = groups.flatMap((group) =>
      this.use.bounds.flatMap((bound) => {
        const chunk = group.columns[bound.ordinal];
        const leaf = this.file.schema[bound.ordinal]?.leaf;
        if (bound.op !== "in" || leaf === undefined || chunk?.bloomFilter === undefined) return [];
        // Where a remote filter ends is not known before it is here.
        return remote && chunk.bloomFilter.bytes === 0 ? [] : [{ group, values: bound.values, chunk, leaf }];
      }),
    );
    await this.ensure(tests.map(({ chunk }) => chunk.bloomFilter));
    const excluded = new Set<RowGroup>();
    for (const { group, values, chunk, leaf } of tests) {
      if (!excluded.has(group) && !mayHaveAny(local, chunk, leaf, values, this.context)) excluded.add(group);
    }
    this.counts.byBloomFilters += excluded.size;
    return groups.filter((group) => !excluded.has(group));
  }

  private whole(group: RowGroup): Part {
    const columns = this.use.ordinals.map((ordinal): ColumnPart => {
      const field = this.file.schema[ordinal];
      const [chunk, chunks] = [group.columns[ordinal], group.nested[ordinal]];
      if (field?.leaf !== undefined && chunk !== undefined)
        return { kind: "flat", leaf: field.leaf, chunk, pages: undefined };
      if (field?.nested !== undefined && chunks !== undefined)
        return { kind: "nested", node: field.nested, chunks, type: field.type };
      throw new RangeError(`column ${ordinal}`);
    });
    return { file: this.index, first: 0, rows: group.rows, columns };
  }

  /** The group in ranges of rows that may match; as a whole where its pages tell nothing. */
  private matchingPages(local: LocalFile, group: RowGroup): readonly Part[] {
    const whole = this.whole(group);
    const ranges = fewer(this.matchingRows(local, group), MOST_RANGES);
    if (ranges.length === 1 && ranges[0]?.first === 0 && ranges[0].end === group.rows) return [whole];
    // Nested columns, and those without an index, are read as a whole, and so is then all beside them.
    const columns: { readonly chunk: ColumnChunk; readonly leaf: Leaf; readonly pages: readonly IndexedPage[] }[] = [];
    for (const column of whole.columns) {
      const pages = column.kind === "nested" ? undefined : readOffsetIndex(local, column.chunk);
      if (column.kind === "nested" || pages === undefined) return [whole];
      columns.push({ chunk: column.chunk, leaf: column.leaf, pages });
    }
    for (const { pages } of columns) {
      this.counts.pages += pages.length;
      this.counts.byPageIndex += pages.filter((page) => !ranges.some((range) => overlap(page, range))).length;
    }
    return ranges.map((range): Part => {
      const runs = columns.map(({ pages }) => pages.filter((page) => overlap(page, range)));
      const base = Math.min(range.first, ...runs.map(([page]) => page?.firstRow ?? range.first));
      return {
        file: this.index,
        first: range.first - base,
        rows: range.end - base,
        columns: columns.map(({ chunk, leaf, pages }, i) => {
          const run = pageRun(chunk, pages, runs[i] as readonly IndexedPage[], base);
          return { kind: "flat", chunk, leaf, pages: run };
        }),
      };
    });
  }

  private matchingRows(local: LocalFile, group: RowGroup): readonly RowRange[] {
    let ranges: readonly RowRange[] = [{ first: 0, end: group.rows }];
    for (const bound of this.use.bounds) {
      const chunk = group.columns[bound.ordinal];
      const leaf = this.file.schema[bound.ordinal]?.leaf;
      if (chunk?.columnIndex === undefined || leaf === undefined) continue;
      const pages = readOffsetIndex(local, chunk);
      const statistics = pages && readColumnIndex(local, chunk, leaf, pages);
      if (pages === undefined || statistics === undefined) continue;
      const matching = pages.filter((page, i) => mayContain(bound, statistics[i] as ChunkStatistics, page.rows));
      ranges = intersect(
        ranges,
        matching.map(({ firstRow, rows }) => ({ first: firstRow, end: firstRow + rows })),
      );
    }
    return ranges;
  }
}

function rangesOf(column: ColumnPart): readonly { readonly start: number; readonly end: number }[] {
  const places =
    column.kind === "nested" ? column.chunks : column.pages === undefined ? [column.chunk] : column.pages.places;
  return places.map(({ offset, bytes }) => ({ start: offset, end: offset + bytes }));
}

/** What to read of a chunk for `run` of its `pages`: the dictionary, too. */
function pageRun(
  chunk: ColumnChunk,
  pages: readonly IndexedPage[],
  run: readonly IndexedPage[],
  base: number,
): PageRun {
  const [first, last] = [run[0], run.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError("a range of rows without pages");
  const data = { offset: first.offset, bytes: last.offset + last.bytes - first.offset };
  const dictionaryBytes = (pages[0]?.offset ?? chunk.offset) - chunk.offset;
  const dictionary = dictionaryBytes === 0 ? [] : [{ offset: chunk.offset, bytes: dictionaryBytes }];
  const rows = run.reduce((sum, page) => sum + page.rows, 0);
  return { lead: first.firstRow - base, rows, places: [...dictionary, data] };
}
