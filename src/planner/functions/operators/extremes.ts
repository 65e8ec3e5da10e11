/** greatest and least. */
import { and, i32, not, or } from "../../ir/builder.ts";
import { compareOperands } from "../../ir/lower/compare.ts";
import { isIntegerRep, selectOperand, toRep } from "../../ir/lower/rep.ts";
import type { Operand } from "../../ir/operand.ts";
import type { SqlType } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { allSame } from "../overload.ts";

/** NULLs are left out; the result is NULL when all are. */
function extreme(ctx: LowerContext, op: "<" | ">", args: readonly Operand[], type: SqlType): Operand {
  const { b } = ctx;
  const same = args.map((arg) => (isIntegerRep(arg.rep) ? toRep(b, arg, widest(args)) : arg));
  return same.reduce((best, next) => {
    const better = compareOperands(ctx, op, next, best, type);
    const nextValid = next.valid ?? i32(1);
    const bestValid = best.valid ?? i32(1);
    const takesNext = b.let(and(nextValid, or(not(bestValid), better)));
    const chosen = selectOperand(b, takesNext, next, best);
    const valid = best.valid === undefined || next.valid === undefined ? undefined : b.let(or(bestValid, nextValid));
    return { ...chosen, valid };
  });
}

function widest(args: readonly Operand[]): "i32" | "i64" | "i128" {
  if (args.some(({ rep }) => rep === "i128")) return "i128";
  return args.some(({ rep }) => rep === "i64") ? "i64" : "i32";
}

export const greatest: ScalarFunction = scalar({
  name: "greatest",
  category: "comparison",
  doc: "The largest of the arguments that are not NULL.",
  examples: [
    ["greatest(1, 3, 2)", "3"],
    ["greatest(NULL, 'a', 'b')", "b"],
  ],
  resolve: allSame(1),
  nulls: "custom",
  lower: (ctx, args, { returns }) => extreme(ctx, ">", args, returns),
});

export const least: ScalarFunction = scalar({
  name: "least",
  category: "comparison",
  doc: "The smallest of the arguments that are not NULL.",
  examples: [
    ["least(3, 1, 2)", "1"],
    ["least(NULL::INTEGER, NULL)", "NULL"],
  ],
  resolve: allSame(1),
  nulls: "custom",
  lower: (ctx, args, { returns }) => extreme(ctx, "<", args, returns),
});
