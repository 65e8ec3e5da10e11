/** Texts into lists: by a separator, by a pattern, all matches of a pattern. */
import { i32, i64 } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { hostCell, stringArgs } from "../../ir/lower/host-call.ts";
import { asI64 } from "../../ir/lower/rep.ts";
import type { Operand } from "../../ir/operand.ts";
import { BIGINT, listOf, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { hostScalar } from "../nested/host-function.ts";
import { overload, overloads } from "../overload.ts";
import { withNamedGroups } from "./regexp.ts";

const TEXTS = listOf(VARCHAR);

const invalid = (ctx: LowerContext): Ir => ctx.site("type", "invalid regular expression");
const options = (text: Operand | undefined): readonly Ir[] =>
  text === undefined ? [i32(0), i32(0)] : stringArgs(text.lo);

export const SPLIT_FUNCTIONS: readonly ScalarFunction[] = [
  hostScalar({
    name: "string_split",
    aliases: ["str_split", "string_to_array", "split"],
    category: "string",
    doc: "The parts of a text between separators; an empty separator splits it into characters, NULL not at all.",
    examples: [
      ["string_split('a-b--c', '-')", "[a, b, '', c]"],
      ["string_split('abc', '')", "[a, b, c]"],
    ],
    resolve: overloads(overload([VARCHAR, VARCHAR], TEXTS)),
    nulls: "custom",
    canFail: false,
  }),
  scalar({
    name: "string_split_regex",
    aliases: ["str_split_regex", "regexp_split_to_array"],
    category: "regexp",
    doc: "The parts of a text between matches of a pattern.",
    examples: [["string_split_regex('hello world; 42', ';? ')", "[hello, world, 42]"]],
    resolve: overloads(overload([VARCHAR, VARCHAR], TEXTS), overload([VARCHAR, VARCHAR, VARCHAR], TEXTS)),
    canFail: true,
    lower: (ctx, [text, pattern, option]) => {
      const texts = [...stringArgs((text as Operand).lo), ...stringArgs((pattern as Operand).lo)];
      return hostCell(ctx, "regexp split", "str", [invalid(ctx), ...texts, ...options(option)]);
    },
  }),
  withNamedGroups(
    scalar({
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
      canFail: true,
      lower: (ctx, [text, pattern, group, option]) => {
        const texts = [...stringArgs((text as Operand).lo), ...stringArgs((pattern as Operand).lo)];
        const index = group === undefined ? i64(0) : asI64(ctx.b, group);
        return hostCell(ctx, "regexp extract_all", "str", [invalid(ctx), ...texts, ...options(option), index]);
      },
    }),
    true,
  ),
];
