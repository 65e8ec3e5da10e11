/** Functions about a value rather than of it. */
import { i64 } from "../../ir/builder.ts";
import { hostCell } from "../../ir/lower/host-call.ts";
import { combineHash, hashOperand } from "../../ir/lower/hash.ts";
import type { Ir } from "../../ir/ir.ts";
import { operand } from "../../ir/operand.ts";
import { type SqlType, typeName, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { ScalarFunction } from "../function.ts";
import { overload, overloads } from "../overload.ts";

const UBIGINT_TYPE: SqlType = { kind: "UBigInt" };

const typeOfValue: ScalarFunction = scalar({
  name: "typeof",
  category: "system",
  doc: "The name of the argument's type.",
  examples: [
    ["typeof(1)", "INTEGER"],
    ["typeof(1.50)", "DECIMAL(3,2)"],
  ],
  resolve: (types) => (types.length === 1 ? { args: types, returns: VARCHAR } : undefined),
  nulls: "custom",
  lower: (ctx, _args, { args }) =>
    operand("str", ctx.b.let(ctx.constantString(typeName(args[0] as SqlType))), { stable: true }),
});

const hash: ScalarFunction = scalar({
  name: "hash",
  category: "system",
  doc: "A 64-bit hash of the arguments; equal values have equal hashes, whatever their width.",
  examples: [
    ["hash(1, 'a') = hash(1, 'a')", "true"],
    ["hash(5::TINYINT) = hash(5::HUGEINT)", "true"],
  ],
  resolve: (types) => (types.length > 0 ? { args: types, returns: UBIGINT_TYPE } : undefined),
  nulls: "custom",
  lower: (ctx, args, { args: types }) => {
    const hashes = args.map((arg, i) => hashOperand(ctx, arg, types[i] as SqlType));
    const all = ctx.b.let(hashes.reduce((sum: Ir, next) => ctx.b.let(combineHash(sum, next))));
    return operand("i128", all, { hi: i64(0), range: { min: 0n, max: 2n ** 64n - 1n } });
  },
});

const uuid: ScalarFunction = scalar({
  name: "uuid",
  aliases: ["gen_random_uuid"],
  category: "system",
  doc: "A random UUID, another for every row.",
  examples: [["uuid() IS NOT NULL", "true"]],
  resolve: overloads(overload([], { kind: "Uuid" })),
  volatility: "volatile",
  lower: (ctx) => hostCell(ctx, "uuid", "i128", []),
});

/** There is one catalog with one schema. */
const constantText = (name: string, value: string, doc: string): ScalarFunction =>
  scalar({
    name,
    category: "system",
    doc,
    examples: [[`${name}()`, value]],
    resolve: overloads(overload([], VARCHAR)),
    lower: (ctx) => operand("str", ctx.b.let(ctx.constantString(value)), { stable: true }),
  });

export const SYSTEM_FUNCTIONS: readonly ScalarFunction[] = [
  typeOfValue,
  hash,
  uuid,
  constantText("current_schema", "main", "The schema that unqualified names refer to."),
  constantText("current_database", "memory", "The name of the database."),
];
