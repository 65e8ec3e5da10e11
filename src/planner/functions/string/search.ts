/** Lengths, and where one text lies in another. */
import { get, i32, num } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { hostNumber, stringArgs } from "../../ir/lower/host-call.ts";
import { bytesEqual } from "../../ir/lower/compare.ts";
import { addressOf, lengthOf } from "../../ir/lower/rep.ts";
import { countCharacters, findText } from "../../ir/lower/text.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BIGINT, BIT, BLOB, BOOLEAN, type SqlType, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { overload, overloads } from "../overload.ts";

type Examples = ScalarFunction["examples"];

const LENGTH_RANGE = { min: 0n, max: 2n ** 31n - 1n };

/** An i32 as the BIGINT that DuckDB returns; the range tells that it is small. */
const count = (ctx: LowerContext, value: Ir, scale = 1n): Operand =>
  operand(
    "i64",
    ctx.b.let(num("i64.mul", num("i64.extend_i32_u", value), { op: "const", type: "i64", value: scale })),
    {
      range: { min: 0n, max: LENGTH_RANGE.max * scale },
    },
  );

function measure(
  name: string,
  aliases: readonly string[],
  doc: string,
  examples: Examples,
  lower: (ctx: LowerContext, text: Ir, type: SqlType) => Operand,
  of: SqlType = VARCHAR,
): ScalarFunction {
  return scalar({
    name,
    aliases,
    category: "string",
    doc,
    examples,
    resolve: overloads(overload([of], BIGINT), ...(name === "strlen" ? [] : [overload([BIT], BIGINT)])),
    lower: (ctx, [text], { args: [type = of] }) => lower(ctx, (text as Operand).lo, type),
  });
}

type Test = (ctx: LowerContext, text: Ir, part: Ir) => Ir;

function comparison(
  name: string,
  aliases: readonly string[],
  doc: string,
  examples: Examples,
  test: Test,
): ScalarFunction {
  return scalar({
    name,
    aliases,
    category: "string",
    doc,
    examples,
    resolve: overloads(overload([VARCHAR, VARCHAR], BOOLEAN)),
    lower: (ctx, args) => {
      const [text, part] = args as [Operand, Operand];
      return operand("i32", ctx.b.let(test(ctx, text.lo, part.lo)), { range: { min: 0n, max: 1n } });
    },
  });
}

/** Whether `part` lies at the given end of `text`. */
const atEnd =
  (end: "start" | "end"): Test =>
  (ctx, text, part) => {
    const { b } = ctx;
    const equal = bytesEqual(ctx);
    const matches = b.bind(i32(0));
    const [length, partLength] = [b.let(lengthOf(text)), b.let(lengthOf(part))];
    b.if(num("i32.ge_u", length, partLength), () => {
      const skipped = num("i32.sub", length, partLength);
      const from = end === "start" ? addressOf(text) : num("i32.add", addressOf(text), skipped);
      b.callTo(equal, [from, addressOf(part), partLength], [matches]);
    });
    return get(matches);
  };

const find = (text: Ir, part: Ir): Ir => findText(addressOf(text), lengthOf(text), part);

const position: ScalarFunction = scalar({
  name: "position",
  aliases: ["strpos", "instr"],
  category: "string",
  doc: "The position of the first occurrence, counted in characters from 1; 0 when there is none.",
  examples: [
    ["position('b' IN 'abc')", "2"],
    ["strpos('äöü', 'ü')", "3"],
    ["instr('abc', 'x')", "0"],
    ["strpos('abc', '')", "1"],
  ],
  resolve: overloads(overload([VARCHAR, VARCHAR], BIGINT)),
  lower: (ctx, args) => {
    const { b } = ctx;
    const [text, part] = args as [Operand, Operand];
    const at = b.let(find(text.lo, part.lo));
    const result = b.bind(i32(0));
    b.if(num("i32.ge_s", at, i32(0)), () => {
      const before = num(
        "i64.or",
        num("i64.and", text.lo, { op: "const", type: "i64", value: 0xffffffffn }),
        shifted(at),
      );
      b.set(result, num("i32.add", countCharacters(b.let(before)), i32(1)));
    });
    return count(ctx, get(result));
  },
});

/** A length as the high half of a `str` word. */
const shifted = (length: Ir): Ir =>
  num("i64.shl", num("i64.extend_i32_u", length), { op: "const", type: "i64", value: 32n });

export const SEARCH_FUNCTIONS: readonly ScalarFunction[] = [
  measure(
    "length",
    ["len", "char_length", "character_length"],
    "The number of characters (Unicode code points).",
    [
      ["length('hello')", "5"],
      ["length('äöü')", "3"],
    ],
    (ctx, text) => count(ctx, countCharacters(text)),
  ),
  measure("strlen", [], "The number of bytes.", [["strlen('äöü')", "6"]], (ctx, text) => count(ctx, lengthOf(text))),
  measure(
    "octet_length",
    [],
    "The number of bytes of a BLOB, or that the bits of a BIT take.",
    [["octet_length('\\xAA\\xBB'::BLOB)", "2"]],
    (ctx, text, type) =>
      count(
        ctx,
        type.kind === "Bit" ? num("i32.shr_u", num("i32.add", lengthOf(text), i32(7)), i32(3)) : lengthOf(text),
      ),
    BLOB,
  ),
  measure(
    "bit_length",
    [],
    "The number of bits.",
    [
      ["bit_length('abc')", "24"],
      ["bit_length('101'::BIT)", "3"],
    ],
    (ctx, text, type) => count(ctx, lengthOf(text), type.kind === "Bit" ? 1n : 8n),
  ),
  position,
  comparison(
    "contains",
    [],
    "Whether the text contains the other.",
    [["contains('abc', 'bc')", "true"]],
    (_ctx, text, part) => num("i32.ge_s", find(text, part), i32(0)),
  ),
  comparison(
    "starts_with",
    ["prefix", "^@"],
    "Whether the text begins with the other.",
    [
      ["starts_with('abc', 'ab')", "true"],
      ["starts_with('a', NULL)", "NULL"],
    ],
    atEnd("start"),
  ),
  comparison(
    "glob",
    [],
    "Whether the text matches a pattern of `*`, `?`, `[a-z]` and `[!a-z]`.",
    [
      ["'best.txt' GLOB '*.txt'", "true"],
      ["'a1' GLOB '[!a-z]?'", "false"],
    ],
    (_ctx, text, part) => hostNumber("glob", "i32", ...stringArgs(text), ...stringArgs(part)),
  ),
  comparison(
    "ends_with",
    ["suffix"],
    "Whether the text ends with the other.",
    [["ends_with('abc', 'bc')", "true"]],
    atEnd("end"),
  ),
];
