/**
 * The one error type that reaches users. The lowest layer: every room may import it.
 */

/** Character offsets into the SQL text, `end` exclusive. */
export type Span = { readonly start: number; readonly end: number };

export type ErrorCode =
  | "syntax"
  | "bind"
  | "type"
  | "overflow"
  | "divide_by_zero"
  | "constraint"
  | "io"
  /** A user's JavaScript function failed. */
  | "function"
  | "format"
  | "out_of_memory"
  | "cancelled"
  | "unsupported"
  | "internal";

export type ErrorDetail = {
  /** Where in `sql` the error lies. */
  readonly span?: Span | undefined;
  /** One sentence that helps: "did you mean ...". */
  readonly hint?: string | undefined;
  /** The statement's text, so that the error can draw its caret. */
  readonly sql?: string | undefined;
  readonly cause?: unknown;
};

/** `message` is one line; `span`, `hint` and `sql` let a front end draw a caret (see `formatError`). */
export class HeadraceError extends Error {
  override readonly name = "HeadraceError";
  readonly code: ErrorCode;
  readonly span: Span | undefined;
  readonly hint: string | undefined;
  readonly sql: string | undefined;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.span = detail.span;
    this.hint = detail.hint;
    this.sql = detail.sql;
  }

  /** The same error with its statement's text attached; keeps the stack. */
  withSql(sql: string): HeadraceError {
    return this.sql === undefined ? attachSql(this, sql) : this;
  }
}

function attachSql({ code, message, span, hint, cause, stack }: HeadraceError, sql: string): HeadraceError {
  const error = new HeadraceError(code, message, { span, hint, sql, cause });
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** A feature that the dialect has but this version does not: always by its name. */
export function unsupported(feature: string, span?: Span): HeadraceError {
  return new HeadraceError("unsupported", `${feature} is not supported yet`, { span });
}

/** Whatever was thrown while `sql` ran, as the error that users get; what nobody foresaw is `internal`, with its cause. */
export function toHeadraceError(error: unknown, sql: string): HeadraceError {
  if (error instanceof HeadraceError) return error.withSql(sql);
  const message = error instanceof Error ? error.message : String(error);
  const detail = { sql, cause: error };
  if (error instanceof RangeError && message.startsWith("Maximum call stack")) {
    return new HeadraceError("unsupported", "the statement is nested too deeply", detail);
  }
  if (error instanceof RangeError && /allocation failed|Invalid (array|string) length|maximum size/.test(message)) {
    return new HeadraceError("out_of_memory", `out of memory: ${message}`, detail);
  }
  // V8 bounds the size of a function and its number of variables.
  if (/^WebAssembly.*(too large|exceeds|> maximum)/.test(message)) {
    return new HeadraceError("unsupported", "the statement is too large to compile", detail);
  }
  return new HeadraceError("internal", message, detail);
}

/**
 * The error as several lines: message, the line of SQL with a caret under the span, hint.
 *
 *     syntax error: unexpected "FORM"
 *     LINE 1: SELECT * FORM t
 *                      ^^^^
 *     Hint: did you mean "FROM"?
 */
export function formatError(error: HeadraceError): string {
  const lines = [`${error.code} error: ${error.message}`];
  if (error.sql !== undefined && error.span !== undefined) lines.push(...caretLines(error.sql, error.span));
  if (error.hint !== undefined) lines.push(`Hint: ${error.hint}`);
  return lines.join("\n");
}

const MAX_SHOWN = 100;

function caretLines(sql: string, span: Span): string[] {
  const start = Math.min(span.start, sql.length);
  const lineStart = sql.lastIndexOf("\n", start - 1) + 1;
  const newline = sql.indexOf("\n", start);
  const lineEnd = newline < 0 ? sql.length : newline;
  const lineNumber = sql.slice(0, lineStart).split("\n").length;
  // Show a window around the caret when the line is very long.
  const from = start - lineStart > MAX_SHOWN - 20 ? start - 40 : lineStart;
  const shown = sql.slice(from, Math.min(lineEnd, from + MAX_SHOWN)).replaceAll("\t", " ");
  const prefix = `LINE ${lineNumber}: ${from > lineStart ? "..." : ""}`;
  const width = Math.max(1, Math.min(span.end, lineEnd, from + MAX_SHOWN) - start);
  return [prefix + shown, " ".repeat(prefix.length + start - from) + "^".repeat(width)];
}
