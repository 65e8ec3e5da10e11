import { HeadraceError } from "../../error.ts";
import type { JsonFile, JsonTable } from "../../io/formats/json/json-table.ts";
import { readNested, readScalar } from "../../io/formats/json/read-value.ts";
import { LocalFile } from "../../io/stores/file.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { isNested } from "../../planner/types/nested.ts";
import { typeName } from "../../planner/types/types.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { SLACK } from "../memory/allocator.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { SCAN_OWNER } from "./csv-scan.ts";
import { describeFailure, isRaw, JSON_FAILURES, type JsonFailure, parseJsonRecords } from "./json-parse.ts";
import { LineCounter, OpenFiles } from "./open-files.ts";
import { ScanMemory } from "./scan-memory.ts";
import { nestedColumn } from "./json-nested.ts";
import { type BadValue, convertTexts } from "./text-columns.ts";

/** The pieces of JSON files that a run reads, in morsel order: ranges of whole values. */
export type JsonScan = Pick<JsonTable, "files" | "columns" | "records" | "ignoreErrors"> & {
  readonly kind: "json";
  readonly pieces: readonly {
    readonly file: number;
    readonly start: number;
    readonly end: number;
    /** At least the number of values; undefined: that of the lines. */
    readonly values: number | undefined;
    readonly first: boolean;
    readonly last: boolean;
  }[];
  /** Schema ordinals that the code reads, by slot. */
  readonly ordinals: readonly number[];
};

type Piece = JsonScan["pieces"][number];

/** Bytes of a piece, about: a morsel. */
const PIECE_BYTES = 2 * 2 ** 20;
const READ_BYTES = 8 * 2 ** 20;
const PROBE_BYTES = 65_536;

export async function jsonScan(
  { files, columns, records, ignoreErrors }: JsonTable,
  ordinals: readonly number[],
  keeps: (file: number) => boolean,
  shared: SharedMemory,
  kernels: Kernels,
  pause: () => Promise<void>,
): Promise<JsonScan> {
  const pieces: Piece[] = [];
  for (const [index, file] of files.entries()) {
    if (!keeps(index)) continue;
    const found =
      file.format === "lines" ? lineRanges(file, index) : await valueRanges(file, index, shared, kernels, pause);
    pieces.push(...found);
  }
  return { kind: "json", files, columns, records, ignoreErrors, pieces, ordinals };
}

/** Cuts a file behind line feeds: where each value has a line of its own, nothing else needs a look. */
function lineRanges({ path, size }: JsonFile, file: number): readonly Piece[] {
  using source = new LocalFile(path);
  const probe = Buffer.alloc(PROBE_BYTES);
  const pieces: Piece[] = [];
  let start = startOf(source);
  while (start < size) {
    let end = size;
    for (let at = start + PIECE_BYTES; at < size; at += PROBE_BYTES) {
      const bytes = probe.subarray(0, Math.min(PROBE_BYTES, size - at));
      source.readAt(bytes, at);
      const newline = bytes.indexOf(10);
      if (newline < 0) continue;
      end = at + newline + 1;
      break;
    }
    pieces.push({ file, start, end, values: undefined, first: start === 0, last: end === size });
    start = end;
  }
  return pieces;
}

/** Behind a byte order mark. */
function startOf(source: LocalFile): number {
  const head = Buffer.alloc(Math.min(3, source.size));
  source.readAt(head, 0);
  return head.toString("latin1") === "\u00ef\u00bb\u00bf" ? 3 : 0;
}

/** Cuts a file between values: goes through it once, minding strings and brackets. */
async function valueRanges(
  { path, name, size, format }: JsonFile,
  file: number,
  shared: SharedMemory,
  kernels: Kernels,
  pause: () => Promise<void>,
): Promise<readonly Piece[]> {
  using source = new LocalFile(path);
  const begin = format === "array" ? behindBracket(source, name) : startOf(source);
  const pieces: Piece[] = [];
  const bytes = READ_BYTES + SLACK;
  const buffer = shared.allocate(bytes, SCAN_OWNER);
  try {
    const state = buffer + READ_BYTES + 16;
    [0, 0, 0, 1].forEach((word, i) => shared.view.setUint32(state + i * 4, word, true));
    const takeCount = (): number => {
      const values = shared.view.getUint32(state + 8, true);
      shared.view.setUint32(state + 8, 0, true);
      return values + 1;
    };
    let start = begin;
    for (let offset = begin; offset < size; offset += READ_BYTES) {
      const length = Math.min(READ_BYTES, size - offset);
      source.readAt(new Uint8Array(shared.memory.buffer, buffer, length), offset);
      const end = buffer + length;
      for (let at = buffer; at < end;) {
        const target = Math.max(at, buffer + (start + PIECE_BYTES - offset));
        const boundary = kernels.jsonBoundary(at, end, target, state) >>> 0;
        if (boundary > end) break;
        const stop = offset + boundary - buffer;
        pieces.push({ file, start, end: stop, values: takeCount(), first: start === begin, last: stop === size });
        start = stop;
        at = boundary;
      }
      await pause();
    }
    if (start < size) pieces.push({ file, start, end: size, values: takeCount(), first: start === begin, last: true });
    return pieces;
  } finally {
    shared.release(buffer, bytes);
  }
}

function behindBracket(source: LocalFile, name: string): number {
  const head = Buffer.alloc(Math.min(PROBE_BYTES, source.size));
  source.readAt(head, 0);
  const start = startOf(source);
  const text = head.toString("latin1", start);
  const bracket = text.length - text.trimStart().length;
  if (text[bracket] !== "[")
    throw new HeadraceError("format", `"${name}" is no JSON array`, { hint: "format = 'auto' finds out what it is" });
  return start + bracket + 1;
}

/** One thread's reading of a JsonScan: parses a piece at a time into memory of the query. */
export class JsonMorsels {
  readonly rejects: readonly never[] = [];
  private readonly memory: ScanMemory;
  private readonly scan: JsonScan;
  private readonly files: OpenFiles;

  constructor(shared: SharedMemory, kernels: Kernels, owner: number, scan: JsonScan) {
    this.memory = new ScanMemory(shared, kernels, owner);
    this.scan = scan;
    this.files = new OpenFiles(scan.files);
  }

  /** Parses piece `index` and returns where its columns' descriptors lie. */
  decode(index: number): { readonly descriptors: number; readonly rows: number } {
    const { scan, memory } = this;
    const { shared, kernels } = memory;
    const piece = scan.pieces[index];
    const source = piece && scan.files[piece.file];
    if (piece === undefined || source === undefined) throw new RangeError(`piece ${index}`);
    const bytes = piece.end - piece.start;
    const text = memory.alloc(bytes);
    this.files.get(piece.file).readAt(memory.view(text, bytes), piece.start);
    const capacity = piece.values ?? kernels.csvCountLines(text, text + bytes) + 1;
    const parsed = parseJsonRecords(memory, text, bytes, {
      keys: scan.columns,
      ordinals: scan.ordinals,
      capacity,
      format: source.format,
      records: scan.records,
      strictKeys: scan.records && !scan.ignoreErrors && scan.columns.every(({ declared }) => !declared),
      badLines: scan.ignoreErrors ? "skip" : "error",
      first: piece.first,
      last: piece.last,
    });
    if (parsed.failure !== undefined) throw this.parseError(parsed.failure, source, piece, text);
    const { refs, records: rows } = parsed;
    const descriptors = memory.alloc(Math.max(16, scan.ordinals.length * 16));
    scan.ordinals.forEach((ordinal, slot) => {
      const column = scan.columns[ordinal];
      if (column === undefined) throw new RangeError(`column ${ordinal}`);
      const address = refs[slot] as number;
      const { type, declared } = column;
      const parse = this.reader(column);
      const bad: BadValue = (row, value) => {
        if (scan.ignoreErrors) return;
        const offset = piece.start + shared.view.getUint32(address + row * 8, true) - text;
        throw valueError(source, offset, column, value);
      };
      const strict = !declared && !scan.ignoreErrors;
      const { data, validity } =
        (isNested(type) ? nestedColumn(memory, address, rows, type, strict, parse, bad) : undefined) ??
        convertTexts(memory, address, rows, { type, nullText: "", exact: !declared, parse }, bad);
      shared.u32[(descriptors >>> 2) + slot * 4] = data;
      shared.u32[(descriptors >>> 2) + slot * 4 + 1] = validity;
    });
    return { descriptors, rows };
  }

  /** Gives the last piece's memory back: what later steps need of it has been copied. */
  release(): void {
    this.memory.release();
  }

  close(): void {
    this.release();
    this.files.close();
  }

  private reader({ type, declared }: JsonScan["columns"][number]): (text: string) => Datum | undefined {
    const { ignoreErrors } = this.scan;
    const reading = { lenient: ignoreErrors, strictKeys: !declared && !ignoreErrors };
    return isRaw(type) ? (text) => readNested(text, type, reading) : (text) => readScalar(text, type);
  }

  private parseError(failure: JsonFailure, source: JsonFile, piece: Piece, text: number): HeadraceError {
    const where = `"${source.name}" line ${new LineCounter(source.path).lineAt(piece.start + failure.at)}`;
    const message = describeFailure(this.memory, text, piece.end - piece.start, failure);
    return new HeadraceError("format", `${where}: ${message}`, { hint: failureHint(failure.code, source.format) });
  }
}

function failureHint(code: number, format: JsonFile["format"]): string | undefined {
  switch (code) {
    case JSON_FAILURES.unknownKey:
      return "columns were taken from the file's beginning: a greater sample_size finds more, `columns` names those to read, ignore_errors = true leaves others out";
    case JSON_FAILURES.noObject:
      return "records = false takes values of any kind";
    case JSON_FAILURES.malformed:
      return format === "lines"
        ? "every line was taken for a value: format = 'unstructured' lets them be longer"
        : undefined;
    default:
      return undefined;
  }
}

function valueError(
  { path, name }: JsonFile,
  offset: number,
  { name: column, type, declared }: JsonScan["columns"][number],
  value: string,
): HeadraceError {
  const shown = value.length > 60 ? `${value.slice(0, 60)}...` : value;
  const line = new LineCounter(path).lineAt(offset);
  return new HeadraceError(
    "format",
    `"${name}" line ${line}: "${shown}" in column "${column}" is no ${typeName(type)}`,
    {
      hint: declared
        ? undefined
        : `the type was taken from the file's beginning: a greater sample_size looks at more, columns = {'${column}': 'JSON', ...} takes anything`,
    },
  );
}
