import type { Allocator } from "../../exec/memory/allocator.ts";
import { OWNER_RUNTIME } from "../../exec/memory/shared-memory.ts";
import type { ResultRows } from "../../exec/table/result-rows.ts";
import type { RunContext } from "../context.ts";

/** Takes rows into a file, which appears under its name, whole, when `finish` returns; `abort` leaves nothing. */
export type RowsWriter = {
  /** Call again only after the promise resolved. */
  readonly append: (rows: ResultRows) => Promise<void>;
  readonly finish: () => Promise<void>;
  readonly abort: () => Promise<void>;
};

/** The columns of the rows to come, and where they go. */
export type OpenWriter = (path: string) => Promise<RowsWriter>;

/** Memory for what writers do on the calling thread. */
export function runtimeAllocator({ runtime: { shared } }: RunContext): Allocator {
  return {
    memory: shared.memory,
    alloc: (bytes) => shared.allocate(bytes, OWNER_RUNTIME),
    release: (address, bytes) => shared.release(address, bytes),
  };
}
