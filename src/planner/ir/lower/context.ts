import type { ErrorCode, Span } from "../../../error.ts";
import type { Column, Datum } from "../../expr/expr.ts";
import type { LowerContext } from "../../functions/function.ts";
import { host, i32 } from "../builder.ts";
import type { FunctionRef } from "../ir.ts";
import type { Operand } from "../operand.ts";

/**
 * What lowering an expression needs from the operator that compiles it. Everything is emitted into `b`, where the builder
 * stands; the code may end up inside a branch.
 */
export type ExpressionContext = Pick<
  LowerContext,
  "b" | "helper" | "constantString" | "allocate" | "now" | "timeZone"
> & {
  /** The column's value at the current row. What it emits must be good for the place it is emitted at only. */
  readonly column: (column: Column) => Operand;
  /** What the parameters of the lambdas around stand for, by id. */
  readonly lambda?: ReadonlyMap<number, Operand>;
  /** The value of a parameter of the statement. */
  readonly parameter: (index: number) => Operand;
  /** Registers an error site, whose index the emitted code passes to the host function `fail`. */
  readonly site: (code: ErrorCode, message: string, span: Span | undefined) => number;
};

/** Throws the error of a site; never returns. */
export const FAIL: FunctionRef = host("fail", ["i32"], []);

/** The context of one call: its span goes with every error, its constant arguments are known. */
export function callContext(
  ctx: ExpressionContext,
  span: Span | undefined,
  literals: readonly (Datum | undefined)[] = [],
): LowerContext {
  const { b, helper, constantString, allocate, now, timeZone } = ctx;
  return {
    b,
    helper,
    constantString,
    allocate,
    now,
    timeZone,
    literal: (arg) => literals[arg],
    site: (code, message) => i32(ctx.site(code, message, span)),
    fail: (code, message, when) => {
      if (when.op === "const" && when.value === 0) return;
      b.if(when, () => {
        b.call(FAIL, i32(ctx.site(code, message, span)));
        b.push({ op: "unreachable" });
      });
    },
  };
}
