import { Writable } from "node:stream";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { loadFormat } from "../../src/cli/formats/format.ts";
import type { FormatName, ResultRows } from "../../src/cli/formats/format.ts";
import { Output } from "../../src/cli/output.ts";

const RESULT: ResultRows = {
  columns: [
    { name: "id", type: "BIGINT" },
    { name: "a name", type: "VARCHAR" },
    { name: "x", type: "DOUBLE" },
    { name: "tags", type: "VARCHAR[]" },
    { name: "at", type: "TIMESTAMP" },
  ],
  rows: [
    [9007199254740993n, 'comma, "quote"\n|tab\t', 1, ["a", "b,c"], "1995-01-02 03:04:05.5"],
    [2n, "", Number.NaN, null, null],
    [-3n, null, -0, [], "1995-01-02 00:00:00"],
  ],
};

async function write(format: FormatName, result = RESULT, maxRows = 40, maxWidth = Infinity): Promise<string> {
  let text = "";
  const stream = new Writable({
    write: (chunk, _, done) => {
      text += String(chunk);
      done();
    },
  });
  const output = new Output(stream);
  await (
    await loadFormat(format)
  )(result, output, { maxRows, maxWidth });
  await output.flush();
  return text;
}

const numbers = (count: number): ResultRows => ({
  columns: [{ name: "n", type: "INTEGER" }],
  rows: Array.from({ length: count }, (_, i) => [i]),
});

describe("formats", () => {
  it("table", async () => {
    expect(await write("table")).toBe(
      [
        "┌──────────────────┬────────────────────────┬────────┬────────────┬───────────────────────┐",
        "│        id        │         a name         │   x    │    tags    │          at           │",
        "│      bigint      │        varchar         │ double │ varchar[]  │       timestamp       │",
        "├──────────────────┼────────────────────────┼────────┼────────────┼───────────────────────┤",
        "│ 9007199254740993 │ comma, \"quote\"\\n|tab\\t │    1.0 │ [a, 'b,c'] │ 1995-01-02 03:04:05.5 │",
        "│                2 │                        │    nan │ NULL       │ NULL                  │",
        "│               -3 │ NULL                   │   -0.0 │ []         │ 1995-01-02 00:00:00   │",
        "└──────────────────┴────────────────────────┴────────┴────────────┴───────────────────────┘",
        "3 rows",
        "",
      ].join("\n"),
    );
  });

  it("table counts wide characters as the terminal does", async () => {
    const result = { columns: [{ name: "表", type: "VARCHAR" }], rows: [["größe"], ["表表表表"]] };
    expect(await write("table", result)).toBe(
      "┌──────────┐\n│    表    │\n│ varchar  │\n├──────────┤\n│ größe    │\n│ 表表表表 │\n└──────────┘\n2 rows\n",
    );
  });

  it("table leaves out the middle", async () => {
    const lines = (await write("table", numbers(2000), 3)).split("\n");
    expect(lines.slice(4)).toEqual([
      "│       0 │",
      "│       1 │",
      "│    ·    │",
      "│    1999 │",
      "└─────────┘",
      "2,000 rows (3 shown)",
      "",
    ]);
    expect(await write("table", numbers(3), 3)).not.toContain("·");
    expect((await write("table", numbers(2), 1)).split("\n").slice(4, 6)).toEqual(["│       0 │", "│    ·    │"]);
  });

  it("table shrinks text, then leaves out columns, to fit the terminal", async () => {
    const wide: ResultRows = {
      columns: ["a", "b", "c", "d", "e"].map((name) => ({ name, type: "VARCHAR" })),
      rows: [["short", "表".repeat(40), "y".repeat(30), "z".repeat(15), "end"]],
    };
    for (const maxWidth of [200, 100, 80, 60, 50, 40, 30, 20]) {
      const lines = (await write("table", wide, 40, maxWidth)).split("\n").slice(0, -2);
      const widths = lines.map((line) => stringWidth(line));
      expect(new Set(widths).size, lines.join("\n")).toBe(1);
      expect(widths[0]).toBeLessThanOrEqual(maxWidth);
    }
    expect((await write("table", wide, 40, 80)).split("\n")[4]).toBe(
      "│ short   │ 表表表表表表表表… │ yyyyyyyyyyyyyyyy… │ zzzzzzzzzzzzzzz │ end     │",
    );
    expect((await write("table", wide, 40, 40)).split("\n").slice(4)).toEqual([
      "│ short   │ 表表表表表…  │ … │ end     │",
      "└─────────┴──────────────┴───┴─────────┘",
      "1 row, 5 columns (3 shown)",
      "",
    ]);
  });

  it("table without rows", async () => {
    expect(await write("table", numbers(0))).toBe(
      "┌─────────┐\n│    n    │\n│ integer │\n├─────────┤\n└─────────┘\n0 rows\n",
    );
  });

  it("csv", async () => {
    expect(await write("csv")).toBe(
      'id,a name,x,tags,at\n9007199254740993,"comma, ""quote""\n|tab\t",1.0,"[a, \'b,c\']",1995-01-02 03:04:05.5\n2,"",nan,,\n-3,,-0.0,[],1995-01-02 00:00:00\n',
    );
  });

  it("tsv", async () => {
    expect(await write("tsv")).toBe(
      "id\ta name\tx\ttags\tat\n9007199254740993\tcomma, \"quote\"\\n|tab\\t\t1.0\t[a, 'b,c']\t1995-01-02 03:04:05.5\n2\t\tnan\t\\N\t\\N\n-3\t\\N\t-0.0\t[]\t1995-01-02 00:00:00\n",
    );
  });

  it("json and ndjson", async () => {
    const rows = [
      '{"id":9007199254740993,"a name":"comma, \\"quote\\"\\n|tab\\t","x":1,"tags":["a","b,c"],"at":"1995-01-02T03:04:05.5"}',
      '{"id":2,"a name":"","x":"NaN","tags":null,"at":null}',
      '{"id":-3,"a name":null,"x":-0.0,"tags":[],"at":"1995-01-02T00:00:00"}',
    ];
    expect(await write("json")).toBe(`[${rows.join(",\n ")}]\n`);
    expect(await write("ndjson")).toBe(`${rows.join("\n")}\n`);
    expect(await write("json", numbers(0))).toBe("[]\n");
  });

  it("markdown", async () => {
    expect(await write("markdown")).toBe(
      "| id | a name | x | tags | at |\n| --: | --- | --: | --- | --- |\n| 9007199254740993 | comma, \"quote\"<br>\\|tab\t | 1.0 | [a, 'b,c'] | 1995-01-02 03:04:05.5 |\n| 2 |  | nan | NULL | NULL |\n| -3 | NULL | -0.0 | [] | 1995-01-02 00:00:00 |\n",
    );
  });

  it("line", async () => {
    const { columns, rows } = RESULT;
    expect(await write("line", { columns, rows: rows.slice(1) })).toBe(
      "    id = 2\na name = \n     x = nan\n  tags = NULL\n    at = NULL\n\n    id = -3\na name = NULL\n     x = -0.0\n  tags = []\n    at = 1995-01-02 00:00:00\n",
    );
  });
});
