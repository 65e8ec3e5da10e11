import { HeadraceError } from "../../error.ts";
import type { CsvTable } from "../../io/formats/csv/csv-table.ts";
import type { CsvDialect } from "../../io/formats/csv/sniff.ts";
import { LocalFile } from "../../io/stores/file.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { LANE_BYTES, laneOf } from "../../planner/types/lane.ts";
import { parseDatum } from "../../planner/types/literals.ts";
import { INTEGER_RANGE, isInteger, type SqlType, typeName } from "../../planner/types/types.ts";
import type { TableUse } from "../codegen/program.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { SLACK } from "../memory/allocator.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";

/** The pieces of CSV files that a run reads, in morsel order: ranges of whole records. */
export type CsvScan = {
  readonly kind: "csv";
  readonly files: readonly { readonly path: string; readonly dialect: CsvDialect }[];
  readonly pieces: readonly { readonly file: number; readonly start: number; readonly end: number }[];
  /** Schema ordinals that the code reads, by slot. */
  readonly ordinals: readonly number[];
  readonly ignoreErrors: boolean;
  readonly nullPadding: boolean;
};

/** Bytes of a piece, about: a morsel. */
const PIECE_BYTES = 2 * 2 ** 20;
const READ_BYTES = 8 * 2 ** 20;

/** Files of the `csv` scan under options that give no records other bounds. */
export async function csvScan(
  table: CsvTable,
  use: TableUse,
  shared: SharedMemory,
  kernels: Kernels,
  pause: () => Promise<void>,
): Promise<CsvScan> {
  const pieces: CsvScan["pieces"][number][] = [];
  for (const [index, { path, dialect, size }] of table.files.entries()) {
    for (const [start, end] of await recordRanges(path, size, dialect, shared, kernels, pause))
      pieces.push({ file: index, start, end });
  }
  const { ignoreErrors = false, nullPadding = false } = table.options;
  return {
    kind: "csv",
    files: table.files.map(({ path, dialect }) => ({ path, dialect })),
    pieces,
    ordinals: use.ordinals,
    ignoreErrors,
    nullPadding,
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

/** Memory of the scan's preparation, released by it. */
const SCAN_OWNER = 3;

/** Offsets in the configuration of the kernel `csvParse`. */
const CONFIG = {
  columns: 12,
  slots: 16,
  refs: 20,
  capacity: 24,
  pad: 28,
  skipBad: 32,
  records: 36,
  errorColumn: 40,
  errorOffset: 44,
  bytes: 64,
} as const;

/** One thread's reading of a CsvScan: parses a piece at a time into memory of the query. */
export class CsvMorsels {
  private readonly shared: SharedMemory;
  private readonly kernels: Kernels;
  private readonly owner: number;
  private readonly scan: CsvScan;
  private readonly open = new Map<number, LocalFile>();
  private held: { readonly address: number; readonly bytes: number }[] = [];

  constructor(shared: SharedMemory, kernels: Kernels, owner: number, scan: CsvScan) {
    this.shared = shared;
    this.kernels = kernels;
    this.owner = owner;
    this.scan = scan;
  }

  /** Parses piece `index` and returns where its columns' descriptors lie. */
  decode(index: number): { readonly descriptors: number; readonly rows: number } {
    const { scan, shared, kernels } = this;
    const piece = scan.pieces[index];
    const source = piece && scan.files[piece.file];
    if (piece === undefined || source === undefined) throw new RangeError(`piece ${index}`);
    const { dialect } = source;
    const bytes = piece.end - piece.start;
    const text = this.alloc(bytes + SLACK);
    this.file(piece.file).readAt(new Uint8Array(shared.memory.buffer, text, bytes), piece.start);
    const capacity = kernels.csvCountLines(text, text + bytes) + 1;
    const slots = scan.ordinals.length;
    const refs = scan.ordinals.map(() => this.alloc(capacity * 8));
    const config = this.configure(dialect, refs, capacity);
    const failure = kernels.csvParse(text, text + bytes, config);
    const at = (offset: number): number => shared.view.getUint32(config + offset, true);
    if (failure !== 0) {
      throw this.recordError(
        source.path,
        failure,
        piece.start + at(CONFIG.errorOffset),
        at(CONFIG.errorColumn),
        dialect.columns.length,
      );
    }
    const rows = at(CONFIG.records);
    const descriptors = this.alloc(Math.max(16, slots * 16));
    scan.ordinals.forEach((ordinal, slot) => {
      const column = dialect.columns[ordinal];
      if (column === undefined) throw new RangeError(`column ${ordinal}`);
      const { data, validity } = this.convert(refs[slot] as number, rows, column.type, dialect.nullText, (row, value) =>
        this.valueError(source.path, piece.start, row, column, value),
      );
      shared.u32[(descriptors >>> 2) + slot * 4] = data;
      shared.u32[(descriptors >>> 2) + slot * 4 + 1] = validity;
    });
    return { descriptors, rows };
  }

  /** Gives the last piece's memory back: what later steps need of it has been copied. */
  release(): void {
    for (const { address, bytes } of this.held) this.shared.release(address, bytes);
    this.held = [];
  }

  close(): void {
    this.release();
    for (const file of this.open.values()) file.close();
    this.open.clear();
  }

  private alloc(bytes: number): number {
    const size = bytes + SLACK;
    const address = this.shared.allocate(size, this.owner);
    this.held.push({ address, bytes: size });
    return address;
  }

  private zeroed(bytes: number): number {
    const address = this.alloc(bytes);
    this.kernels.fillBytes(address, 0, bytes);
    return address;
  }

  private configure(
    { delimiter, quote, escape, columns }: CsvDialect,
    refs: readonly number[],
    capacity: number,
  ): number {
    const { shared, scan } = this;
    const config = this.zeroed(CONFIG.bytes + columns.length * 4 + refs.length * 4);
    const slots = config + CONFIG.bytes;
    const addresses = slots + columns.length * 4;
    const words = [
      delimiter,
      quote,
      escape,
      columns.length,
      slots,
      addresses,
      capacity,
      scan.nullPadding ? 1 : 0,
      scan.ignoreErrors ? 1 : 0,
    ];
    words.forEach((word, i) => shared.view.setUint32(config + i * 4, word, true));
    columns.forEach((_, i) => shared.view.setInt32(slots + i * 4, scan.ordinals.indexOf(i), true));
    refs.forEach((address, i) => shared.view.setUint32(addresses + i * 4, address, true));
    return config;
  }

  private convert(
    refs: number,
    rows: number,
    type: SqlType,
    nullText: string,
    failure: (row: number, value: string) => HeadraceError,
  ): { readonly data: number; readonly validity: number } {
    const { kernels } = this;
    if (nullText !== "") this.dropNullTexts(refs, rows, nullText);
    const validity = this.zeroed(Math.ceil(rows / 8) + 8);
    const width = LANE_BYTES[laneOf(type)];
    if (type.kind === "Varchar") {
      const bad = kernels.csvStrings(refs, rows, validity);
      if (bad >= 0) throw failure(bad, "bytes that are no UTF-8");
      return { data: refs, validity };
    }
    const data = this.alloc(rows * width);
    const decimal = type.kind === "Decimal" && type.precision <= 18;
    if (decimal || (isInteger(type) && width <= 8 && type.kind !== "UBigInt")) {
      const { min, max } = decimal
        ? { min: 1n - 10n ** BigInt(type.precision), max: 10n ** BigInt(type.precision) - 1n }
        : INTEGER_RANGE[type.kind as "BigInt"];
      const scale = decimal ? type.scale : 0;
      const bad = kernels.csvIntegers(refs, rows, width, scale, min, max, data, validity);
      if (bad >= 0) throw failure(bad, this.text(refs, bad));
      return { data, validity };
    }
    const slow = this.alloc(rows * 4);
    let others = rows;
    if (type.kind === "Double") others = kernels.csvDoubles(refs, rows, data, validity, slow);
    else if (type.kind === "Date") others = kernels.csvDates(refs, rows, data, validity, slow);
    else if (type.kind === "Timestamp" && type.unit === "us")
      others = kernels.csvTimestamps(refs, rows, data, validity, slow);
    else others = this.listPresent(refs, rows, data, width, validity, slow);
    for (let i = 0; i < others; i++) {
      const row = this.shared.view.getUint32(slow + i * 4, true);
      const value = this.text(refs, row);
      const datum = parseDatum(value.trim(), type);
      if (datum === undefined || datum === null) throw failure(row, value);
      this.write(data + row * width, datum, type);
    }
    return { data, validity };
  }

  /** All rows that have a value, for types without a kernel. */
  private listPresent(refs: number, rows: number, data: number, width: number, validity: number, slow: number): number {
    const { view, u8 } = this.shared;
    this.kernels.fillBytes(data, 0, rows * width);
    let count = 0;
    for (let row = 0; row < rows; row++) {
      if (view.getUint32(refs + row * 8, true) === 0) continue;
      u8[validity + (row >> 3)] = (u8[validity + (row >> 3)] as number) | (1 << (row & 7));
      view.setUint32(slow + 4 * count++, row, true);
    }
    return count;
  }

  private write(at: number, value: Exclude<Datum, null>, type: SqlType): void {
    const { view, u8 } = this.shared;
    switch (laneOf(type)) {
      case "bool":
        u8[at] = value === true ? 1 : 0;
        return;
      case "i32":
        return view.setInt32(at, Number(value), true);
      case "i64":
      case "u64":
        return view.setBigInt64(at, BigInt.asIntN(64, value as bigint), true);
      case "f32":
        return view.setFloat32(at, value as number, true);
      case "f64":
        return view.setFloat64(at, value as number, true);
      case "i128":
        view.setBigUint64(at, BigInt.asUintN(64, value as bigint), true);
        return view.setBigInt64(at + 8, BigInt.asIntN(64, (value as bigint) >> 64n), true);
      default:
        throw new HeadraceError("unsupported", `reading ${typeName(type)} from CSV is not supported yet`);
    }
  }

  /** Makes the texts that stand for a missing value missing. */
  private dropNullTexts(refs: number, rows: number, nullText: string): void {
    const wanted = Buffer.from(nullText, "utf8");
    const { view, u8 } = this.shared;
    for (let row = 0; row < rows; row++) {
      const address = view.getUint32(refs + row * 8, true);
      if (address === 0 || view.getUint32(refs + row * 8 + 4, true) !== wanted.length) continue;
      if (wanted.every((byte, i) => u8[address + i] === byte)) view.setBigUint64(refs + row * 8, 0n, true);
    }
  }

  private text(refs: number, row: number): string {
    const address = this.shared.view.getUint32(refs + row * 8, true);
    const length = this.shared.view.getUint32(refs + row * 8 + 4, true);
    return Buffer.from(this.shared.u8.slice(address, address + length)).toString("utf8");
  }

  private recordError(path: string, failure: number, offset: number, column: number, columns: number): HeadraceError {
    const line = lineAt(path, offset);
    const where = `"${path}" line ${line}`;
    if (failure === 3) return new HeadraceError("format", `${where}: a quoted field does not end`);
    const what = failure === 1 ? `has ${column} fields` : "has more fields";
    return new HeadraceError("format", `${where}: the record ${what}, the file has ${columns} columns`, {
      hint: "ignore_errors = true leaves such records out; null_padding = true fills short ones with NULL",
    });
  }

  private valueError(
    path: string,
    start: number,
    row: number,
    column: { readonly name: string; readonly type: SqlType },
    value: string,
  ): HeadraceError {
    const line = lineAt(path, start) + row;
    const shown = value.length > 60 ? `${value.slice(0, 60)}...` : value;
    return new HeadraceError(
      "format",
      `"${path}" near line ${line}: "${shown}" in column "${column.name}" is no ${typeName(column.type)}`,
      {
        hint: `the type was guessed from the file's beginning: read_csv('${path}', types = {'${column.name}': 'VARCHAR'}) or all_varchar = true reads it as text`,
      },
    );
  }

  private file(index: number): LocalFile {
    const known = this.open.get(index);
    if (known !== undefined) return known;
    const file = new LocalFile(this.scan.files[index]?.path ?? "");
    this.open.set(index, file);
    return file;
  }
}

/** The number of the line at an offset, from 1. Only for errors: it reads the file up to there. */
function lineAt(path: string, offset: number): number {
  using file = new LocalFile(path);
  const buffer = Buffer.alloc(1 << 20);
  let line = 1;
  for (let at = 0; at < offset; at += buffer.length) {
    const piece = buffer.subarray(0, Math.min(buffer.length, offset - at));
    file.readAt(piece, at);
    for (const byte of piece) if (byte === 10) line++;
  }
  return line;
}
