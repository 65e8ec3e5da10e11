/** What a regular expression requires is in all texts that match it. */
import fc from "fast-check";
import { RE2JS } from "re2js";
import { expect, it } from "vitest";
import { parseRegexp } from "../../../../src/planner/functions/regexp/parse.ts";
import {
  type RequiredText,
  requiredText as requiredOf,
} from "../../../../src/planner/functions/regexp/required-text.ts";

function requiredText(pattern: string): RequiredText {
  const parsed = parseRegexp(pattern, "");
  return parsed === undefined ? { anywhere: "", prefix: "" } : requiredOf(parsed.root);
}

const atoms = ["a", "a", "b", "b", "é", "😀", "\\.", ".", "[ab]", "[^a-c]", "[\\]a]"];
const quantifiers = ["", "", "", "*", "+", "?", "*?", "??", "{2}", "{1,3}", "{0,2}?"];
const sequence = fc
  .array(fc.tuple(fc.constantFrom(...atoms), fc.constantFrom(...quantifiers)), { maxLength: 4 })
  .map((parts) => parts.map(([atom, quantifier]) => atom + quantifier).join(""));
const group = fc
  .tuple(fc.constantFrom("(", "(?:"), fc.array(sequence, { minLength: 1, maxLength: 3 }))
  .map(([open, options]) => `${open}${options.join("|")})`);
const pattern = fc
  .tuple(
    fc.constantFrom("^", ""),
    fc.array(fc.oneof(sequence, group), { maxLength: 4 }),
    fc.constantFrom("$", ""),
    fc.option(sequence, { nil: undefined, freq: 9 }),
  )
  .map(([begin, parts, end, other]) => begin + parts.join("") + end + (other === undefined ? "" : `|${other}`));
const text = fc
  .array(fc.constantFrom("a", "a", "b", "b", "é", "😀", ".", "]"), { minLength: 1, maxLength: 20 })
  .map((parts) => parts.join(""));

it("is in all texts that match", () => {
  let matches = 0;
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 20, maxLength: 20 }), (source, texts) => {
      const { anywhere, prefix } = requiredText(source);
      if (anywhere === "" && prefix === "") return;
      const re2 = RE2JS.compile(source);
      const matching = texts.filter((one) => re2.matcher(one).find());
      matches += matching.length;
      expect(matching.filter((one) => !one.includes(anywhere))).toEqual([]);
      const begins = (one: string): boolean => {
        const matcher = re2.matcher(one);
        return matcher.find() && one.startsWith(prefix, matcher.start());
      };
      expect(matching.filter((one) => !begins(one))).toEqual([]);
    }),
    { numRuns: 4000, seed: 11 },
  );
  expect(matches).toBeGreaterThan(50);
});

it.each([
  ["(&|^)channel_id=([^&]*)", "channel_id=", ""],
  ["abc*de", "ab", "ab"],
  ["ab+c{2}", "a", "a"],
  ["a(bcd)e", "abcde", "abcde"],
  ["a[]b]cde", "cde", "a"],
  ["a[\\]b]cde", "cde", "a"],
  ["abc|d", "", ""],
  ["a[bc]def?g", "de", "a"],
  ["x.yz/w", "yz/w", "x"],
  ["a{1,2}?bc", "bc", ""],
  ["(ab)*cd", "cd", ""],
  ["^ab", "ab", ""],
  ["", "", ""],
])("of %s it is '%s', first '%s'", (source, anywhere, prefix) => {
  expect(requiredText(source)).toEqual({ anywhere, prefix });
});
