import { JOIN_ROW } from "../operators/join/build-side.ts";
import type { KeyLookupUse } from "../codegen/program.ts";
import type { Arena } from "../memory/arena.ts";
import { CODE, keyIndexBytes, knownIndex, makeKeyIndex, MOST_INDEXED_ROWS, rowsByCode } from "../table/key-index.ts";
import type { Chunk } from "../table/table-version.ts";
import type { Segment } from "../worker/messages.ts";

/** Whether states are looked up by key: where it is worth while, wherever it can be done (for tests), never. */
export type Lookups = "auto" | "always" | "never";

/** A chunk is scanned in the time that it takes to look up this share of its rows, by one key each; less: the calling thread does it. */
const SHARE = 1 / 256;
/** Smaller chunks are scanned: they are soon joined to others. */
const LEAST_ROWS = 4096;
/** How often an index is wanted before it is made. */
const WANTED = 3;
/** Indexes that one scan makes, at most: the thread has other work. */
const MOST_MADE = 4;
/** Of the memory, what may be in use for an index to be made. */
const MEMORY_SHARE = 0.5;

/** Finds the rows of a state that a join's build rows may meet, chunk by chunk. */
export class KeyLookup {
  private readonly arena: Arena;
  private readonly use: KeyLookupUse;
  private readonly always: boolean;
  private readonly call: (fn: string, args: readonly number[]) => void;
  /** Different ones. */
  private readonly codes: Uint32Array;
  private made = 0;

  /** @param call calls a function of the program */
  constructor(
    arena: Arena,
    use: KeyLookupUse,
    segments: readonly Segment[],
    always: boolean,
    call: (fn: string, args: readonly number[]) => void,
  ) {
    this.arena = arena;
    this.use = use;
    this.always = always;
    this.call = call;
    this.codes = codesOf(arena, use, segments);
  }

  /** Whether so many keys are few for any chunk. */
  static isWorthwhile(keys: number): boolean {
    return keys <= MOST_INDEXED_ROWS * SHARE;
  }

  /** Numbers of the chunk's rows, ascending; undefined: all of them. */
  rowsOf(chunk: Chunk): Uint16Array | undefined {
    const { arena, always, codes, made, use } = this;
    const most = chunk.rows * SHARE;
    const pays = codes.length <= most && chunk.rows >= LEAST_ROWS;
    if (chunk.rows > MOST_INDEXED_ROWS || (!pays && !always)) return undefined;
    if (codes.length === 0) return new Uint16Array(0);
    const known = knownIndex(chunk, use.ordinals[0]!, use.name);
    if (known.index === undefined) {
      known.wanted++;
      if (!always && (known.wanted < WANTED || made >= MOST_MADE)) return undefined;
      known.index = this.makeIndex(chunk);
      if (known.index === undefined) return undefined;
    }
    return rowsByCode(arena.shared, known.index, codes, always ? Infinity : most);
  }

  private makeIndex(chunk: Chunk): ReturnType<typeof makeKeyIndex> | undefined {
    const { arena, use } = this;
    const { shared } = arena;
    if (shared.usedBytes + keyIndexBytes(chunk.rows) > shared.limitBytes * MEMORY_SHARE) return undefined;
    this.made++;
    const descriptors = arena.alloc(use.ordinals.length * 16);
    use.ordinals.forEach((ordinal, slot) => {
      const { data, validity } = chunk.columns[ordinal]!;
      const at = (descriptors >>> 2) + slot * 4;
      shared.u32[at] = data;
      shared.u32[at + 1] = validity;
    });
    const codes = arena.alloc(chunk.rows * 4);
    this.call(use.codes, [descriptors, chunk.rows, codes]);
    return makeKeyIndex(shared, codes, chunk.rows);
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
