import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { HeadraceError } from "../../../error.ts";
import { SCAN_OWNER } from "../../../exec/worker/csv-scan.ts";
import { ParquetMorsels, type ParquetScan } from "../../../exec/worker/parquet-scan.ts";
import { ScanMemory } from "../../../exec/worker/scan-memory.ts";
import { type LooseColumn, packColumns } from "../../../exec/table/pack-columns.ts";
import { runAtOnce } from "../../../exec/table/slices.ts";
import { openParquet, type ParquetFile } from "../../../io/formats/parquet/parquet-file.ts";
import { LocalFile } from "../../../io/stores/file.ts";
import { type Lane, LANE_BYTES, laneOf } from "../../../planner/types/lane.ts";
import { BIGINT, INTEGER_RANGE, isInteger, sameType, type SqlType, typeName } from "../../../planner/types/types.ts";
import type { ConnectorContext, ConnectorTable } from "../connector.ts";
import { sleep } from "../sleep.ts";
import type { Advance, Position, Positions, Source, SourceRows } from "../source.ts";
import { versionOf, WatchedFiles, type WatchOptions } from "./watched-files.ts";

export type ParquetFileOptions = WatchOptions & {
  readonly path: string;
  /** The column of weights; undefined: all rows are added. */
  readonly weight: string | undefined;
};

/** Row groups that were read, and a digest of the footer. */
type GroupPosition = { readonly groups: number; readonly mark: string };

type Wanted = { readonly name: string; readonly type: SqlType; readonly nullable: boolean };

type OpenedFile = {
  readonly version: string;
  readonly mark: string;
  readonly scan: ParquetScan;
  /** The lanes that the wanted columns have when they are decoded. */
  readonly lanes: readonly Lane[];
};

/** Parquet files, each a partition; one that has no footer yet is being written. A position counts row groups. */
export class ParquetFiles implements Source {
  private readonly context: ConnectorContext;
  private readonly watched: WatchedFiles;
  private readonly wanted: readonly Wanted[];
  private readonly hasWeight: boolean;
  private readonly opened = new Map<string, OpenedFile>();
  private more = true;

  constructor(options: ParquetFileOptions, table: ConnectorTable, context: ConnectorContext) {
    this.context = context;
    this.watched = new WatchedFiles(options.path, options);
    this.hasWeight = options.weight !== undefined;
    const strict = new Set(table.columns.filter(({ notNull }) => notNull === true).map(({ name }) => name));
    const columns = context.layout.columns.map(({ name, type }) => ({ name, type, nullable: !strict.has(name) }));
    this.wanted =
      options.weight === undefined ? columns : [...columns, { name: options.weight, type: BIGINT, nullable: false }];
  }

  /** `limit` counts rows; it goes by whole row groups, and by one at least. */
  async advance(from: Positions, limit: number): Promise<Advance> {
    await this.watched.refresh();
    const { files, closed } = this.watched;
    const to = new Map(from);
    const finished = new Set([...from.keys()].filter((name) => !files.has(name)));
    let rows = limit;
    this.more = false;
    for (const [path, { version }] of files) {
      const position = from.get(path) as GroupPosition | undefined;
      const file = this.open(path, version, closed);
      if (file === undefined) continue;
      if (position !== undefined) checkMark(path, position, file);
      const { groups } = file.scan;
      let read = position?.groups ?? 0;
      for (; read < groups.length && rows > 0; read++) rows -= groups[read]!.rows;
      if (read > (position?.groups ?? 0)) to.set(path, { groups: read, mark: file.mark });
      if (read === groups.length) finished.add(path);
      else this.more = true;
    }
    return { to, finished, ended: closed && [...files.keys()].every((path) => finished.has(path)) };
  }

  async *read(partition: string, from: Position | undefined, to: Position): AsyncIterable<SourceRows> {
    const end = to as GroupPosition;
    const found = statSync(partition, { throwIfNoEntry: false });
    const file = this.open(partition, found === undefined ? "" : versionOf(found), true)!;
    checkMark(partition, end, file);
    const { memory, kernels } = this.context;
    const morsels = new ParquetMorsels(memory, kernels, SCAN_OWNER, file.scan);
    let descriptors = 0;
    try {
      for (let i = (from as GroupPosition | undefined)?.groups ?? 0; i < end.groups; i++) {
        const group = morsels.decode(i);
        const { rows } = group;
        descriptors = group.descriptors;
        const vectors = this.wanted.map((_, slot): LooseColumn => {
          const at = (descriptors >>> 2) + slot * 4;
          return { data: memory.u32[at]!, validity: memory.u32[at + 1]! };
        });
        const made = this.rows(partition, file, rows, vectors);
        morsels.release();
        yield made;
      }
    } finally {
      morsels.close();
      // Which queries leave to those who free all that they own.
      if (descriptors !== 0) memory.release(descriptors, this.wanted.length * 16);
    }
  }

  /** A row group has less than 2^32 rows. */
  firstRow(from: Position | undefined): bigint {
    return BigInt((from as GroupPosition | undefined)?.groups ?? 0) << 32n;
  }

  async wait(_from: Positions, signal: AbortSignal): Promise<void> {
    if (!this.more) await sleep(Math.max(1, this.watched.rest), signal);
  }

  async close(): Promise<void> {}

  private rows(path: string, { lanes }: OpenedFile, rows: number, vectors: readonly LooseColumn[]): SourceRows {
    const { memory, kernels, layout } = this.context;
    const scratch = new ScanMemory(memory, kernels, SCAN_OWNER);
    try {
      const columns = this.wanted.map(({ name, type, nullable }, i) => {
        const vector = vectors[i]!;
        if (!nullable && vector.validity !== 0 && kernels.countOnes(vector.validity, 0, rows) < rows) {
          throw new HeadraceError(
            "format",
            `"${path}": the column "${name}" has no value in some row, and it is NOT NULL`,
          );
        }
        return widened(scratch, vector, rows, lanes[i]!, laneOf(type));
      });
      const weights = this.hasWeight
        ? new BigInt64Array(memory.memory.buffer, columns.at(-1)!.data, rows).slice()
        : undefined;
      const own = this.hasWeight ? columns.slice(0, -1) : columns;
      return { rows: packColumns(memory, kernels, layout, rows, own), weights };
    } finally {
      scratch.release();
    }
  }

  /** Undefined: the file is being written. */
  private open(path: string, version: string, complete: boolean): OpenedFile | undefined {
    const known = this.opened.get(path);
    if (known?.version === version) return known;
    using file = new LocalFile(path);
    const tail = Buffer.alloc(Math.min(file.size, TAIL_BYTES));
    file.readAt(tail, file.size - tail.length);
    if (!complete && tail.toString("latin1", Math.max(0, tail.length - 4)) !== "PAR1") return undefined;
    const mark = createHash("sha256").update(`${file.size} `).update(tail).digest("hex").slice(0, 16);
    const { scan, lanes } = scanOf(path, runAtOnce(openParquet(file)), this.wanted);
    const opened = { version, mark, scan, lanes };
    this.opened.set(path, opened);
    return opened;
  }
}

const TAIL_BYTES = 64 * 1024;

function checkMark(path: string, { mark, groups }: GroupPosition, file: OpenedFile): void {
  if (file.mark === mark && groups <= file.scan.groups.length) return;
  throw new HeadraceError("io", `"${path}" was changed after ${groups} of its row groups were read`);
}

/** All row groups with the wanted columns. Throws `format` where one is not there. */
function scanOf(
  path: string,
  { schema, rowGroups }: ParquetFile,
  wanted: readonly Wanted[],
): { readonly scan: ParquetScan; readonly lanes: readonly Lane[] } {
  const ordinals = wanted.map(({ name, type }) => {
    const ordinal = schema.findIndex((field) => field.name.toLowerCase() === name.toLowerCase());
    const found = schema[ordinal];
    if (found === undefined) throw new HeadraceError("format", `"${path}" has no column "${name}"`);
    if (!sameType(found.type, type) && !widens(found.type, type)) {
      const message = `"${path}": the column "${name}" is ${typeName(found.type)}, the table's is ${typeName(type)}`;
      throw new HeadraceError("format", message);
    }
    return ordinal;
  });
  const groups = rowGroups.map(({ rows, columns, nested }): ParquetScan["groups"][number] => ({
    ...{ file: 0, first: 0, rows },
    columns: ordinals.map((ordinal) => {
      const { leaf, nested: node, type } = schema[ordinal]!;
      if (leaf !== undefined) return { kind: "flat", chunk: columns[ordinal]!, leaf, pages: undefined };
      return { kind: "nested", chunks: nested[ordinal]!, node: node!, type };
    }),
  }));
  return {
    scan: { kind: "parquet", files: [{ path, name: path }], groups },
    lanes: ordinals.map((ordinal) => schema[ordinal]!.leaf?.lane ?? laneOf(schema[ordinal]!.type)),
  };
}

/** Whether all values of one integer type are values of another. */
function widens(from: SqlType, to: SqlType): boolean {
  if (!isInteger(from) || !isInteger(to)) return false;
  const [inner, outer] = [INTEGER_RANGE[from.kind], INTEGER_RANGE[to.kind]];
  return inner.min >= outer.min && inner.max <= outer.max;
}

/** Files keep integers, and DECIMALs of few digits, in narrower lanes. */
function widened(memory: ScanMemory, column: LooseColumn, rows: number, from: Lane, to: Lane): LooseColumn {
  if (from === to) return column;
  const [bytes, target] = [LANE_BYTES[from], LANE_BYTES[to]];
  const data = memory.alloc(rows * target);
  const one = memory.alloc(1);
  memory.shared.u8[one] = 1;
  memory.kernels.gatherFixed(column.data, bytes, rows, one, 0, bytes, from.startsWith("i") ? 1 : 0, data, target);
  return { data, validity: column.validity };
}
