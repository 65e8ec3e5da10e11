import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { civilFromDays, daysFromCivil } from "../../../src/planner/types/date-time.ts";
import { formatDatum, parseDatum } from "../../../src/planner/types/literals.ts";
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  decimal,
  DOUBLE,
  HUGEINT,
  INTEGER,
  INTERVAL,
  REAL,
  type SqlType,
  TIME,
  TIMESTAMP,
  TINYINT,
  typeName,
  UUID,
} from "../../../src/planner/types/types.ts";

let connection: DuckDBConnection;
let instance: DuckDBInstance;
beforeAll(async () => {
  instance = await DuckDBInstance.create(":memory:", { threads: "1", autoload_known_extensions: "false" });
  connection = await instance.connect();
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

/** What DuckDB makes of each text: its cast to the type, printed again; undefined: an error. */
async function duckdb(texts: readonly string[], type: SqlType): Promise<readonly (string | undefined)[]> {
  const values = texts.map((text) => `('${text.replaceAll("'", "''")}')`).join(", ");
  const reader = await connection.runAndReadAll(
    `SELECT TRY_CAST(v AS ${typeName(type)})::VARCHAR FROM (VALUES ${values}) x(v)`,
  );
  return reader.getRows().map(([value]) => (value === null ? undefined : String(value)));
}

function ours(text: string, type: SqlType): string | undefined {
  const value = parseDatum(text, type);
  return value === undefined ? undefined : formatDatum(value, type);
}

const TEXTS: readonly (readonly [SqlType, readonly string[]])[] = [
  [
    DATE,
    [
      "1994-01-31",
      "1994-1-3",
      " 1994-01-31 ",
      "1994-02-29",
      "1996-02-29",
      "1900-02-29",
      "2000-02-29",
      "1994-13-01",
      "0044-03-15 (BC)",
      "99999-01-01",
      "1994/05/06",
      "infinity",
      "epoch",
      "",
      "abc",
      "1994-01",
    ],
  ],
  [TIME, ["12:34:56", "12:34:56.7", "00:00:00.000001", "25:00:00", "12:60:00", "abc"]],
  [
    TIMESTAMP,
    [
      "1994-01-01",
      "1994-01-01 12:34:56",
      "1994-01-01T12:34:56.789",
      "1994-01-01 12:34",
      "1900-01-01 00:00:00.5",
      "1994-01-01 12:34:56Z",
      "1994-01-01 12:34:56+02",
      "1994-01-01 12:34:56-05:30",
      "infinity",
      "1994-01-01 25:00:00",
      "abc",
    ],
  ],
  [
    INTERVAL,
    [
      "1 day",
      "3 days ago",
      "1 year 2 months 3 days 04:05:06.7",
      "1.5 days",
      "-1 month",
      "2 weeks",
      "1 quarter",
      "90 minutes",
      "500 ms",
      "01:02:03",
      "-01:02:03",
      "1 mon",
      "x",
    ],
  ],
  [BOOLEAN, ["true", "T", "false", "f", "1", "0", "maybe", ""]],
  [TINYINT, ["127", "128", "-128", "-129", "1.5", "1e2", " 7 "]],
  [INTEGER, ["2147483647", "2147483648", "2.5", "-2.5", "2.4999", "abc", "", "1e3", "+5", "-", "."]],
  [BIGINT, ["9223372036854775807", "9223372036854775808", "-9223372036854775808", "0.5"]],
  [HUGEINT, ["170141183460469231731687303715884105727", "170141183460469231731687303715884105728", "-5"]],
  [decimal(4, 2), ["1.235", "-0.005", "99.99", "99.995", "100", "1e1", ".5", "5.", "0.0049", "abc"]],
  [decimal(38, 10), ["1234567890123456789012345678.1234567890", "12345678901234567890123456789", "-0.00000000005"]],
  [
    DOUBLE,
    [
      "0.1",
      "1e41",
      "1e-5",
      "123456789012345680",
      "1e15",
      "1e16",
      "-0.00012",
      "nan",
      "inf",
      "-infinity",
      "1e400",
      "5e-324",
      "100",
      "-0.0",
      "abc",
      "0.30000000000000004",
    ],
  ],
  [REAL, ["0.1", "16777217", "3.4e38", "1e-10", "1.17549435e-38", "0.3333333333", "1e39"]],
  [
    UUID,
    [
      "00112233-4455-6677-8899-aabbccddeeff",
      "{00112233-4455-6677-8899-aabbccddeeff}",
      "00112233",
      "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    ],
  ],
  [BLOB, ["abc", "\\x00\\xFF", "a\\x5Cb", "\\x0"]],
];

for (const [type, texts] of TEXTS) {
  test(`text as ${typeName(type)}`, async () => {
    const expected = await duckdb(texts, type);
    expect(texts.map((text) => [text, ours(text, type)])).toEqual(texts.map((text, i) => [text, expected[i]]));
  });
}

test("days and civil dates are inverse", () => {
  fc.assert(
    fc.property(fc.integer({ min: -200_000_000, max: 200_000_000 }), (days) => {
      const { year, month, day } = civilFromDays(days);
      expect(daysFromCivil(year, month, day)).toBe(days);
    }),
  );
});

/** Random values of a type in its own text, printed by DuckDB from numbers, must read back and print the same. */
const RANDOM: readonly (readonly [SqlType, string])[] = [
  [DATE, "DATE '1970-01-01' + (hash(i) % 2000000)::INTEGER - 1000000"],
  [TIMESTAMP, "make_timestamp(((hash(i) % 90000000000000000)::BIGINT - 40000000000000000))"],
  [
    INTERVAL,
    "to_months((hash(i) % 1000)::INTEGER - 500) + to_days((hash(i + 1) % 1000)::INTEGER - 500) + to_microseconds((hash(i + 2) % 1000000000000)::BIGINT - 500000000000)",
  ],
  [DOUBLE, "((hash(i) % 1000000007)::DOUBLE - 500000000) * pow(10, (hash(i + 1) % 40)::INTEGER - 20)"],
  [REAL, "(((hash(i) % 1000003)::DOUBLE - 500000) * pow(10, (hash(i + 1) % 20)::INTEGER - 10))::REAL"],
  [decimal(18, 3), "((hash(i) % 1000000007)::DECIMAL(18,3) - 500000000) / 7"],
];

for (const [type, sql] of RANDOM) {
  test(`random ${typeName(type)} values print as DuckDB's`, async () => {
    const reader = await connection.runAndReadAll(`SELECT (${sql})::${typeName(type)}::VARCHAR FROM range(500) r(i)`);
    const texts = reader.getRows().map(([value]) => String(value));
    // DuckDB's text of a REAL is not always the shortest one that reads back.
    const canonical = (text: string | undefined): string | number =>
      type.kind === "Real" ? Math.fround(Number(text)) : String(text);
    expect(texts.map((text) => canonical(ours(text, type)))).toEqual(texts.map(canonical));
  });
}
