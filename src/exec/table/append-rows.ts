/** New versions of tables. */
import type { Kernels } from "../kernels/kernels.ts";
import { type Allocator, ExtentScope } from "../memory/allocator.ts";
import { OWNER_TABLES, type SharedMemory } from "../memory/shared-memory.ts";
import { planAppend, planChange, type RowChange } from "./plan-chunks.ts";
import { countRows, type ResultRows } from "./result-rows.ts";
import { runAtOnce } from "./slices.ts";
import { CHUNK_ROWS, type SharedExtent, type TableVersion, withChunks } from "./table-version.ts";
import { VersionWriter, type WriteContext } from "./version-writer.ts";

export type AppendOptions = {
  /** The table's, for messages. */
  readonly name?: string | undefined;
  /** Rows of a new chunk, at most. */
  readonly chunkRows?: number | undefined;
};

/**
 * The version of the table with `rows` behind those of `old`, which stays valid and shares what did not change with the
 * new one. `rows` has the table's columns in order. Throws `constraint` where NULL meets NOT NULL, and `out_of_memory`;
 * nothing is left allocated then.
 */
export function appendRows(
  memory: SharedMemory,
  kernels: Kernels,
  old: TableVersion,
  rows: ResultRows,
  options: AppendOptions = {},
): TableVersion {
  return runAtOnce(appendInSteps(memory, kernels, old, rows, options));
}

/** The same in short steps. */
export function* appendInSteps(
  memory: SharedMemory,
  kernels: Kernels,
  old: TableVersion,
  rows: ResultRows,
  { name = "", chunkRows = CHUNK_ROWS }: AppendOptions = {},
): Generator<void, TableVersion> {
  if (countRows(rows) === 0) return withChunks(old, old.chunks, old.spilled);
  const fields = old.columns.map((_, ordinal) => ordinal);
  return yield* write(memory, kernels, name, function* (context) {
    return yield* new VersionWriter(context, { old, rows, fields }, planAppend(old, rows, chunkRows), false).run();
  });
}

/** New values: `fields[ordinal]` is the column of `rows` that has them; undefined: the table's column does not change. */
export type NewValues = { readonly rows: ResultRows; readonly fields: readonly (number | undefined)[] };

/**
 * The version of the table with some rows replaced by rows of `values`, or without them; shares chunks and columns without
 * changes with `old`. In short steps. Errors as `appendRows`.
 */
export function* changeInSteps(
  memory: SharedMemory,
  kernels: Kernels,
  old: TableVersion,
  change: RowChange,
  { rows, fields }: NewValues,
  { name = "", chunkRows = CHUNK_ROWS }: AppendOptions = {},
): Generator<void, TableVersion> {
  if (change.numbers.length === 0) return withChunks(old, old.chunks, old.spilled);
  return yield* write(memory, kernels, name, function* (context) {
    const plans = yield* planChange(old, change, chunkRows, memory.u32, (bytes) => context.scratch.alloc(bytes));
    return yield* new VersionWriter(context, { old, rows, fields }, plans, true).run();
  });
}

/** Frees what was allocated when the work fails or is given up. */
function* write(
  memory: SharedMemory,
  kernels: Kernels,
  name: string,
  work: (context: WriteContext) => Generator<void, TableVersion>,
): Generator<void, TableVersion> {
  const allocator: Allocator = {
    memory: memory.memory,
    alloc: (bytes) => memory.allocate(bytes, OWNER_TABLES),
    release: (address, bytes) => memory.release(address, bytes),
  };
  const scratch = new ExtentScope(allocator);
  const extents: SharedExtent[] = [];
  let version: TableVersion | undefined;
  try {
    version = yield* work({ memory, kernels, scratch, extents, name });
    return version;
  } finally {
    if (version === undefined) for (const { address, bytes } of extents) memory.release(address, bytes);
    scratch.releaseAll();
  }
}
