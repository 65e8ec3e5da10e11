/** Regular expressions that make lists of texts: what lies between matches, all matches. */
import { i64 } from "../../ir/builder.ts";
import { hostCell } from "../../ir/lower/host-call.ts";
import { asI64 } from "../../ir/lower/rep.ts";
import type { Operand } from "../../ir/operand.ts";
import { BIGINT, listOf, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { ScalarFunction } from "../function.ts";
import { overload, overloads } from "../overload.ts";
import { canBeInvalid, constantRegexp } from "./constant.ts";
import { textArgs, withNamedGroups } from "./functions.ts";
import { listMatches, splitText } from "./lower.ts";

const TEXTS = listOf(VARCHAR);

const split: ScalarFunction = scalar({
  name: "string_split_regex",
  aliases: ["str_split_regex", "regexp_split_to_array"],
  category: "regexp",
  doc: "The parts of a text between matches of a pattern.",
  examples: [["string_split_regex('hello world; 42', ';? ')", "[hello, world, 42]"]],
  resolve: overloads(overload([VARCHAR, VARCHAR], TEXTS), overload([VARCHAR, VARCHAR, VARCHAR], TEXTS)),
  canFail: canBeInvalid(2),
  lower: (ctx, args, signature) => {
    const regexp = constantRegexp(ctx, signature, 2);
    const parts = regexp === undefined ? undefined : splitText(ctx, regexp, args[0] as Operand);
    return parts ?? hostCell(ctx, "regexp split", "str", textArgs(ctx, args, 3));
  },
});

const extractAll: ScalarFunction = scalar({
  name: "regexp_extract_all",
  category: "regexp",
  doc: "All matches of a pattern, or one of the groups of each.",
  examples: [
    ["regexp_extract_all('peter:33 paul:14', '(\\w+):(\\d+)', 2)", "[33, 14]"],
    ["regexp_extract_all('abc', '[ac]')", "[a, c]"],
  ],
  resolve: overloads(
    overload([VARCHAR, VARCHAR], TEXTS),
    overload([VARCHAR, VARCHAR, BIGINT], TEXTS),
    overload([VARCHAR, VARCHAR, BIGINT, VARCHAR], TEXTS),
  ),
  // A group that the pattern does not have is an error.
  canFail: true,
  lower: (ctx, args, signature) => {
    const [text, pattern, group, option] = args as [Operand, Operand, Operand | undefined, Operand | undefined];
    const regexp = constantRegexp(ctx, signature, 3);
    const index = group === undefined ? 0n : ctx.literal(2);
    if (regexp !== undefined && typeof index === "bigint" && index >= 0n && index <= regexp.groups) {
      const matches = listMatches(ctx, regexp, text, Number(index));
      if (matches !== undefined) return matches;
    }
    const texts = option === undefined ? [text, pattern] : [text, pattern, option];
    const wanted = group === undefined ? i64(0) : asI64(ctx.b, group);
    return hostCell(ctx, "regexp extract_all", "str", [...textArgs(ctx, texts, 3), wanted]);
  },
});

export const REGEXP_LIST_FUNCTIONS: readonly ScalarFunction[] = [split, withNamedGroups(extractAll, true)];
