import { HeadraceError } from "../../error.ts";
import type { CsvTable } from "../../io/formats/csv/csv-table.ts";
import { type CsvDialect, hasOffset } from "../../io/formats/csv/sniff.ts";
import { LocalFile } from "../../io/stores/file.ts";
import { LANE_BYTES, laneOf } from "../../planner/types/lane.ts";
import { parseDatum } from "../../planner/types/literals.ts";
import { typeName } from "../../planner/types/types.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { SLACK } from "../memory/allocator.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { type ParsedCsv, parseCsv, slotsOf } from "./csv-parse.ts";
import { LineCounter, OpenFiles } from "./open-files.ts";
import type { Reject } from "./rejects.ts";
import { ScanMemory } from "./scan-memory.ts";
import { convertTexts, dropRows } from "./text-columns.ts";

/** The pieces of CSV files that a run reads, in morsel order: ranges of whole records. */
export type CsvScan = {
  readonly kind: "csv";
  readonly files: readonly { readonly path: string; readonly name: string; readonly dialect: CsvDialect }[];
  readonly pieces: readonly { readonly file: number; readonly start: number; readonly end: number }[];
  /** Schema ordinals that the code reads, by slot. */
  readonly ordinals: readonly number[];
  readonly badRows: "error" | "skip" | "collect";
  readonly nullPadding: boolean;
  readonly strict: boolean;
};

/** Bytes of a piece, about: a morsel. */
const PIECE_BYTES = 2 * 2 ** 20;
const READ_BYTES = 8 * 2 ** 20;

/** Files of the `csv` scan under options that give no records other bounds. */
export async function csvScan(
  table: CsvTable,
  ordinals: readonly number[],
  keeps: (file: number) => boolean,
  shared: SharedMemory,
  kernels: Kernels,
  pause: () => Promise<void>,
): Promise<CsvScan> {
  const pieces: CsvScan["pieces"][number][] = [];
  for (const [file, { path, dialect, size }] of table.files.entries()) {
    if (!keeps(file)) continue;
    for (const [start, end] of await recordRanges(path, size, dialect, shared, kernels, pause))
      pieces.push({ file, start, end });
  }
  const { badRows = "error", nullPadding = false, strict = true } = table.options;
  return {
    kind: "csv",
    files: table.files.map(({ path, name, dialect }) => ({ path, name, dialect })),
    pieces,
    ordinals,
    badRows,
    nullPadding,
    strict,
  };
}

/**
 * Cuts a file between records: goes through it once, minding quotes, since whether a line feed ends a record depends on every quote
 * before it.
 */
async function recordRanges(
  path: string,
  size: number,
  { dataStart, delimiter, quote, escape }: CsvDialect,
  shared: SharedMemory,
  kernels: Kernels,
  pause: () => Promise<void>,
): Promise<readonly (readonly [number, number])[]> {
  if (size - dataStart <= PIECE_BYTES) return size > dataStart ? [[dataStart, size]] : [];
  using file = new LocalFile(path);
  const ranges: [number, number][] = [];
  const bytes = READ_BYTES + SLACK;
  const buffer = shared.allocate(bytes, SCAN_OWNER);
  try {
    const state = buffer + READ_BYTES + 16;
    shared.view.setUint32(state, 0, true);
    shared.view.setUint32(state + 4, 10, true);
    let start = dataStart;
    for (let offset = dataStart; offset < size; offset += READ_BYTES) {
      const length = Math.min(READ_BYTES, size - offset);
      file.readAt(new Uint8Array(shared.memory.buffer, buffer, length), offset);
      const end = buffer + length;
      for (let at = buffer; at < end;) {
        const target = buffer + (start + PIECE_BYTES - offset);
        const boundary = kernels.csvBoundary(at, end, Math.max(at, target), delimiter, quote, escape, state) >>> 0;
        if (boundary > end) break;
        ranges.push([start, offset + boundary - buffer]);
        start = offset + boundary - buffer;
        at = boundary;
      }
      await pause();
    }
    if (start < size) ranges.push([start, size]);
    return ranges;
  } finally {
    shared.release(buffer, bytes);
  }
}

/** Memory of a scan's preparation, released by it. */
export const SCAN_OWNER = 3;

const LENGTH_HINT = "ignore_errors = true leaves such records out; null_padding = true fills short ones with NULL";
const QUOTE_HINT = "quote = '' takes quotes as characters, strict_mode = false takes what stands there into the field";

/** One thread's reading of a CsvScan: parses a piece at a time into memory of the query. */
export class CsvMorsels {
  readonly rejects: Reject[] = [];
  private readonly memory: ScanMemory;
  private readonly scan: CsvScan;
  private readonly files: OpenFiles;
  private readonly lines: readonly LineCounter[];

  constructor(shared: SharedMemory, kernels: Kernels, owner: number, scan: CsvScan) {
    this.memory = new ScanMemory(shared, kernels, owner);
    this.scan = scan;
    this.files = new OpenFiles(scan.files);
    this.lines = scan.files.map(({ path }) => new LineCounter(path));
  }

  /** Parses piece `index` and returns where its columns' descriptors lie. */
  decode(index: number): { readonly descriptors: number; readonly rows: number } {
    const { scan, memory } = this;
    const { shared } = memory;
    const piece = scan.pieces[index];
    const source = piece && scan.files[piece.file];
    if (piece === undefined || source === undefined) throw new RangeError(`piece ${index}`);
    const { columns, nullText } = source.dialect;
    const bytes = piece.end - piece.start;
    const text = memory.alloc(bytes);
    this.files.get(piece.file).readAt(memory.view(text, bytes), piece.start);
    const parsed = parseCsv(memory, text, bytes, {
      ...source.dialect,
      fields: columns.length,
      slots: slotsOf(columns.length, scan.ordinals),
      badRecords: scan.badRows,
      nullPadding: scan.nullPadding,
      strict: scan.strict,
    });
    const { failure, refs, records: rows } = parsed;
    if (failure !== undefined) {
      const line = this.lineAt(piece.file, piece.start + failure.start);
      throw new HeadraceError("format", `"${source.name}" line ${line}: ${failure.message}`, {
        hint: failure.isLength ? LENGTH_HINT : QUOTE_HINT,
      });
    }
    this.noteRejects(parsed.rejects, piece);
    const dropped = new Set<number>();
    const results = scan.ordinals.map((ordinal, slot) => {
      const column = columns[ordinal];
      if (column === undefined) throw new RangeError(`column ${ordinal}`);
      const { type } = column;
      const conversion = {
        type,
        nullText,
        exact: !column.declared,
        parse: (value: string) => {
          // What was guessed to be a wall time is none where an offset follows, which would be lost.
          if (!column.declared && type.kind === "Timestamp" && hasOffset(value)) return undefined;
          return parseDatum(value, type);
        },
      };
      const address = refs[slot] as number;
      const bad = (row: number, value: string): void => {
        const offset = piece.start + shared.view.getUint32(address + row * 8, true) - text;
        this.badValue(piece.file, offset, column, value);
        dropped.add(row);
      };
      return { ...convertTexts(memory, address, rows, conversion, bad), width: LANE_BYTES[laneOf(type)] };
    });
    const kept = dropped.size === 0 ? rows : dropRows(memory, results, rows, dropped);
    const descriptors = memory.alloc(Math.max(16, results.length * 16));
    results.forEach(({ data, validity }, slot) => {
      shared.u32[(descriptors >>> 2) + slot * 4] = data;
      shared.u32[(descriptors >>> 2) + slot * 4 + 1] = validity;
    });
    return { descriptors, rows: kept };
  }

  /** Gives the last piece's memory back: what later steps need of it has been copied. */
  release(): void {
    this.memory.release();
  }

  close(): void {
    this.release();
    this.files.close();
  }

  /** Records that the kernel left out. */
  private noteRejects(rejects: ParsedCsv["rejects"], piece: CsvScan["pieces"][number]): void {
    const file = this.nameOf(piece.file);
    for (const { start, end, message } of rejects) {
      const text = this.textOf(piece.file, piece.start + start, piece.start + end);
      const line = this.lineAt(piece.file, piece.start + start);
      this.rejects.push({ file, line, column: undefined, text, message });
    }
  }

  private textOf(file: number, start: number, end: number): string {
    const bytes = Buffer.alloc(Math.min(end - start, MOST_REJECTED_BYTES));
    this.files.get(file).readAt(bytes, start);
    return bytes.toString("utf8").replace(/\r?\n$/, "");
  }

  private nameOf(file: number): string {
    return this.scan.files[file]?.name ?? "";
  }

  private lineAt(file: number, offset: number): number {
    return this.lines[file]?.lineAt(offset) ?? 0;
  }

  private badValue(file: number, offset: number, column: CsvDialect["columns"][number], value: string): void {
    const { badRows } = this.scan;
    if (badRows === "skip") return;
    const shown = value.length > 60 ? `${value.slice(0, 60)}...` : value;
    const message = `"${shown}" in column "${column.name}" is no ${typeName(column.type)}`;
    const line = this.lineAt(file, offset);
    const name = this.nameOf(file);
    if (badRows === "collect") {
      this.rejects.push({ file: name, line, column: column.name, text: value, message });
      return;
    }
    throw new HeadraceError("format", `"${name}" line ${line}: ${message}`, {
      hint: column.declared
        ? "ignore_errors = true leaves such records out"
        : `the type was guessed from the file's beginning: read_csv('${name}', types = {'${column.name}': 'VARCHAR'}) or all_varchar = true reads it as text`,
    });
  }
}

const MOST_REJECTED_BYTES = 65_536;
