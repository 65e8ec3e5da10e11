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
 * A column's vectors are those of `exec/table/column-vectors.ts`.
 */
import { crc32 } from "node:zlib";
import { columnVectors } from "../../exec/table/column-vectors.ts";
import type { SharedMemory } from "../../exec/memory/shared-memory.ts";
import type { SpilledColumn, SpillFile } from "../../exec/table/spilled-chunks.ts";
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
  const { vectors, strings } = await columnVectors(memory, lane, rows, column, turns);
  let checksum = 0;
  for (const vector of vectors) checksum = await checksumOf(vector, checksum, turns);
  const zone = zoneToJson(column.zone);
  return { entry: { values: column.values, strings, zone, checksum }, vectors };
}

/** The same of a column that lies in another file. */
export async function packSpilled(file: SpillFile, column: SpilledColumn, turns: Turns): Promise<PackedColumn> {
  const { position, data, validity, strings, values } = column;
  const vector = await file.read(position, data + validity + strings);
  const checksum = await checksumOf(vector, 0, turns);
  return { entry: { values, strings, zone: zoneToJson(column.zone), checksum }, vectors: [vector] };
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
