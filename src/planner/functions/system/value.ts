/** Functions about a value rather than of it. */
import { and, i32, i64, num } from "../../ir/builder.ts";
import { hostCell } from "../../ir/lower/host-call.ts";
import { combineHash, hashOperand } from "../../ir/lower/hash.ts";
import type { Ir } from "../../ir/ir.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import {
  BLOB,
  BOOLEAN,
  listOf,
  NULL_TYPE,
  type SqlType,
  TIMESTAMPTZ,
  typeName,
  UUID,
  VARCHAR,
} from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { ScalarFunction } from "../function.ts";
import { hostScalar } from "../nested/host-function.ts";
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
  ofStates: true,
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
  aliases: ["gen_random_uuid", "uuidv4"],
  category: "system",
  doc: "A random UUID, another for every row.",
  examples: [["uuid() IS NOT NULL", "true"]],
  resolve: overloads(overload([], { kind: "Uuid" })),
  volatility: "volatile",
  lower: (ctx) => hostCell(ctx, "uuid", "i128", []),
});

/** There is one catalog with one schema. */
const constantText = (name: string, value: string, doc: string, aliases: readonly string[] = []): ScalarFunction =>
  scalar({
    name,
    aliases,
    category: "system",
    doc,
    examples: [[`${name}()`, value]],
    resolve: overloads(overload([], VARCHAR)),
    lower: (ctx) => operand("str", ctx.b.let(ctx.constantString(value)), { stable: true }),
  });

const uuidPart = (name: string, doc: string, returns: SqlType, result: string): ScalarFunction =>
  hostScalar({
    name,
    category: "system",
    doc,
    examples: [[`${name}('019482e4-1441-7aad-8127-eec637c45a1a'::UUID)`, result]],
    resolve: overloads(overload([UUID], returns)),
  });

const md5Number = (name: string, doc: string, returns: SqlType, result: string): ScalarFunction =>
  hostScalar({
    name,
    category: "system",
    doc,
    examples: [[`${name}('a')`, result]],
    resolve: overloads(overload([VARCHAR], returns), overload([BLOB], returns)),
    canFail: false,
  });

const constantOrNull: ScalarFunction = scalar({
  name: "constant_or_null",
  category: "system",
  doc: "The first argument, or NULL if one of the others is NULL.",
  examples: [
    ["constant_or_null(1, 2)", "1"],
    ["constant_or_null(1, NULL)", "NULL"],
  ],
  resolve: (types) => (types.length >= 2 ? { args: types, returns: types[0] as SqlType } : undefined),
  lower: (_ctx, [value]) => value as Operand,
});

const error: ScalarFunction = hostScalar({
  name: "error",
  category: "system",
  doc: "Raises an error with this message, where it is evaluated.",
  examples: [["CASE WHEN true THEN 1 ELSE error('never') END", "1"]],
  resolve: overloads(overload([VARCHAR], NULL_TYPE)),
  volatility: "volatile",
});

export const SYSTEM_FUNCTIONS: readonly ScalarFunction[] = [
  typeOfValue,
  hash,
  uuid,
  hostScalar({
    name: "uuidv7",
    category: "system",
    doc: "A UUID that begins with the time, another for every row.",
    examples: [["uuid_extract_version(uuidv7())", "7"]],
    resolve: overloads(overload([], UUID)),
    volatility: "volatile",
    canFail: false,
  }),
  uuidPart("uuid_extract_version", "The version of a UUID.", { kind: "UInteger" }, "7"),
  uuidPart("uuid_extract_timestamp", "The moment in a UUID of version 7.", TIMESTAMPTZ, "2025-01-20 08:46:13.057+00"),
  md5Number(
    "md5_number",
    "The MD5 digest as one number, its first byte the lowest.",
    { kind: "UHugeInt" },
    "129134844867590561315626153795017621772",
  ),
  md5Number(
    "md5_number_lower",
    "The last eight bytes of the MD5 digest as a number.",
    UBIGINT_TYPE,
    "7000413967451013937",
  ),
  md5Number(
    "md5_number_upper",
    "The first eight bytes of the MD5 digest as a number.",
    UBIGINT_TYPE,
    "12157170054180749580",
  ),
  constantOrNull,
  error,
  scalar({
    name: "assert_true",
    category: "system",
    doc: "NULL where the condition is TRUE, else an error.",
    examples: [["assert_true(1 = 1)", "NULL"]],
    resolve: overloads(overload([BOOLEAN], NULL_TYPE), overload([BOOLEAN, VARCHAR], NULL_TYPE)),
    nulls: "custom",
    canFail: true,
    volatility: "volatile",
    lower: (ctx, [condition]) => {
      const { lo, valid } = condition as Operand;
      ctx.fail("type", "assertion failed", num("i32.eqz", valid === undefined ? lo : and(valid, lo)));
      return operand("i32", i32(0), { valid: i32(0) });
    },
  }),
  constantText("version", "v0.1.0", "The version of the engine."),
  constantText("current_catalog", "memory", "The name of the database."),
  constantText("current_user", "headrace", "The user; there is only one.", ["user", "session_user", "current_role"]),
  scalar({
    name: "pg_typeof",
    category: "system",
    doc: "The name of the argument's type in lower case.",
    examples: [["pg_typeof(1)", "integer"]],
    resolve: (types) => (types.length === 1 ? { args: types, returns: VARCHAR } : undefined),
    nulls: "custom",
    lower: (ctx, _args, { args }) =>
      operand("str", ctx.b.let(ctx.constantString(typeName(args[0] as SqlType).toLowerCase())), { stable: true }),
  }),
  hostScalar({
    name: "current_schemas",
    category: "system",
    doc: "The schemas in which names are looked up; with TRUE those of the system too.",
    examples: [["current_schemas(false)", "[main]"]],
    resolve: overloads(overload([BOOLEAN], listOf(VARCHAR))),
    canFail: false,
  }),
  constantText("current_schema", "main", "The schema that unqualified names refer to."),
  constantText("current_database", "memory", "The name of the database."),
];
