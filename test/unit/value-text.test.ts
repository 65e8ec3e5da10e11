import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { columnText } from "../../src/cli/text.ts";
import { connectOracle } from "../support/oracle.ts";
import type { TestSession } from "../support/session.ts";

/** Every expression must print as the oracle's `CAST(... AS VARCHAR)`. */
const EXPRESSIONS = [
  "true",
  "1::TINYINT",
  "18446744073709551615::UBIGINT",
  "(-170141183460469231731687303715884105728)::HUGEINT",
  "1.50::DECIMAL(10,2)",
  "(-0.05)::DECIMAL(38,10)",
  ...[
    "0.1",
    "1",
    "-0.0",
    "1e15",
    "1e16",
    "1.5e-5",
    "0.0001",
    "123456789012345678",
    "1e300",
    "5e-324",
    "nan",
    "-inf",
  ].map((text) => `'${text}'::DOUBLE`),
  ...["0.1", "16777217", "123456789", "1e15", "1e16", "3.4e38", "1e-45", "1e-5", "nan", "inf"].map(
    (text) => `'${text}'::REAL`,
  ),
  "'it''s'",
  "DATE '1992-02-29'",
  "TIMESTAMP '1992-01-01 00:00:00.5'",
  "TIMESTAMP '1992-01-01 00:00:00.123456'",
  "TIME '01:02:03.123'",
  "UUID '00000000-0000-0000-0000-000000000001'",
  ...[
    "1 year 2 months -3 days 4 hours 5.5 seconds",
    "0 days",
    "-1 hours",
    "14 months",
    "-25 months",
    "100 hours",
    "1 day",
  ].map((text) => `INTERVAL '${text}'`),
  `'\\xAA\\x00ab\\x22\\x27\\x5C'::BLOB`,
  "[1, 2, NULL]",
  "['a', 'b c', ' x', '', 'NULL', 'null', 'a,b', 'a''b', 'a\"b', '[', '{', '(', 'a=b', 'a:b', 'x ', NULL]",
  "{'a': 'it', 'b c': 1, 'C': 'x,y', 'd': NULL, 'e''f': 2}",
  "MAP {'k': 1, 'a b': 2}",
  "MAP {'k=': 'v,'}",
  "[{'a': [1.5, 2]}]",
  "[DATE '1992-02-29']",
  "[1.0::DOUBLE]",
  "[TIMESTAMP '1992-01-01 00:00:00']",
  "[INTERVAL '1 day']",
  "[1,2]::INTEGER[2]",
  "'a'::ENUM('a', 'b')",
  "'0101'::BIT",
  "[TIMETZ '12:00:00+01']",
  "union_value(k := 1.5::DOUBLE)",
  "[union_value(\"a b\" := 'c, d')]",
  "{'u': DATE '1992-02-29'::UNION(n INTEGER, d DATE)}",
];

describe("values as text, against DuckDB's cast to VARCHAR", () => {
  let oracle: TestSession;
  beforeAll(async () => {
    oracle = await connectOracle();
  });
  afterAll(() => oracle.close());

  it.each(EXPRESSIONS)("%s", async (expression) => {
    const [result] = await oracle.execute(`SELECT v, v::VARCHAR FROM (SELECT ${expression} AS v)`);
    const [value, text] = result!.rows![0]!;
    expect(columnText(result!.columns![0]!.type)(value)).toBe(text);
  });
});
