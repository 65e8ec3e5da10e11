import { BumpAllocator } from "../../src/exec/memory/bump-allocator.ts";

/** Fills what it hands out with a pattern, surrounds it with guards that `release` checks, and knows what is in use. */
export class CheckedAllocator extends BumpAllocator {
  readonly live: Map<number, number> = new Map();

  override alloc(bytes: number): number {
    const start = super.alloc(bytes + 2 * GUARD);
    new Uint8Array(this.memory.buffer, start, bytes + 2 * GUARD).fill(0xa5);
    this.live.set(start + GUARD, bytes);
    return start + GUARD;
  }

  override release(address: number, bytes: number): void {
    if (this.live.get(address) !== bytes) throw new Error(`release of ${bytes} bytes at ${address}: not allocated so`);
    this.live.delete(address);
    for (const guard of [address - GUARD, address + bytes]) {
      const intact = new Uint8Array(this.memory.buffer, guard, GUARD).every((byte) => byte === 0xa5);
      if (!intact) throw new Error(`a write outside of [${address}, ${address + bytes})`);
    }
    super.release(address - GUARD, bytes + 2 * GUARD);
  }
}

const GUARD = 64;
