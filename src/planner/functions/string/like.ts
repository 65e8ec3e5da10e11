/** LIKE and ILIKE. Constant patterns without `_` become comparisons and searches for their pieces. */
import { and, get, i32, not, num, select } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { bytesEqual } from "../../ir/lower/compare.ts";
import { addressOf, lengthOf } from "../../ir/lower/rep.ts";
import { findText, matchLike } from "../../ir/lower/text.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BOOLEAN, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { overload, overloads } from "../overload.ts";
import { lowerText } from "./case-mapping.ts";

const NO_ESCAPE = -1;

/** The literal pieces between the `%` of a pattern; undefined when it has a `_` or ends in the escape character. */
function piecesOf(pattern: string, escape: string | undefined): readonly string[] | undefined {
  const pieces: string[] = [];
  let piece = "";
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const c = characters[i] as string;
    if (c === escape) {
      const next = characters[++i];
      if (next === undefined) return undefined;
      piece += next;
    } else if (c === "_") return undefined;
    else if (c === "%") {
      pieces.push(piece);
      piece = "";
    } else piece += c;
  }
  return [...pieces, piece];
}

/** Prefix and suffix by comparison, what lies between by search from left to right. */
function matchPieces(ctx: LowerContext, text: Ir, pieces: readonly string[]): Ir {
  const { b } = ctx;
  const equal = bytesEqual(ctx);
  const constants = pieces.map((piece) => (piece === "" ? undefined : b.let(ctx.constantString(piece))));
  const first = constants[0];
  const last = constants.at(-1);
  const length = b.let(lengthOf(text));
  if (pieces.length === 1) {
    if (first === undefined) return num("i32.eqz", length);
    const same = b.bind(i32(0));
    b.if(num("i32.eq", length, lengthOf(first)), () =>
      b.callTo(equal, [addressOf(text), addressOf(first), length], [same]),
    );
    return get(same);
  }
  const middle = constants.slice(1, -1).filter((c) => c !== undefined);
  const edges = [first, last].filter((c) => c !== undefined);
  const least = b.let(edges.reduce<Ir>((sum, c) => num("i32.add", sum, lengthOf(c)), i32(0)));
  const matching = b.bind(edges.length + middle.length === 0 ? i32(1) : num("i32.ge_u", length, least));
  const start = b.bind(addressOf(text));
  const end = b.bind(num("i32.add", get(start), length));
  if (first !== undefined) {
    b.if(get(matching), () => {
      b.callTo(equal, [get(start), addressOf(first), lengthOf(first)], [matching]);
      b.set(start, num("i32.add", get(start), lengthOf(first)));
    });
  }
  if (last !== undefined) {
    b.if(get(matching), () => {
      b.set(end, num("i32.sub", get(end), lengthOf(last)));
      b.callTo(equal, [get(end), addressOf(last), lengthOf(last)], [matching]);
    });
  }
  for (const [i, piece] of middle.entries()) {
    b.if(get(matching), () => {
      const at = b.let(findText(get(start), num("i32.sub", get(end), get(start)), piece));
      b.set(matching, num("i32.ge_s", at, i32(0)));
      if (i < middle.length - 1) b.set(start, num("i32.add", get(start), num("i32.add", at, lengthOf(piece))));
    });
  }
  return get(matching);
}

/** 1 where the escape character at the end has nothing to escape. */
function endsEscaping(pattern: string, escape: string): number {
  let at = 0;
  while (at < pattern.length - 1) at += pattern[at] === escape ? 2 : 1;
  return at === pattern.length - 1 && pattern[at] === escape ? 1 : 0;
}

/** The escape character's byte as an i32; an error unless it is one ASCII character or empty. */
function escapeByte(ctx: LowerContext, escape: Operand): Ir {
  const { b } = ctx;
  const length = b.let(lengthOf(escape.lo));
  const byte = b.let({ op: "load", type: "i32", name: "i32.load8_u", address: addressOf(escape.lo), offset: 0 });
  const single = and(num("i32.eq", length, i32(1)), num("i32.lt_u", byte, i32(128)));
  ctx.fail("type", "ESCAPE must be a single ASCII character", not(select(length, single, i32(1))));
  return b.let(select(length, byte, i32(NO_ESCAPE)));
}

function matches(
  ctx: LowerContext,
  text: Operand,
  pattern: Operand,
  constant: string | undefined,
  escape: Operand | undefined,
  escapeText?: string,
): Ir {
  const pieces =
    constant === undefined || (escape !== undefined && escapeText === undefined)
      ? undefined
      : piecesOf(constant, escapeText);
  if (pieces !== undefined) return matchPieces(ctx, text.lo, pieces);
  if (constant !== undefined && escapeText !== undefined)
    ctx.fail("type", "a LIKE pattern must not end with the escape character", i32(endsEscaping(constant, escapeText)));
  return matchLike(text.lo, pattern.lo, escape === undefined ? i32(NO_ESCAPE) : escapeByte(ctx, escape));
}

const textOf = (ctx: LowerContext, arg: number): string | undefined => {
  const value = ctx.literal(arg);
  return typeof value === "string" ? value : undefined;
};

const result = (ctx: LowerContext, value: Ir): Operand =>
  operand("i32", ctx.b.let(value), { range: { min: 0n, max: 1n } });

function like(ctx: LowerContext, args: readonly Operand[]): Ir {
  const [text, pattern, escape] = args as [Operand, Operand, Operand | undefined];
  const escapeText = escape === undefined ? undefined : textOf(ctx, 2);
  const plain = escapeText === undefined || /^[ -~]?$/.test(escapeText);
  const constant = plain ? textOf(ctx, 1) : undefined;
  return matches(ctx, text, pattern, constant, escape, escapeText === "" ? undefined : escapeText);
}

/** Both sides in lower case; a constant pattern is mapped here. */
function ilike(ctx: LowerContext, args: readonly Operand[]): Ir {
  const [text, pattern, escape] = args as [Operand, Operand, Operand | undefined];
  const constant = escape === undefined ? textOf(ctx, 1)?.toLowerCase() : undefined;
  const lowered = lowerText(ctx, text);
  if (constant !== undefined) {
    const word = operand("str", ctx.b.let(ctx.constantString(constant)));
    return matches(ctx, lowered, word, constant, undefined);
  }
  return matches(ctx, lowered, lowerText(ctx, pattern), undefined, escape);
}

type Examples = ScalarFunction["examples"];
type Match = (ctx: LowerContext, args: readonly Operand[]) => Ir;

const define = (
  name: string,
  aliases: readonly string[],
  count: 2 | 3,
  doc: string,
  examples: Examples,
  match: Match,
): ScalarFunction =>
  scalar({
    name,
    aliases,
    category: "string",
    doc,
    examples,
    resolve: overloads(
      overload(
        Array.from({ length: count }, () => VARCHAR),
        BOOLEAN,
      ),
    ),
    canFail: count === 3,
    lower: (ctx, args) => result(ctx, match(ctx, args)),
  });

const negated =
  (match: Match): Match =>
  (ctx, args) =>
    not(match(ctx, args));

const likeFunction: ScalarFunction = define(
  "like",
  ["~~"],
  2,
  "Whether the text matches the pattern: `%` stands for any characters, `_` for one. There is no escape character.",
  [
    ["'special requests' LIKE '%special%requests%'", "true"],
    ["'PROMO STEEL' LIKE 'PROMO%'", "true"],
    ["'abc' LIKE 'a_c'", "true"],
    ["'abc' LIKE 'b%'", "false"],
  ],
  like,
);
const notLike: ScalarFunction = define(
  "not_like",
  ["!~~"],
  2,
  "NOT LIKE.",
  [["'abc' NOT LIKE 'a%'", "false"]],
  negated(like),
);
const likeEscape: ScalarFunction = define(
  "like_escape",
  [],
  3,
  "LIKE with an escape character, which makes the next one stand for itself.",
  [["'a%b' LIKE 'a$%b' ESCAPE '$'", "true"]],
  like,
);
const notLikeEscape: ScalarFunction = define(
  "not_like_escape",
  [],
  3,
  "NOT LIKE with an escape character.",
  [["'a%b' NOT LIKE 'a$%b' ESCAPE '$'", "false"]],
  negated(like),
);
const ilikeFunction: ScalarFunction = define(
  "ilike",
  ["~~*"],
  2,
  "LIKE regardless of case.",
  [["'ABC' ILIKE 'a%'", "true"]],
  ilike,
);
const notIlike: ScalarFunction = define(
  "not_ilike",
  ["!~~*"],
  2,
  "NOT ILIKE.",
  [["'ABC' NOT ILIKE 'a%'", "false"]],
  negated(ilike),
);
const ilikeEscape: ScalarFunction = define(
  "ilike_escape",
  [],
  3,
  "ILIKE with an escape character.",
  [["'A%B' ILIKE 'a$%b' ESCAPE '$'", "true"]],
  ilike,
);
const notIlikeEscape: ScalarFunction = define(
  "not_ilike_escape",
  [],
  3,
  "NOT ILIKE with an escape character.",
  [["'A%B' NOT ILIKE 'a$%b' ESCAPE '$'", "false"]],
  negated(ilike),
);

export const LIKE_FUNCTIONS: readonly ScalarFunction[] = [
  likeFunction,
  notLike,
  likeEscape,
  notLikeEscape,
  ilikeFunction,
  notIlike,
  ilikeEscape,
  notIlikeEscape,
];
