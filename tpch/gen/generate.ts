/**
 * Writes TPC-H data with several workers. Ranges of rows are independent, so workers encode them in any order; the
 * coordinator appends them to the files in row order. A bounded number is under way, so memory does not grow with the
 * scale factor. A file appears under its name only when it is complete.
 */
import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { HeadraceError } from "../../src/error.ts";
import { createTableFile, type EncodedRange, type TableFile } from "./format/table-file.ts";
import { allRanges, totalRows, type OutputFormat, type RowRange } from "./plan.ts";
import { population, type TableName } from "./schema.ts";
import { allocateTextPool, SEGMENT_COUNT } from "./text-pool.ts";
import { GeneratorPool } from "./worker-pool.ts";
import type { WorkerRequest } from "./worker.ts";

export type Progress = {
  /** The table being written. */
  readonly table: TableName;
  /** Rows written so far of all tables, and the expected total. */
  readonly rows: number;
  readonly totalRows: number;
  readonly bytes: number;
};

export type GenerateOptions = {
  /** Above 0, below 30,000; at 1 the .tbl files take 1 GB. */
  readonly scaleFactor: number;
  /** Created when missing; holds TABLE.FORMAT afterwards. */
  readonly directory: string;
  readonly format: OutputFormat;
  /** Threads; by default one per processor. */
  readonly workers?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** Ranges under way per worker: one being encoded, one waiting, so that no worker idles while a file is written. */
const RANGES_PER_WORKER = 2;

/**
 * Writes the eight tables. Rejects with `HeadraceError`: `unsupported` for a scale factor out of range, `io` when a
 * file cannot be written, `cancelled` when the signal aborts; unfinished files are removed.
 */
export async function generateTpch(options: GenerateOptions): Promise<void> {
  const { scaleFactor, directory, signal } = options;
  population(scaleFactor);
  if (signal?.aborted === true) throw cancelled();
  await using workers = new GeneratorPool(options.workers ?? availableParallelism());
  const abort = (): void => workers.fail(cancelled());
  signal?.addEventListener("abort", abort);
  try {
    await mkdir(directory, { recursive: true });
    const pool = allocateTextPool();
    await Promise.all(
      Array.from({ length: workers.size }, (_, worker) =>
        workers.request({ kind: "fill", pool, segments: everyNth(SEGMENT_COUNT, worker, workers.size) }),
      ),
    );
    await writeRanges(options, workers, pool);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new HeadraceError("io", `cannot write TPC-H data to ${directory}: ${error.message}`, { cause: error });
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

type Pending = { readonly range: RowRange; readonly encoded: Promise<EncodedRange> };

/** Keeps a queue of encoded ranges in file order, and writes its head. */
async function writeRanges(options: GenerateOptions, workers: GeneratorPool, pool: SharedArrayBuffer): Promise<void> {
  const { scaleFactor, directory, format, onProgress } = options;
  const ranges = allRanges(scaleFactor, format);
  const queue: Pending[] = [];
  const refill = (): void => {
    while (queue.length < workers.size * RANGES_PER_WORKER) {
      const { value: range, done } = ranges.next();
      if (done === true) return;
      const encoded = encode(workers, { kind: "encode", pool, scaleFactor, format, range });
      encoded.catch(() => undefined); // it may fail long before it is awaited
      queue.push({ range, encoded });
    }
  };
  const total = totalRows(scaleFactor);
  let rows = 0;
  let bytes = 0;
  let file: TableFile | undefined;
  try {
    refill();
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      const { table } = head.range;
      const encoded = await head.encoded;
      queue.shift();
      refill();
      if (file === undefined || head.range.first === 0) {
        await file?.finish();
        file = undefined;
        file = await createTableFile(directory, table, format);
      }
      await file.append(encoded);
      rows += encoded.rows;
      bytes += encoded.bytes.length;
      onProgress?.({ table, rows, totalRows: total, bytes });
    }
    await file?.finish();
    file = undefined;
  } finally {
    await file?.abort();
  }
}

async function encode(
  workers: GeneratorPool,
  request: Extract<WorkerRequest, { kind: "encode" }>,
): Promise<EncodedRange> {
  const answer = await workers.request(request);
  if (answer.kind !== "encoded") throw new HeadraceError("internal", `a generator thread answered ${answer.kind}`);
  return answer.range;
}

/** offset, offset + step, ... below `end`. */
function everyNth(end: number, offset: number, step: number): number[] {
  return Array.from({ length: Math.ceil((end - offset) / step) }, (_, i) => offset + i * step);
}

function cancelled(): HeadraceError {
  return new HeadraceError("cancelled", "generating TPC-H data was cancelled");
}
