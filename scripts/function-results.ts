/** The TypeScript types of what SQL functions give: found by asking each for its result over arguments of all kinds of types. */
import type { Datum } from "../src/planner/expr/expr.ts";
import { scalarFunctions, aggregateFunctions, windowFunctions } from "../src/planner/functions/registry.ts";
import * as types from "../src/planner/types/types.ts";
import { sameType, type SqlType } from "../src/planner/types/types.ts";

type Argument = { readonly type: SqlType; readonly literal: Datum | undefined };
type Resolve = (
  args: readonly SqlType[],
  literals: readonly (Datum | undefined)[],
) => { readonly args: readonly SqlType[]; readonly returns: SqlType } | undefined;

const struct = (type: SqlType): SqlType => ({ kind: "Struct", fields: [{ name: "a", type }] });
const map = (key: SqlType, value: SqlType): SqlType => ({ kind: "Map", key, value });

/** For three arguments and more. */
const FEW: readonly SqlType[] = [
  ...[types.BOOLEAN, types.INTEGER, types.BIGINT, types.DOUBLE, types.decimal(9, 2), types.VARCHAR, types.BLOB],
  ...[types.DATE, types.TIMESTAMP, types.TIMESTAMPTZ, types.INTERVAL, types.listOf(types.INTEGER)],
  ...[types.listOf(types.VARCHAR), map(types.VARCHAR, types.INTEGER), map(types.INTEGER, types.DATE)],
];
const TYPES: readonly SqlType[] = [
  ...FEW,
  ...[types.TINYINT, types.HUGEINT, types.UINTEGER, types.UBIGINT, types.REAL, types.decimal(38, 5)],
  ...([types.TIME, types.UUID, { kind: "Json" }, { kind: "Bit" }, { kind: "Bignum" }, struct(types.INTEGER)] as const),
  ...[struct(types.DATE), map(types.BIGINT, struct(types.VARCHAR)), map(types.DATE, types.listOf(types.BOOLEAN))],
  ...[types.BIGINT, types.DOUBLE, types.BOOLEAN, types.DATE, types.BLOB, struct(types.INTEGER)].map(types.listOf),
  ...[types.VARCHAR, types.INTEGER, struct(types.DATE)].map((type) => types.listOf(types.listOf(type))),
  { kind: "Array", element: types.DOUBLE, length: 3 },
  { kind: "Enum", values: ["a", "b"] },
];
/** Constants that results may depend on. */
const LITERALS: Readonly<Record<string, readonly Datum[]>> = {
  Varchar: ["epoch", "julian", "day", "a"],
  Integer: [-1, 0, 1, 2],
};

/** For each function the text of the type of `functions.name`; those that are not here give what nobody knows. */
export function functionResults(): ReadonlyMap<string, string> {
  const calls = callsOf();
  const all: readonly { readonly name: string; readonly resolve: unknown }[] = [
    ...scalarFunctions(),
    ...aggregateFunctions(),
    ...windowFunctions(),
  ];
  const results = new Map<string, string>();
  const seen = new Set<string>();
  for (const { name, resolve } of all) {
    const text = seen.has(name) ? undefined : resultOf(resolve as Resolve, calls);
    // A name with two meanings, such as an aggregate that is a window function, has none here.
    if (text === undefined) results.delete(name);
    else results.set(name, text);
    seen.add(name);
  }
  return results;
}

function resultOf(resolve: Resolve, calls: readonly (readonly Argument[])[]): string | undefined {
  const found = new Set<string>();
  let follows = true;
  for (const call of calls) {
    const given = call.map(({ type }) => type);
    const signature = resolve(
      given,
      call.map(({ literal }) => literal),
    );
    if (signature === undefined) continue;
    found.add(valueOf(signature.returns) ?? "unknown");
    // The value of an argument that is not cast.
    const [first] = given;
    const [taken] = signature.args;
    follows &&=
      first !== undefined && taken !== undefined && (!sameType(first, taken) || sameType(taken, signature.returns));
  }
  const [only] = found;
  if (only === undefined) return undefined;
  if (found.size === 1) return only === "unknown" ? undefined : `SqlFunctionOf<${only}>`;
  const isNumeric = [...found].every((text) => text === "number" || text === "bigint");
  return !follows && isNumeric ? "SqlFunctionOf<number | bigint>" : undefined;
}

/** The type of row values; undefined where there is no simple one. */
function valueOf(type: SqlType): string | undefined {
  switch (type.kind) {
    case "Boolean":
      return "boolean";
    case "TinyInt":
    case "SmallInt":
    case "Integer":
    case "UTinyInt":
    case "USmallInt":
    case "UInteger":
    case "Real":
    case "Double":
      return "number";
    case "BigInt":
    case "UBigInt":
    case "HugeInt":
    case "UHugeInt":
    case "Bignum":
      return "bigint";
    case "Decimal":
    case "Varchar":
    case "Json":
    case "Time":
    case "TimeNs":
    case "TimeTz":
    case "Uuid":
      return "string";
    case "Date":
    case "Timestamp":
    case "TimestampTz":
      return "Date";
    case "Blob":
      return "Uint8Array";
    case "List": {
      const element = valueOf(type.element);
      return element === undefined || element.endsWith("[]") ? undefined : `(${element} | null)[]`;
    }
    default:
      return undefined;
  }
}

/** Arguments of all kinds: one and two of each, three and four of few. */
function callsOf(): readonly (readonly Argument[])[] {
  const plain = (type: SqlType): Argument => ({ type, literal: undefined });
  const withLiterals = TYPES.flatMap((type) => [
    plain(type),
    ...(LITERALS[type.kind] ?? []).map((literal) => ({ type, literal })),
  ]);
  const calls: (readonly Argument[])[] = [[], ...withLiterals.map((one) => [one])];
  for (const first of withLiterals) for (const second of withLiterals) calls.push([first, second]);
  for (const first of FEW)
    for (const second of FEW)
      for (const third of FEW) {
        const call = [first, second, third].map(plain);
        calls.push(call, [...call, plain(third)]);
      }
  return calls;
}
