/** What the shell prints on standard error: code, message, the line with a caret below, a hint where one helps. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const main = join(import.meta.dirname, "../../dist/src/cli/main.js");

describe("errors", () => {
  test.each<[sql: string, text: string]>([
    [
      "SELECT * FORM t",
      `syntax error: unexpected "FORM"
LINE 1: SELECT * FORM t
                 ^^^^
Hint: did you mean "FROM"?`,
    ],
    [
      "SELECT 1 +",
      `syntax error: unexpected end of input, expected an expression
LINE 1: SELECT 1 +
                  ^`,
    ],
    [
      "SELECT 1;\nSELECT 'abc",
      `syntax error: unterminated string
LINE 2: SELECT 'abc
               ^`,
    ],
    [
      "CREATE TABLE orders AS SELECT 1 AS o_orderkey;\nSELECT *\nFROM ordrs",
      `bind error: there is no table "ordrs"
LINE 3: FROM ordrs
             ^^^^^
Hint: did you mean "orders"?`,
    ],
    [
      "SELECT o_orderky FROM (SELECT 1 AS o_orderkey) t",
      `bind error: there is no column "o_orderky"
LINE 1: SELECT o_orderky FROM (SELECT 1 AS o_orderkey) t
               ^^^^^^^^^
Hint: did you mean "o_orderkey"?`,
    ],
    [
      "SELECT lenght('a')",
      `bind error: there is no function "lenght"
LINE 1: SELECT lenght('a')
               ^^^^^^
Hint: did you mean "length"?`,
    ],
    [
      "SELECT first_value(k) FROM (SELECT 1 AS k) t",
      `bind error: first_value is a window function: it needs OVER (...)
LINE 1: SELECT first_value(k) FROM (SELECT 1 AS k) t
               ^^^^^^^^^^^
Hint: the aggregate is first()`,
    ],
    [
      "SELECT k FROM (SELECT 1 AS k) a, (SELECT 2 AS k) b",
      `bind error: column "k" is ambiguous
LINE 1: SELECT k FROM (SELECT 1 AS k) a, (SELECT 2 AS k) b
               ^
Hint: use "a.k" or "b.k"`,
    ],
    [
      "SELECT DATE '2020-01-01' + DATE '2020-01-01'",
      `type error: the operator + does not take (DATE, DATE)
LINE 1: SELECT DATE '2020-01-01' + DATE '2020-01-01'
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
Hint: add explicit casts to say which types are meant`,
    ],
    [
      "SELECT 'a' < 1",
      `type error: 'a' is not a valid INTEGER
LINE 1: SELECT 'a' < 1
               ^^^`,
    ],
    [
      "SELECT i, 9223372036854775800 + i FROM range(100) r(i)",
      `overflow error: overflow in addition of BIGINT
LINE 1: SELECT i, 9223372036854775800 + i FROM range(100) r(i)
                  ^^^^^^^^^^^^^^^^^^^^^^^`,
    ],
    [
      "SELECT * FROM 'none.parquet'",
      `io error: cannot open "none.parquet": no such file
LINE 1: SELECT * FROM 'none.parquet'
                      ^^^^^^^^^^^^^^`,
    ],
  ])("%s", (sql, text) => {
    const { status, stderr } = spawnSync(process.execPath, [main, "-c", sql], { encoding: "utf8" });
    expect(stderr).toBe(`${text}\n`);
    expect(status).toBe(1);
  });
});
