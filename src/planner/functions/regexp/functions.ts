/** Regular expressions with RE2's syntax and its linear time: constant patterns in WebAssembly, others by re2js in JavaScript. */
import { get, i32, i64 } from "../../ir/builder.ts";
import { hostCell, hostNumber, stringArgs } from "../../ir/lower/host-call.ts";
import { asI64 } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BIGINT, BOOLEAN, listOf, type SqlType, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { overload, overloads, type Resolve } from "../overload.ts";
import { canBeInvalid, constantRegexp } from "./constant.ts";
import { extractGroups, extractMatch, hasMatch, replaceMatches, whereRequired } from "./lower.ts";
import type { Extent } from "./nfa.ts";

const INVALID = "invalid regular expression";

/** Arguments of every regexp host function: site, then texts; options last, empty when not given. */
export function textArgs(
  ctx: LowerContext,
  texts: readonly Operand[],
  count: number,
): ReturnType<typeof stringArgs>[number][] {
  const missing = Array.from({ length: count - texts.length }, () => [i32(0), i32(0)]).flat();
  return [ctx.site("type", INVALID), ...texts.flatMap((t) => stringArgs(t.lo)), ...missing];
}

const matching = (name: string, extent: Extent, doc: string, examples: ScalarFunction["examples"]): ScalarFunction =>
  scalar({
    name,
    category: "regexp",
    doc,
    examples,
    resolve: overloads(overload([VARCHAR, VARCHAR], BOOLEAN), overload([VARCHAR, VARCHAR, VARCHAR], BOOLEAN)),
    canFail: canBeInvalid(2),
    lower: (ctx, args, signature) => {
      const { b } = ctx;
      const [text] = args as [Operand];
      const regexp = constantRegexp(ctx, signature, 2);
      let found = regexp === undefined ? undefined : hasMatch(ctx, regexp, text, extent);
      if (found === undefined) {
        const host = extent === "whole" ? "regexp full" : "regexp matches";
        const result = b.bind(i32(0));
        whereRequired(ctx, regexp, text, () => b.set(result, hostNumber(host, "i32", ...textArgs(ctx, args, 3))));
        found = get(result);
      }
      return operand("i32", found, { range: { min: 0n, max: 1n } });
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
  canFail: canBeInvalid(3),
  lower: (ctx, args, signature) => {
    const regexp = constantRegexp(ctx, signature, 3);
    const replacement = ctx.literal(2);
    if (regexp !== undefined && typeof replacement === "string") {
      const all = String(ctx.literal(3) ?? "").includes("g");
      const replaced = replaceMatches(ctx, regexp, args[0] as Operand, replacement, all);
      if (replaced !== undefined) return replaced;
    }
    return hostCell(ctx, "regexp replace", "str", textArgs(ctx, args, 4));
  },
});

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
  canFail: canBeInvalid(3),
  lower: (ctx, args, signature) => {
    const { b } = ctx;
    const [text, pattern, group, option] = args as [Operand, Operand, Operand | undefined, Operand | undefined];
    const regexp = constantRegexp(ctx, signature, 3);
    const constantGroup = group === undefined ? 0n : ctx.literal(2);
    if (regexp !== undefined && typeof constantGroup === "bigint") {
      const extracted = extractMatch(ctx, regexp, text, Number(constantGroup));
      if (extracted !== undefined) return extracted;
    }
    const index = group === undefined ? i64(0) : asI64(b, group);
    const texts = option === undefined ? [text, pattern] : [text, pattern, option];
    const result = b.bind(i64(0));
    whereRequired(ctx, regexp, text, () =>
      b.set(result, hostCell(ctx, "regexp extract", "str", [...textArgs(ctx, texts, 3), index]).lo),
    );
    // Host functions write to memory of the morsel.
    return operand("str", get(result), { stable: false });
  },
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
    const regexp = constantRegexp(ctx, signature, 3);
    if (regexp !== undefined && signature.returns.kind === "Struct") {
      const fields = signature.returns.fields.map(({ type }) => type);
      const extracted = extractGroups(ctx, regexp, text, fields);
      if (extracted !== undefined) return extracted;
    }
    const texts = option === undefined ? [text, pattern] : [text, pattern, option];
    const family = `regexp ${all ? "all_named" : "named"} ${JSON.stringify(signature.returns)}`;
    return hostCell(ctx, family, "str", textArgs(ctx, texts, 3));
  };

/** The function, also with a list of names for the groups. */
export const withNamedGroups = (fn: ScalarFunction, all: boolean): ScalarFunction => ({
  ...fn,
  resolve: named(fn.resolve, (struct) => (all ? listOf(struct) : struct)),
  // The pattern may have fewer groups than there are names.
  canFail: (signature, literals) => signature.args[2]?.kind === "List" || fn.canFail(signature, literals),
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
  matching("regexp_matches", "part", "Whether some part of the text matches.", [
    ["regexp_matches('anabanana', '(an)*')", "true"],
    ["regexp_matches('ABC', 'b', 'i')", "true"],
    ["regexp_matches('abc', '^b')", "false"],
  ]),
  matching("regexp_full_match", "whole", "Whether the whole text matches.", [
    ["regexp_full_match('abc', 'a.c')", "true"],
    ["regexp_full_match('abcd', 'a.c')", "false"],
  ]),
  replace,
  withNamedGroups(extract, false),
  escape,
];
