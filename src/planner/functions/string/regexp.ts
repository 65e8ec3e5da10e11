/** Regular expressions with RE2's syntax and its linear time (re2js, in JavaScript host functions). */
import { get, i32, i64, num } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { hostCell, hostNumber, stringArgs } from "../../ir/lower/host-call.ts";
import { addressOf, asI64, lengthOf } from "../../ir/lower/rep.ts";
import { findText } from "../../ir/lower/text.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BIGINT, BOOLEAN, listOf, type SqlType, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction, Signature } from "../function.ts";
import { requiredText } from "../host/required-text.ts";
import { overload, overloads, type Resolve } from "../overload.ts";

const INVALID = "invalid regular expression";

/** Arguments of every regexp host function: site, then texts; options last, empty when not given. */
function textArgs(
  ctx: LowerContext,
  texts: readonly Operand[],
  count: number,
): ReturnType<typeof stringArgs>[number][] {
  const missing = Array.from({ length: count - texts.length }, () => [i32(0), i32(0)]).flat();
  return [ctx.site("type", INVALID), ...texts.flatMap((t) => stringArgs(t.lo)), ...missing];
}

/** `found`, 0 for texts without what every match of a constant pattern contains: most texts then cost a search. */
function whereRequired(ctx: LowerContext, text: Operand, type: "i32" | "i64", found: () => Ir): Ir {
  const { b } = ctx;
  const pattern = ctx.literal(1);
  const required = typeof pattern === "string" ? requiredText(pattern) : "";
  if (required === "") return found();
  const result = b.bind(type === "i32" ? i32(0) : i64(0));
  const at = findText(addressOf(text.lo), lengthOf(text.lo), ctx.constantString(required));
  b.if(num("i32.ge_s", at, i32(0)), () => b.set(result, found()));
  return get(result);
}

const matching = (name: string, host: string, doc: string, examples: ScalarFunction["examples"]): ScalarFunction =>
  scalar({
    name,
    category: "regexp",
    doc,
    examples,
    resolve: overloads(overload([VARCHAR, VARCHAR], BOOLEAN), overload([VARCHAR, VARCHAR, VARCHAR], BOOLEAN)),
    canFail: true,
    lower: (ctx, args) => {
      const found = (): Ir => ctx.b.let(hostNumber(host, "i32", ...textArgs(ctx, args, 3)));
      const result = args.length > 2 ? found() : whereRequired(ctx, args[0] as Operand, "i32", found);
      return operand("i32", result, { range: { min: 0n, max: 1n } });
    },
  });

const replace: ScalarFunction = scalar({
  name: "regexp_replace",
  category: "regexp",
  doc: "The text with the first match (with option `g` every match) replaced; `\\1` in the replacement is the first group.",
  examples: [
    ["regexp_replace('hello', '[lo]', '-')", "he-lo"],
    ["regexp_replace('hello', '[lo]', '-', 'g')", "he---"],
    ["regexp_replace('hello', '(l)(l)', '\\2<\\1>')", "hel<l>o"],
  ],
  resolve: overloads(
    overload([VARCHAR, VARCHAR, VARCHAR], VARCHAR),
    overload([VARCHAR, VARCHAR, VARCHAR, VARCHAR], VARCHAR),
  ),
  canFail: true,
  lower: (ctx, args) => hostCell(ctx, "regexp replace", "str", textArgs(ctx, args, 4)),
});

function extractOf(ctx: LowerContext, args: readonly Operand[], { args: types }: Signature): Operand {
  const isGroup = (type: SqlType | undefined): boolean => type?.kind === "BigInt";
  const group = isGroup(types[2]) ? asI64(ctx.b, args[2] as Operand) : i64(0);
  const texts = args.filter((_, i) => !isGroup(types[i]));
  const found = (): Ir => hostCell(ctx, "regexp extract", "str", [...textArgs(ctx, texts, 3), group]).lo;
  const result = texts.length > 2 ? found() : whereRequired(ctx, args[0] as Operand, "i64", found);
  // Host functions write to memory of the morsel.
  return operand("str", result, { stable: false });
}

const extract: ScalarFunction = scalar({
  name: "regexp_extract",
  category: "regexp",
  doc: "The first match, or one of its groups; empty when there is none.",
  examples: [
    ["regexp_extract('hello_world', '([a-z]+)_([a-z]+)', 2)", "world"],
    ["regexp_extract('hello', 'l+')", "ll"],
    ["regexp_extract('hello', 'x')", ""],
  ],
  resolve: overloads(
    overload([VARCHAR, VARCHAR], VARCHAR),
    overload([VARCHAR, VARCHAR, BIGINT], VARCHAR),
    overload([VARCHAR, VARCHAR, BIGINT, VARCHAR], VARCHAR),
  ),
  canFail: true,
  lower: extractOf,
});

/** Group names given as a constant list: the groups as fields of a struct. */
function named(resolve: Resolve, wrap: (struct: SqlType) => SqlType): Resolve {
  return (types, literals) => {
    const names = literals[2];
    const isNamed = Array.isArray(names) && types[2]?.kind === "List" && (types.length === 3 || types.length === 4);
    if (!isNamed) return resolve(types, literals);
    if (names.length === 0 || names.some((name) => typeof name !== "string")) return undefined;
    if (new Set(names.map((name) => String(name).toLowerCase())).size < names.length) return undefined;
    const fields = names.map((name) => ({ name: String(name), type: VARCHAR }));
    const args = [VARCHAR, VARCHAR, listOf(VARCHAR), VARCHAR].slice(0, types.length);
    return { args, returns: wrap({ kind: "Struct", fields }) };
  };
}

/** regexp_extract of named groups; `all`: of every match, as a list. */
const extractNamed =
  (all: boolean, otherwise: ScalarFunction): ScalarFunction["lower"] =>
  (ctx, args, signature) => {
    if (signature.args[2]?.kind !== "List") return otherwise.lower(ctx, args, signature);
    const [text, pattern, , option] = args as [Operand, Operand, Operand, Operand | undefined];
    const texts = option === undefined ? [text, pattern] : [text, pattern, option];
    const family = `regexp ${all ? "all_named" : "named"} ${JSON.stringify(signature.returns)}`;
    return hostCell(ctx, family, "str", textArgs(ctx, texts, 3));
  };

/** The function, also with a list of names for the groups. */
export const withNamedGroups = (fn: ScalarFunction, all: boolean): ScalarFunction => ({
  ...fn,
  resolve: named(fn.resolve, (struct) => (all ? listOf(struct) : struct)),
  lower: extractNamed(all, fn),
});

const escape: ScalarFunction = scalar({
  name: "regexp_escape",
  category: "regexp",
  doc: "The text as a pattern that matches only itself.",
  examples: [["regexp_escape('a.b')", "a\\.b"]],
  resolve: overloads(overload([VARCHAR], VARCHAR)),
  lower: (ctx, [text]) => hostCell(ctx, "regexp escape", "str", stringArgs((text as Operand).lo)),
});

export const REGEXP_FUNCTIONS: readonly ScalarFunction[] = [
  matching("regexp_matches", "regexp matches", "Whether some part of the text matches.", [
    ["regexp_matches('anabanana', '(an)*')", "true"],
    ["regexp_matches('ABC', 'b', 'i')", "true"],
    ["regexp_matches('abc', '^b')", "false"],
  ]),
  matching("regexp_full_match", "regexp full", "Whether the whole text matches.", [
    ["regexp_full_match('abc', 'a.c')", "true"],
    ["regexp_full_match('abcd', 'a.c')", "false"],
  ]),
  replace,
  withNamedGroups(extract, false),
  escape,
];
