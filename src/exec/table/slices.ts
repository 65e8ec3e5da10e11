/** Long work on the calling thread, cut into steps by a generator. */

/** How long the event loop may wait, about. */
const SLICE_MS = 8;

export function runAtOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** Lets the event loop turn between slices of the work. When it is aborted, the work's `finally` blocks run. */
export async function runInSlices<T>(work: Generator<void, T>, signal?: AbortSignal): Promise<T> {
  try {
    let began = performance.now();
    for (;;) {
      const { done, value } = work.next();
      if (done === true) return value;
      if (performance.now() - began < SLICE_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      began = performance.now();
    }
  } finally {
    work.return(undefined as T);
  }
}
