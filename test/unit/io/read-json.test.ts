import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FileBench, fileBench } from "../../support/files.ts";

let bench: FileBench;
beforeAll(async () => {
  bench = await fileBench();
});
afterAll(() => bench.close());

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n");

describe("JSON files", () => {
  /** Where DuckDB finds the same types (those that it calls JSON arrive as VARCHAR) and values. */
  it.each<[name: string, text: string, ...types: string[]]>([
    ["integers and fractions", '{"a":1,"b":2}\n{"a":1.5,"b":-3}\n', "a DOUBLE", "b BIGINT"],
    ["words", '{"a":true,"b":null}\n{"a":false,"b":null}', "a BOOLEAN", "b JSON"],
    ["conflicts", '{"a":1}\n{"a":"x"}\n{"a":[1]}\n{"a":{"b" : 1.0}}\n{"a":null}\n', "a JSON"],
    ["dates", '{"d":"2024-01-02","t":"2024-01-02 03:04:05","c":"03:04:05"}', "d DATE", "t TIMESTAMP", "c TIME"],
    ["instants, at UTC", '{"t":"2024-01-02T03:04:05Z","o":"2024-01-02T03:04:05+02:00"}', "t TIMESTAMP", "o TIMESTAMP"],
    ["dates and other texts", '{"d":"2024-01-02"}\n{"d":"2024-02-30"}\n', "d VARCHAR"],
    ["identifiers", '{"u":"6f3b0f3e-8e5e-4d7a-9c1b-2f1d3e4c5b6a"}', "u UUID"],
    ["lists", '{"a":[1,2]}\n{"a":[]}\n{"a":null}\n{"a":[null,2.5]}\n', "a DOUBLE[]"],
    ["lists of anything", '{"a":[1,"x",{"b":[null]}]}\n', "a JSON[]"],
    [
      "structs",
      '{"s":{"x":1,"y":[{"z":"2024-01-01"}]}}\n{"s":{"y":[],"x":null}}\n{}\n',
      "s STRUCT(x BIGINT, y STRUCT(z DATE)[])",
    ],
    ["keys in any order", '{"a":1,"b":"x"}\n{"b":"y","a":2}\n{"b":"z"}\n', "a BIGINT", "b VARCHAR"],
    ["escapes", '{"a\\u0062":"\\ud83d\\ude00\\n\\"\\\\\\/\\u00e9"}\n{"ab":"é😀"}\n', "ab VARCHAR"],
    ["an array", ' [ {"a":1} ,\n {"a":2}\n]\n', "a BIGINT"],
    ["an empty array", "[]", "json JSON"],
    ["an array of numbers", "[1, 2,\n3]", "json BIGINT"],
    ["a list a line", "[1,2]\n[3]\n", "json BIGINT[]"],
    ["objects over several lines", '{\n "a": 1,\n "b": [\n1]\n}\n{\n "a": 2\n}\n', "a BIGINT", "b BIGINT[]"],
    ["objects side by side", '{"a":1} {"a":2}{"a":3}\n{"a":4}', "a BIGINT"],
    ["texts a line", '"x"\n"y"\n', "json VARCHAR"],
    ["objects among others", '{"a":1}\n5\n', "json JSON"],
    ["nothing", "", "json JSON"],
    ["empty lines and CRLF", '\r\n{"a":1}\r\n\r\n{"a":2}\r\n', "a BIGINT"],
    ["a byte order mark", '\uFEFF{"a":1}\n', "a BIGINT"],
    ["numbers that are none", '{"a":NaN}\n{"a":-Infinity}\n{"a":1e3}', "a DOUBLE"],
    ["few common keys", lines(30, (i) => `{"m":{"k${i}":${i}}}`), "m MAP(VARCHAR, BIGINT)"],
    ["many keys", `{"m":{${lines(300, (i) => `"k${i}":[${i}]`).replaceAll("\n", ",")}}}`, "m MAP(VARCHAR, BIGINT[])"],
  ])("with %s", async (name, text, ...types) => {
    const path = bench.file(`${name}.json`, text);
    expect(await bench.types(`FROM '${path}'`)).toEqual(types);
    expect(await bench.rows(`FROM '${path}'`)).toEqual(await bench.duck(`FROM '${path}'`));
  });

  it("keep integers that are no BIGINTs", async () => {
    const path = bench.file("wide.json", '{"a":18446744073709551616}\n{"a":-1}\n');
    expect(await bench.types(`FROM '${path}'`)).toEqual(["a HUGEINT"]);
    expect(await bench.rows(`FROM '${path}'`)).toEqual([["18446744073709551616"], ["-1"]]);
    const columns = "columns = {a: 'DECIMAL(38,2)'}";
    expect(await bench.rows(`FROM read_json('${path}', ${columns})`)).toEqual([["18446744073709551616.00"], ["-1.00"]]);
  });

  it("have the columns that the caller says", async () => {
    const path = bench.file("columns.json", '{"a":"12","b":{"x":1,"y":"z"},"c":1.5}\n{"c":2,"d":0}\n');
    const sql = `FROM read_json('${path}', columns = {a: 'SMALLINT', b: 'STRUCT(y VARCHAR)', c: 'DECIMAL(4,1)', e: 'DATE'})`;
    expect(await bench.rows(sql)).toEqual([
      [12, { y: "z" }, "1.5", null],
      [null, null, "2.0", null],
    ]);
    expect(await bench.rows(`SELECT json.c FROM read_json('${path}', records = false)`)).toEqual([[1.5], [2]]);
    expect(await bench.types(`FROM read_json('${path}', maximum_depth = 1)`)).toEqual([
      "a JSON",
      "b JSON",
      "c JSON",
      "d JSON",
    ]);
  });

  it("of one table may differ", async () => {
    bench.file("several/1.json", '{"a":1}\n');
    bench.file("several/2.json", '[{"b":"x","a":2.5}]');
    bench.file("several/3.ndjson.gz", gzipSync('{"a":3}\n'));
    const all = `read_json(['${bench.path("several/*.json")}', '${bench.path("several/*.gz")}'], filename = true)`;
    expect(await bench.rows(`SELECT a, b, filename LIKE '%.gz' FROM ${all} ORDER BY a`)).toEqual([
      [1, null, false],
      [2.5, "x", false],
      [3, null, true],
    ]);
  });

  it.each(["lines", "array", "pretty"])("are cut for the workers without harm: %s", async (form) => {
    const texts = ["plain", 'a "quote"', "back\\slash", "brackets ]}[{", "line\nfeed", "ünï😀", ""];
    const rows = Array.from({ length: 60_000 }, (_, i) => ({
      id: i,
      text: texts[i % texts.length]!,
      list: Array.from({ length: i % 4 }, (__, k) => i + k),
      padding: "x".repeat(i % 97),
    }));
    const text =
      form === "lines"
        ? rows.map((row) => JSON.stringify(row)).join("\n")
        : form === "array"
          ? JSON.stringify(rows)
          : rows.map((row) => JSON.stringify(row, null, 1)).join("\n");
    const path = bench.file(`large-${form}.json`, text);
    const sql = `SELECT count(*), sum(id), sum(length(text)), sum(list_sum(list)), sum(length(padding)), max(text) FROM '${path}'`;
    expect(await bench.rows(sql)).toEqual([
      [
        "60000",
        String(rows.reduce((sum, row) => sum + row.id, 0)),
        String(rows.reduce((sum, row) => sum + [...row.text].length, 0)),
        String(rows.reduce((sum, row) => sum + row.list.reduce((a, b) => a + b, 0), 0)),
        String(rows.reduce((sum, row) => sum + row.padding.length, 0)),
        "ünï😀",
      ],
    ]);
    const ids = (await bench.rows(`SELECT id FROM '${path}'`)) as unknown[][];
    expect(ids.every(([id], i) => id === String(i))).toBe(true);
  });

  it("tell file and line of what is wrong", async () => {
    const good = lines(3000, (i) => `{"a":${i},"s":{"x":${i}}}`);
    const broken = async (name: string, last: string, message: string, options = ""): Promise<void> => {
      const path = bench.file(`${name}.json`, `${good}\n${last}\n`);
      await expect(
        bench.rows(`SELECT a, s FROM read_json('${path}', sample_size = 100 ${options})`),
      ).rejects.toMatchObject({ code: "format", message: `"${path}" line 3001: ${message}` });
    };
    await broken("type", '{"a":"many"}', '"many" in column "a" is no BIGINT');
    await broken("fraction", '{"a":1.5}', '"1.5" in column "a" is no BIGINT');
    await broken("nested", '{"s":{"x":"y"}}', '"{"x":"y"}" in column "s" is no STRUCT(x BIGINT)');
    await broken("nested-key", '{"s":{"z":1}}', '"{"z":1}" in column "s" is no STRUCT(x BIGINT)');
    await broken("key", '{"a":1,"c":2}', 'the key "c" is no column');
    await broken("twice", '{"a":1,"a":2}', 'the key "a" comes twice in an object');
    await broken("scalar", "5", '"5" is no object');
    await broken("comma", '{"a":1,}', 'malformed JSON: unexpected "}"');
    await broken("two", '{"a":1} {"a":2}', 'malformed JSON: unexpected "{\\"a\\":2}"');
    await broken("escape", '{"a":"\\x"}', 'malformed JSON: unexpected "\\\\x\\"}"');
    await broken("surrogate", '{"a":"\\ud800"}', 'malformed JSON: unexpected "\\\\ud800\\"}"');
    await broken(
      "deep",
      `{"b":${"[".repeat(2000)}`,
      "values are nested more than 1000 levels deep",
      ", columns = {a: 'INT', s: 'JSON'}",
    );
    const cut = bench.file("cut.json", `${good}\n{"a":1`);
    await expect(bench.rows(`SELECT a FROM read_json('${cut}', sample_size = 9)`)).rejects.toThrow(
      "line 3001: malformed JSON: the text ends too early",
    );
    await broken("spread", '{"a":\n1}', "malformed JSON: the line ends too early");
    const array = bench.file("array-cut.json", `[${good.replaceAll("\n", ",\n")},\n{"a":1}\n`);
    await expect(bench.rows(`FROM '${array}'`)).rejects.toThrow("line 3002: malformed JSON: the text ends too early");
    const latin = bench.file("latin.json", Buffer.from('{"a":"gr\u00fcn"}\n{"a":"x"}', "latin1"));
    await expect(bench.rows(`SELECT max(a) FROM '${latin}'`)).rejects.toThrow("line 1");
    await expect(bench.rows(`FROM read_json('${latin}', colour = 'red')`)).rejects.toThrow(
      "the option colour of read_json",
    );
    await expect(bench.rows("FROM 'nowhere.json'")).rejects.toMatchObject({ code: "io" });
  });

  it("go on behind errors where they are told to", async () => {
    const path = bench.file("errors.json", '{"a":1,"s":{"x":"y"}}\n{"a":\n{"a":"x","c":1}\nfoo\n{"a":2}\n');
    const sql = `FROM read_json('${path}', format = 'nd', columns = {a: 'INT', s: 'STRUCT(x INT)'}, ignore_errors = true)`;
    expect(await bench.rows(sql)).toEqual([
      [1, { x: null }],
      [null, null],
      [2, null],
    ]);
    // What follows an escaped line feed is no line.
    const escaped = bench.file("escaped.json", '{"s":"\\n{\\"a\\":3}\\n    "} x\n{"a":4}\n');
    const strings = `FROM read_json('${escaped}', format = 'nd', columns = {a: 'INT', s: 'VARCHAR'}, ignore_errors = true)`;
    expect(await bench.rows(strings)).toEqual([[4, null]]);
  });
});
