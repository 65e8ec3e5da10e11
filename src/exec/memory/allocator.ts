/**
 * Bytes that must exist (and belong to the same extent) behind any range handed to a kernel: kernels move whole
 * vectors at the ends of ranges.
 */
export const SLACK = 32;

/** A range of the shared memory that somebody owns and releases with exactly these numbers. */
export type Extent = { readonly address: number; readonly bytes: number };

/** Hands out ranges of one memory. Addresses are 32 bits unsigned. */
export type Allocator = {
  readonly memory: WebAssembly.Memory;
  /** The address, a multiple of 16 and never 0, of `bytes` uninitialised bytes. Throws `out_of_memory`. */
  alloc(bytes: number): number;
  release(address: number, bytes: number): void;
};

/**
 * Owns extents while a piece of work runs. `releaseAll` gives back what was not kept: call it in `finally`.
 */
export class ExtentScope {
  readonly #allocator: Allocator;
  readonly #owned = new Map<number, number>();

  constructor(allocator: Allocator) {
    this.#allocator = allocator;
  }

  /** Address of `bytes` uninitialised bytes with `SLACK` behind them. */
  alloc(bytes: number): number {
    const size = Math.ceil((bytes + SLACK) / 16) * 16;
    const address = this.#allocator.alloc(size);
    this.#owned.set(address, size);
    return address;
  }

  /** Hands the extent at `address` over to the caller. */
  keep(address: number): Extent {
    const bytes = this.#owned.get(address);
    if (bytes === undefined) throw new RangeError(`no extent at ${address}`);
    this.#owned.delete(address);
    return { address, bytes };
  }

  release(address: number): void {
    const { bytes } = this.keep(address);
    this.#allocator.release(address, bytes);
  }

  releaseAll(): void {
    for (const [address, bytes] of this.#owned) this.#allocator.release(address, bytes);
    this.#owned.clear();
  }
}
