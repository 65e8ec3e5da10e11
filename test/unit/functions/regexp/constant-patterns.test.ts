/** Constant patterns, which are compiled, against the same ones in a column, which re2js runs. */
import fc from "fast-check";
import { connect, type Session } from "headrace";
import { afterAll, beforeAll, expect, it } from "vitest";
import { EXAMPLES, somePattern, someText, TEXTS } from "./patterns.ts";

const PATTERNS = Number(process.env["HEADRACE_TEST_PATTERNS"] ?? 400) / 4;

let db: Session;
beforeAll(async () => {
  db = await connect({ workers: 1 });
});
afterAll(() => db.close());

const quote = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const replacement = fc
  .array(fc.constantFrom("\\0", "\\1", "\\2", "\\\\", "-", "é", "x", "\\"), { maxLength: 4 })
  .map((parts) => parts.join(""));

type Calls = (pattern: string, replacement: string) => string;

const CALLS: readonly Calls[] = [
  (p, r) => `regexp_replace(s, ${p}, ${r})`,
  (p, r) => `regexp_replace(s, ${p}, ${r}, 'g')`,
  (p, r) => `regexp_replace(s, ${p}, ${r}, 'gi')`,
  (p) => `regexp_extract(s, ${p})`,
  (p) => `regexp_extract(s, ${p}, 1)`,
  (p) => `regexp_extract_all(s, ${p})`,
  (p) => `regexp_split_to_array(s, ${p})`,
  (p) => `regexp_matches(s, ${p})`,
  (p) => `regexp_full_match(s, ${p}, 'i')`,
];

/** Rows, or the code of the error. */
async function outcome(from: string, call: string): Promise<unknown> {
  return db
    .sql(`SELECT ${call} FROM ${from} ORDER BY i`)
    .collect({ rows: "array" })
    .catch((error: unknown) => (error as { code?: unknown }).code ?? error);
}

it("replace, extract and split as those in columns do", { timeout: 300_000 }, async () => {
  let matching = 0;
  await fc.assert(
    fc.asyncProperty(
      somePattern,
      replacement,
      fc.array(someText, { minLength: 6, maxLength: 6 }),
      fc.constantFrom(...CALLS),
      async (source, by, texts, call) => {
        const values = texts.map((value, i) => `(${i}, ${quote(value)}, ${quote(source)}, ${quote(by)})`).join(", ");
        await db.execute(
          `CREATE OR REPLACE TABLE t (i INTEGER, s VARCHAR, p VARCHAR, r VARCHAR); INSERT INTO t VALUES ${values}`,
        );
        const constant = await outcome("t", call(quote(source), quote(by)));
        expect(constant).toEqual(await outcome("t", call("p", "r")));
        if (Array.isArray(constant) && constant.some(([value], i) => value !== texts[i] && value !== "")) matching++;
      },
    ),
    {
      numRuns: PATTERNS * CALLS.length,
      seed: 11,
      examples: EXAMPLES.flatMap((example) =>
        CALLS.map((call): [string, string, string[], Calls] => [example, "<\\1|\\0>", TEXTS, call]),
      ),
    },
  );
  expect(matching).toBeGreaterThan(PATTERNS);
});
