import { HeadraceError } from "../../error.ts";
import { showValue } from "../../planner/functions/host/javascript.ts";
import type { ErrorMessage } from "./messages.ts";

export function toMessage(error: unknown): ErrorMessage {
  if (error instanceof HeadraceError) {
    const { code, message, span, hint, stack } = error;
    return { code, message, span, hint, stack, cause: error.cause === undefined ? undefined : causeOf(error.cause) };
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
  const { message, stack } = causeOf(error);
  return { code: "internal", message, span: undefined, hint: undefined, stack };
}

export function fromMessage({ code, message, span, hint, stack, cause }: ErrorMessage): HeadraceError {
  const error = new HeadraceError(code, message, { span, hint, cause: cause && errorOf(cause) });
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Whatever it is that was thrown: also what cannot become text, or throws when it is looked at. */
function causeOf(cause: unknown): NonNullable<ErrorMessage["cause"]> {
  try {
    if (!(cause instanceof Error)) return { name: "Error", message: showValue(cause), stack: undefined };
    // Users' errors may have anything there.
    const { name, message, stack } = cause as { readonly [K in keyof Error]: unknown };
    return { name: String(name), message: String(message), stack: typeof stack === "string" ? stack : undefined };
  } catch {
    return { name: "Error", message: "an object", stack: undefined };
  }
}

function errorOf({ name, message, stack }: NonNullable<ErrorMessage["cause"]>): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
