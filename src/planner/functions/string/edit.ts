/** Functions that cut and build text. */
import { call, get, i32, i64, kernel, load, not, num, or, select } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { hostCell, hostNumber, stringArgs } from "../../ir/lower/host-call.ts";
import { addressOf, asI64, lengthOf, makeString } from "../../ir/lower/rep.ts";
import { allocateText, countCharacters, findText, MOST_TEXT_BYTES, TEXT_TOO_LONG } from "../../ir/lower/text.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BIGINT, BLOB, INTEGER, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { overload, overloads } from "../overload.ts";

/** (text, length, low and high half of the ASCII set, sides) -> start | end << 32. */
const TRIM = kernel("textTrim", ["i32", "i32", "i64", "i64", "i32"], ["i64"]);
const REVERSE = kernel("textReverse", ["i32", "i32", "i32"], []);
const OCCURRENCES = kernel("textOccurrences", ["i32", "i32", "i32", "i32", "i32"], ["i32"]);
/** (text, length, needle, length, replacement, length, target) -> end. */
const REPLACE = kernel("textReplace", ["i32", "i32", "i32", "i32", "i32", "i32", "i32"], ["i32"]);

const fresh = (ctx: LowerContext, lo: Ir): Operand => operand("str", ctx.b.let(lo), { stable: true });

/** A length computed in 64 bits as an i32; an error where no string is that long. */
function checkedLength(ctx: LowerContext, length: Ir): Ir {
  const wide = ctx.b.let(length);
  ctx.fail("out_of_memory", TEXT_TOO_LONG, num("i64.gt_u", wide, i64(MOST_TEXT_BYTES)));
  return ctx.b.let(num("i32.wrap_i64", wide));
}

/** The set of ASCII characters as two words; undefined when there are others. */
function asciiSet(characters: string): readonly [bigint, bigint] | undefined {
  let set = 0n;
  for (const c of characters) {
    const code = c.codePointAt(0) ?? 0;
    if (code > 127) return undefined;
    set |= 1n << BigInt(code);
  }
  return [set & (2n ** 64n - 1n), set >> 64n];
}

/** Start and end of what is left. Blanks are also the separators of Unicode, for which JavaScript looks at what is not ASCII. */
function trimmedAscii(
  ctx: LowerContext,
  text: Operand,
  set: readonly [bigint, bigint],
  sides: number,
  isBlank: boolean,
): Ir {
  const { b } = ctx;
  const bounds = b.bind(call(TRIM, addressOf(text.lo), lengthOf(text.lo), i64(set[0]), i64(set[1]), i32(sides)));
  if (!isBlank) return get(bounds);
  const start = b.let(num("i32.wrap_i64", get(bounds)));
  const end = b.let(num("i32.wrap_i64", num("i64.shr_u", get(bounds), i64(32))));
  const isWide = (side: number, at: Ir): Ir =>
    (sides & side) === 0
      ? i32(0)
      : num("i32.gt_u", load("i32.load8_u", num("i32.add", addressOf(text.lo), at)), i32(0x7f));
  b.if(num("i32.lt_u", start, end), () => {
    b.if(or(isWide(1, start), isWide(2, num("i32.sub", end, i32(1)))), () => {
      b.set(bounds, hostCell(ctx, "trim_blanks", "i64", [...stringArgs(text.lo), i32(sides)]).lo);
    });
  });
  return get(bounds);
}

function trimmed(ctx: LowerContext, args: readonly Operand[], sides: number): Operand {
  const { b } = ctx;
  const [text, characters] = args as [Operand, Operand | undefined];
  const constant = characters === undefined ? " " : ctx.literal(1);
  const set = typeof constant === "string" ? asciiSet(constant) : undefined;
  const bounds =
    set === undefined
      ? hostCell(ctx, "trim", "i64", [...stringArgs(text.lo), ...stringArgs((characters as Operand).lo), i32(sides)]).lo
      : trimmedAscii(ctx, text, set, sides, characters === undefined);
  const start = b.let(num("i32.wrap_i64", bounds));
  const end = num("i32.wrap_i64", num("i64.shr_u", bounds, i64(32)));
  const word = makeString(num("i32.add", addressOf(text.lo), start), num("i32.sub", end, start));
  return operand("str", b.let(word), { stable: text.stable });
}

const trim = (name: string, sides: number, doc: string, examples: ScalarFunction["examples"]): ScalarFunction =>
  scalar({
    name,
    category: "string",
    doc,
    examples,
    resolve: overloads(overload([VARCHAR], VARCHAR), overload([VARCHAR, VARCHAR], VARCHAR)),
    lower: (ctx, args) => trimmed(ctx, args, sides),
  });

const replace: ScalarFunction = scalar({
  name: "replace",
  category: "string",
  doc: "The text with every occurrence of `source` replaced by `target`.",
  examples: [
    ["replace('hello', 'l', '-')", "he--o"],
    ["replace('aaa', 'aa', 'b')", "ba"],
    ["replace('abc', '', 'x')", "abc"],
  ],
  resolve: overloads(overload([VARCHAR, VARCHAR, VARCHAR], VARCHAR)),
  canFail: true,
  lower: (ctx, args) => {
    const { b } = ctx;
    const [text, needle, by] = args.map((arg) => [b.let(addressOf(arg.lo)), b.let(lengthOf(arg.lo))]) as [
      Ir[],
      Ir[],
      Ir[],
    ];
    const result = b.bind((args[0] as Operand).lo);
    const found = b.let(call(OCCURRENCES, ...text, ...needle, i32(MOST_TEXT_BYTES)));
    b.if(found, () => {
      const growth = num("i64.mul", num("i64.extend_i32_u", found), wideDifference(by[1] as Ir, needle[1] as Ir));
      const length = checkedLength(ctx, num("i64.add", num("i64.extend_i32_u", text[1] as Ir), growth));
      const target = allocateText(ctx, length);
      b.call(REPLACE, ...text, ...needle, ...by, target);
      b.set(result, makeString(target, length));
    });
    return operand("str", get(result), { stable: (args[0] as Operand).stable });
  },
});

const wideDifference = (x: Ir, y: Ir): Ir => num("i64.sub", num("i64.extend_i32_u", x), num("i64.extend_i32_u", y));

const repeat: ScalarFunction = scalar({
  name: "repeat",
  category: "string",
  doc: "The text so many times in a row.",
  examples: [
    ["repeat('ab', 3)", "ababab"],
    ["repeat('ab', -1)", ""],
  ],
  resolve: overloads(overload([VARCHAR, BIGINT], VARCHAR), overload([BLOB, BIGINT], BLOB)),
  canFail: true,
  lower: (ctx, args) => {
    const { b } = ctx;
    const [text, times] = args as [Operand, Operand];
    const length = b.let(lengthOf(text.lo));
    const wanted = asI64(b, times);
    const useful = or(num("i64.le_s", wanted, i64(0)), not(length));
    const clipped = b.let(select(num("i64.gt_s", wanted, i64(MOST_TEXT_BYTES)), i64(MOST_TEXT_BYTES + 1), wanted));
    const total = checkedLength(ctx, select(useful, i64(0), num("i64.mul", clipped, num("i64.extend_i32_u", length))));
    const target = allocateText(ctx, total);
    // Once the text, then what is there already: pieces of powers of two.
    b.if(total, () => b.push({ op: "memory.copy", to: target, from: addressOf(text.lo), bytes: length }));
    const at = b.bind(length);
    b.while(
      () => num("i32.lt_u", get(at), total),
      () => {
        const rest = num("i32.sub", total, get(at));
        const bytes = b.let(select(num("i32.lt_u", get(at), rest), get(at), rest));
        b.push({ op: "memory.copy", to: num("i32.add", target, get(at)), from: target, bytes });
        b.set(at, num("i32.add", get(at), bytes));
      },
    );
    return fresh(ctx, makeString(target, total));
  },
});

const reverse: ScalarFunction = scalar({
  name: "reverse",
  category: "string",
  doc: "The user-perceived characters in reverse order.",
  examples: [
    ["reverse('hello')", "olleh"],
    ["reverse('äb')", "bä"],
    ["reverse('a🤦🏼‍♂️')", "🤦🏼‍♂️a"],
  ],
  resolve: overloads(overload([VARCHAR], VARCHAR)),
  lower: (ctx, [text]) => {
    const { b } = ctx;
    const word = (text as Operand).lo;
    const length = b.let(lengthOf(word));
    const target = allocateText(ctx, length);
    const result = b.bind(makeString(target, length));
    b.if(
      num("i32.eq", countCharacters(word), length),
      () => b.call(REVERSE, addressOf(word), length, target),
      () => b.set(result, hostCell(ctx, "reverse", "str", stringArgs(word)).lo),
    );
    return fresh(ctx, get(result));
  },
});

/** Parts counted from the left are found by search; from the right, or between characters, in JavaScript. */
const splitPart: ScalarFunction = scalar({
  name: "split_part",
  category: "string",
  doc: "The part with the given number between separators, from 1, negative from the end; empty when there is none.",
  examples: [
    ["split_part('a,b,c', ',', 2)", "b"],
    ["split_part('a,b,c', ',', -1)", "c"],
    ["split_part('a,b,c', ',', 5)", ""],
    ["split_part('abc', '', 2)", "b"],
  ],
  resolve: overloads(overload([VARCHAR, VARCHAR, BIGINT], VARCHAR)),
  lower: (ctx, args) => {
    const { b } = ctx;
    const [text, separator, numberArg] = args as [Operand, Operand, Operand];
    const wanted = asI64(b, numberArg);
    const result = b.bind(i64(0));
    const simple = num("i32.and", num("i64.gt_s", wanted, i64(0)), num("i32.ne", lengthOf(separator.lo), i32(0)));
    b.if(
      simple,
      () => {
        const { part, isThere } = nthPart(ctx, text.lo, separator.lo, wanted);
        b.set(result, select(isThere, part, i64(0)));
      },
      () => {
        const cell = hostCell(ctx, "split_part", "str", [...stringArgs(text.lo), ...stringArgs(separator.lo), wanted]);
        b.set(result, cell.lo);
      },
    );
    return operand("str", get(result), { stable: text.stable });
  },
});

const splitIndex: ScalarFunction = scalar({
  name: "split_index",
  category: "string",
  doc: "The part with the given number between separators, from 0; NULL when there is none. An empty separator separates nothing.",
  examples: [
    ["split_index('a,b,c', ',', 1)", "b"],
    ["split_index('a,,c', ',', 1)", ""],
    ["split_index('a,b,c', ',', 3)", "NULL"],
    ["split_index('a,b,c', ',', -1)", "NULL"],
    ["split_index('abc', '', 0)", "abc"],
  ],
  resolve: overloads(overload([VARCHAR, VARCHAR, BIGINT], VARCHAR)),
  lower: (ctx, args) => {
    const { b } = ctx;
    const [text, separator, numberArg] = args as [Operand, Operand, Operand];
    const wanted = asI64(b, numberArg);
    const result = b.bind(i64(0));
    const valid = b.bind(i32(0));
    b.if(
      num("i32.eqz", lengthOf(separator.lo)),
      () => {
        b.set(valid, num("i64.eqz", wanted));
        b.set(result, select(get(valid), text.lo, i64(0)));
      },
      () =>
        b.if(num("i64.ge_s", wanted, i64(0)), () => {
          const { part, isThere } = nthPart(ctx, text.lo, separator.lo, num("i64.add", wanted, i64(1)));
          b.set(valid, isThere);
          b.set(result, select(isThere, part, i64(0)));
        }),
    );
    return operand("str", get(result), { valid: get(valid), stable: text.stable });
  },
});

/** The part with number `wanted`, from 1, and whether there is one; the separator is not empty. */
function nthPart(
  { b }: LowerContext,
  text: Ir,
  separator: Ir,
  wanted: Ir,
): { readonly part: Ir; readonly isThere: Ir } {
  const left = b.bind(wanted);
  const at = b.bind(addressOf(text));
  const end = b.let(num("i32.add", get(at), lengthOf(text)));
  const found = b.bind(i32(0));
  b.block((leave) => {
    b.loop((again) => {
      b.set(found, findText(get(at), num("i32.sub", end, get(at)), separator));
      b.set(left, num("i64.sub", get(left), i64(1)));
      b.br(leave, or(num("i64.eqz", get(left)), num("i32.lt_s", get(found), i32(0))));
      b.set(at, num("i32.add", get(at), num("i32.add", get(found), lengthOf(separator))));
      b.br(again);
    });
  });
  const toEnd = num("i32.sub", end, get(at));
  const length = select(num("i32.lt_s", get(found), i32(0)), toEnd, get(found));
  return { part: b.let(makeString(get(at), length)), isThere: b.let(num("i64.eqz", get(left))) };
}

/** A result computed by a host function from texts and numbers. */
function byHost(
  name: string,
  args: ScalarFunction["examples"],
  doc: string,
  resolve: ScalarFunction["resolve"],
  failure?: string,
): ScalarFunction {
  return scalar({
    name,
    category: "string",
    doc,
    examples: args,
    resolve,
    canFail: failure !== undefined,
    lower: (ctx, operands) => {
      const site = failure === undefined ? [] : [ctx.site("type", failure)];
      const words = operands.flatMap((o) =>
        o.rep === "str" ? stringArgs(o.lo) : [o.rep === "i32" ? o.lo : asI64(ctx.b, o)],
      );
      return hostCell(ctx, name, "str", [...site, ...words]);
    },
  });
}

const PADDED = overloads(overload([VARCHAR, INTEGER, VARCHAR], VARCHAR));

const chr: ScalarFunction = byHost(
  "chr",
  [
    ["chr(65)", "A"],
    ["chr(228)", "ä"],
  ],
  "The character with the code point.",
  overloads(overload([INTEGER], VARCHAR)),
  "invalid UTF-8 code point",
);

/** The first code point; `empty` for the empty text. */
function firstPoint(
  name: string,
  aliases: readonly string[],
  empty: number,
  examples: ScalarFunction["examples"],
): ScalarFunction {
  return scalar({
    name,
    aliases,
    category: "string",
    doc: "The code point of the first character.",
    examples,
    resolve: overloads(overload([VARCHAR], INTEGER)),
    lower: (ctx, [text]) => {
      const { b } = ctx;
      const word = (text as Operand).lo;
      const result = b.bind(i32(empty));
      b.if(lengthOf(word), () => {
        const byte = b.let(load("i32.load8_u", addressOf(word)));
        b.if(
          num("i32.lt_u", byte, i32(128)),
          () => b.set(result, byte),
          () => b.set(result, hostNumber("first_point", "i32", ...stringArgs(word))),
        );
      });
      return operand("i32", get(result), { range: { min: BigInt(empty), max: 0x10ffffn } });
    },
  });
}

export const EDIT_FUNCTIONS: readonly ScalarFunction[] = [
  trim("trim", 3, "The text without spaces (of Unicode too), or without the given characters, at both ends.", [
    ["trim('  test ')", "test"],
    ["trim('>>>test<<', '><')", "test"],
  ]),
  trim("ltrim", 1, "The text without spaces (of Unicode too), or without the given characters, at its start.", [
    ["ltrim('xxabc', 'x')", "abc"],
  ]),
  trim("rtrim", 2, "The text without spaces (of Unicode too), or without the given characters, at its end.", [
    ["rtrim('abcä', 'ä')", "abc"],
  ]),
  replace,
  repeat,
  reverse,
  splitPart,
  splitIndex,
  byHost(
    "lpad",
    [
      ["lpad('hello', 8, '>')", ">>>hello"],
      ["lpad('abc', 2, 'x')", "ab"],
    ],
    "The text padded on the left (or cut) to so many characters.",
    PADDED,
    "insufficient padding in lpad",
  ),
  byHost(
    "rpad",
    [["rpad('hello', 8, '<')", "hello<<<"]],
    "The text padded on the right (or cut) to so many characters.",
    PADDED,
    "insufficient padding in rpad",
  ),
  byHost(
    "translate",
    [["translate('12345', '143', 'ax')", "a2x5"]],
    "Every character of `from` replaced by that of `to` at the same place, or dropped.",
    overloads(overload([VARCHAR, VARCHAR, VARCHAR], VARCHAR)),
  ),
  byHost(
    "strip_accents",
    [["strip_accents('mühleisen')", "muhleisen"]],
    "The text without accents.",
    overloads(overload([VARCHAR], VARCHAR)),
  ),
  chr,
  firstPoint("ascii", [], 0, [
    ["ascii('A')", "65"],
    ["ascii('')", "0"],
  ]),
  firstPoint("unicode", ["ord"], -1, [
    ["unicode('ü')", "252"],
    ["unicode('')", "-1"],
  ]),
];
