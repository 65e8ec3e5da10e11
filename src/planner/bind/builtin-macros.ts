/** Functions that are short for an expression of others. */
import type { Span } from "../../error.ts";
import type { Expression } from "../../sql/ast.ts";
import { makeCall } from "../../sql/make.ts";
import { type Expand, FLINK_MACROS } from "./flink-macros.ts";

/** By name and number of arguments. */
const MACROS: ReadonlyMap<string, Expand> = new Map(
  [
    ...FLINK_MACROS,
    [
      "regexp_split_to_table",
      2,
      (args: readonly Expression[], span: Span) =>
        makeCall("unnest", [makeCall("string_split_regex", args, span)], span),
    ],
    [
      "generate_subscripts",
      2,
      (args: readonly Expression[], span: Span) => {
        const one: Expression = { kind: "NumberLiteral", form: "integer", text: "1", span };
        const series = makeCall("generate_series", [one, makeCall("array_length", args, span)], span);
        return makeCall("unnest", [series], span);
      },
    ],
  ].map(([name, arity, expand]) => [`${name as string} ${arity as number}`, expand as Expand]),
);

/** The expression that a call means; undefined: the name is no macro, or the arguments are others. */
export function builtinMacro(name: string, args: readonly Expression[], span: Span): Expression | undefined {
  return MACROS.get(`${name} ${args.length}`)?.(args, span);
}
