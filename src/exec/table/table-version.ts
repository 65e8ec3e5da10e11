import type { ColumnStatistics, SourceColumn, TableStatistics } from "../../planner/catalog/catalog.ts";
import { type Lane, laneOf } from "../../planner/types/lane.ts";
import type { SqlType } from "../../planner/types/types.ts";
import type { ScanHandle } from "../codegen/env.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { type Indexed, releaseIndexes } from "./key-index.ts";
import type { SpilledChunk } from "./spilled-chunks.ts";
import { type Bounds, columnStatistics } from "./statistics.ts";

/** Rows of a chunk, at most: a morsel. */
export const CHUNK_ROWS = 65_536;

/** A range of shared memory that several versions may use; freed when the last lets go, and what was made of its columns with it. */
export type SharedExtent = Indexed & { readonly address: number; readonly bytes: number; references: number };

/** One column of one chunk. */
export type ChunkColumn = {
  /** Address of the values, in the column's lane; 0 where NULL. */
  readonly data: number;
  /** Address of the validity bitmap, least significant bit first; 0: no NULLs in this chunk. */
  readonly validity: number;
  /** Zone map of numbers, dates and timestamps, NULL and NaN left out; undefined when unknown. */
  readonly zone: Bounds | undefined;
  /** Values that are not NULL. */
  readonly values: number;
  readonly extent: SharedExtent;
};

export type Chunk = { readonly rows: number; readonly columns: readonly ChunkColumn[] };

/** The strings that codes stand for: `size` references of 8 bytes at `refs`; entry 0 is readable even when there is none. */
export type ColumnDictionary = { readonly refs: number; readonly size: number; readonly extent: SharedExtent };

/** What a version knows about a column; all chunks hold it in the same lane. */
export type TableColumn = {
  readonly name: string;
  readonly type: SqlType;
  /** As declared: false is a NOT NULL constraint. */
  readonly nullable: boolean;
  readonly lane: Lane;
  /** Lane u8 or u16 then holds codes. */
  readonly dictionary: ColumnDictionary | undefined;
  readonly summary: ColumnSummary;
};

/** Facts about all values of a column. Where values were replaced or deleted, some are only bounds of the truth. */
export type ColumnSummary = {
  /** Values that are not NULL: exact. */
  readonly values: number;
  /** NaNs, at most. */
  readonly nans: number;
  /** Bytes of all strings, about. */
  readonly bytes: number;
  /** Every value lies within. */
  readonly bounds: Bounds | undefined;
  /** HyperLogLog registers, of deleted values too; empty for dictionary columns. */
  readonly sketch: Uint8Array;
};

/**
 * An immutable version of a table in memory. The catalog holds one reference, each query that reads it another one:
 * `retainVersion`, `releaseVersion`.
 */
export type TableVersion = ScanHandle & {
  /** As stored; `nullable: false` is a proof for this version. */
  readonly schema: readonly SourceColumn[];
  readonly statistics: TableStatistics;
  readonly rows: number;
  readonly chunks: readonly Chunk[];
  /** Chunks of tables without dictionaries that were moved to files; their rows come first. */
  readonly spilled: readonly SpilledChunk[];
  readonly dictionaries: readonly (ColumnDictionary | undefined)[];
  readonly columns: readonly TableColumn[];
  /**
   * Values lie in the natural lanes of their types, without dictionaries, and nothing is claimed of them: code that was compiled
   * for one version of the table serves all.
   */
  readonly fixed: boolean;
  readonly lifetime: { references: number };
};

export type ColumnDefinition = { readonly name: string; readonly type: SqlType; readonly nullable: boolean };

/** What holds for all versions of a table. */
export type TableLayout = Partial<Pick<TableVersion, "fixed" | "stable">>;

/** A table without rows; one that is not `stable` may have chunks in files. Throws `unsupported` for types that have no lane. */
export function createTable(schema: readonly ColumnDefinition[], layout: TableLayout = {}): TableVersion {
  const summary: ColumnSummary = { values: 0, nans: 0, bytes: 0, bounds: undefined, sketch: new Uint8Array(0) };
  return makeVersion(
    schema.map((column) => ({ ...column, lane: laneOf(column.type), dictionary: undefined, summary })),
    [],
    layout,
  );
}

/** Takes a reference on everything that the chunks and dictionaries lie in. */
export function makeVersion(
  columns: readonly TableColumn[],
  chunks: readonly Chunk[],
  { fixed = false, stable = true }: TableLayout = {},
  spilled: readonly SpilledChunk[] = [],
): TableVersion {
  const rows = countRows(chunks, spilled);
  const dictionaries = columns.map(({ dictionary }) => dictionary);
  return retained({
    columns,
    chunks,
    spilled,
    rows,
    dictionaries,
    schema: columns.map(({ name, type, lane, dictionary, summary }) => ({
      name,
      type,
      nullable: fixed || summary.values < rows,
      lane,
      dictionary: dictionary !== undefined,
    })),
    statistics: {
      rows,
      trust: fixed ? "hint" : "computed",
      columns: columns.map((column) => (fixed ? UNKNOWN : columnStatistics(column, rows))),
    },
    stable,
    fixed,
    dictionarySize: (ordinal) => {
      const dictionary = dictionaries[ordinal];
      return dictionary === undefined ? undefined : Math.max(1, dictionary.size);
    },
    lifetime: { references: 1 },
  });
}

/** The rows of these chunks in the layout of `old`. */
export function withChunks(
  old: TableVersion,
  chunks: readonly Chunk[],
  spilled: readonly SpilledChunk[] = [],
): TableVersion {
  if (!old.fixed) return makeVersion(old.columns, chunks, old, spilled);
  // All else is the same for all rows: epochs make many versions.
  const rows = countRows(chunks, spilled);
  const statistics = { ...old.statistics, rows };
  return retained({ ...old, chunks, spilled, rows, statistics, lifetime: { references: 1 } });
}

function countRows(chunks: readonly Chunk[], spilled: readonly SpilledChunk[]): number {
  let rows = 0;
  for (const chunk of spilled) rows += chunk.rows;
  for (const chunk of chunks) rows += chunk.rows;
  return rows;
}

const UNKNOWN: ColumnStatistics = {
  min: undefined,
  max: undefined,
  nullCount: undefined,
  distinct: undefined,
  averageBytes: undefined,
};

export function retainVersion(version: TableVersion): void {
  version.lifetime.references++;
}

/** Gives up one reference; with the last one, memory that no other version uses is freed. */
export function releaseVersion(memory: SharedMemory, version: TableVersion): void {
  if (--version.lifetime.references > 0) return;
  const release = (extent: SharedExtent): void => {
    if (--extent.references > 0) return;
    memory.release(extent.address, extent.bytes);
    releaseIndexes(memory, extent);
  };
  for (const { columns } of version.chunks) for (const { extent } of columns) release(extent);
  for (const dictionary of version.dictionaries) if (dictionary !== undefined) release(dictionary.extent);
  for (const { file } of version.spilled) {
    if (--file.references > 0) continue;
    file.close();
    releaseIndexes(memory, file);
  }
}

/** With a reference on an extent for every column and dictionary that lies in it. */
function retained(version: TableVersion): TableVersion {
  for (const { columns } of version.chunks) for (const { extent } of columns) extent.references++;
  for (const dictionary of version.dictionaries) if (dictionary !== undefined) dictionary.extent.references++;
  for (const { file } of version.spilled) file.references++;
  return version;
}
