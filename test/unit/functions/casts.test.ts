import { describe, expect, test } from "vitest";
import { evaluateAll } from "./evaluate.ts";

/** Results are DuckDB's. */
const CASTS: readonly (readonly [sql: string, result: string])[] = [
  ["CAST(2.5 AS INTEGER)", "3"],
  ["CAST(-2.5 AS INTEGER)", "-3"],
  ["CAST(2.5::DOUBLE AS INTEGER)", "2"],
  ["CAST(3.5::DOUBLE AS INTEGER)", "4"],
  ["CAST('2.5' AS INTEGER)", "3"],
  ["CAST('  12 ' AS INTEGER)", "12"],
  ["CAST('1e3' AS INTEGER)", "1000"],
  ["CAST(TRUE AS INTEGER)", "1"],
  ["CAST(0.2::DOUBLE AS BOOLEAN)", "true"],
  ["CAST(0 AS BOOLEAN)", "false"],
  ["CAST(123.456 AS DECIMAL(5,1))", "123.5"],
  ["CAST(-123.45 AS DECIMAL(5,1))", "-123.5"],
  ["CAST(1.005::DOUBLE AS DECIMAL(10,2))", "1.00"],
  ["CAST(1.5::REAL AS DECIMAL(4,2))", "1.50"],
  ["CAST(12345678901234567890.125::DECIMAL(38,9) AS DECIMAL(38,2))", "12345678901234567890.13"],
  ["CAST(12345678901234567890.125::DECIMAL(38,9) AS HUGEINT)", "12345678901234567890"],
  ["CAST(1e30::DOUBLE AS HUGEINT)", "1000000000000000019884624838656"],
  ["CAST(-1e30::DOUBLE AS HUGEINT)", "-1000000000000000019884624838656"],
  ["CAST(16777217 AS REAL)", "16777216.0"],
  ["CAST(-9223372036854775808::DOUBLE AS BIGINT)", "-9223372036854775808"],
  ["CAST(0.1::REAL AS DOUBLE)", "0.10000000149011612"],
  ["CAST(DATE '1994-01-31' AS TIMESTAMP)", "1994-01-31 00:00:00"],
  ["CAST(TIMESTAMP '1969-12-31 23:59:00' AS DATE)", "1969-12-31"],
  ["CAST(TIMESTAMP '1960-01-01 12:00:00' AS TIME)", "12:00:00"],
  ["CAST(TIMESTAMP '2020-01-01 12:00:00.123456' AS TIMESTAMP_MS)", "2020-01-01 12:00:00.123"],
  ["CAST(TIMESTAMP '2020-01-01 12:00:00.123456' AS TIMESTAMP_NS)", "2020-01-01 12:00:00.123456"],
  ["CAST(TIME '10:00:00' AS INTERVAL)", "10:00:00"],
  ["CAST(1.50 AS VARCHAR)", "1.50"],
  ["CAST(1e20::DOUBLE AS VARCHAR)", "1e+20"],
  ["CAST(DATE '1994-01-31' AS VARCHAR)", "1994-01-31"],
  ["CAST(TRUE AS VARCHAR)", "true"],
  ["CAST('true' AS BOOLEAN)", "true"],
  ["CAST('1994-01-31' AS DATE)", "1994-01-31"],
  ["CAST('12345678901234567890' AS DECIMAL(38,2))", "12345678901234567890.00"],
  ["TRY_CAST('abc' AS INTEGER)", "NULL"],
  ["TRY_CAST('12' AS INTEGER)", "12"],
  ["TRY_CAST(300 AS TINYINT)", "NULL"],
  ["TRY_CAST(1e20::DOUBLE AS BIGINT)", "NULL"],
  ["TRY_CAST('nan'::DOUBLE AS BIGINT)", "NULL"],
  ["TRY_CAST(9.99 AS DECIMAL(2,1))", "NULL"],
  ["CAST(NULL AS DATE)", "NULL"],
];

describe("casts", () => {
  test.each(CASTS)("%s", async (sql, result) => {
    expect(await evaluateAll(sql)).toEqual([result, result, result, result]);
  });
});

describe("casts that do not fit", () => {
  const failing: readonly (readonly [sql: string, message: RegExp])[] = [
    ["CAST('abc' || '' AS INTEGER)", /could not convert string 'abc' to INTEGER/],
    ["CAST(-1e18::DOUBLE * 1 AS DECIMAL(18,0))", /value out of range/],
    ["CAST(1e18::DOUBLE * 1 AS DECIMAL(18,0))", /value out of range/],
    ["CAST(9223372036854775807::DOUBLE * 1 AS BIGINT)", /value out of range/],
    ["CAST(300 + 0 AS TINYINT)", /value out of range for TINYINT/],
    ["CAST(1e20::DOUBLE + 0 AS BIGINT)", /value out of range for BIGINT/],
    ["CAST('nan'::DOUBLE AS INTEGER)", /value out of range for INTEGER/],
    ["CAST(12345.6 + 0 AS DECIMAL(5,1))", /value out of range for DECIMAL\(5,1\)/],
    ["CAST(1e308::DOUBLE * 1 AS REAL)", /value out of range for FLOAT/],
  ];
  test.each(failing)("%s", async (sql, message) => {
    await expect(evaluateAll(sql)).rejects.toThrow(message);
  });
});
