import { PAGE_BYTES, type SharedMemory } from "./shared-memory.ts";

const FIRST_EXTENT = PAGE_BYTES;
const LARGEST_EXTENT = 4 * 2 ** 20;

/**
 * Bump allocation for one owner in one thread. Nothing is freed one by one: everything is forgotten by `reset`, and the
 * owner's extents are released together (`SharedMemory.releaseOwner`).
 */
export class Arena {
  readonly shared: SharedMemory;
  readonly owner: number;
  private current = 0;
  private end = 0;
  private nextExtent = FIRST_EXTENT;
  /** Extents in the order they were filled; those behind `filled` wait to be used again. */
  private readonly extents: { readonly address: number; readonly bytes: number }[] = [];
  private filled = 0;
  private large: { readonly address: number; readonly bytes: number }[] = [];

  constructor(shared: SharedMemory, owner: number) {
    this.shared = shared;
    this.owner = owner;
  }

  /** Address of `bytes` uninitialised bytes, a multiple of 16. */
  alloc(bytes: number): number {
    const size = Math.ceil(bytes / 16) * 16;
    if (this.current + size <= this.end) {
      const address = this.current;
      this.current += size;
      return address;
    }
    if (size * 4 > this.nextExtent) {
      const address = this.shared.allocate(size, this.owner);
      this.large.push({ address, bytes: size });
      return address;
    }
    const extent = this.extents[this.filled] ?? this.extend();
    this.filled++;
    this.end = extent.address + extent.bytes;
    this.current = extent.address + size;
    if (this.current <= this.end) return extent.address;
    // An extent from the arena's beginnings, too small for this: on to the next.
    this.current = this.end;
    return this.alloc(bytes);
  }

  /** Forgets everything that was allocated; the memory is used again, large pieces are given back. */
  reset(): void {
    for (let i = 0; i < this.filled; i++) {
      const { address, bytes } = this.extents[i] as { readonly address: number; readonly bytes: number };
      this.shared.poison(address, bytes);
    }
    this.current = 0;
    this.end = 0;
    this.filled = 0;
    for (const { address, bytes } of this.large) this.shared.release(address, bytes);
    this.large = [];
  }

  private extend(): { readonly address: number; readonly bytes: number } {
    const bytes = this.nextExtent;
    const extent = { address: this.shared.allocate(bytes, this.owner), bytes };
    this.extents.push(extent);
    if (bytes < LARGEST_EXTENT) this.nextExtent *= 2;
    return extent;
  }

  allocZeroed(bytes: number): number {
    const address = this.alloc(bytes);
    this.shared.u8.fill(0, address, address + bytes);
    return address;
  }
}
