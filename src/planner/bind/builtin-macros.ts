/** Functions that are short for an expression of others. */
import type { Span } from "../../error.ts";
import type { Expression } from "../../sql/ast.ts";
import { makeCall } from "../../sql/make.ts";

type Call = (name: string, ...args: readonly Expression[]) => Expression;

/** Name, number of arguments, and what is meant. */
const MACROS: ReadonlyMap<
  string,
  readonly [arity: number, expand: (call: Call, args: readonly Expression[], span: Span) => Expression]
> = new Map([
  ["regexp_split_to_table", [2, (call, args) => call("unnest", call("string_split_regex", ...args))]],
  [
    "generate_subscripts",
    [
      2,
      (call, args, span) => {
        const one: Expression = { kind: "NumberLiteral", form: "integer", text: "1", span };
        return call("unnest", call("generate_series", one, call("array_length", ...args)));
      },
    ],
  ],
]);

/** The expression that a call means; undefined: the name is no macro, or the number of arguments another. */
export function builtinMacro(name: string, args: readonly Expression[], span: Span): Expression | undefined {
  const [arity, expand] = MACROS.get(name) ?? [];
  if (expand === undefined || arity !== args.length) return undefined;
  return expand((inner, ...values) => makeCall(inner, values, span), args, span);
}
