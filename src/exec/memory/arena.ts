import { PAGE_BYTES, type SharedMemory } from "./shared-memory.ts";

const FIRST_EXTENT = PAGE_BYTES;
const LARGEST_EXTENT = 4 * 2 ** 20;

/**
 * Bump allocation for one owner in one thread. Nothing is freed one by one: the owner's extents are released together
 * (`SharedMemory.releaseOwner`).
 */
export class Arena {
  readonly shared: SharedMemory;
  readonly owner: number;
  private current = 0;
  private end = 0;
  private nextExtent = FIRST_EXTENT;

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
    if (size * 4 > this.nextExtent) return this.shared.allocate(size, this.owner);
    this.current = this.shared.allocate(this.nextExtent, this.owner);
    this.end = this.current + this.nextExtent;
    if (this.nextExtent < LARGEST_EXTENT) this.nextExtent *= 2;
    const address = this.current;
    this.current += size;
    return address;
  }

  allocZeroed(bytes: number): number {
    const address = this.alloc(bytes);
    this.shared.u8.fill(0, address, address + bytes);
    return address;
  }
}
