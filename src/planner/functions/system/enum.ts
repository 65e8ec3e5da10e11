/** Functions of ENUM types: the values come from the type, not from the argument, which may be NULL. */
import { type Operand, operand } from "../../ir/operand.ts";
import { INTEGER, listOf, type SqlType, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { ScalarFunction } from "../function.ts";
import { hostScalar } from "../nested/host-function.ts";

type EnumType = Extract<SqlType, { kind: "Enum" }>;

const isEnum = (type: SqlType | undefined): type is EnumType => type?.kind === "Enum";

const endOf = (
  name: string,
  doc: string,
  result: string,
  pick: (values: readonly string[]) => string,
): ScalarFunction =>
  scalar({
    name,
    category: "enum",
    doc,
    examples: [[`${name}(NULL::ENUM('happy', 'sad'))`, result]],
    resolve: (types) => (types.length === 1 && isEnum(types[0]) ? { args: types, returns: VARCHAR } : undefined),
    nulls: "custom",
    lower: (ctx, _args, { args }) =>
      operand("str", ctx.b.let(ctx.constantString(pick((args[0] as EnumType).values))), { stable: true }),
  });

const enumCode: ScalarFunction = scalar({
  name: "enum_code",
  category: "enum",
  doc: "The position of the value in its ENUM type, from 0.",
  examples: [["enum_code('sad'::ENUM('happy', 'sad'))", "1"]],
  resolve: (types) => (types.length === 1 && isEnum(types[0]) ? { args: types, returns: INTEGER } : undefined),
  lower: (_ctx, [value]) => value as Operand,
});

export const ENUM_FUNCTIONS: readonly ScalarFunction[] = [
  endOf("enum_first", "The first value of an ENUM type.", "happy", (values) => values[0] ?? ""),
  endOf("enum_last", "The last value of an ENUM type.", "sad", (values) => values.at(-1) ?? ""),
  enumCode,
  hostScalar({
    name: "enum_range",
    category: "enum",
    doc: "The values of an ENUM type as a list.",
    examples: [["enum_range(NULL::ENUM('happy', 'sad'))", "[happy, sad]"]],
    resolve: (types) =>
      types.length === 1 && isEnum(types[0]) ? { args: types, returns: listOf(VARCHAR) } : undefined,
    nulls: "custom",
    canFail: false,
  }),
  hostScalar({
    name: "enum_range_boundary",
    category: "enum",
    doc: "The values of an ENUM type from one to another; NULL stands for its ends.",
    examples: [["enum_range_boundary('b'::ENUM('a', 'b', 'c'), NULL)", "[b, c]"]],
    resolve: (types) => {
      const known = types.find(isEnum);
      if (known === undefined || types.length !== 2) return undefined;
      return { args: [known, known], returns: listOf(VARCHAR) };
    },
    nulls: "custom",
    canFail: false,
  }),
];
