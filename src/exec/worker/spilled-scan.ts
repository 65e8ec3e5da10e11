import { ioError } from "../../io/stores/file.ts";
import { readSync } from "node:fs";
import type { Lane } from "../../planner/types/lane.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { writeReferences } from "../table/column-vectors.ts";
import type { SpilledChunk, SpilledColumn } from "../table/spilled-chunks.ts";
import type { TableVersion } from "../table/table-version.ts";
import { ScanMemory } from "./scan-memory.ts";

/** The chunks of a table of which some lie in files, in morsel order. */
export type SpilledScan = {
  readonly kind: "spilled";
  readonly pieces: readonly (SpilledPiece | { readonly descriptors: number; readonly rows: number })[];
};

export type SpilledPiece = {
  /** Of a file that is open in this process. */
  readonly descriptor: number;
  readonly rows: number;
  /** By slot; numbers are the first row's number. */
  readonly columns: readonly (
    | number
    | (Pick<SpilledColumn, "position" | "data" | "validity" | "strings"> & { readonly lane: Lane })
  )[];
};

/** A chunk of a table as a piece: the columns `ordinals`, the one behind the last being the rows' numbers, from `first` on. */
export function spilledPiece(
  { columns }: TableVersion,
  { rows, file, columns: places }: SpilledChunk,
  ordinals: readonly number[],
  first: number,
): SpilledPiece {
  const slots = ordinals.map((ordinal) => {
    if (ordinal === columns.length) return first;
    const { position, data, validity, strings } = places[ordinal]!;
    return { position, data, validity, strings, lane: columns[ordinal]!.lane };
  });
  return { descriptor: file.descriptor, rows, columns: slots };
}

/** One thread's reading of a SpilledScan: a chunk at a time. */
export class SpilledMorsels {
  readonly rejects: readonly never[] = [];
  private readonly memory: ScanMemory;
  private readonly scan: SpilledScan;

  constructor(shared: SharedMemory, kernels: Kernels, owner: number, scan: SpilledScan) {
    this.memory = new ScanMemory(shared, kernels, owner);
    this.scan = scan;
  }

  decode(index: number): { readonly descriptors: number; readonly rows: number } {
    const piece = this.scan.pieces[index];
    if (piece === undefined) throw new RangeError(`chunk ${index}`);
    if ("descriptors" in piece) return piece;
    const { shared } = this.memory;
    const { rows, columns } = piece;
    const sizes = columns.map((column) => (typeof column === "number" ? 0 : sizeOf(column, rows)));
    const descriptors = this.memory.alloc(sizes.reduce((sum, size) => sum + size, columns.length * 16));
    let address = descriptors + columns.length * 16;
    columns.forEach((column, slot) => {
      const at = (descriptors >>> 2) + slot * 4;
      if (typeof column === "number") {
        shared.u32[at] = column;
        return;
      }
      const { position, data, validity, strings, lane } = column;
      const end = address + sizes[slot]!;
      const read = end - align(data + validity + strings);
      this.read(piece.descriptor, read, data + validity + strings, position);
      if (lane === "str") {
        const lengths = new Uint32Array(shared.memory.buffer, read, rows);
        writeReferences(shared, address, read + data + validity, lengths);
      }
      shared.u32[at] = address;
      shared.u32[at + 1] = validity === 0 ? 0 : read + data;
      address = end;
    });
    return { descriptors, rows };
  }

  release(): void {
    this.memory.release();
  }

  close(): void {
    this.release();
  }

  private read(descriptor: number, address: number, bytes: number, position: number): void {
    const target = this.memory.view(address, bytes);
    for (let done = 0; done < bytes;) {
      let count: number;
      try {
        count = readSync(descriptor, target, done, bytes - done, position + done);
      } catch (cause) {
        throw ioError("read", "a temporary file", cause);
      }
      if (count === 0) throw ioError("read", "a temporary file", new Error(`it ends before byte ${position + bytes}`));
      done += count;
    }
  }
}

/** In memory: what is read, and before it the references to strings. */
function sizeOf(column: Exclude<SpilledPiece["columns"][number], number>, rows: number): number {
  const { data, validity, strings, lane } = column;
  return align(data + validity + strings) + (lane === "str" ? align(rows * 8) : 0);
}

const align = (bytes: number): number => Math.ceil(bytes / 16) * 16;
