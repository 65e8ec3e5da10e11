/** What all actions take: when to stop, whom to tell how far they are. */
import { HeadraceError } from "../error.ts";
import type { OnProgress } from "../exec/schedule/progress.ts";

export type ActionOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which the action fails with `cancelled`. */
  readonly timeout?: number | undefined;
  /** Called about ten times a second while a query runs. */
  readonly onProgress?: OnProgress | undefined;
};

const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Runs `work` with a signal that also knows the timeout. */
export async function withDeadline<T>(
  { signal, timeout }: Pick<ActionOptions, "signal" | "timeout">,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  const deadline = openDeadline(signal, timeout);
  try {
    return await work(deadline.signal);
  } catch (error) {
    throw deadline.explain(error);
  } finally {
    deadline.close();
  }
}

/** The same for work that is handed out piece by piece. */
export async function* withDeadlineEach<T>(
  { signal, timeout }: Pick<ActionOptions, "signal" | "timeout">,
  work: (signal: AbortSignal | undefined) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const deadline = openDeadline(signal, timeout);
  try {
    yield* work(deadline.signal);
  } catch (error) {
    throw deadline.explain(error);
  } finally {
    deadline.close();
  }
}

type Deadline = {
  readonly signal: AbortSignal | undefined;
  readonly explain: (error: unknown) => unknown;
  readonly close: () => void;
};

function openDeadline(signal: AbortSignal | undefined, timeout: number | undefined): Deadline {
  if (timeout === undefined) return { signal, explain: (error) => error, close: () => undefined };
  if (!(timeout >= 0 && timeout <= LONGEST_TIMEOUT))
    throw new HeadraceError(
      "bind",
      `timeout must be milliseconds from 0 to ${LONGEST_TIMEOUT}, not ${String(timeout)}`,
    );
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal?.reason);
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    controller.abort(new DOMException(`the time limit of ${timeout} ms has passed`, "TimeoutError"));
  }, timeout);
  if (signal?.aborted === true) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    explain: (error) =>
      expired && error instanceof HeadraceError && error.code === "cancelled"
        ? new HeadraceError("cancelled", `the time limit of ${timeout} ms has passed`, { cause: error.cause })
        : error,
    close: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    },
  };
}
