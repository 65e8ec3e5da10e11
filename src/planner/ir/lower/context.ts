import type { ErrorCode, Span } from "../../../error.ts";
import type { Column, Datum } from "../../expr/expr.ts";
import type { LowerContext, TypedOperand } from "../../functions/function.ts";
import type { NamedError } from "../../functions/host/fail-with.ts";
import type { SqlType } from "../../types/types.ts";
import { type FunctionBuilder, host, i32 } from "../builder.ts";
import type { FunctionRef, Ir } from "../ir.ts";
import type { Operand } from "../operand.ts";
import { operandArgs } from "./host-call.ts";
import { isIntegerRep, repOf, toRep } from "./rep.ts";
import type { SharedValues } from "./shared-values.ts";

/**
 * What lowering an expression needs from the operator that compiles it. Everything is emitted into `b`, where the builder
 * stands; the code may end up inside a branch.
 */
export type ExpressionContext = Pick<
  LowerContext,
  "b" | "helper" | "constantString" | "allocate" | "scratch" | "now" | "timeZone"
> & {
  /** The column's value at the current row. What it emits must be good for the place it is emitted at only. */
  readonly column: (column: Column) => Operand;
  /** What the parameters of the lambdas around stand for, by id. */
  readonly lambda?: ReadonlyMap<number, Operand>;
  /** Values that need not be computed again. */
  readonly shared?: SharedValues;
  /** The value of a parameter of the statement. */
  readonly parameter: (index: number) => Operand;
  /** Registers an error site, whose index the emitted code passes to the host function `fail`. */
  readonly site: (code: ErrorCode, message: string, span: Span | undefined) => number;
};

/** Throws the error of a site; never returns. */
export const FAIL: FunctionRef = host("fail", ["i32"], []);

/** Calls the host function that names the value in the error. */
function failWith(b: FunctionBuilder, site: Ir, message: string, { operand, type }: TypedOperand): void {
  const named: NamedError = { message, type };
  const natural = isIntegerRep(operand.rep) ? toRep(b, operand, repOf(type)) : operand;
  const args = [site, ...operandArgs(natural)];
  const types = args.map((arg) => arg.type);
  b.call(host(`fail_with ${JSON.stringify(named)}`, types, []), ...args);
}

/** The same context, whose errors name the value. */
export function naming(ctx: LowerContext, operand: Operand, type: SqlType): LowerContext {
  return { ...ctx, fail: (code, message, when) => ctx.fail(code, message, when, { operand, type }) };
}

/** The context of one call: its span goes with every error, its constant arguments are known. */
export function callContext(
  ctx: ExpressionContext,
  span: Span | undefined,
  literals: readonly (Datum | undefined)[] = [],
): LowerContext {
  const { b, helper, constantString, allocate, scratch, now, timeZone } = ctx;
  return {
    b,
    helper,
    constantString,
    allocate,
    scratch,
    now,
    timeZone,
    literal: (arg) => literals[arg],
    site: (code, message) => i32(ctx.site(code, message, span)),
    fail: (code, message, when, value) => {
      if (when.op === "const" && when.value === 0) return;
      b.if(when, () => {
        const site = i32(ctx.site(code, message, span));
        if (value === undefined) b.call(FAIL, site);
        else failWith(b, site, message, value);
        b.push({ op: "unreachable" });
      });
    },
  };
}
