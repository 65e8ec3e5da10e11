/** Making unions, and asking which member there is. */
import { blockOf, loadField } from "../../ir/lower/nested.ts";
import { makeUnion } from "../../ir/lower/nested-cast.ts";
import type { Operand } from "../../ir/operand.ts";
import { fieldTypes } from "../../types/nested.ts";
import type { UnionType } from "../../types/union.ts";
import { scalar } from "../define.ts";
import type { ScalarFunction } from "../function.ts";
import { extractField } from "./access.ts";

const unionValue: ScalarFunction = scalar({
  name: "union_value",
  category: "union",
  doc: "A UNION of one member, the named argument: `union_value(k := 1)`.",
  examples: [
    ["union_value(k := 1)", "1"],
    ["union_tag(union_value(k := 1))", "k"],
  ],
  // The binder knows the name and makes the call itself.
  resolve: () => undefined,
  nulls: "custom",
  canFail: true,
  lower: (ctx, [value], { returns }) => makeUnion(ctx, 0, value as Operand, returns as UnionType),
});

const unionTag: ScalarFunction = scalar({
  name: "union_tag",
  category: "union",
  doc: "The name of the member that a UNION holds, as an ENUM of all names.",
  examples: [["union_tag('x'::UNION(num INTEGER, str VARCHAR))", "str"]],
  resolve: ([type, ...rest]) =>
    type?.kind === "Union" && rest.length === 0
      ? { args: [type], returns: { kind: "Enum", values: type.members.map(({ name }) => name) } }
      : undefined,
  lower: (ctx, [union], { args: [type] }) => {
    const types = fieldTypes(type as UnionType);
    const tag = loadField(ctx.b, blockOf(ctx.b, union as Operand), types, 0, true);
    return { ...tag, valid: undefined, range: { min: 0n, max: BigInt(types.length - 2) } };
  },
});

const unionExtract: ScalarFunction = scalar({
  name: "union_extract",
  category: "union",
  doc: "The value of a member of a UNION, NULL where another one is there; also `u.name`.",
  examples: [
    ["union_extract(union_value(k := 5), 'k')", "5"],
    ["('x'::UNION(num INTEGER, str VARCHAR)).num", "NULL"],
  ],
  // The binder finds the member and extracts it as a field.
  resolve: () => undefined,
  nulls: "custom",
  lower: (ctx, [union], { args: [type] }) =>
    extractField(ctx, union as Operand, fieldTypes(type as UnionType), Number(ctx.literal(1))),
});

export const UNION_FUNCTIONS: readonly ScalarFunction[] = [unionValue, unionTag, unionExtract];
