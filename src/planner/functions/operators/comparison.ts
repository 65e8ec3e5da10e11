/** `= <> < <= > >=` and IS [NOT] DISTINCT FROM, on every type. */
import { and, i32, num, or } from "../../ir/builder.ts";
import { type Comparison, compareOperands } from "../../ir/lower/compare.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BOOLEAN, type SqlType } from "../../types/types.ts";
import { comparisonType } from "../../types/coerce.ts";
import { commonTypeOf } from "../coercion.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import type { Resolve } from "../overload.ts";

/** Both sides in the type that the two compare in; a string literal follows the other side. */
const comparable =
  (equality: boolean): Resolve =>
  (types, literals) => {
    const [a, b] = types;
    if (a === undefined || b === undefined || types.length !== 2) return undefined;
    const type = literals.some((l) => typeof l === "string")
      ? commonTypeOf(types, literals)
      : comparisonType(a, b, equality);
    return type === undefined ? undefined : { args: [type, type], returns: BOOLEAN };
  };

const BOOLEAN_RANGE = { min: 0n, max: 1n };

function comparison(
  name: Comparison,
  aliases: readonly string[],
  doc: string,
  sample: readonly [string, string][],
): ScalarFunction {
  return scalar({
    name,
    aliases,
    category: "comparison",
    doc,
    examples: sample,
    resolve: comparable(name === "=" || name === "<>"),
    lower: (ctx, args, { args: [type] }) =>
      operand("i32", compareOperands(ctx, name, args[0] as Operand, args[1] as Operand, type), {
        range: BOOLEAN_RANGE,
      }),
  });
}

export const equal: ScalarFunction = comparison("=", ["=="], "Whether two values are equal; NULL when one is NULL.", [
  ["1 = 1.0", "true"],
  ["'a' = 'b'", "false"],
  ["NULL = 1", "NULL"],
  ["'nan'::DOUBLE = 'nan'::DOUBLE", "true"],
]);
export const notEqual: ScalarFunction = comparison("<>", ["!="], "Whether two values differ.", [["1 <> 2", "true"]]);
export const less: ScalarFunction = comparison("<", [], "Whether the first comes before the second.", [
  ["'B' < 'a'", "true"],
  ["DATE '1994-01-01' < DATE '1995-01-01'", "true"],
]);
export const lessOrEqual: ScalarFunction = comparison("<=", [], "Whether the first does not come after the second.", [
  ["1 <= 1", "true"],
]);
export const greater: ScalarFunction = comparison(">", [], "Whether the first comes after the second.", [
  ["'nan'::DOUBLE > 1e308", "true"],
]);
export const greaterOrEqual: ScalarFunction = comparison(
  ">=",
  [],
  "Whether the first does not come before the second.",
  [["1.5 >= 2", "false"]],
);

/** NULL is a value like any other here. */
function distinct(ctx: LowerContext, args: readonly Operand[], type: SqlType | undefined, negated: boolean): Operand {
  const [a, b] = args as [Operand, Operand];
  const same = compareOperands(ctx, "=", a, b, type);
  const [x, y] = [a.valid ?? i32(1), b.valid ?? i32(1)];
  const neither = num("i32.eqz", or(x, y));
  const equals = or(and(and(x, y), same), neither);
  return operand("i32", ctx.b.let(negated ? equals : num("i32.eqz", equals)), { range: BOOLEAN_RANGE });
}

export const isDistinct: ScalarFunction = scalar({
  name: "is_distinct",
  category: "comparison",
  doc: "IS DISTINCT FROM: whether two values differ, NULL being equal to NULL.",
  examples: [
    ["NULL IS DISTINCT FROM 1", "true"],
    ["NULL IS DISTINCT FROM NULL", "false"],
  ],
  resolve: comparable(true),
  nulls: "custom",
  lower: (ctx, args, { args: [type] }) => distinct(ctx, args, type, false),
});

export const isNotDistinct: ScalarFunction = scalar({
  name: "is_not_distinct",
  category: "comparison",
  doc: "IS NOT DISTINCT FROM: whether two values are equal, NULL being equal to NULL.",
  examples: [["NULL IS NOT DISTINCT FROM NULL", "true"]],
  resolve: comparable(true),
  nulls: "custom",
  lower: (ctx, args, { args: [type] }) => distinct(ctx, args, type, true),
});
