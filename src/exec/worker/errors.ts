import { HeadraceError } from "../../error.ts";
import type { ErrorMessage } from "./messages.ts";

export function toMessage(error: unknown): ErrorMessage {
  if (error instanceof HeadraceError) {
    const { code, message, span, hint, stack } = error;
    return { code, message, span, hint, stack };
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

export function fromMessage({ code, message, span, hint, stack }: ErrorMessage): HeadraceError {
  const error = new HeadraceError(code, message, { span, hint });
  if (stack !== undefined) error.stack = stack;
  return error;
}
