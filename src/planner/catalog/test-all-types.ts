/** The rows of `test_all_types()`: for every type its least value, its greatest, and NULL. */
import type { Datum } from "../expr/expr.ts";
import { castDatum } from "../types/convert.ts";
import {
  BIGINT,
  BIGNUM,
  BIT,
  BLOB,
  BOOLEAN,
  DATE,
  decimal,
  DOUBLE,
  HUGEINT,
  INTEGER,
  INTERVAL,
  listOf,
  REAL,
  SMALLINT,
  type SqlType,
  TIME,
  TIME_NS,
  TIMESTAMP,
  TIMESTAMPTZ,
  TIMETZ,
  TINYINT,
  UBIGINT,
  UHUGEINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  UUID,
  VARCHAR,
} from "../types/types.ts";
import { MAX_BIGNUM_BYTES, bignumOf } from "../types/bignum.ts";
import { unionDatum, type UnionType } from "../types/union.ts";
import type { CatalogEntry } from "./catalog.ts";

/** Values as text that is cast, or as constants. */
type Value = string | Uint8Array | readonly Datum[];
type Extremes = readonly [name: string, type: SqlType, least: Value, greatest: Value];

const three = (element: SqlType): SqlType => ({ kind: "Array", element, length: 3 });
const struct = (a: SqlType, b: SqlType): SqlType => ({
  kind: "Struct",
  fields: [
    { name: "a", type: a },
    { name: "b", type: b },
  ],
});
const numbered = (count: number): SqlType => ({
  kind: "Enum",
  values: Array.from({ length: count }, (_, i) => `enum_${i}`),
});

const NAME_OR_AGE: UnionType = {
  kind: "Union",
  members: [
    { name: "name", type: VARCHAR },
    { name: "age", type: SMALLINT },
  ],
};

const DUCKS = "🦆".repeat(6);
const NUMBERS = "[42, 999, NULL, NULL, -42]";
const WORDS = `[${DUCKS}, goose, NULL, '']`;
const EMPTY_PAIR = "{'a': NULL, 'b': NULL}";
const PAIR = `{'a': 42, 'b': ${DUCKS}}`;

/** BOOLEAN is among them, as DuckDB has it. */
const INTEGERS: readonly Extremes[] = [
  ["bool", BOOLEAN, "false", "true"],
  ["tinyint", TINYINT, "-128", "127"],
  ["smallint", SMALLINT, "-32768", "32767"],
  ["int", INTEGER, "-2147483648", "2147483647"],
  ["bigint", BIGINT, "-9223372036854775808", "9223372036854775807"],
  ["hugeint", HUGEINT, "-170141183460469231731687303715884105728", "170141183460469231731687303715884105727"],
  ["uhugeint", UHUGEINT, "0", "340282366920938463463374607431768211455"],
  ["utinyint", UTINYINT, "0", "255"],
  ["usmallint", USMALLINT, "0", "65535"],
  ["uint", UINTEGER, "0", "4294967295"],
  ["ubigint", UBIGINT, "0", "18446744073709551615"],
];

const SIMPLE: readonly Extremes[] = [
  ["date", DATE, "5877642-06-25 (BC)", "5881580-07-10"],
  ["time", TIME, "00:00:00", "24:00:00"],
  ["timestamp", TIMESTAMP, "290309-12-22 (BC) 00:00:00", "294247-01-10 04:00:54.775806"],
  ["timestamp_s", { kind: "Timestamp", unit: "s" }, "290309-12-22 (BC) 00:00:00", "294247-01-10 04:00:54"],
  ["timestamp_ms", { kind: "Timestamp", unit: "ms" }, "290309-12-22 (BC) 00:00:00", "294247-01-10 04:00:54.775"],
  ["timestamp_ns", { kind: "Timestamp", unit: "ns" }, "1677-09-22 00:00:00", "2262-04-11 23:47:16.854775806"],
  ["time_tz", TIMETZ, "00:00:00+15:59:59", "24:00:00-15:59:59"],
  ["timestamp_tz", TIMESTAMPTZ, "290309-12-22 (BC) 00:00:00+00", "294247-01-10 04:00:54.775806+00"],
  ["float", REAL, "-3.4028235e+38", "3.4028235e+38"],
  ["double", DOUBLE, "-1.7976931348623157e+308", "1.7976931348623157e+308"],
  ["dec_4_1", decimal(4, 1), "-999.9", "999.9"],
  ["dec_9_4", decimal(9, 4), "-99999.9999", "99999.9999"],
  ["dec_18_6", decimal(18, 6), "-999999999999.999999", "999999999999.999999"],
  ["dec38_10", decimal(38, 10), `-${"9".repeat(28)}.9999999999`, `${"9".repeat(28)}.9999999999`],
  ["uuid", UUID, "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
  ["interval", INTERVAL, "00:00:00", "83 years 3 months 999 days 00:16:39.999999"],
  ["varchar", VARCHAR, DUCKS, "goo\0se"],
  ["blob", BLOB, "thisisalongblob\\x00withnullbytes", "\\x00\\x00\\x00a"],
  ["bit", BIT, "0010001001011100010101011010111", "10101"],
  ["small_enum", { kind: "Enum", values: ["DUCK_DUCK_ENUM", "GOOSE"] }, "DUCK_DUCK_ENUM", "GOOSE"],
  ["medium_enum", numbered(300), "enum_0", "enum_299"],
];

const NESTED: readonly Extremes[] = [
  ["int_array", listOf(INTEGER), "[]", NUMBERS],
  ["double_array", listOf(DOUBLE), "[]", "[42.0, nan, inf, -inf, NULL, -42.0]"],
  ["date_array", listOf(DATE), "[]", "[1970-01-01, infinity, -infinity, NULL, 2022-05-12]"],
  ["timestamp_array", listOf(TIMESTAMP), "[]", "[1970-01-01, infinity, -infinity, NULL, '2022-05-12 16:23:45']"],
  [
    "timestamptz_array",
    listOf(TIMESTAMPTZ),
    "[]",
    "['1970-01-01 00:00:00+00', infinity, -infinity, NULL, '2022-05-12 23:23:45+00']",
  ],
  ["varchar_array", listOf(VARCHAR), "[]", WORDS],
  ["nested_int_array", listOf(listOf(INTEGER)), "[]", `[[], ${NUMBERS}, NULL, [], ${NUMBERS}]`],
  ["struct", struct(INTEGER, VARCHAR), EMPTY_PAIR, PAIR],
  ["struct_of_arrays", struct(listOf(INTEGER), listOf(VARCHAR)), EMPTY_PAIR, `{'a': ${NUMBERS}, 'b': ${WORDS}}`],
  ["array_of_structs", listOf(struct(INTEGER, VARCHAR)), "[]", `[${EMPTY_PAIR}, ${PAIR}, NULL]`],
  ["map", { kind: "Map", key: VARCHAR, value: VARCHAR }, "{}", `{key1=${DUCKS}, key2=goose}`],
  ["union", NAME_OR_AGE, unionDatum(NAME_OR_AGE, 0, "Frank"), unionDatum(NAME_OR_AGE, 1, 5)],
  ["fixed_int_array", three(INTEGER), "[NULL, 2, 3]", "[4, 5, 6]"],
  ["fixed_varchar_array", three(VARCHAR), "[a, NULL, c]", "[d, e, f]"],
  [
    "fixed_nested_int_array",
    three(three(INTEGER)),
    "[[NULL, 2, 3], NULL, [NULL, 2, 3]]",
    "[[4, 5, 6], [NULL, 2, 3], [4, 5, 6]]",
  ],
  [
    "fixed_nested_varchar_array",
    three(three(VARCHAR)),
    "[[a, NULL, c], NULL, [a, NULL, c]]",
    "[[d, e, f], [a, NULL, c], [d, e, f]]",
  ],
  [
    "fixed_struct_array",
    three(struct(INTEGER, VARCHAR)),
    `[${EMPTY_PAIR}, ${PAIR}, ${EMPTY_PAIR}]`,
    `[${PAIR}, ${EMPTY_PAIR}, ${PAIR}]`,
  ],
  [
    "struct_of_fixed_array",
    struct(three(INTEGER), three(VARCHAR)),
    "{'a': [NULL, 2, 3], 'b': [a, NULL, c]}",
    "{'a': [4, 5, 6], 'b': [d, e, f]}",
  ],
  ["fixed_array_of_int_list", three(listOf(INTEGER)), `[[], ${NUMBERS}, []]`, `[${NUMBERS}, [], ${NUMBERS}]`],
  [
    "list_of_fixed_int_array",
    listOf(three(INTEGER)),
    "[[NULL, 2, 3], [4, 5, 6], [NULL, 2, 3]]",
    "[[4, 5, 6], [NULL, 2, 3], [4, 5, 6]]",
  ],
  ["time_ns", TIME_NS, "00:00:00", "24:00:00"],
];

/**
 * `largeEnum`: whether the type of `large_enum` has 70,000 values or only the first and the last of them; `largeBignum`: whether
 * the BIGNUMs are the largest that there are or those that DOUBLE holds.
 */
export function testAllTypes(largeEnum: boolean, largeBignum: boolean): Extract<CatalogEntry, { kind: "rows" }> {
  const large: SqlType = largeEnum ? numbered(70_000) : { kind: "Enum", values: ["enum_0", "enum_69999"] };
  const magnitude = largeBignum ? 2n ** BigInt(8 * MAX_BIGNUM_BYTES) - 1n : BigInt(Number.MAX_VALUE);
  const bignum = (value: bigint): Uint8Array => bignumOf(value) as Uint8Array;
  const columns: readonly Extremes[] = [
    ...INTEGERS,
    ["bignum", BIGNUM, bignum(-magnitude), bignum(magnitude)],
    ...SIMPLE,
    ["large_enum", large, "enum_0", "enum_69999"],
    ...NESTED,
  ];
  const value = (text: Value, name: string, type: SqlType): Datum => {
    if (typeof text !== "string") return text;
    const datum = castDatum(text, VARCHAR, type);
    if (datum === undefined) throw new Error(`test_all_types: no value of ${name} is ${text}`);
    return datum;
  };
  return {
    kind: "rows",
    name: "test_all_types",
    columns: columns.map(([name, type]) => ({ name, type })),
    rows: [
      columns.map(([name, type, least]) => value(least, name, type)),
      columns.map(([name, type, , greatest]) => value(greatest, name, type)),
      columns.map(() => null),
    ],
  };
}
