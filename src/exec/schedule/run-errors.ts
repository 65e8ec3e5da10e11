/** Errors of running queries as they are shown. */
import { HeadraceError } from "../../error.ts";

/** An error that tells how far a recursion got, where it may be without end. */
export function inRound(error: unknown, name: string, round: number, rows: number): unknown {
  if (!(error instanceof HeadraceError) || error.code !== "out_of_memory") return error;
  return new HeadraceError(error.code, `${error.message} (round ${round} of "${name}", ${rows} rows so far)`, {
    hint: `does the recursion of "${name}" come to an end?`,
    cause: error,
  });
}

/** The error to show when the caller's signal may have been the cause. */
export function cancelledBy(signal: AbortSignal | undefined, error: unknown): unknown {
  if (!signal?.aborted || (error instanceof HeadraceError && error.code !== "cancelled")) return error;
  const message = error instanceof HeadraceError ? error.message : "the query was cancelled";
  return new HeadraceError("cancelled", message, { cause: signal.reason });
}
