/** lower and upper: ASCII in a kernel, everything else in JavaScript, one code point to one. */
import { call, get, kernel } from "../../ir/builder.ts";
import { hostCell, stringArgs } from "../../ir/lower/host-call.ts";
import { addressOf, lengthOf, makeString } from "../../ir/lower/rep.ts";
import { allocateText } from "../../ir/lower/text.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { overload, overloads } from "../overload.ts";

/** (source, length, target, first letter of the case to change) -> 1, or 0 at a byte that is not ASCII. */
const MAP_ASCII = kernel("textMapCase", ["i32", "i32", "i32", "i32"], ["i32"]);

function mapCase(ctx: LowerContext, text: Operand, from: "A" | "a", hostName: string): Operand {
  const { b } = ctx;
  const length = b.let(lengthOf(text.lo));
  const target = allocateText(ctx, length);
  const word = b.bind(makeString(target, length));
  const first = { op: "const", type: "i32", value: from.charCodeAt(0) } as const;
  const isAscii = b.let(call(MAP_ASCII, addressOf(text.lo), length, target, first));
  b.if(
    isAscii,
    () => undefined,
    () => b.set(word, hostCell(ctx, hostName, "str", stringArgs(text.lo)).lo),
  );
  return operand("str", get(word), { stable: true });
}

export const lowerText = (ctx: LowerContext, text: Operand): Operand => mapCase(ctx, text, "A", "lower");
export const upperText = (ctx: LowerContext, text: Operand): Operand => mapCase(ctx, text, "a", "upper");

export const lower: ScalarFunction = scalar({
  name: "lower",
  aliases: ["lcase"],
  category: "string",
  doc: "The text in lower case.",
  examples: [
    ["lower('Hello')", "hello"],
    ["lower('ÄÖ')", "äö"],
  ],
  resolve: overloads(overload([VARCHAR], VARCHAR)),
  lower: (ctx, args) => lowerText(ctx, args[0] as Operand),
});

export const upper: ScalarFunction = scalar({
  name: "upper",
  aliases: ["ucase"],
  category: "string",
  doc: "The text in upper case.",
  examples: [
    ["upper('Hello')", "HELLO"],
    ["upper('äö')", "ÄÖ"],
  ],
  resolve: overloads(overload([VARCHAR], VARCHAR)),
  lower: (ctx, args) => upperText(ctx, args[0] as Operand),
});
