import type { KeyLookupUse } from "../codegen/program.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Arena } from "../memory/arena.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { JOIN_ROW } from "../operators/join/build-side.ts";
import {
  CODE,
  FILTER_BYTES,
  type KeyIndex,
  keyIndexBytes,
  knownIndex,
  type KnownIndex,
  makeKeyFilter,
  makeKeyIndex,
  mayHaveCode,
  MOST_INDEXED_ROWS,
  rowsByCode,
} from "../table/key-index.ts";
import type { SpilledChunk } from "../table/spilled-chunks.ts";
import type { Chunk, TableVersion } from "../table/table-version.ts";
import type { Segment } from "../worker/messages.ts";
import { spilledPiece, SpilledMorsels } from "../worker/spilled-scan.ts";

/** Whether states are looked up by key: where it is worth while, wherever it can be done (for tests), never. */
export type Lookups = "auto" | "always" | "never";

/** All workers scan a chunk in the time that the calling thread takes to look up this many keys, and to copy this many rows, for each row. */
const KEYS_SHARE = 1 / 256;
const ROWS_SHARE = 1 / 64;
/** Smaller chunks are scanned: they are soon joined to others. */
const LEAST_ROWS = 4096;
/** How often an index is wanted before it is made. */
const WANTED = 3;
/** Indexes that one scan makes, at most: the thread has other work. */
const MOST_MADE = 4;
/** Of the memory, what may be in use for an index to be made: more than states have when they go to files. */
const MEMORY_SHARE = 0.6;

/** Finds the rows of a state that a join's build rows may meet, chunk by chunk. */
export class KeyLookup {
  private readonly arena: Arena;
  private readonly use: KeyLookupUse;
  private readonly kernels: Kernels;
  private readonly always: boolean;
  private readonly call: (fn: string, args: readonly number[]) => void;
  /** Different ones. */
  private readonly codes: Uint32Array;
  private made = 0;

  /** @param call calls a function of the program */
  constructor(
    arena: Arena,
    kernels: Kernels,
    use: KeyLookupUse,
    segments: readonly Segment[],
    always: boolean,
    call: (fn: string, args: readonly number[]) => void,
  ) {
    this.arena = arena;
    this.kernels = kernels;
    this.use = use;
    this.always = always;
    this.call = call;
    this.codes = codesOf(arena, use, segments);
  }

  /** Whether so many keys are few for any chunk. */
  static isWorthwhile(keys: number): boolean {
    return keys <= MOST_INDEXED_ROWS * KEYS_SHARE;
  }

  /** Numbers of the chunk's rows, ascending; undefined: all of them. */
  rowsOf(chunk: Chunk): Uint16Array | undefined {
    const { arena, codes, use } = this;
    if (!this.paysFor(chunk.rows)) return undefined;
    if (codes.length === 0) return new Uint16Array(0);
    const { data, extent } = chunk.columns[use.ordinals[0]!]!;
    const index = this.indexOf(knownIndex(extent, data, use.name), keyIndexBytes(chunk.rows), () =>
      this.codesOfChunk(chunk.rows, this.describe(chunk), makeKeyIndex),
    );
    const most = this.always ? Infinity : chunk.rows * ROWS_SHARE;
    return index && rowsByCode(arena.shared, index, codes, most);
  }

  /** Whether some of a chunk's rows, which lie in a file, may be wanted. */
  mayMeet(table: TableVersion, chunk: SpilledChunk): boolean {
    const { arena, codes, use } = this;
    if (!this.paysFor(chunk.rows)) return true;
    if (codes.length === 0) return false;
    const { position } = chunk.columns[use.ordinals[0]!]!;
    const index = this.indexOf(knownIndex(chunk.file, position, use.name), FILTER_BYTES, () => {
      const pieces = [spilledPiece(table, chunk, use.ordinals, 0)];
      const scan = new SpilledMorsels(arena.shared, this.kernels, arena.owner, { kind: "spilled", pieces });
      try {
        return this.codesOfChunk(chunk.rows, scan.decode(0).descriptors, makeKeyFilter);
      } finally {
        scan.close();
      }
    });
    return index === undefined || mayHaveCode(arena.shared, index, codes);
  }

  private paysFor(rows: number): boolean {
    if (this.always) return rows <= MOST_INDEXED_ROWS;
    return rows >= LEAST_ROWS && rows <= MOST_INDEXED_ROWS && this.codes.length <= rows * KEYS_SHARE;
  }

  /** The index, which is made when it was wanted often enough and there is memory for it. */
  private indexOf(known: KnownIndex, bytes: number, make: () => KeyIndex): KeyIndex | undefined {
    const { usedBytes, limitBytes } = this.arena.shared;
    if (known.index !== undefined) return known.index;
    known.wanted++;
    if (!this.always && (known.wanted < WANTED || this.made >= MOST_MADE)) return undefined;
    if (usedBytes + bytes > limitBytes * MEMORY_SHARE) return undefined;
    this.made++;
    return (known.index = make());
  }

  private codesOfChunk(
    rows: number,
    descriptors: number,
    make: (shared: SharedMemory, codes: number, rows: number) => KeyIndex,
  ): KeyIndex {
    const codes = this.arena.alloc(rows * 4);
    this.call(this.use.codes, [descriptors, rows, codes]);
    return make(this.arena.shared, codes, rows);
  }

  private describe({ columns }: Chunk): number {
    const { arena, use } = this;
    const descriptors = arena.alloc(use.ordinals.length * 16);
    use.ordinals.forEach((ordinal, slot) => {
      const { data, validity } = columns[ordinal]!;
      const at = (descriptors >>> 2) + slot * 4;
      arena.shared.u32[at] = data;
      arena.shared.u32[at + 1] = validity;
    });
    return descriptors;
  }
}

function codesOf({ shared: { u32 } }: Arena, { stride }: KeyLookupUse, segments: readonly Segment[]): Uint32Array {
  const codes = new Set<number>();
  for (const { address, rows } of segments) {
    for (let row = 0; row < rows; row++) {
      const at = (address + row * stride + JOIN_ROW.hash) >>> 2;
      const [low, high] = [u32[at]!, u32[at + 1]!];
      const bits = (low >>> CODE.shift) | (high << (32 - CODE.shift));
      codes.add((bits & (2 ** CODE.bits - 1)) >>> 0);
    }
  }
  return Uint32Array.from(codes);
}
