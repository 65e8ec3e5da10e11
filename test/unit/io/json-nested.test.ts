/** Nested values of JSON files, which kernels read, against what JavaScript makes of the same texts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sqlType } from "../../../src/dataframe/sql-type.ts";
import { readNested } from "../../../src/io/formats/json/read-value.ts";
import { formatDatum } from "../../../src/planner/types/literals.ts";
import { type FileBench, fileBench } from "../../support/files.ts";

let bench: FileBench;
beforeAll(async () => {
  bench = await fileBench();
});
afterAll(() => bench.close());

/** Park-Miller: the same at every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48271) % 2147483647) % below;
}

type Draw = (below: number) => number;
type Type = { readonly name: string; readonly text: (draw: Draw) => string };

const pick = <T>(draw: Draw, items: readonly T[]): T => items[draw(items.length)] as T;
const leaf = (name: string, ...texts: string[]): Type => ({ name, text: (draw) => pick(draw, texts) });

const STRINGS = [
  '""',
  '"x"',
  '"a longer text of more than sixteen bytes"',
  '"ünï😀"',
  '"q\\"b\\\\n\\nt\\t"',
  '"\\u00e9\\ud83d\\ude00"',
  '"null"',
];
const LEAVES: readonly Type[] = [
  leaf("BIGINT", "0", "-1", "9223372036854775807", "-9223372036854775808", '"12"', "1.0"),
  leaf("INTEGER", "7", "2147483647", "-5"),
  leaf("UTINYINT", "0", "255"),
  leaf("DOUBLE", "0.1", "-0.0", "0", "1e300", "0.14285714285714285", "123456789012345678", '"2.5"'),
  leaf("REAL", "0.5", "-0.0", "3"),
  leaf("DECIMAL(9,2)", "1.25", "-3", "1234567.89"),
  leaf("DECIMAL(30,5)", "12345678901234567890.12345", "1"),
  leaf("HUGEINT", "170141183460469231731687303715884105727", "-4"),
  leaf("BOOLEAN", "true", "false"),
  leaf("DATE", '"2024-02-29"', '"0001-01-01"'),
  leaf("TIMESTAMP", '"2024-02-29 12:34:56.789"', '"2024-02-29T12:34:56Z"', '"2024-01-01"'),
  leaf("TIME", '"12:34:56.5"'),
  leaf("UUID", '"6f3b0f3e-8e5e-4d7a-9c1b-2f1d3e4c5b6a"'),
  leaf("VARCHAR", ...STRINGS, "12.50", "true"),
  leaf("JSON", '{"a": [1, 2.50]}', "[]", "3", '"s"', '{"b" : {"c":null}}'),
];

/** A value's text, sometimes null, with white space around it now and then. */
function maybe(type: Type, draw: Draw): string {
  if (draw(8) === 0) return "null";
  const text = type.text(draw);
  return draw(10) === 0 ? ` ${text}\t` : text;
}

function typeOf(draw: Draw, depth: number): Type {
  const kind = depth === 0 ? 4 : draw(5);
  if (kind === 0 || kind === 1) {
    const item = typeOf(draw, depth - 1);
    const items = (count: number, own: Draw): string =>
      `[${Array.from({ length: count }, () => maybe(item, own)).join(",")}]`;
    if (kind === 0 && depth === 1) return { name: `${item.name}[2]`, text: (own) => items(2, own) };
    return { name: `${item.name}[]`, text: (own) => items(pick(own, [0, 1, 2, 5, 20]), own) };
  }
  if (kind === 2) {
    const fields = Array.from({ length: 1 + draw(4) }, (_, i) => [`f${i}`, typeOf(draw, depth - 1)] as const);
    return {
      name: `STRUCT(${fields.map(([name, type]) => `${name} ${type.name}`).join(", ")})`,
      text: (own) => {
        const there = fields.filter(() => own(6) > 0).map(([name, type]) => `"${name}":${maybe(type, own)}`);
        if (own(4) === 0) there.reverse();
        if (own(6) === 0) there.push('"other": {"x": [1, "}"]}');
        return `{${there.join(own(5) === 0 ? " , " : ",")}}`;
      },
    };
  }
  if (kind === 3) {
    const value = typeOf(draw, depth - 1);
    return {
      name: `MAP(VARCHAR, ${value.name})`,
      text: (own) => {
        const keys = Array.from({ length: own(4) }, (_, i) => `"k${i}${own(3) === 0 ? "\\u0041" : ""}"`);
        return `{${keys.map((key) => `${key}:${maybe(value, own)}`).join(",")}}`;
      },
    };
  }
  return pick(draw, LEAVES);
}

describe("nested values", () => {
  it.each(Array.from({ length: 12 }, (_, i) => i))("are what JavaScript makes of them, %d", async (seed) => {
    const draw = random(seed * 7919 + 17);
    for (let round = 0; round < 5; round++) {
      let type = typeOf(draw, 3);
      while (!/[[(]/.test(type.name.replaceAll(/DECIMAL\(\d+,\d+\)/g, ""))) type = typeOf(draw, 3);
      const values = Array.from({ length: 200 }, () => maybe(type, draw));
      const path = bench.file(`nested-${seed}.ndjson`, values.map((text, n) => `{"n":${n},"v":${text}}`).join("\n"));
      const read = `read_json('${path}', columns = {n: 'INTEGER', v: '${type.name}'})`;
      const parsed = sqlType(type.name);
      const expected = values.map((text) => {
        const value = readNested(text, parsed, { lenient: false, strictKeys: false }) ?? null;
        return [value === null ? null : formatDatum(value, parsed)];
      });
      // -0 and 0 are one value.
      const shown = (texts: unknown): string => JSON.stringify(texts).replaceAll(/-0\.0(?!\d)/g, "0.0");
      const found = (await bench.rows(`SELECT v::VARCHAR FROM ${read} ORDER BY n`)) as string[][];
      expect([type.name, shown(found)]).toEqual([type.name, shown(expected)]);
      // Equal values are equal bytes, also where both are put together in other ways.
      const distinct = new Set(found.map((row) => shown(row)));
      expect(await bench.rows(`SELECT count(*) FROM (SELECT DISTINCT v FROM ${read})`)).toEqual([
        [String(distinct.size)],
      ]);
    }
  });

  it("that are odd or wrong are told as such", async () => {
    const good = Array.from({ length: 3000 }, (_, i) => `{"u":{"a":${i},"l":["x${i}"]}}`);
    const fail = async (line: string, value: string): Promise<void> => {
      const path = bench.file("wrong.ndjson", [...good, line, ...good].join("\n"));
      const strict = `SELECT sum(u.a), sum(len(u.l)) FROM read_json('${path}', sample_size = 100)`;
      await expect(bench.rows(strict)).rejects.toMatchObject({
        code: "format",
        message: expect.stringContaining(`"${path}" line 3001: "${value.slice(0, 60)}`) as string,
      });
      const lenient = `SELECT count(*), sum(u.a) FROM read_json('${path}', ignore_errors = true, columns = {u: 'STRUCT(a BIGINT, l VARCHAR[])'})`;
      expect((await bench.rows(lenient)) as string[][]).toHaveLength(1);
    };
    await fail('{"u":{"a":"many","l":[]}}', '{"a":"many"');
    await fail('{"u":{"a":1.5}}', '{"a":1.5');
    await fail('{"u":{"a":1,"a":2}}', '{"a":1,"a":2}');
    await fail('{"u":{"a":1,"z":2}}', '{"a":1,"z":2}');
    await fail('{"u":[1]}', "[1]");
    await fail('{"u":{"l":{"a":1}}}', '{"l":{"a":1}}');
    await fail('{"u":{"a":""}}', '{"a":""}');
    await fail('{"u":{"l":["\\ud800"]}}', '{"l":["\\ud800"]}');
    const path = bench.file("keys.ndjson", '{"u":{"a\\u0062":1,"l":["\\u0041\\n"]}}\n{"u":{"ab":2,"l":null}}\n');
    const numbers = bench.file("numbers.ndjson", '{"l":[NaN,-Infinity,1.5]}\n');
    expect(await bench.rows(`SELECT l::VARCHAR FROM '${numbers}'`)).toEqual([["[nan, -inf, 1.5]"]]);
    expect(await bench.rows(`SELECT u.ab, u.l FROM '${path}'`)).toEqual([
      ["1", ["A\n"]],
      ["2", null],
    ]);
  });

  it("may be long", async () => {
    const long = `[${Array.from({ length: 300_000 }, (_, i) => i).join(",")}]`;
    const text = "é\\n".repeat(200_000);
    const path = bench.file("long.ndjson", `{"l":${long},"t":["${text}"]}\n{"l":[],"t":[null]}\n`);
    expect(await bench.rows(`SELECT sum(list_sum(l)), sum(length(t[1])), count(*) FROM '${path}'`)).toEqual([
      ["44999850000", "400000", "2"],
    ]);
  });
});
