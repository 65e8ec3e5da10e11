import type { Kernels } from "../kernels/kernels.ts";
import { SLACK } from "../memory/allocator.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";

/** Memory of a query that a scan fills anew for every morsel. */
export class ScanMemory {
  readonly shared: SharedMemory;
  readonly kernels: Kernels;
  private readonly owner: number;
  private held: { readonly address: number; readonly bytes: number }[] = [];

  constructor(shared: SharedMemory, kernels: Kernels, owner: number) {
    this.shared = shared;
    this.kernels = kernels;
    this.owner = owner;
  }

  /** Uninitialised, with room behind it that kernels may touch. */
  alloc(bytes: number): number {
    const size = bytes + SLACK;
    const address = this.shared.allocate(size, this.owner);
    this.held.push({ address, bytes: size });
    return address;
  }

  zeroed(bytes: number): number {
    const address = this.alloc(bytes);
    this.kernels.fillBytes(address, 0, bytes);
    return address;
  }

  /** A copy of bytes that lie elsewhere. */
  copy(bytes: Uint8Array): number {
    const address = this.alloc(bytes.length);
    this.shared.u8.set(bytes, address);
    return address;
  }

  view(address: number, bytes: number): Uint8Array {
    return new Uint8Array(this.shared.memory.buffer, address, bytes);
  }

  /** Gives everything back. */
  release(): void {
    for (const { address, bytes } of this.held) this.shared.release(address, bytes);
    this.held = [];
  }
}
