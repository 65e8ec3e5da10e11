/** Arithmetic of UHUGEINT, whose upper half the signed 128 bits of generated code do not hold. */
import type { ScalarFunction } from "../function.ts";
import { withHostOverload } from "../nested/host-function.ts";

export type UhugeintOperation = "add" | "subtract" | "multiply" | "divide" | "remainder" | "negate";

/** The function with its overload for UHUGEINT computed by JavaScript: `one` for one argument, `two` for two. */
export function withUhugeint(
  fn: ScalarFunction,
  op: { readonly one?: UhugeintOperation; readonly two?: UhugeintOperation },
): ScalarFunction {
  const named = (count: number): UhugeintOperation | undefined => (count === 1 ? op.one : op.two);
  return withHostOverload(
    fn,
    ({ args }) => args[0]?.kind === "UHugeInt" && named(args.length) !== undefined,
    ({ args }) => `uhugeint_${named(args.length)}`,
    fn.resolve,
    [],
  );
}
