/** Long work on the calling thread, cut into steps by a generator. */

import { HeadraceError } from "../../error.ts";

/** How long the event loop may wait, about. */
const SLICE_MS = 5;

export function runAtOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** Lets the event loop turn now and then during long work on its thread. */
export class Turns {
  private readonly signal: AbortSignal | undefined;
  private began: number = performance.now();

  constructor(signal?: AbortSignal) {
    this.signal = signal;
  }

  get isDue(): boolean {
    return performance.now() - this.began >= SLICE_MS;
  }

  /** Throws `cancelled` when the signal has been raised. */
  async take(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const { signal } = this;
    if (signal?.aborted === true)
      throw new HeadraceError("cancelled", "the query was cancelled", { cause: signal.reason });
    this.began = performance.now();
  }
}

/** Lets the event loop turn between slices of the work. When it is cancelled, the work's `finally` blocks run. */
export async function runInSlices<T>(
  work: Generator<void, T>,
  signal?: AbortSignal,
  turns: Turns = new Turns(signal),
): Promise<T> {
  try {
    for (;;) {
      const { done, value } = work.next();
      if (done === true) return value;
      if (turns.isDue) await turns.take();
    }
  } finally {
    work.return(undefined as T);
  }
}
