/** Errors of a lazy query show when it runs: they name the method that is to blame, and where it was called. */
import { HeadraceError } from "../error.ts";
import { withValues } from "./values.ts";
import type { StatementContext } from "./context.ts";
import type { CallSite, LazyQuery } from "./lazy-query.ts";
import { bindSource } from "./query-source.ts";

/** The place where the program called `entry`, a method of this library. */
export function callSite(method: string, entry: (...args: never[]) => unknown): CallSite {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, entry);
  return { method, stack: () => (holder.stack ?? "").split("\n").slice(1).join("\n") };
}

/** Errors that binding the same query again would show again. */
const OF_BINDING: ReadonlySet<HeadraceError["code"]> = new Set(["bind", "type", "syntax", "unsupported"]);

/** The error with the call to blame for it: of the first part of the query that cannot be bound, else of the action. */
export async function blamed(
  error: HeadraceError,
  lazy: LazyQuery,
  ctx: StatementContext,
  action: CallSite,
): Promise<HeadraceError> {
  const guilty = OF_BINDING.has(error.code) ? await firstFailure(lazy, ctx, new Set()) : undefined;
  const { code, span, hint, cause, sql } = guilty?.error ?? error;
  const message =
    guilty === undefined || guilty.call.method === "sql" ? error.message : `${guilty.call.method}(): ${error.message}`;
  const shown = new HeadraceError(code, message, {
    span,
    hint,
    cause: cause ?? undefined,
    sql: sql === "" ? undefined : sql,
  });
  const calls = guilty === undefined ? action.stack() : `${guilty.call.stack()}\n    --- run by ---\n${action.stack()}`;
  shown.stack = `${shown.name}: ${message}\n${calls}`;
  return shown;
}

/** Looks at what a query reads before the query itself. */
async function firstFailure(
  lazy: LazyQuery,
  ctx: StatementContext,
  seen: Set<LazyQuery>,
): Promise<{ readonly call: CallSite; readonly error: HeadraceError } | undefined> {
  if (seen.has(lazy)) return undefined;
  seen.add(lazy);
  for (const input of lazy.inputs) {
    const found = await firstFailure(input, ctx, seen);
    if (found !== undefined) return found;
  }
  try {
    await withValues(ctx, (inner) => bindSource(lazy.source, inner));
    return undefined;
  } catch (error) {
    return error instanceof HeadraceError ? { call: lazy.call, error } : undefined;
  }
}
