import { HeadraceError } from "../../error.ts";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { Series } from "../../planner/catalog/series.ts";
import type { TableUse } from "../codegen/program.ts";
import { type MinMax, mayContain } from "../codegen/prune.ts";
import type { Arena } from "../memory/arena.ts";
import type { SpilledChunk } from "../table/spilled-chunks.ts";
import { gatherRows } from "../table/gather-rows.ts";
import { Turns } from "../table/slices.ts";
import type { Chunk, TableVersion } from "../table/table-version.ts";
import type { FileScan, FormatScan } from "../worker/file-scan.ts";
import { setImmediate } from "node:timers/promises";
import type { CsvTable } from "../../io/formats/csv/csv-table.ts";
import type { FileConstants } from "../../io/formats/file-source.ts";
import type { JsonTable } from "../../io/formats/json/json-table.ts";
import { arrowScan } from "../worker/arrow-scan.ts";
import type { ArrowTable } from "../../io/formats/arrow/arrow-table.ts";
import { csvScan } from "../worker/csv-scan.ts";
import { spilledPiece, type SpilledScan } from "../worker/spilled-scan.ts";
import { jsonScan } from "../worker/json-scan.ts";
import { parquetParts } from "./parquet-parts.ts";
import type { KeyLookup } from "./key-lookup.ts";
import type { ScanPruning } from "./run-profile.ts";
import type { Allocator } from "../memory/allocator.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { ParquetTable } from "../../io/formats/parquet/parquet-table.ts";

/** {a, b, c} of every morsel of a run; see `RunTask`. */
export type Morsels = {
  readonly entries: readonly (readonly [number, number, number])[];
  readonly rows: number;
  readonly files: FileScan | undefined;
  readonly pruning?: ScanPruning | undefined;
};

/** The morsels of a table: its chunks with their column descriptors, or the row groups of its files. */
export async function tableMorsels(
  source: TableSource,
  use: TableUse,
  arena: Arena,
  kernels: Kernels,
  chunkRows: number,
  signal: AbortSignal | undefined,
  lookup?: KeyLookup,
): Promise<Morsels> {
  switch (source.kind) {
    case "memory":
      return memoryMorsels(source.handle as TableVersion, use, arena, signal, lookup);
    case "parquet":
    case "csv":
    case "json":
    case "arrow":
      return fileMorsels(source, source.kind, use, arena, kernels, signal);
    case "provider":
      throw new TypeError("rows of a provider come in rounds");
    case "stream":
      throw new HeadraceError("unsupported", `"${source.name}" is a stream: its rows come as time goes by`, {
        hint: "subscribe() to the query, or keep its result: materialize(), CREATE MATERIALIZED VIEW",
      });
    case "function":
      return seriesMorsels(source.handle as Series, chunkRows);
  }
}

/** The morsels of files: those whose parts of the path a bound excludes are left out. */
async function fileMorsels(
  source: TableSource,
  kind: FormatScan["kind"],
  use: TableUse,
  arena: Arena,
  kernels: Kernels,
  signal: AbortSignal | undefined,
): Promise<Morsels> {
  const { constants } = source.handle as { readonly constants?: FileConstants | undefined };
  const own = {
    ...use,
    bounds: use.bounds.filter(({ ordinal }) => constants?.has(ordinal) !== true),
    ordinals: use.ordinals.filter((ordinal) => constants?.has(ordinal) !== true),
  };
  const keeps = (file: number): boolean =>
    use.bounds.every((bound) => {
      const column = constants?.get(bound.ordinal);
      if (column === undefined) return true;
      const value = column.values[file] ?? null;
      return mayContain(bound, { min: value, max: value, nullCount: value === null ? 1 : 0 }, 1);
    });
  const found = await formatScan(source, kind, own, keeps, arena, kernels, signal);
  const { scan, rows = source.statistics.rows, pruning } = found;
  const fileOf = scan.kind === "parquet" ? scan.groups.map(({ file }) => file) : scan.pieces.map(({ file }) => file);
  const entries = fileOf.map((_, i) => [i, 0, 0] as const);
  if (own.ordinals.length === use.ordinals.length) return { entries, rows, files: scan, pruning };
  const slots = use.ordinals.map((ordinal) => constants?.get(ordinal) ?? own.ordinals.indexOf(ordinal));
  return { entries, rows, files: { kind: "constants", inner: scan, fileOf, slots }, pruning };
}

async function formatScan(
  source: TableSource,
  kind: FormatScan["kind"],
  use: TableUse,
  keeps: (file: number) => boolean,
  arena: Arena,
  kernels: Kernels,
  signal: AbortSignal | undefined,
): Promise<{ readonly scan: FormatScan; readonly rows?: number; readonly pruning?: ScanPruning }> {
  switch (kind) {
    case "parquet": {
      const table = source.handle as ParquetTable;
      const allocator: Allocator = {
        memory: arena.shared.memory,
        alloc: (bytes) => arena.shared.allocate(bytes, arena.owner),
        release: (address, bytes) => arena.shared.release(address, bytes),
      };
      return parquetParts(table, use, keeps, { allocator, kernels }, signal);
    }
    case "csv": {
      const table = source.handle as CsvTable;
      return { scan: await csvScan(table, use.ordinals, keeps, arena.shared, kernels, setImmediate) };
    }
    case "arrow":
      return { scan: arrowScan(source.handle as ArrowTable, use.ordinals, keeps) };
    case "json": {
      const table = source.handle as JsonTable;
      return { scan: await jsonScan(table, use.ordinals, keeps, arena.shared, kernels, setImmediate) };
    }
  }
}

/** Chunks that bounds do not exclude, or those of their rows that a look-up finds; where some of them lie in files, workers ask for each of them by its number. */
async function memoryMorsels(
  table: TableVersion,
  use: TableUse,
  arena: Arena,
  signal: AbortSignal | undefined,
  lookup: KeyLookup | undefined,
): Promise<Morsels> {
  const turns = new Turns(signal);
  const { u32 } = arena.shared;
  const perChunk = Math.max(16, use.ordinals.length * 16);
  const keeps = (chunk: Chunk | SpilledChunk): boolean =>
    use.bounds.every((bound) => mayContain(bound, zoneOf(chunk, bound.ordinal), chunk.rows));
  const pieces: SpilledScan["pieces"][number][] = [];
  const entries: [number, number, number][] = [];
  let [first, rows] = [0, 0];
  for (const chunk of table.spilled) {
    if (keeps(chunk) && lookup?.mayMeet(table, chunk) !== false) {
      pieces.push(spilledPiece(table, chunk, use.ordinals, first));
      rows += chunk.rows;
    }
    first += chunk.rows;
    if (turns.isDue) await turns.take();
  }
  let descriptors = arena.alloc(perChunk * Math.max(1, table.chunks.length));
  for (const chunk of table.chunks) {
    const number = first;
    first += chunk.rows;
    if (!keeps(chunk)) continue;
    const found = lookup?.rowsOf(chunk);
    if (turns.isDue) await turns.take();
    if (found !== undefined) {
      rows += found.length;
      if (found.length > 0) entries.push([gatherRows(arena, table, chunk, use.ordinals, found), 0, found.length]);
      continue;
    }
    let at = descriptors >>> 2;
    for (const ordinal of use.ordinals) {
      if (ordinal === table.columns.length) u32[at] = number;
      else {
        const { data, validity } = chunk.columns[ordinal]!;
        u32[at] = data;
        u32[at + 1] = validity;
      }
      at += 4;
    }
    rows += chunk.rows;
    entries.push([descriptors, 0, chunk.rows]);
    descriptors += perChunk;
  }
  if (pieces.length === 0) return { entries, rows, files: undefined };
  for (const [address, , count] of entries) pieces.push({ descriptors: address, rows: count });
  return { entries: pieces.map((_, i) => [i, 0, 0]), rows, files: { kind: "spilled", pieces } };
}

/** Positions are 32 bits. */
const LONGEST_SERIES = 2 ** 32 - 1;
/** Of a series: each is an entry of a list. */
const MOST_CHUNKS = 65_536;

function seriesMorsels({ count }: Series, chunkRows: number): Morsels {
  if (count > LONGEST_SERIES)
    throw new HeadraceError("out_of_memory", `a series of ${count} rows is too long`, {
      hint: `at most ${LONGEST_SERIES} rows`,
    });
  const entries: [number, number, number][] = [];
  const rows = Math.max(chunkRows, Math.ceil(count / MOST_CHUNKS));
  for (let first = 0; first < count; first += rows) entries.push([0, first, Math.min(count, first + rows)]);
  return { entries, rows: count, files: undefined };
}

function zoneOf(chunk: Chunk | SpilledChunk, ordinal: number): MinMax {
  const zone = chunk.columns[ordinal]?.zone;
  return { min: zone?.min, max: zone?.max, nullCount: undefined };
}
