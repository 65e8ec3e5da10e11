import { expect, test } from "vitest";
import { formatError, HeadraceError } from "../../../src/error.ts";
import { parseStatements } from "../../../src/sql/parse.ts";

function errorOf(sql: string): HeadraceError {
  try {
    parseStatements(sql);
  } catch (error) {
    if (error instanceof HeadraceError) return error;
    throw error;
  }
  throw new Error(`parsed: ${sql}`);
}

test.each([
  ["SELECT 1 +", "unexpected end of input, expected an expression", ""],
  ["SELECT (1, 2", 'unexpected end of input, expected ")"', ""],
  ["SELECT count(* FROM t", 'unexpected "FROM", expected ")"', "FROM"],
  ["SELECT a,, b", 'unexpected ",", expected an expression', ","],
  ["SELECT a b c FROM t", 'unexpected "c"', "c"],
  ["SELECT CASE END", 'unexpected "END", expected WHEN', "END"],
  ["SELECT * FROM a LEFT b", 'unexpected "b", expected JOIN', "b"],
  ["INSERT t VALUES (1)", 'unexpected "t", expected INTO', "t"],
  ["SELECT a < b < c", 'unexpected "<"', "<"],
  ["SELECT 'abc", "unterminated string", "'"],
  ['SELECT "abc', "unterminated quoted name", '"'],
  ["SELECT $$abc", "unterminated string", "$"],
  ["SELECT 1 /* /* */", "unterminated comment", "/*"],
  ["SELECT \u0001", 'unexpected character "\\u0001"', "\u0001"],
  ["SELECT $0", "parameters are numbered from $1 to $65535", "$0"],
  ["SELECT x'abc'", "a blob literal needs an even number of hexadecimal digits", "x'abc'"],
  ["SELECT a[]", "a subscript needs an index", "a[]"],
  ["CREATE TABLE t ()", "a table needs at least one column", "t"],
  ["CREATE TABLE t (a INT) AS SELECT 1", "CREATE TABLE AS takes column names without types", "a INT"],
  ["SELECT NULL::ROW<a INT>>", 'unexpected ">>", expected ">"', ">>"],
  ["SELECT NULL::ROW<a INT)", 'unexpected ")", expected ">"', ")"],
  ["SELECT NULL::MAP<INT, ARRAY<INT> FROM t", 'unexpected "FROM", expected ">"', "FROM"],
  ["SELECT * FROM TUMBLE(TABLE t, ts, INTERVAL 1 DAY)", "the time of the rows is written DESCRIPTOR(column)", "ts"],
  ["SELECT * FROM HOP(TABLE t, DESCRIPTOR(ts), a)", "HOP needs SIZE", "HOP(TABLE t, DESCRIPTOR(ts), a)"],
  ["SELECT * FROM HOP(SIZE => 1, SLIDE => 2)", "HOP needs a table", "HOP(SIZE => 1, SLIDE => 2)"],
  ["SELECT * FROM SESSION(TABLE t, DESCRIPTOR(ts), 1, 2)", "SESSION takes at most 3 arguments", "2"],
  ["SELECT * FROM SESSION(TABLE t, SIZE => 1)", "SESSION has no parameter SIZE", "SIZE"],
  ["SELECT * FROM TUMBLE(TABLE t, DESCRIPTOR(ts), TABLE u)", "a table is no argument here", "TABLE u"],
  ["SELECT * FROM TUMBLE(SIZE => 1, SIZE => 2, DATA => TABLE t)", "SIZE is given twice", "SIZE"],
  ["SELECT * FROM TUMBLE(DATA => 1)", "TUMBLE takes a table first", "DATA"],
  ["SELECT * FROM TABLE(t)", "TABLE(...) takes the call of a table function", "t"],
  ["SELECT * FROM t FOR SYSTEM_TIME AS x", "FOR SYSTEM_TIME goes on with AS OF and a time", "x"],
  ["SELECT `abc", "unterminated quoted name", "`"],
  ["SELECT ``", "a quoted name cannot be empty", "``"],
  ["SELECT 1 LIMIT 1 EMIT ALL", 'unexpected "ALL", expected CHANGES or FINAL', "ALL"],
  ["CREATE TABLE t (a, b) PARTITIONED BY (a) AS SELECT 1, 2", "CREATE TABLE AS takes no PARTITIONED BY", "a"],
  ["EXPLAIN (FAST) SELECT 1", 'unknown EXPLAIN option "FAST"', "FAST"],
])("%s: %s", (sql, message, at) => {
  const error = errorOf(sql);
  expect(error.code).toBe("syntax");
  expect(error.sql).toBe(sql);
  expect(error.message).toBe(message);
  expect(sql.slice(error.span!.start, error.span!.end)).toBe(at);
});

test.each([
  ["SELECT * FORM t", "FORM", "FROM"],
  ["SELECT a FORM t", "FORM", "FROM"],
  ["SELEC 1", "SELEC", "SELECT"],
  ["SELECT a FROM t WERE a = 1", "WERE", "WHERE"],
  ["SELECT a FROM t GROP BY a", "GROP", "GROUP"],
  ["SELECT a FROM t ODRER BY a", "ODRER", "ORDER"],
  ["SELECT 1 LIMIT 1 OFSET 2", "OFSET", "OFFSET"],
])("%s: did you mean", (sql, word, meant) => {
  const error = errorOf(sql);
  expect(error.message.startsWith(`unexpected "${word}"`)).toBe(true);
  expect(error.hint).toBe(`did you mean "${meant}"?`);
});

test("the caret stands under the token", () => {
  expect(formatError(errorOf("SELECT *\nFORM t"))).toBe(
    'syntax error: unexpected "FORM"\nLINE 2: FORM t\n        ^^^^\nHint: did you mean "FROM"?',
  );
});

test("the parser is usable after an error", () => {
  errorOf("SELECT ((((");
  expect(parseStatements("SELECT 1")).toHaveLength(1);
});
