import { HeadraceError } from "../../error.ts";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { Series } from "../../planner/catalog/series.ts";
import type { TableUse } from "../codegen/program.ts";
import { type MinMax, mayContain } from "../codegen/prune.ts";
import type { Arena } from "../memory/arena.ts";
import type { Chunk, TableVersion } from "../table/table-version.ts";
import type { FileScan } from "../worker/file-scan.ts";
import { setImmediate } from "node:timers/promises";
import type { CsvTable } from "../../io/formats/csv/csv-table.ts";
import { csvScan } from "../worker/csv-scan.ts";
import type { ParquetScan } from "../worker/parquet-scan.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { ParquetTable } from "../../io/formats/parquet/parquet-table.ts";

/** {a, b, c} of every morsel of a run; see `RunTask`. */
export type Morsels = {
  readonly entries: readonly (readonly [number, number, number])[];
  readonly rows: number;
  readonly files: FileScan | undefined;
};

/** The morsels of a table: its chunks with their column descriptors, or the row groups of its files. */
export async function tableMorsels(
  source: TableSource,
  use: TableUse,
  arena: Arena,
  kernels: Kernels,
  chunkRows: number,
): Promise<Morsels> {
  switch (source.kind) {
    case "memory":
      return memoryMorsels(source.handle as TableVersion, use, arena);
    case "parquet":
      return parquetMorsels(source.handle as ParquetTable, use);
    case "csv": {
      const files = await csvScan(source.handle as CsvTable, use, arena.shared, kernels, setImmediate);
      return { entries: files.pieces.map((_, i) => [i, 0, 0]), rows: source.statistics.rows, files };
    }
    case "function":
      return seriesMorsels(source.handle as Series, chunkRows);
  }
}

function memoryMorsels(table: TableVersion, use: TableUse, arena: Arena): Morsels {
  const { chunks } = table;
  const perChunk = use.ordinals.length * 16;
  const base = arena.alloc(Math.max(16, perChunk * chunks.length));
  const { u32 } = arena.shared;
  let rows = 0;
  const entries: [number, number, number][] = [];
  let first = 0;
  chunks.forEach((chunk, i) => {
    const number = first;
    first += chunk.rows;
    if (!use.bounds.every((bound) => mayContain(bound, zoneOf(chunk, bound.ordinal), chunk.rows))) return;
    const descriptors = base + i * perChunk;
    use.ordinals.forEach((ordinal, slot) => {
      const at = (descriptors >>> 2) + slot * 4;
      if (ordinal === table.columns.length) {
        u32[at] = number;
        return;
      }
      const column = chunk.columns[ordinal];
      if (column === undefined) throw new RangeError(`column ${ordinal}`);
      u32[at] = column.data;
      u32[at + 1] = column.validity;
    });
    rows += chunk.rows;
    entries.push([descriptors, 0, chunk.rows]);
  });
  return { entries, rows, files: undefined };
}

/** Positions are 32 bits. */
const LONGEST_SERIES = 2 ** 32 - 1;

function seriesMorsels({ count }: Series, chunkRows: number): Morsels {
  if (count > LONGEST_SERIES)
    throw new HeadraceError("out_of_memory", `a series of ${count} rows is too long`, {
      hint: `at most ${LONGEST_SERIES} rows`,
    });
  const entries: [number, number, number][] = [];
  for (let first = 0; first < count; first += chunkRows) entries.push([0, first, Math.min(count, first + chunkRows)]);
  return { entries, rows: count, files: undefined };
}

function zoneOf(chunk: Chunk, ordinal: number): MinMax {
  const zone = chunk.columns[ordinal]?.zone;
  return { min: zone?.min, max: zone?.max, nullCount: undefined };
}

function parquetMorsels(table: ParquetTable, use: TableUse): Morsels {
  const groups: ParquetScan["groups"][number][] = [];
  let rows = 0;
  table.files.forEach((file, index) => {
    for (const group of file.rowGroups) {
      const holds = use.bounds.every((bound) => {
        const statistics = group.columns[bound.ordinal]?.statistics;
        return statistics === undefined || mayContain(bound, statistics, group.rows);
      });
      if (!holds) continue;
      const chunks = use.ordinals.map((ordinal) => {
        const leaf = file.schema[ordinal]?.leaf;
        const chunk = group.columns[ordinal];
        if (leaf === undefined || chunk === undefined) {
          throw new HeadraceError(
            "unsupported",
            `column "${file.schema[ordinal]?.name}" is nested, which is not supported yet`,
          );
        }
        return { leaf, chunk };
      });
      groups.push({ file: index, rows: group.rows, chunks });
      rows += group.rows;
    }
  });
  const entries = groups.map((_, i) => [i, 0, 0] as const);
  return { entries, rows, files: { kind: "parquet", files: table.files.map(({ path }) => path), groups } };
}
