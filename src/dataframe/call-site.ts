/** Errors of a lazy query show when it runs: they name the method that is to blame, and where it was called. */
import { fileURLToPath } from "node:url";
import { HeadraceError } from "../error.ts";
import { withValues } from "./values.ts";
import type { StatementContext } from "./context.ts";
import type { CallSite, LazyQuery } from "./lazy-query.ts";
import { bindSource } from "./query-source.ts";

/** The folder of this library, as it stands in stacks. */
const OWN = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? ".." : "../..", import.meta.url)).replace(
  /[\\/]$/,
  "",
);

/** The place where the program called a method of this library. V8 makes the text only when somebody reads it. */
export function callSite(method: string): CallSite {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, callSite);
  return {
    method,
    stack: () => {
      const lines = (holder.stack ?? "").split("\n").slice(1);
      const first = lines.findIndex((line) => !line.includes(OWN));
      return lines.slice(Math.max(0, first)).join("\n");
    },
  };
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
  const guilty = OF_BINDING.has(error.code) ? await firstFailure(lazy, ctx) : undefined;
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

/** Each of these is bound once, so very long chains are not looked through. */
const MOST_LOOKED_AT = 200;

/** What a query is made of, everything before what reads it. */
function partsOf(lazy: LazyQuery): readonly LazyQuery[] {
  const parts = new Set([lazy]);
  for (const part of parts) {
    if (parts.size > MOST_LOOKED_AT) return [];
    for (const input of part.inputs) {
      // Last again: it stands before all that read it.
      parts.delete(input);
      parts.add(input);
    }
  }
  return [...parts].toReversed();
}

async function firstFailure(
  lazy: LazyQuery,
  ctx: StatementContext,
): Promise<{ readonly call: CallSite; readonly error: HeadraceError } | undefined> {
  for (const { source, call } of partsOf(lazy)) {
    try {
      await withValues(ctx, (inner) => bindSource(source, inner));
    } catch (error) {
      return error instanceof HeadraceError ? { call, error } : undefined;
    }
  }
  return undefined;
}
