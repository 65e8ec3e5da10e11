/**
 * A file in `chunks`: chunks of one state, never changed. Little endian.
 *
 * | bytes | content |
 * |---|---|
 * | 4 | `HRCK` |
 * | 4 | format, u32 |
 * | 4 | length of the directory, u32 |
 * | 4 | CRC-32 of the 12 bytes before and the directory |
 * | | directory: JSON, `Directory` |
 * | | the vectors, column by column, chunk by chunk, nothing between them |
 *
 * A column's vectors: its values as they lie in memory (`planner/types/lane.ts`), but of the lane `str` the length of each, u32;
 * the validity bitmap, where there are NULLs; of the lane `str` the bytes of all rows, end to end. No addresses: strings lie
 * anywhere in memory, and somewhere else when they are read again. Nested values refer only to themselves.
 */
import { crc32 } from "node:zlib";
import { HeadraceError } from "../../error.ts";
import type { SharedMemory } from "../../exec/memory/shared-memory.ts";
import type { Turns } from "../../exec/table/slices.ts";
import type { Bounds } from "../../exec/table/statistics.ts";
import type { Chunk, ChunkColumn } from "../../exec/table/table-version.ts";
import { type Lane, LANE_BYTES } from "../../planner/types/lane.ts";
import { damaged, newerFormat } from "./damage.ts";

export const CHUNK_FORMAT = 1;
const MAGIC = 0x4b43_5248;
export const CHUNK_FILE_HEADER = 16;

export type Directory = {
  /** Types of the columns, as SQL. */
  readonly types: readonly string[];
  readonly lanes: readonly Lane[];
  readonly chunks: readonly ChunkEntry[];
};

export type ChunkEntry = { readonly rows: number; readonly columns: readonly ColumnEntry[] };

export type ColumnEntry = {
  /** Values that are not NULL; less than the rows: there is a bitmap. */
  readonly values: number;
  /** Bytes of all strings; 0 in other lanes. */
  readonly strings: number;
  /** Least and greatest value: integers in decimal, floats as the 64 bits of each in decimal. */
  readonly zone: readonly ["integer" | "float", string, string] | null;
  /** CRC-32 of the column's vectors. */
  readonly checksum: number;
};

/** Sizes of a column's vectors in the file. */
export function vectorBytes(
  { values, strings }: ColumnEntry,
  rows: number,
  lane: Lane,
): { readonly data: number; readonly validity: number; readonly strings: number } {
  return {
    data: rows * (lane === "str" ? 4 : LANE_BYTES[lane]),
    validity: values < rows ? Math.ceil(rows / 8) : 0,
    strings,
  };
}

export function columnBytes(entry: ColumnEntry, rows: number, lane: Lane): number {
  const { data, validity, strings } = vectorBytes(entry, rows, lane);
  return data + validity + strings;
}

/** A column as it goes into a file: views of memory, and copies of what does not lie there as it should. */
export type PackedColumn = { readonly entry: ColumnEntry; readonly vectors: readonly Uint8Array[] };

/** The memory must stay as it is until the vectors are written. */
export async function packColumn(
  memory: SharedMemory,
  lane: Lane,
  rows: number,
  column: ChunkColumn,
  turns: Turns,
): Promise<PackedColumn> {
  const vectors: Uint8Array[] = [];
  let strings: PackedStrings | undefined;
  if (lane === "str") {
    strings = await packStrings(memory, column.data, rows, turns);
    vectors.push(strings.lengths);
  } else {
    vectors.push(memory.u8.subarray(column.data, column.data + rows * LANE_BYTES[lane]));
  }
  if (column.values < rows) {
    const { validity } = column;
    if (validity === 0) throw new RangeError("NULLs without a bitmap");
    vectors.push(memory.u8.subarray(validity, validity + Math.ceil(rows / 8)));
  }
  if (strings !== undefined) vectors.push(...strings.parts);
  let checksum = 0;
  for (const vector of vectors) checksum = await checksumOf(vector, checksum, turns);
  const zone = zoneToJson(column.zone);
  return { entry: { values: column.values, strings: strings?.bytes ?? 0, zone, checksum }, vectors };
}

type PackedStrings = {
  readonly lengths: Uint8Array;
  readonly parts: readonly Uint8Array[];
  readonly bytes: number;
};

/** Ranges of memory that are worth a view each: shorter ones are copied. */
const LEAST_RANGE = 4096;
/** Bytes of a copy. */
const COPY_BYTES = 1 << 20;
/** What the strings of one chunk may come to: memory could not hold more. */
const MOST_STRINGS = 2 ** 32 - 1;
const ROWS_PER_TURN = 4096;

/** Strings that lie side by side, as those of most tables do, are one view. */
async function packStrings(memory: SharedMemory, refs: number, rows: number, turns: Turns): Promise<PackedStrings> {
  const { u32 } = memory;
  const lengths = new Uint32Array(rows);
  const gathered = new Gathering(memory.u8);
  let bytes = 0;
  let start = 0;
  let end = 0;
  for (let row = 0, at = refs >>> 2; row < rows; row++, at += 2) {
    const length = u32[at + 1] as number;
    lengths[row] = length;
    if (length === 0) continue;
    const address = u32[at] as number;
    if (address !== end) {
      gathered.add(start, end);
      start = address;
    }
    end = address + length;
    bytes += length;
    if (row % ROWS_PER_TURN === 0 && turns.isDue) await turns.take();
  }
  gathered.add(start, end);
  if (bytes > MOST_STRINGS)
    throw new HeadraceError(
      "unsupported",
      `a checkpoint of a chunk with ${bytes} bytes of strings is not supported yet`,
    );
  return { lengths: new Uint8Array(lengths.buffer), parts: gathered.finish(), bytes };
}

/** Puts ranges of memory in order. */
class Gathering {
  private readonly memory: Uint8Array;
  private readonly parts: Uint8Array[] = [];
  private copy: Buffer = Buffer.alloc(0);
  private used = 0;

  constructor(memory: Uint8Array) {
    this.memory = memory;
  }

  add(start: number, end: number): void {
    if (start === end) return;
    const range = this.memory.subarray(start, end);
    if (range.length >= LEAST_RANGE) {
      this.flush();
      this.parts.push(range);
      return;
    }
    if (this.used + range.length > this.copy.length) {
      this.flush();
      this.copy = Buffer.allocUnsafeSlow(COPY_BYTES);
      this.used = 0;
    }
    this.copy.set(range, this.used);
    this.used += range.length;
  }

  finish(): readonly Uint8Array[] {
    this.flush();
    return this.parts;
  }

  /** What was copied so far is a part; what is copied from now on goes behind it. */
  private flush(): void {
    if (this.used > 0) this.parts.push(this.copy.subarray(0, this.used));
    this.copy = this.copy.subarray(this.used);
    this.used = 0;
  }
}

/** Bytes of a step. */
const CHECKSUM_STEP = 8 << 20;

/** CRC-32 of bytes behind those whose CRC-32 is `checksum`. */
export async function checksumOf(bytes: Uint8Array, checksum: number, turns: Turns): Promise<number> {
  let value = checksum;
  for (let at = 0; at < bytes.length; at += CHECKSUM_STEP) {
    if (turns.isDue) await turns.take();
    value = crc32(bytes.subarray(at, at + CHECKSUM_STEP), value);
  }
  return value;
}

/** The head of a file, up to its vectors, and the checksum of it. */
export function chunkFileHead(directory: Directory): { readonly bytes: Buffer; readonly checksum: number } {
  const body = Buffer.from(JSON.stringify(directory));
  const header = Buffer.alloc(CHUNK_FILE_HEADER);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(CHUNK_FORMAT, 4);
  header.writeUInt32LE(body.length, 8);
  const checksum = crc32(body, crc32(header.subarray(0, 12)));
  header.writeUInt32LE(checksum, 12);
  return { bytes: Buffer.concat([header, body]), checksum };
}

/** Where the directory ends, told by the first `CHUNK_FILE_HEADER` bytes; NaN: they are those of no such file. */
export function directoryEnd(header: Buffer): number {
  const isOurs = header.length >= CHUNK_FILE_HEADER && header.readUInt32LE(0) === MAGIC;
  return isOurs ? CHUNK_FILE_HEADER + header.readUInt32LE(8) : Number.NaN;
}

/** @param head the file up to `directoryEnd` */
export function readDirectory(head: Buffer, path: string, checksum: number): Directory {
  const body = head.subarray(CHUNK_FILE_HEADER);
  const found = crc32(body, crc32(head.subarray(0, 12)));
  if (found !== head.readUInt32LE(12)) throw damaged(path, "its header does not match its checksum");
  const format = head.readUInt32LE(4);
  if (format > CHUNK_FORMAT) throw newerFormat(path, format, CHUNK_FORMAT);
  if (found !== checksum) throw damaged(path, "it is not the file that the checkpoint refers to");
  return JSON.parse(body.toString("utf8")) as Directory;
}

export function chunkEntry(chunk: Chunk, columns: readonly PackedColumn[]): ChunkEntry {
  return { rows: chunk.rows, columns: columns.map(({ entry }) => entry) };
}

function zoneToJson(zone: Bounds | undefined): ColumnEntry["zone"] {
  switch (zone?.kind) {
    case "integer":
      return ["integer", String(zone.min), String(zone.max)];
    case "float":
      return ["float", floatBits(zone.min), floatBits(zone.max)];
    default:
      // Bytes are bounds of nothing that scans skip.
      return null;
  }
}

export function zoneFromJson(zone: ColumnEntry["zone"]): Bounds | undefined {
  if (zone === null) return undefined;
  const [kind, min, max] = zone;
  return kind === "integer"
    ? { kind, min: BigInt(min), max: BigInt(max) }
    : { kind, min: floatOfBits(min), max: floatOfBits(max) };
}

/** Decimal digits would lose -0 and infinities. */
function floatBits(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return String(view.getBigUint64(0));
}

function floatOfBits(bits: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(bits));
  return view.getFloat64(0);
}
