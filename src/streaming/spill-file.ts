import { closeSync, openSync, read as readBytes, unlinkSync, writev } from "node:fs";
import { promisify } from "node:util";
import type { SharedMemory } from "../exec/memory/shared-memory.ts";
import { columnVectors } from "../exec/table/column-vectors.ts";
import type { KnownIndex } from "../exec/table/key-index.ts";
import type { Turns } from "../exec/table/slices.ts";
import type { SpilledChunk, SpilledColumn, SpillFile } from "../exec/table/spilled-chunks.ts";
import type { Chunk } from "../exec/table/table-version.ts";
import { ioError } from "../io/stores/file.ts";
import { type Lane, LANE_BYTES } from "../planner/types/lane.ts";

/** Bytes of one write, about. */
const WRITE_BYTES = 8 << 20;
/** Vectors of one write, at most: systems take a thousand. */
const MOST_VECTORS = 512;

const write = promisify(writev);
const read = promisify(readBytes);

/** A file that ends with this process, whatever ends it: where systems allow it, it has no name. */
class TemporaryFile implements SpillFile {
  readonly descriptor: number;
  references: number = 0;
  indexes: Map<string, KnownIndex> = new Map();
  private readonly path: string;
  private readonly named: boolean;
  private size = 0;

  constructor(path: string) {
    this.path = path;
    try {
      this.descriptor = openSync(path, "wx+", 0o600);
    } catch (cause) {
      throw ioError("create", path, cause);
    }
    this.named = !isRemoved(path);
  }

  /** Puts bytes behind those that are there. Returns where they begin. Throws `io`. */
  async append(vectors: readonly Uint8Array[]): Promise<number> {
    const start = this.size;
    let left = vectors.filter(({ length }) => length > 0);
    while (left.length > 0) {
      const some = left.slice(0, MOST_VECTORS);
      let written: number;
      try {
        ({ bytesWritten: written } = await write(this.descriptor, some, this.size));
      } catch (cause) {
        throw ioError("write", this.path, cause);
      }
      this.size += written;
      const from = some.findIndex(({ length }) => (written -= length) < 0);
      left = from < 0 ? left.slice(some.length) : left.slice(from);
      if (from >= 0) left[0] = left[0]!.subarray(written + left[0]!.length);
    }
    return start;
  }

  /** Throws `io`. */
  async read(position: number, bytes: number): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafeSlow(bytes);
    for (let done = 0; done < bytes;) {
      try {
        const { bytesRead } = await read(this.descriptor, buffer, done, bytes - done, position + done);
        if (bytesRead === 0) throw new Error(`it ends before byte ${position + bytes}`);
        done += bytesRead;
      } catch (cause) {
        throw ioError("read", this.path, cause);
      }
    }
    return buffer;
  }

  /** Gives the place on disk back. */
  close(): void {
    closeSync(this.descriptor);
    if (this.named) isRemoved(this.path);
  }
}

function isRemoved(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch {
    return false; // a system that does not remove files which are open
  }
}

/**
 * Writes chunks of a table without dictionaries to a new file. They stay in memory until whoever has them lets go. Throws `io`; nothing
 * is left on disk then.
 */
export async function spillChunks(
  memory: SharedMemory,
  path: string,
  lanes: readonly Lane[],
  chunks: readonly Chunk[],
  turns: Turns,
): Promise<readonly SpilledChunk[]> {
  const file = new TemporaryFile(path);
  const spilled: SpilledChunk[] = [];
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  let position = 0;
  try {
    for (const chunk of chunks) {
      const { rows } = chunk;
      const columns: SpilledColumn[] = [];
      for (const [i, column] of chunk.columns.entries()) {
        const lane = lanes[i]!;
        const { vectors, strings } = await columnVectors(memory, lane, rows, column, turns);
        const data = rows * (lane === "str" ? 4 : LANE_BYTES[lane]);
        const validity = column.values < rows ? Math.ceil(rows / 8) : 0;
        columns.push({ position, data, validity, strings, values: column.values, zone: column.zone });
        position += data + validity + strings;
        bytes += data + validity + strings;
        waiting.push(...vectors);
        if (bytes < WRITE_BYTES) continue;
        await file.append(waiting);
        [waiting, bytes] = [[], 0];
      }
      spilled.push({ rows, file, columns, origin: chunk });
    }
    await file.append(waiting);
  } catch (error) {
    file.close();
    throw error;
  }
  return spilled;
}
