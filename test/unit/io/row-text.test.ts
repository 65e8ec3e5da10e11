/** Rows as text, which kernels write, against what casts to VARCHAR say. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fieldText } from "../../../src/io/formats/csv/record-text.ts";
import { type FileBench, fileBench } from "../../support/files.ts";

let bench: FileBench;
beforeAll(async () => {
  bench = await fileBench();
  await bench.db.execute(`CREATE TABLE t AS SELECT * FROM (${VALUES})`);
});
afterAll(() => bench.close());

const INTEGERS = [
  ["TINYINT", -128n, 127n],
  ["SMALLINT", -32768n, 32767n],
  ["INTEGER", -(2n ** 31n), 2n ** 31n - 1n],
  ["BIGINT", -(2n ** 63n), 2n ** 63n - 1n],
  ["UTINYINT", 0n, 255n],
  ["USMALLINT", 0n, 65535n],
  ["UINTEGER", 0n, 2n ** 32n - 1n],
  ["UBIGINT", 0n, 2n ** 64n - 1n],
] as const;

/** Every tenth row is NULL; ends of ranges and numbers around powers of ten are among the others. */
const integers = INTEGERS.map(([type, least, greatest]) => {
  const middle = [0n, -1n, 9n, 10n, 99n, 100n, 999_999_999n, 10n ** 9n, 4_294_967_296n, 10n ** 18n, -(10n ** 9n)];
  const fit = [least, greatest, ...middle].filter((value) => value >= least && value <= greatest);
  return `CASE WHEN i % 10 <> 3 THEN [${fit.join(", ")}][1 + i % ${fit.length}] END::${type} AS "${type}"`;
});

const TEXTS = [
  ...["plain", "", "a,b", 'say "x"', "line\nfeed", "cr\r", "tab\t", "back\\slash", "null", "NULL", "ünï😀"],
  ...["\u0001\u001f", ";", "'", "é".repeat(40), "x".repeat(200), `${"x".repeat(70)}"`],
];
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const VALUES = `SELECT ${integers.join(", ")},
  CASE WHEN i % 10 <> 4 THEN (i - 50)::DECIMAL(18, 5) / 7 END::DECIMAL(18, 5) AS dec,
  [0.1, -0.01, 999999999999.999999, -1.5][1 + i % 4]::DECIMAL(18, 6) AS dec6, (i * 123456789)::DECIMAL(18, 0) AS dec0,
  [0.000000000000000001, -0.999999999999999999][1 + i % 2]::DECIMAL(18, 18) AS dec18, (i * 1.5)::DECIMAL(38, 10) AS wide,
  CASE WHEN i % 3 > 0 THEN i % 2 = 0 END AS ok, DATE '0001-01-01' + (i * 400)::INTEGER AS day, DATE '1999-12-25' + i::INTEGER AS near,
  CASE WHEN i % 9 > 0 THEN TIMESTAMP '1969-12-31 23:59:59' + INTERVAL (i * 111111) MICROSECONDS END AS ts,
  TIMESTAMP '0001-01-01 00:00:00.5' + INTERVAL (i // 3) YEAR AS far, TIMESTAMP '2024-02-29 12:34:56.7' AS leap,
  i / 7 AS d, (i / 7)::REAL AS r, [${TEXTS.map(literal).join(", ")}][1 + i % ${TEXTS.length}] AS s,
  CASE WHEN i % 2 = 0 THEN 'y' END AS e, [i, NULL] AS l, {'a': i, 'b': 'x"y'} AS st, TIME '01:02:03.004' AS t,
  INTERVAL (i) DAY AS iv, i::HUGEINT AS h FROM range(9000) r(i)`;

const FIELDS = { delimiter: ",", quote: '"', escape: '"', header: false, nullText: "", compression: "none" } as const;

/** Columns of the table as texts. */
async function texts(table: string): Promise<readonly (string | null)[][]> {
  const names = (await bench.types(`FROM ${table}`)).map((column) => `"${column.split(" ")[0]}"::VARCHAR`);
  return (await bench.rows(`SELECT ${names.join(", ")} FROM ${table}`)) as (string | null)[][];
}

async function expectCsv(table: string, options: string, fields: object): Promise<void> {
  const path = bench.path("text.csv");
  await bench.db.execute(`COPY ${table} TO '${path}' (HEADER false${options})`);
  const all = { ...FIELDS, ...fields };
  const quoted = fieldText(all);
  const line = (row: readonly (string | null)[]): string =>
    row.map((text) => (text === null ? all.nullText : quoted(text))).join(all.delimiter);
  const expected = `${(await texts(table)).map(line).join("\n")}\n`;
  const written = readFileSync(path, "utf8");
  let at = 0;
  while (at < expected.length && written[at] === expected[at]) at++;
  expect(written.slice(Math.max(0, at - 50), at + 50)).toBe(expected.slice(Math.max(0, at - 50), at + 50));
  expect(written.length).toBe(expected.length);
}

describe("rows as text", () => {
  it.each([
    ["", {}],
    [", DELIMITER ';', NULLSTR 'NULL'", { delimiter: ";", nullText: "NULL" }],
    [", DELIMITER '|', QUOTE '''', ESCAPE '\\'", { delimiter: "|", quote: "'", escape: "\\" }],
    // Such a delimiter, and such a NULL, may be in numbers, too.
    [", DELIMITER '-', NULLSTR '0'", { delimiter: "-", nullText: "0" }],
    [", DELIMITER 'é'", { delimiter: "é" }],
    [", NULLSTR 'true'", { nullText: "true" }],
  ])("CSV%s", (options, fields) => expectCsv("t", options, fields));

  it("dates outside of four digits, and infinite ones", async () => {
    await bench.db.execute(`CREATE TABLE far AS SELECT * FROM (VALUES
      (DATE '0001-01-01', TIMESTAMP '9999-12-31 23:59:59.999999'), (DATE '0044-03-15 (BC)', NULL),
      (DATE '12345-01-01', '-infinity'), ('infinity', TIMESTAMP '10000-01-01 00:00:00'),
      (DATE '9999-12-31', TIMESTAMP '0001-01-01 00:00:00')) v(day, ts)`);
    await expectCsv("far", "", {});
    expect((await texts("far")).flat()).toContain("0044-03-15 (BC)");
  });

  it("values larger than what is written at once, and no rows", async () => {
    await bench.db.execute(`CREATE TABLE none AS FROM t LIMIT 0;
      CREATE TABLE large AS SELECT i, repeat('"', (1500000 * (i % 2))::INTEGER) AS s FROM range(5) r(i)`);
    await expectCsv("large", "", {});
    const path = bench.path("none.csv");
    await bench.db.execute(`COPY (SELECT s, dec FROM none) TO '${path}'`);
    expect(readFileSync(path, "utf8")).toBe("s,dec\n");
    await bench.db.execute(`COPY large TO '${bench.path("large.ndjson")}'`);
    expect(await bench.rows(`SELECT sum(length(s)) FROM '${bench.path("large.ndjson")}'`)).toEqual([["3000000"]]);
  });

  it.each(["", "ARRAY"])("JSON %s", async (array) => {
    const path = bench.path(`text${array}.json`);
    await bench.db.execute(`COPY t TO '${path}' (FORMAT json${array === "" ? "" : ", ARRAY"})`);
    const written = readFileSync(path, "utf8");
    const parsed: unknown = JSON.parse(array === "" ? `[${written.trim().replaceAll("\n", ",")}]` : written);
    const values = parsed as readonly Readonly<Record<string, unknown>>[];
    const expected = await texts("t");
    const names = (await bench.types("FROM t")).map((column) => column.split(" ")[0] as string);
    expect(values.length).toBe(expected.length);
    // Numbers, whose digits come below, and nested values.
    const other = new Set(["BIGINT", "UBIGINT", "dec", "dec6", "dec18", "dec0", "wide", "d", "r", "l", "st", "h"]);
    const wrong = values.flatMap((value, row) =>
      names.flatMap((name, i) => {
        const text = expected[row]?.[i] ?? null;
        const found = value[name];
        const same = text === null ? found === null : other.has(name) ? found !== null : String(found) === text;
        return same ? [] : [[row, name, found, text]];
      }),
    );
    expect(wrong).toEqual([]);
    for (const name of ["BIGINT", "UBIGINT", "dec", "dec6", "dec18", "dec0", "wide", "h"]) {
      const digits = written.matchAll(new RegExp(`"${name}":(-?[\\d.]+|null)`, "g"));
      const column = names.indexOf(name);
      expect([...digits].map(([, text]) => text)).toEqual(expected.map((row) => row[column] ?? "null"));
    }
  });
});
