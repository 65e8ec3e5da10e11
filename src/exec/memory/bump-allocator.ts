import { HeadraceError } from "../../error.ts";
import type { Allocator } from "./allocator.ts";

/** Address 0 means "none". */
const FIRST = 1024;
const PAGE = 65536;

/**
 * A memory of one's own for work outside of the engine, such as encoding generated data: ascending addresses, the last
 * extent can be taken back, and when nothing is in use any more it starts over.
 */
export class BumpAllocator implements Allocator {
  readonly memory: WebAssembly.Memory;
  readonly #limit: number;
  #top = FIRST;
  #live = 0;

  constructor(limit: number = 2 ** 32 - PAGE) {
    this.#limit = limit;
    this.memory = new WebAssembly.Memory({ initial: 16, maximum: 65536, shared: true });
  }

  alloc(bytes: number): number {
    const address = this.#top;
    const end = address + roundUp(bytes);
    if (!(end <= this.#limit)) throw new HeadraceError("out_of_memory", `cannot allocate ${bytes} bytes`);
    const missing = end - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    this.#top = end;
    this.#live++;
    return address;
  }

  release(address: number, bytes: number): void {
    this.#live--;
    if (this.#live === 0) this.#top = FIRST;
    else if (address + roundUp(bytes) === this.#top) this.#top = address;
  }
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}
