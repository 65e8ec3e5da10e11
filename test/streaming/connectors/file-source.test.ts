import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as types from "../../../src/planner/types/types.ts";
import { openSource } from "../../../src/streaming/connectors/connectors.ts";
import type { Position, Positions, Source } from "../../../src/streaming/connectors/source.ts";
import { Bench, type Columns, type TextRow } from "./support.ts";

let bench: Bench;
let folder: string;
beforeEach(() => {
  bench = new Bench();
  folder = mkdtempSync(join(tmpdir(), "headrace-connectors-"));
});
afterEach(() => {
  bench.expectEmpty();
  rmSync(folder, { recursive: true });
});

const COLUMNS: Columns = { id: types.BIGINT, name: types.VARCHAR, price: types.decimal(9, 2), ok: types.BOOLEAN };

type Options = Record<string, string | number | boolean>;

function open(
  path: string,
  options: Options = {},
  columns = COLUMNS,
  notNull: string[] = [],
  read: Columns = columns,
): Promise<Source> {
  const all = { path: join(folder, path), "scan.monitor-interval": 0, ...options };
  return openSource("filesystem", bench.table(columns, all, [], notNull), bench.context(read));
}

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const append = (name: string, text: string): void => appendFileSync(join(folder, name), text);

/** What is new, and where it ends. */
async function next(source: Source, from: Positions, limit = 1000): Promise<[rows: TextRow[], to: Positions]> {
  const { to } = await source.advance(from, limit);
  return [await bench.readEpoch(source, from, to), to];
}

/** A generator of numbers below `n` that is the same in every run. */
function numbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

describe.each(["csv", "ndjson"])("%s files that grow", (format) => {
  const header = format === "csv" ? "name,ok,id,price\n" : "";
  const line = (id: number, name: string): string =>
    format === "csv"
      ? `"${name.replaceAll('"', '""')}",true,${id},${id}.25\n`
      : `${JSON.stringify({ id, extra: { a: [1] }, name, price: id + 0.25, ok: true })}\n`;
  const row = (id: number, name: string): TextRow => [String(id), name, `${id}.25`, "true"];
  const file = `a.${format}`;

  it("are read up to the last whole line", async () => {
    write(file, "");
    const source = await open(file);
    expect(await next(source, new Map())).toEqual([[], new Map()]);
    const torn = line(2, "b");
    append(file, header + line(1, "a") + torn.slice(0, -5));
    const [first, at] = await next(source, new Map());
    expect(first).toEqual([row(1, "a")]);
    expect(await next(source, at)).toEqual([[], at]);
    append(file, torn.slice(-5));
    const [second, end] = await next(source, at);
    expect(second).toEqual([row(2, "b")]);
    // What was read is read again, also by another source.
    const other = await open(file);
    expect(await bench.readEpoch(other, new Map(), at)).toEqual(first);
    expect(await bench.readEpoch(other, at, end)).toEqual(second);
    expect(await next(other, end)).toEqual([[], end]);
    await source.close();
  });

  it("give the same rows wherever epochs are cut", async () => {
    const random = numbers(format.length);
    const names = ["a", "", "with, comma", 'with "quotes"', "zw\u00f6lf \ud83d\ude00", "tab\tand \\ slash"];
    if (format === "csv") names.push("two\nlines", "\n", "c\r\n");
    const all = Array.from({ length: 500 }, (_, id) => [id, names[random(names.length)]!] as const);
    write(file, header + all.map(([id, name]) => line(id, name)).join(""));
    const whole = await bench.drain(await open(file, { "scan.bounded": true }), 1e9);
    expect(whole[0]).toEqual(all.map(([id, name]) => row(id, name)));
    for (let run = 0; run < 5; run++) {
      const source = await open(file, { "scan.bounded": true });
      const rows: TextRow[] = [];
      const cuts: Positions[] = [new Map()];
      for (;;) {
        const from = cuts.at(-1)!;
        const { to, ended } = await source.advance(from, 1 + random(40));
        rows.push(...(await bench.readEpoch(source, from, to)));
        cuts.push(to);
        if (ended) break;
      }
      expect(rows).toEqual(whole[0]);
      expect(cuts.length).toBeGreaterThan(10);
      expect(JSON.stringify([...cuts.at(-1)!])).toBe(JSON.stringify([...whole[1]]));
    }
  });

  it("may be large", async () => {
    const rows = 150_000;
    write(file, header + Array.from({ length: rows }, (_, id) => line(id, `name ${id}`)).join(""));
    const source = await open(file, { "scan.bounded": true });
    const [all, to] = await bench.drain(source, 1e9);
    expect(all.length).toBe(rows);
    expect(all.every(([id, name], i) => id === String(i) && name === `name ${i}`)).toBe(true);
    expect([...to.keys()]).toEqual([join(folder, file)]);
    const one = await source.advance(new Map(), 100_001);
    expect((await bench.readEpoch(source, new Map(), one.to)).length).toBe(100_001);
  });

  it("that shrink or change are refused", async () => {
    const text = header + line(1, "a") + line(2, "b") + line(3, "c");
    write(file, text);
    const source = await open(file);
    const [, at] = await next(source, new Map());
    truncateSync(join(folder, file), text.length - 3);
    await expect(source.advance(at, 10)).rejects.toMatchObject({
      code: "io",
      message: `"${join(folder, file)}" shrank: it was read up to byte ${text.length}, and has ${text.length - 3} bytes now`,
    });
    write(file, text.replace(line(2, "b"), line(2, "x")) + line(4, "d"));
    const message = `"${join(folder, file)}" was changed before byte ${text.length}, up to which it was read`;
    await expect(source.advance(at, 10)).rejects.toMatchObject({ code: "io", message });
    await expect(bench.readEpoch(await open(file), new Map(), at)).rejects.toThrow(message);
    await expect((await open(file)).advance(at, 10)).rejects.toThrow(message);
    write(file, text + line(4, "d"));
    expect((await next(source, at))[0]).toEqual([row(4, "d")]);
  });

  it("end where they are bounded, the last line included", async () => {
    write(file, header + line(1, "a") + line(2, "b").trimEnd());
    const source = await open(file, { "scan.bounded": true });
    const first = await source.advance(new Map(), 1);
    expect([first.ended, [...first.finished]]).toEqual([false, []]);
    append(file, "more");
    const second = await source.advance(first.to, 100);
    expect([second.ended, [...second.finished]]).toEqual([true, [join(folder, file)]]);
    expect(await bench.readEpoch(source, first.to, second.to)).toEqual([row(2, "b")]);
  });
});

describe("folders", () => {
  it("are read file by file, new ones as they come, until _SUCCESS", async () => {
    mkdirSync(join(folder, "in"));
    const source = await open("in", { format: "ndjson" });
    expect(await next(source, new Map())).toEqual([[], new Map()]);
    write("in/b.ndjson", '{"id":2}\n');
    write("in/.hidden", '{"id":8}\n');
    write("in/_meta", '{"id":8}\n');
    write("in/c.tmp", '{"id":9}\n');
    const [first, at] = await next(source, new Map());
    expect(first).toEqual([["2", null, null, null]]);
    write("in/a.ndjson", '{"id":1}\n{"id":4}');
    append("in/b.ndjson", '{"id":3}\n');
    const [second, end] = await next(source, at);
    expect(second).toEqual([
      ["1", null, null, null],
      ["3", null, null, null],
    ]);
    write("in/_SUCCESS", "");
    const last = await source.advance(end, 10);
    expect(last.ended).toBe(true);
    expect(await bench.readEpoch(source, end, last.to)).toEqual([["4", null, null, null]]);
  });

  it("and patterns share a limit", async () => {
    for (const name of ["x1", "x2", "y1"]) write(`${name}.csv`, `id\n1\n2\n3\n`);
    const source = await open("x*.csv", { "scan.bounded": true }, { id: types.INTEGER });
    const { to, ended, finished } = await source.advance(new Map(), 4);
    expect([ended, [...finished]]).toEqual([false, [join(folder, "x1.csv")]]);
    expect(await bench.readEpoch(source, new Map(), to)).toEqual([["1"], ["2"], ["3"], ["1"]]);
    expect((await source.advance(to, 4)).ended).toBe(true);
  });

  it("may lose files that were read, or must not", async () => {
    write("a.csv", "id\n1\n");
    write("b.csv", "id\n2\n");
    const source = await open("*.csv", {}, { id: types.INTEGER });
    const [, at] = await next(source, new Map());
    rmSync(join(folder, "a.csv"));
    const later = await source.advance(at, 10);
    expect([...later.finished]).toEqual([join(folder, "a.csv")]);
    expect(later.to).toEqual(at);
    await expect(bench.readEpoch(source, new Map(), at)).rejects.toThrow("no such file");
    await expect((await open("nowhere", { format: "csv" })).advance(new Map(), 1)).rejects.toThrow(
      `cannot read "${join(folder, "nowhere")}": no such file or folder`,
    );
  });

  it("of complete files finish them", async () => {
    write("a.ndjson", '{"id":1}\n{"id":2}');
    const source = await open("*.ndjson", { "scan.files": "complete" });
    const { to, ended, finished } = await source.advance(new Map(), 10);
    expect([ended, [...finished]]).toEqual([false, [join(folder, "a.ndjson")]]);
    expect((await bench.readEpoch(source, new Map(), to)).length).toBe(2);
  });

  it("wait for more", async () => {
    write("a.ndjson", "");
    const source = await open("a.ndjson", { "scan.monitor-interval": "30 ms" });
    let at: Positions = new Map<string, Position>();
    setTimeout(() => append("a.ndjson", '{"id":1}\n'), 50);
    const start = performance.now();
    while (at.size === 0 && performance.now() - start < 5000) {
      at = (await source.advance(at, 10)).to;
      await source.wait(at, AbortSignal.timeout(1000));
    }
    expect(performance.now() - start).toBeGreaterThan(45);
    expect(at.size).toBe(1);
  });
});

describe("records that are no rows", () => {
  const NDJSON = [
    '{"id":1,"name":"a","price":1.5,"ok":true}',
    '{"id":"x","name":"b"}',
    "{bad",
    "",
    '{"id":2.5}',
    "[1,2]",
    '{"id":3,"price":12345678.9}',
    '{"id":4,',
    '"name":"d"}',
    '{"id":5,"id":6}',
    '{"id":7,"name":"esc\\u0061ped\\n","ok":1} ',
    '{"id":8,"ok":"maybe"}',
    '{"id":99999999999999999999}',
    '{"id":null,"name":"n"}',
    '{"id":9}',
  ];
  const CSV = [
    "id,name,price,ok",
    "1,a,1.5,true",
    "x,b,,",
    "1,2",
    '5,"q"x,,',
    "2.5,,,",
    "",
    '3,"two\nlines",12345678.9,',
    "6,1,2,3,4,5",
    "9,,,",
  ];
  const GOOD = {
    ndjson: [
      ["1", "a", "1.50", "true"],
      ["7", "escaped\n", null, "true"],
      ["9", null, null, null],
    ],
    csv: [
      ["1", "a", "1.50", "true"],
      ["9", null, null, null],
    ],
  };
  const ERRORS = {
    ndjson: [
      [2, '"x" in column "id" is no BIGINT'],
      [3, 'malformed JSON: unexpected "bad"'],
      [5, '"2.5" in column "id" is no BIGINT'],
      [6, '"[1,2]" is no object'],
      [7, '"12345678.9" in column "price" is no DECIMAL(9,2)'],
      [8, "malformed JSON: the line ends too early"],
      [9, '"\\"name\\":\\"d\\"}" is no object'],
      [10, 'the key "id" comes twice in an object'],
      [12, '"maybe" in column "ok" is no BOOLEAN'],
      [13, '"99999999999999999999" in column "id" is no BIGINT'],
      [14, 'the column "id" has no value, and it is NOT NULL'],
    ],
    csv: [
      [3, '"x" in column "id" is no BIGINT'],
      [4, "the record has 2 fields, the file has 4 columns"],
      [5, "something stands between a closing quote and the delimiter"],
      [6, '"2.5" in column "id" is no BIGINT'],
      [8, '"12345678.9" in column "price" is no DECIMAL(9,2)'],
      [10, "the record has more fields, the file has 4 columns"],
    ],
  };

  describe.each(["ndjson", "csv"] as const)("in %s", (format) => {
    const name = `bad.${format}`;
    const lines = format === "csv" ? CSV : NDJSON;
    const text = `${lines.join("\n")}\n`;
    const bounded = { "scan.bounded": true };

    it("fail", async () => {
      write(name, text);
      const source = await open(name, bounded, COLUMNS, ["id"]);
      const { to } = await source.advance(new Map(), 1e6);
      const [line, message] = ERRORS[format][0]!;
      const position = Buffer.byteLength(lines.slice(0, Number(line) - 1).join("\n")) + 1;
      await expect(bench.readEpoch(source, new Map(), to)).rejects.toMatchObject({
        code: "format",
        message: `"${join(folder, name)}" line ${line} (byte ${position}): ${message}`,
        hint: "'parse-errors' = 'skip' leaves such records out, 'dead-letter' keeps them in a file",
      });
    });

    it("are skipped, wherever epochs are cut", async () => {
      write(name, text);
      for (const limit of [1, 2, 3, 1e6]) {
        const source = await open(name, { ...bounded, "parse-errors": "skip" }, COLUMNS, ["id"]);
        expect((await bench.drain(source, limit))[0]).toEqual(GOOD[format]);
      }
    });

    it("go to a file of dead letters, once", async () => {
      write(name, text);
      const letters = join(folder, "dead.ndjson");
      const options = { ...bounded, "parse-errors": "dead-letter", "dead-letter.path": letters };
      const first = await open(name, options, COLUMNS, ["id"]);
      expect((await bench.drain(first, 4))[0]).toEqual(GOOD[format]);
      await first.close();
      const written = readFileSync(letters, "utf8");
      const entries = written
        .trimEnd()
        .split("\n")
        .map((entry) => JSON.parse(entry) as Record<string, unknown>);
      expect(entries.map(({ error }) => error)).toEqual(ERRORS[format].map(([, message]) => message));
      const bytes = readFileSync(join(folder, name));
      for (const { source, position, text: shown } of entries) {
        expect(source).toBe(join(folder, name));
        const length = Buffer.byteLength(shown as string);
        expect(bytes.toString("utf8", position as number, (position as number) + length)).toBe(shown);
      }
      // Again after a crash, which left half a line.
      writeFileSync(letters, written.slice(0, written.length - 10));
      const second = await open(name, options, COLUMNS, ["id"]);
      expect((await bench.drain(second, 3))[0]).toEqual(GOOD[format]);
      await second.close();
      expect(readFileSync(letters, "utf8")).toBe(written);
    });
  });

  it.each(["csv", "ndjson"])("whatever stands in %s: rows and bad records do not depend on epochs", async (format) => {
    const random = numbers(format.length + 40);
    const parts =
      format === "csv"
        ? ["1", "2", ",", ",", "\n", "\n", '"', '""', '"a"', "\r\n", "x", " ", "\u00e9", '"1\n"', "3,b", "4,c\n"]
        : [
            '{"id":1}',
            "{",
            "}",
            "\n",
            "\n",
            '"',
            '{"name":"a\\n"}',
            ",",
            '"id":2',
            "\r\n",
            "\\",
            "null",
            " ",
            '{"id":3}\n',
            "\u00e9",
          ];
    const columns = { id: types.BIGINT, name: types.VARCHAR };
    for (let run = 0; run < 60; run++) {
      const text = Array.from({ length: 1 + random(60) }, () => parts[random(parts.length)]!).join("");
      write("soup", text);
      const results: unknown[] = [];
      for (const limit of [1, 2, 1e6]) {
        const letters = join(folder, `dead-${run}-${limit}`);
        const options = { "parse-errors": "dead-letter", "dead-letter.path": letters, "scan.bounded": true };
        const source = await open(
          "soup",
          { format, ...(format === "csv" ? { "csv.header": false } : {}), ...options },
          columns,
        );
        const [rows] = await bench.drain(source, limit);
        await source.close();
        const dead = existsSync(letters) ? readFileSync(letters, "utf8") : "";
        results.push({ text, rows, dead });
      }
      expect(results[1]).toEqual(results[0]);
      expect(results[2]).toEqual(results[0]);
    }
  });

  it("may be headers", async () => {
    write("a.csv", "id,nme\n1,2\n");
    await expect((await open("a.csv")).advance(new Map(), 1)).rejects.toMatchObject({
      code: "format",
      message: `"${join(folder, "a.csv")}": there is no field "name" in the header "id,nme"`,
    });
  });
});

describe("a query that reads some columns", () => {
  it.each([
    ["a.csv", {}, "price,id,ok,name\n1,1,true,a\n2,2,maybe,b\n3,3,,c\n"],
    ["b.csv", { "csv.header": false }, "1,a,1,true\n2,b,2,maybe\n3,c,3,\n"],
    ["c.ndjson", {}, '{"id":1,"name":"a"}\n{"id":2,"name":"b","ok":"maybe"}\n{"id":3,"name":"c"}\n'],
  ])("gets the same rows: %s", async (name, options, text) => {
    write(name, text);
    const all = { ...options, "scan.bounded": true, "parse-errors": "skip" };
    for (const limit of [1, 10]) {
      const some = await open(name, all, COLUMNS, [], { name: types.VARCHAR, id: types.BIGINT });
      expect((await bench.drain(some, limit))[0]).toEqual([
        ["a", "1"],
        ["c", "3"],
      ]);
    }
  });
});

describe("options of formats", () => {
  it("say how CSV is written", async () => {
    write("a.txt", "1;'a;b';-;true\n2;'it''s';3;false\n");
    const source = await open("a.txt", {
      format: "csv",
      "csv.header": false,
      "csv.field-delimiter": ";",
      "csv.quote-character": "'",
      "csv.null-literal": "-",
    });
    expect((await next(source, new Map()))[0]).toEqual([
      ["1", "a;b", null, "true"],
      ["2", "it's", "3.00", "false"],
    ]);
  });

  it("read changes as Debezium writes them", async () => {
    const image = (id: number, name: string): object => ({ id, name, price: 1, ok: null });
    const changes = [
      { op: "r", before: null, after: image(1, "a") },
      { op: "c", after: image(2, "b"), source: { table: "t" } },
      { op: "u", before: image(1, "a"), after: image(1, 'z"\n') },
      { op: "d", before: image(2, "b"), after: null },
      { op: "u", before: null, after: image(3, "c") },
      { op: "t" },
      { op: "u", before: image(4, "d"), after: { id: "four" } },
      { op: "c", after: [1] },
      { op: "c", after: image(5, "e") },
    ];
    write("a.json", changes.map((change) => `${JSON.stringify(change)}\n`).join(""));
    const letters = join(folder, "dead.ndjson");
    const options = { format: "debezium-json", "parse-errors": "dead-letter", "dead-letter.path": letters };
    for (const limit of [1, 1000]) {
      const source = await open("a.json", { ...options, "scan.bounded": true });
      expect((await bench.drain(source, limit))[0]).toEqual([
        ["1", "a", "1.00", null],
        ["2", "b", "1.00", null],
        ["1", "a", "1.00", null, "-1"],
        ["1", 'z"\n', "1.00", null],
        ["2", "b", "1.00", null, "-1"],
        ["5", "e", "1.00", null],
      ]);
      await source.close();
      const entries = readFileSync(letters, "utf8").trimEnd().split("\n");
      expect(entries.map((entry) => (JSON.parse(entry) as { error: string }).error)).toEqual([
        'the change has no "before"',
        '"op" is none of c, r, u, d',
        '"four" in column "id" is no BIGINT',
        '"[1]" is no object',
      ]);
    }
  });

  it("read changes as Debezium writes them with schemas", async () => {
    const schema = { type: "struct", fields: [{ field: "after", type: "struct" }] };
    const image = (id: number): object => ({ id, name: "é", price: 1, ok: null });
    const lines = [
      JSON.stringify({ schema, payload: { op: "c", before: null, after: image(1), source: { db: "x" } } }),
      JSON.stringify({ schema, payload: null }),
      "{",
      JSON.stringify({ payload: { op: "u", before: image(1), after: image(2) }, schema }),
      JSON.stringify({ schema, payload: 5 }),
      JSON.stringify({ schema, payload: { op: "x" } }),
      JSON.stringify({ schema }),
      JSON.stringify({ schema, payload: { op: "c", after: { id: "one" } } }),
      JSON.stringify({ schema, payload: { op: "d", before: image(2), after: null } }),
    ];
    write("a.json", lines.map((line) => `${line}\n`).join(""));
    const letters = join(folder, "dead.ndjson");
    const options = {
      ...{ format: "debezium-json", "debezium-json.schema-include": true },
      ...{ "parse-errors": "dead-letter", "dead-letter.path": letters },
    };
    for (const limit of [1, 2, 1000]) {
      const source = await open("a.json", { ...options, "scan.bounded": true });
      expect((await bench.drain(source, limit))[0]).toEqual([
        ["1", "é", "1.00", null],
        ["1", "é", "1.00", null, "-1"],
        ["2", "é", "1.00", null],
        ["2", "é", "1.00", null, "-1"],
      ]);
      await source.close();
      const entries = readFileSync(letters, "utf8").trimEnd().split("\n");
      const errors = entries.map((entry) => JSON.parse(entry) as { readonly error: string; readonly text: string });
      expect(errors.map(({ error }) => error)).toEqual([
        'the record has no "payload"',
        "malformed JSON: the line ends too early",
        '"5" is no object',
        '"op" is none of c, r, u, d',
        'the record has no "payload"',
        '"one" in column "id" is no BIGINT',
      ]);
      expect(errors.map(({ text }) => text)).toEqual([1, 2, 4, 5, 6, 7].map((line) => lines[line]));
    }
    await expect(open("a.json", { "debezium-json.schema-include": true })).rejects.toThrow(
      "left out where the changelog is not debezium-json",
    );
  });

  it("read changes with weights", async () => {
    write("a.csv", "weight,id\n1,5\n-2,6\n0,7\n,8\n");
    const source = await open(
      "a.csv",
      { changelog: "retract", "parse-errors": "skip", "scan.bounded": true },
      { id: types.BIGINT },
    );
    expect((await bench.drain(source))[0]).toEqual([["5"], ["6", "-2"]]);
    await expect(open("a.csv", { changelog: "upsert" })).rejects.toThrow("a changelog of upserts cannot be read");
    await expect(open("a.csv", { changelog: "retract" }, { weight: types.BIGINT })).rejects.toThrow(
      'the table "t" has a column "weight", as its changelog has',
    );
  });

  it("read types of all kinds", async () => {
    const columns: Columns = {
      ts: types.TIMESTAMP,
      ms: { kind: "Timestamp", unit: "ms" },
      ns: { kind: "Timestamp", unit: "ns" },
      tz: types.TIMESTAMPTZ,
      d: types.DATE,
      h: types.HUGEINT,
      l: types.listOf(types.INTEGER),
      s: { kind: "Struct", fields: [{ name: "a", type: types.VARCHAR }] },
      j: types.JSON_TYPE,
      u: types.UUID,
      f: types.DOUBLE,
    };
    const lines = [
      '{"ts":"2024-01-02T03:04:05.678Z","ms":"2024-01-02T03:04:05.678Z","ns":"2024-01-02 03:04:05.123456789","tz":"2024-01-02T03:04:05Z","d":"2024-02-29","h":170141183460469231731687303715884105727,"l":[1,null],"s":{"a":"x"},"j":{"k":[1, 2]},"u":"00000000-0000-0000-0000-00000000000a","f":1e-3}',
      '{"ts":"2024-01-02 05:04:05+02:00","ms":"2024-01-02 05:04:05.0005+02:00","ns":"2300-01-01","tz":"2024-01-02 05:04:05+02","f":"NaN"}',
      '{"ms":"1969-12-31 23:59:59.9995","ns":"1969-12-31 23:59:59.9","l":[]}',
    ];
    write("a.ndjson", `${lines.join("\n")}\n`);
    const source = await open("a.ndjson", { "scan.bounded": true, "parse-errors": "skip" }, columns);
    expect((await bench.drain(source))[0]).toEqual([
      [
        "2024-01-02 03:04:05.678",
        "2024-01-02 03:04:05.678",
        "2024-01-02 03:04:05.123456789",
        "2024-01-02 03:04:05+00",
        "2024-02-29",
        "170141183460469231731687303715884105727",
        "[1, NULL]",
        "{'a': x}",
        '{"k":[1,2]}',
        "00000000-0000-0000-0000-00000000000a",
        "0.001",
      ],
      [null, "1969-12-31 23:59:59.999", "1969-12-31 23:59:59.9", null, null, null, "[]", null, null, null, null],
    ]);
  });

  it.each([
    [{ format: "xml" }, "must be one of csv, ndjson, json, parquet, debezium-json"],
    [{ format: "ndjson", "csv.header": true }, "left out where the format is not csv"],
    [{ format: "debezium-json", changelog: "append" }, "left out where the format is debezium-json"],
    [{ format: "csv", "csv.field-delimiter": ";;" }, "must be one ASCII character"],
    [{ format: "csv", "parse-errors": "dead-letter" }, 'needs the option "dead-letter.path"'],
    [{ format: "csv", "dead-letter.path": "x" }, "left out where 'parse-errors' is not 'dead-letter'"],
    [{ format: "csv", "scan.monitor-interval": "soon" }, "must be a duration such as"],
    [{}, 'needs the option "format"'],
  ])("%j is refused", async (options, message) => {
    await expect(open("x", options as Options)).rejects.toThrow(message);
  });

  it("refuses compressed files", async () => {
    write("a.csv.gz", "");
    await expect((await open("a.csv.gz", { format: "csv" })).advance(new Map(), 1)).rejects.toMatchObject({
      code: "unsupported",
    });
  });
});

it("a file that replaces another is another one", async () => {
  write("a.ndjson", '{"id":1}\n');
  const source = await open("a.ndjson");
  const [, at] = await next(source, new Map());
  write("new", '{"id":2}\n{"id":3}\n');
  renameSync(join(folder, "new"), join(folder, "a.ndjson"));
  await expect(source.advance(at, 10)).rejects.toThrow("was changed before byte 9");
});
