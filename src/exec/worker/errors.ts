import { HeadraceError } from "../../error.ts";
import type { ErrorMessage } from "./messages.ts";

export function toMessage(error: unknown): ErrorMessage {
  if (error instanceof HeadraceError) {
    const { code, message, span, hint, stack } = error;
    return { code, message, span, hint, stack, cause: causeOf(error.cause) };
  }
  if (error instanceof WebAssembly.RuntimeError) {
    return {
      code: "internal",
      message: `generated code trapped: ${error.message}`,
      span: undefined,
      hint: undefined,
      stack: error.stack,
    };
  }
  const known = error instanceof Error ? error : new Error(String(error));
  return { code: "internal", message: known.message, span: undefined, hint: undefined, stack: known.stack };
}

export function fromMessage({ code, message, span, hint, stack, cause }: ErrorMessage): HeadraceError {
  const error = new HeadraceError(code, message, { span, hint, cause: cause && errorOf(cause) });
  if (stack !== undefined) error.stack = stack;
  return error;
}

function causeOf(cause: unknown): ErrorMessage["cause"] {
  if (cause === undefined) return undefined;
  if (!(cause instanceof Error)) return { name: "Error", message: String(cause), stack: undefined };
  return { name: cause.name, message: cause.message, stack: cause.stack };
}

function errorOf({ name, message, stack }: NonNullable<ErrorMessage["cause"]>): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
