import { HeadraceError } from "../../error.ts";

/** Granularity of extents: one WebAssembly page. */
export const PAGE_BYTES = 65536;
/** 4 GiB less one page, so that one typed array can view it all. Untouched pages cost nothing. */
export const MEMORY_PAGES = 65535;

/** Owners of extents. Queries get ids from `FIRST_QUERY_OWNER`. */
export const FREE = 0;
export const OWNER_RUNTIME = 1;
export const OWNER_TABLES = 2;
export const FIRST_QUERY_OWNER = 16;
export const MAX_OWNERS = 65536;

/** Page 0 stays unowned, so that address 0 means "none". The control page holds the lock, counters and then the owner map. */
const CONTROL = PAGE_BYTES;
const LOCK = CONTROL / 4;
const HINT = LOCK + 1;
const USED = LOCK + 2;
const PEAK = LOCK + 3;
const LIMIT = LOCK + 4;
const POISONS = LOCK + 5;
/** What four freed or uninitialised bytes hold in a memory that poisons. */
const POISON = 0xdbdbdbdb;
/** Address of the map of page owners: one u16 a page. */
export const OWNER_MAP: number = CONTROL + PAGE_BYTES;
const FIRST_PAGE = (OWNER_MAP + MAX_OWNERS * 2) / PAGE_BYTES;

/** A thread that others may end. */
export type MemoryThread = {
  /** What the lock holds while the thread has it: above `MAIN`. */
  readonly number: number;
  /** Its first word is 1 when the thread is about to be ended: it must not take the lock then. */
  readonly ending: Int32Array;
};

const UNLOCKED = 0;
/** What the lock holds while the thread has it that can end the others. */
export const MAIN = 1;

/**
 * The one shared memory of the process and its extent allocator, usable from every thread: the owner of each page is
 * kept in the memory itself, so that whatever a query allocated can be found and freed without anybody's help.
 * First fit from the lowest address: touched pages are used again before new ones are touched.
 */
export class SharedMemory {
  readonly memory: WebAssembly.Memory;
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly i64: BigInt64Array;
  readonly f64: Float64Array;
  readonly view: DataView;
  private readonly owners: Uint16Array;
  private readonly thread: MemoryThread | undefined;

  /** Attaches to a memory that `create` made, in any thread. */
  constructor(memory: WebAssembly.Memory, thread?: MemoryThread) {
    const { buffer } = memory;
    this.memory = memory;
    this.thread = thread;
    this.u8 = new Uint8Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.i64 = new BigInt64Array(buffer, 0, Math.floor(buffer.byteLength / 8));
    this.f64 = new Float64Array(buffer, 0, Math.floor(buffer.byteLength / 8));
    this.view = new DataView(buffer);
    this.owners = new Uint16Array(buffer, OWNER_MAP, MEMORY_PAGES);
  }

  /** @param limit bytes that all extents together may take. */
  static create(limit: number): SharedMemory {
    const memory = new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES, shared: true });
    const shared = new SharedMemory(memory);
    shared.owners.fill(OWNER_RUNTIME, 1, FIRST_PAGE);
    shared.i32[HINT] = FIRST_PAGE;
    shared.setLimit(limit);
    return shared;
  }

  setLimit(bytes: number): void {
    Atomics.store(this.i32, LIMIT, Math.min(MEMORY_PAGES, Math.ceil(bytes / PAGE_BYTES)));
  }

  /**
   * From now on memory that is freed, or handed out uninitialised, is overwritten with garbage, in all threads: for tests
   * that look for uses after free and of memory that was never written.
   */
  startPoisoning(): void {
    Atomics.store(this.i32, POISONS, 1);
  }

  get usedBytes(): number {
    return Atomics.load(this.i32, USED) * PAGE_BYTES;
  }

  get limitBytes(): number {
    return Atomics.load(this.i32, LIMIT) * PAGE_BYTES;
  }

  get peakBytes(): number {
    return Atomics.load(this.i32, PEAK) * PAGE_BYTES;
  }

  /** Address of an extent of at least `bytes` bytes, uninitialised, on a page boundary. Throws `out_of_memory`. */
  allocate(bytes: number, owner: number): number {
    const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
    this.lock();
    try {
      const used = (this.i32[USED] as number) + pages;
      const limit = this.i32[LIMIT] as number;
      const first = used > limit ? -1 : this.findFree(pages);
      if (first < 0) {
        throw new HeadraceError(
          "out_of_memory",
          `cannot allocate ${describeBytes(pages * PAGE_BYTES)}: ${describeBytes((used - pages) * PAGE_BYTES)} of ${describeBytes(limit * PAGE_BYTES)} are in use`,
          {
            hint: "raise memoryLimit, or select fewer columns and rows",
          },
        );
      }
      this.owners.fill(owner, first, first + pages);
      if (first === this.i32[HINT]) this.i32[HINT] = first + pages;
      this.i32[USED] = used;
      if (used > (this.i32[PEAK] as number)) this.i32[PEAK] = used;
      this.poison(first * PAGE_BYTES, pages * PAGE_BYTES);
      return first * PAGE_BYTES;
    } finally {
      this.unlock();
    }
  }

  /** Gives back an extent of `bytes` bytes as it was asked for. */
  release(address: number, bytes: number): void {
    const first = Math.floor(address / PAGE_BYTES);
    const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
    this.lock();
    try {
      this.poison(first * PAGE_BYTES, pages * PAGE_BYTES);
      this.owners.fill(FREE, first, first + pages);
      this.i32[USED] = (this.i32[USED] as number) - pages;
      if (first < (this.i32[HINT] as number)) this.i32[HINT] = first;
    } finally {
      this.unlock();
    }
  }

  /** Frees every extent of `owner`. */
  releaseOwner(owner: number): void {
    this.lock();
    try {
      let freed = 0;
      let lowest = -1;
      for (let page = this.owners.indexOf(owner); page >= 0; page = this.owners.indexOf(owner, page + 1)) {
        if (lowest < 0) lowest = page;
        this.poison(page * PAGE_BYTES, PAGE_BYTES);
        this.owners[page] = FREE;
        freed++;
      }
      this.i32[USED] = (this.i32[USED] as number) - freed;
      if (lowest >= 0 && lowest < (this.i32[HINT] as number)) this.i32[HINT] = lowest;
    } finally {
      this.unlock();
    }
  }

  /** Marks bytes as holding nothing any more; does nothing but in a memory that poisons. */
  poison(address: number, bytes: number): void {
    if (this.i32[POISONS] !== 0) this.u32.fill(POISON, address >>> 2, (address + bytes) >>> 2);
  }

  /** Pages that `owner` holds now. */
  pagesOf(owner: number): number {
    let pages = 0;
    for (let page = this.owners.indexOf(owner); page >= 0; page = this.owners.indexOf(owner, page + 1)) pages++;
    return pages;
  }

  private findFree(pages: number): number {
    const { owners } = this;
    let first = owners.indexOf(FREE, this.i32[HINT]);
    while (first > 0 && first + pages <= MEMORY_PAGES) {
      let length = 1;
      while (length < pages && owners[first + length] === FREE) length++;
      if (length === pages) return first;
      first = owners.indexOf(FREE, first + length + 1);
    }
    return -1;
  }

  /** Whether the thread of that number has the lock. Once it is told to end it does not take it again. */
  isLockedBy(thread: number): boolean {
    return Atomics.load(this.i32, LOCK) === thread;
  }

  /** Held for microseconds, so waiting threads spin; the main thread may not block in Atomics.wait. */
  private lock(): void {
    const { thread } = this;
    const number = thread?.number ?? MAIN;
    for (;;) {
      while (Atomics.compareExchange(this.i32, LOCK, UNLOCKED, number) !== UNLOCKED);
      if (thread === undefined || Atomics.load(thread.ending, 0) === 0) return;
      // Whoever ends this thread looks at the lock first: it is given back, and the end is waited for.
      this.unlock();
      Atomics.wait(thread.ending, 0, 1);
    }
  }

  private unlock(): void {
    Atomics.store(this.i32, LOCK, UNLOCKED);
  }
}

export function describeBytes(bytes: number): string {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  if (bytes >= 2 ** 20) return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return `${Math.ceil(bytes / 1024)} KiB`;
}
