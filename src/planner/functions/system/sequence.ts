/** Functions over sequences. The binder gives them the address of the sequence's state besides its name. */
import { hostNumber, stringArgs } from "../../ir/lower/host-call.ts";
import { toRep } from "../../ir/lower/rep.ts";
import { operand } from "../../ir/operand.ts";
import { BIGINT, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { ScalarFunction } from "../function.ts";
import { overload, overloads } from "../overload.ts";

function ofSequence(name: string, doc: string, failure: string): ScalarFunction {
  return scalar({
    name,
    category: "system",
    doc,
    examples: [],
    resolve: overloads(overload([BIGINT, VARCHAR], BIGINT)),
    volatility: "volatile",
    canFail: true,
    lower: (ctx, args) => {
      const [address, label] = args as readonly [(typeof args)[number], (typeof args)[number]];
      const site = ctx.site("overflow", failure);
      return operand(
        "i64",
        ctx.b.let(hostNumber(name, "i64", toRep(ctx.b, address, "i64").lo, ...stringArgs(label.lo), site)),
      );
    },
  });
}

export const SEQUENCE_FUNCTIONS: readonly ScalarFunction[] = [
  ofSequence("nextval", "The next value of the sequence with the given name.", "the sequence has no more values"),
  ofSequence("currval", "The value that nextval gave last.", "the sequence has given no value yet"),
];
