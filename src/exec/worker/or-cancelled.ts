/** How often a thread that waits for promises looks whether its query was cancelled. */
const CANCEL_CHECK_MS = 20;

/** What the promise gives, unless the query is cancelled before: what it gives later is ignored. `check` throws then. */
export async function orCancelled<T>(promise: Promise<T>, check: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const cancelled = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      try {
        check();
      } catch (error) {
        reject(error);
      }
    }, CANCEL_CHECK_MS);
  });
  try {
    return await Promise.race([promise, cancelled]);
  } finally {
    clearInterval(timer);
  }
}
