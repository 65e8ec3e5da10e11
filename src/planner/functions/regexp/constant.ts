import type { Datum } from "../../expr/expr.ts";
import type { LowerContext, ScalarFunction, Signature } from "../function.ts";
import { parseRegexp } from "./parse.ts";
import type { ParsedRegexp } from "./syntax.ts";

/** What the pattern, argument 1, and the options, which if given are argument `options`, are; undefined where that is not known, or they are not for this engine. */
function regexpOf(
  literal: (arg: number) => Datum | undefined,
  { args }: Signature,
  options: number,
): ParsedRegexp | undefined {
  const [pattern, option] = [literal(1), args.length > options ? literal(options) : ""];
  return typeof pattern === "string" && typeof option === "string" ? parseRegexp(pattern, option) : undefined;
}

/** The constant pattern of the call that is lowered. */
export const constantRegexp = (ctx: LowerContext, signature: Signature, options: number): ParsedRegexp | undefined =>
  regexpOf(ctx.literal, signature, options);

/** Only a pattern that is not known to be right can be wrong. */
export const canBeInvalid =
  (options: number): ScalarFunction["canFail"] =>
  (signature, literals) =>
    regexpOf((arg) => literals[arg], signature, options) === undefined;
