import { describe, expect, test } from "vitest";
import {
  ANSWER_SCALE_FACTORS,
  checkAnswer,
  compareResults,
  loadAnswer,
  type Result,
} from "../../../tpch/answers/check.ts";
import { COLORS, CONTAINERS, NATIONS, PART_TYPES, REGIONS, SHIP_MODES } from "../../../tpch/gen/words.ts";
import { defaultParameters, query, QUERY_COUNT, randomParameters, template } from "../../../tpch/queries/queries.ts";
import type { Parameters } from "../../../tpch/queries/template.ts";

const QUERIES = Array.from({ length: QUERY_COUNT }, (_, i) => i + 1);
const NATION_NAMES = NATIONS.map(([name]) => name);
const BRAND = /^Brand#[1-5][1-5]$/;
const YEAR = /^199[3-7]-01-01$/;

/** A result of query 8. */
function share(value: number): Result {
  return { columns: ["o_year", "mkt_share"], rows: [[1995n, value]] };
}

const between =
  (low: number, high: number) =>
  (text: string): boolean =>
    /^\d+$/.test(text) && Number(text) >= low && Number(text) <= high;
const oneOf =
  (values: readonly string[]) =>
  (text: string): boolean =>
    values.includes(text);
const matching =
  (pattern: RegExp) =>
  (text: string): boolean =>
    pattern.test(text);
const months =
  (first: string, last: string) =>
  (text: string): boolean =>
    /^\d{4}-(0[1-9]|1[0-2])-01$/.test(text) && text >= first && text <= last;
const several =
  (count: number, valid: (text: string) => boolean) =>
  (text: string): boolean => {
    const values = text.split(", ");
    return values.length === count && new Set(values).size === count && values.every(valid);
  };

/** The ranges of clause 2.4. */
const RULES: { readonly [query: number]: { readonly [name: string]: (text: string) => boolean } } = {
  1: { delta: between(60, 120) },
  2: {
    size: between(1, 50),
    type: oneOf(["TIN", "NICKEL", "BRASS", "STEEL", "COPPER"]),
    region: oneOf(REGIONS),
  },
  3: {
    segment: oneOf(["AUTOMOBILE", "BUILDING", "FURNITURE", "HOUSEHOLD", "MACHINERY"]),
    date: matching(/^1995-03-(0[1-9]|[12]\d|3[01])$/),
  },
  4: { date: months("1993-01-01", "1997-10-01") },
  5: { region: oneOf(REGIONS), date: matching(YEAR) },
  6: { date: matching(YEAR), discount: matching(/^0\.0[2-9]$/), quantity: between(24, 25) },
  7: { nation1: oneOf(NATION_NAMES), nation2: oneOf(NATION_NAMES) },
  8: { nation: oneOf(NATION_NAMES), region: oneOf(REGIONS), type: oneOf(PART_TYPES) },
  9: { color: oneOf(COLORS) },
  10: { date: months("1993-02-01", "1995-01-01") },
  11: { nation: oneOf(NATION_NAMES), fraction: oneOf(["0.0010000000"]) },
  12: { mode1: oneOf(SHIP_MODES), mode2: oneOf(SHIP_MODES), date: matching(YEAR) },
  13: {
    word1: oneOf(["special", "pending", "unusual", "express"]),
    word2: oneOf(["packages", "requests", "accounts", "deposits"]),
  },
  14: { date: months("1993-01-01", "1997-12-01") },
  15: { date: months("1993-01-01", "1997-10-01") },
  16: {
    brand: matching(BRAND),
    type: (text) => PART_TYPES.some((type) => type.startsWith(`${text} `)),
    sizes: several(8, between(1, 50)),
  },
  17: { brand: matching(BRAND), container: oneOf(CONTAINERS) },
  18: { quantity: between(312, 315) },
  19: {
    brand1: matching(BRAND),
    brand2: matching(BRAND),
    brand3: matching(BRAND),
    quantity1: between(1, 10),
    quantity2: between(10, 20),
    quantity3: between(20, 30),
  },
  20: { color: oneOf(COLORS), date: matching(YEAR), nation: oneOf(NATION_NAMES) },
  21: { nation: oneOf(NATION_NAMES) },
  22: { codes: several(7, matching(/^'(1\d|2\d|3[0-4])'$/)) },
};

describe("parameters", () => {
  test.each(QUERIES)("of query %i follow the rules", (number) => {
    const rules = RULES[number]!;
    const drawn: Parameters[] = Array.from({ length: 200 }, (_, seed) => randomParameters(number, seed, 0.1));
    for (const parameters of drawn) {
      expect(Object.keys(parameters).toSorted()).toEqual(Object.keys(rules).toSorted());
      for (const [name, valid] of Object.entries(rules)) {
        expect(valid(parameters[name]!), `${name} = ${parameters[name]}`).toBe(true);
      }
    }
    expect(drawn[7]).toEqual(randomParameters(number, 7, 0.1));
    expect(new Set(drawn.map((parameters) => JSON.stringify(parameters))).size).toBeGreaterThan(3);
    expect(Object.keys(defaultParameters(number)).toSorted()).toEqual(Object.keys(rules).toSorted());
  });

  test("are different where they must be", () => {
    for (let seed = 0; seed < 200; seed++) {
      const nations = randomParameters(7, seed, 1);
      expect(nations["nation1"]).not.toBe(nations["nation2"]);
      const modes = randomParameters(12, seed, 1);
      expect(modes["mode1"]).not.toBe(modes["mode2"]);
      const { nation, region } = randomParameters(8, seed, 1);
      expect(REGIONS[NATIONS.find(([name]) => name === nation)![1]]).toBe(region);
    }
  });

  test("are all substituted", () => {
    for (const number of QUERIES) expect(query(number)).not.toMatch(/:[a-z]/);
    expect(query(1)).toContain("interval '90' day");
    expect(() => query(1, {})).toThrow(RangeError);
    expect(() => query(23)).toThrow(RangeError);
  });
});

describe("answers", () => {
  test.each(ANSWER_SCALE_FACTORS)("at SF %d agree with themselves", (scaleFactor) => {
    for (const number of QUERIES) {
      const answer = loadAnswer(number, scaleFactor);
      expect(checkAnswer(number, scaleFactor, answer)).toBeUndefined();
      for (const name of template(number).orderBy) expect(answer.columns).toContain(name);
    }
  });

  const expected = {
    columns: ["supp_nation", "cust_nation", "l_year", "revenue"],
    rows: [
      ["FRANCE", "GERMANY", 1995n, "12.5000"],
      ["GERMANY", "FRANCE", 1995n, "1.0000"],
    ],
  };

  test("compare exact columns as text", () => {
    const rows = [expected.rows[0]!, ["GERMANY", "FRANCE", 1995, "1.0001"]];
    expect(compareResults(7, { ...expected, rows }, expected)).toBe(
      "got GERMANY|FRANCE|1995|1.0001, expected GERMANY|FRANCE|1995|1.0000 (rows 2 to 2)",
    );
    expect(compareResults(7, { ...expected, rows: expected.rows.toReversed() }, expected)).toMatch(/^got GERMANY/);
    expect(compareResults(7, { ...expected, rows: expected.rows.slice(1) }, expected)).toBe("1 rows, expected 2");
    expect(compareResults(7, { ...expected, columns: ["a", "b", "c", "d"] }, expected)).toMatch(/^columns are a\|b/);
  });

  test("compare doubles within 1e-12 and dates as ISO text", () => {
    expect(compareResults(8, share(0.1 + 0.2), share(0.3))).toBeUndefined();
    expect(compareResults(8, share(0.3 + 1e-11), share(0.3))).toMatch(/^got/);
    expect(compareResults(8, share(NaN), share(0.3))).toMatch(/^got/);
  });

  test("let ties come in any order", () => {
    const ties = {
      columns: ["ps_partkey", "value"],
      rows: [
        ["1", "9.00"],
        ["2", "5.00"],
        ["3", "5.00"],
      ],
    };
    const swapped = { ...ties, rows: [ties.rows[0]!, ties.rows[2]!, ties.rows[1]!] };
    expect(compareResults(11, swapped, ties)).toBeUndefined();
    expect(compareResults(11, { ...ties, rows: ties.rows.toReversed() }, ties)).toMatch(/^got/);
  });

  test("know NULL", () => {
    expect(loadAnswer(17, 0.01).rows).toEqual([[null]]);
    expect(checkAnswer(17, 0.01, { columns: ["avg_yearly"], rows: [[0]] })).toMatch(/^got/);
  });
});
