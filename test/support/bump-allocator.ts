import { HeadraceError } from "../../src/error.ts";
import type { Allocator } from "../../src/exec/memory/allocator.ts";

/**
 * An allocator for tests: hands out ascending addresses of its own memory and starts over when everything was released.
 * `limit` bytes make it throw `out_of_memory`; `poison` fills what it hands out, so that reads before writes show.
 */
export class BumpAllocator implements Allocator {
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 16, maximum: 65536, shared: true });
  readonly live: Map<number, number> = new Map();
  readonly #limit: number;
  readonly #poison: boolean;
  #top = 1024;

  constructor(options: { limit?: number; poison?: boolean } = {}) {
    this.#limit = options.limit ?? 2 ** 31;
    this.#poison = options.poison ?? false;
  }

  alloc(bytes: number): number {
    const address = this.#top;
    const end = address + Math.ceil(bytes / 16) * 16;
    if (end > this.#limit) throw new HeadraceError("out_of_memory", `cannot allocate ${bytes} bytes`);
    const missing = end - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / 65536));
    if (this.#poison) new Uint8Array(this.memory.buffer, address, bytes).fill(0xa5);
    this.#top = end;
    this.live.set(address, bytes);
    return address;
  }

  release(address: number, bytes: number): void {
    if (this.live.get(address) !== bytes) throw new Error(`release of ${bytes} bytes at ${address}: not allocated so`);
    this.live.delete(address);
    if (this.live.size === 0) this.#top = 1024;
  }
}
