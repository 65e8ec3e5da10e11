import { expect, test } from "vitest";
import { bindErrorOf, bindSql } from "./bind-sql.ts";

const WITH = "WITH ('connector' = 'filesystem', 'Path' = '/events', 'batch' = 10, 'strict' = true)";

test("columns, computed columns, watermark, key and options", () => {
  const bound = bindSql(`
    CREATE TEMPORARY TABLE IF NOT EXISTS events (
      id BIGINT NOT NULL,
      twice AS id * 2 COMMENT 'computed',
      body ROW<text STRING, tags ARRAY<INT>>,
      ts TIMESTAMP,
      WATERMARK FOR TS AS ts - INTERVAL '64' SECOND,
      PRIMARY KEY (ID) NOT ENFORCED
    ) PARTITIONED BY (twice) ${WITH}`);
  expect(bound).toMatchObject({
    kind: "CreateConnectorTable",
    name: { schema: "temp", name: "events" },
    temporary: true,
    onExisting: "skip",
    columns: [
      { name: "id", type: { kind: "BigInt" }, notNull: true },
      {
        name: "body",
        type: {
          kind: "Struct",
          fields: [
            { name: "text", type: { kind: "Varchar" } },
            { name: "tags", type: { kind: "List" } },
          ],
        },
        notNull: false,
      },
      { name: "ts", type: { kind: "Timestamp" } },
    ],
    computed: [{ name: "twice", type: { kind: "BigInt" }, text: "id * 2", position: 1 }],
    watermark: { column: "ts", delay: 64_000_000n },
    primaryKey: ["id"],
    partitionedBy: ["twice"],
  });
  expect(bound.kind === "CreateConnectorTable" && [...bound.options]).toEqual([
    ["connector", "filesystem"],
    ["path", "/events"],
    ["batch", "10"],
    ["strict", "true"],
  ]);
});

test.each([
  ["ts", 0n],
  ["ts - INTERVAL '0.25' SECOND", 250_000n],
  ["TS - INTERVAL '1' DAY", 86_400_000_000n],
  ["ts - INTERVAL '1 day 2 hours'", 93_600_000_000n],
])("a watermark %s", (value, delay) => {
  const bound = bindSql(`CREATE TABLE t (ts TIMESTAMP(3), WATERMARK FOR ts AS ${value}) ${WITH}`);
  expect(bound).toMatchObject({ watermark: { column: "ts", delay } });
});

test.each([
  ["a INT, a INT", "bind", 'column "a" is defined twice', "a"],
  ["a AS 1", "bind", "a table needs a column that is not computed", ""],
  ["a INT, b AS c + 1, c AS a", "bind", 'there is no column "c"', "c"],
  ["a INT PRIMARY KEY", "bind", "the key of a connector table is not checked", "PRIMARY KEY"],
  ["a INT PRIMARY KEY NOT ENFORCED, PRIMARY KEY (a) NOT ENFORCED", "bind", "a table has one primary key", ""],
  ["a INT, PRIMARY KEY (a, A) NOT ENFORCED", "bind", "a key has every column once", ""],
  ["a INT, PRIMARY KEY (b) NOT ENFORCED", "bind", 'there is no column "b"', "b"],
  ["a INT UNIQUE", "unsupported", "UNIQUE of a connector table is not supported yet", "UNIQUE"],
  ["a INT DEFAULT 1", "unsupported", "DEFAULT of a connector table is not supported yet", "DEFAULT 1"],
  ["a INT, CHECK (a > 0)", "unsupported", "CHECK of a connector table is not supported yet", "CHECK (a > 0)"],
  ["a INT, WATERMARK FOR a AS a", "type", "a watermark is of a TIMESTAMP, not of INTEGER", "a"],
  ["a INT, WATERMARK FOR b AS b", "bind", 'there is no column "b"', "b"],
  ["a TIMESTAMP, WATERMARK FOR a AS a, WATERMARK FOR a AS a", "bind", "a table has one watermark", ""],
  [
    "a TIMESTAMP, WATERMARK FOR a AS a + INTERVAL 1 SECOND",
    "unsupported",
    "a WATERMARK other than the column",
    "a + INTERVAL 1 SECOND",
  ],
  ["a TIMESTAMP, b INTERVAL, WATERMARK FOR a AS a - b", "unsupported", "a WATERMARK other than the column", "a - b"],
  [
    "a TIMESTAMP, WATERMARK FOR a AS a - INTERVAL '1' MONTH",
    "unsupported",
    "an INTERVAL of months or years as a length of time is not supported yet",
    "INTERVAL '1' MONTH",
  ],
  [
    "a TIMESTAMP, WATERMARK FOR a AS a - INTERVAL (-1) SECOND",
    "bind",
    "the delay of a watermark cannot be negative",
    "",
  ],
])("(%s) is refused: %s, %s", (columns, code, message, at) => {
  const error = bindErrorOf(`CREATE TABLE t (${columns}) ${WITH}`);
  expect(error).toMatchObject({ code, message: expect.stringContaining(message), at: expect.stringContaining(at) });
});

test("options are strings, each given once", () => {
  expect(bindErrorOf("CREATE TABLE t (a INT) WITH ('connector' = 'x', 'connector' = 'y')").message).toBe(
    "option 'connector' is given twice",
  );
  expect(bindErrorOf("CREATE TABLE t (a INT) WITH ('connector' = 1 + 1)").at).toBe("'connector' = 1 + 1");
});

test.each([
  ["CREATE TABLE t (a INT) WITH (format = 'json')", "WITH options of a table"],
  ["CREATE TABLE t (a INT PRIMARY KEY NOT ENFORCED)", "NOT ENFORCED of a table without connector"],
  ["CREATE TABLE t (a INT) PARTITIONED BY (a)", "PARTITIONED BY of a table without connector"],
  ["CREATE TABLE t (a TIMESTAMP, WATERMARK FOR a AS a)", "WATERMARK of a table without connector"],
])("%s: not without a connector", (sql, feature) => {
  const { code, message } = bindErrorOf(sql);
  expect([code, message]).toEqual(["unsupported", `${feature} is not supported yet`]);
});

test("EMIT belongs to materialized views", () => {
  expect(bindSql("SELECT 1 EMIT FINAL")).toMatchObject({ kind: "Query", emit: "final" });
  expect(bindSql("CREATE MATERIALIZED VIEW v AS SELECT 1 AS a EMIT FINAL")).toMatchObject({
    emit: "final",
    sql: "SELECT 1 AS a",
  });
  expect(bindErrorOf("CREATE VIEW v AS SELECT 1 AS a EMIT FINAL").message).toBe("only a materialized view takes EMIT");
});
