/** Patterns that the JavaScript engine matches itself mean what they mean to RE2. */
import fc from "fast-check";
import { RE2JS } from "re2js";
import { expect, it } from "vitest";
import { nativePattern } from "../../../../src/planner/functions/regexp/native-pattern.ts";

const atom = fc.constantFrom(
  "a",
  "b",
  "&",
  "=",
  "é",
  "-",
  ".",
  "\\d",
  "\\w",
  "\\s",
  "\\.",
  "[ab]",
  "[^&]",
  "[a-c1]",
  "[^\\s=]",
  "[]a]",
  "\\-",
  "[b\\-=]",
  "[.^$(]",
  "\\/",
  "\\_",
  "\\t",
);
const quantified = fc
  .tuple(atom, fc.constantFrom("", "", "*", "+", "?", "*?", "{2}", "{1,3}", "{2,}"))
  .map((parts) => parts.join(""));
const sequence = fc.array(quantified, { maxLength: 4 }).map((parts) => parts.join(""));
const alternatives = fc.array(sequence, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("|"));
const pattern = fc
  .array(
    fc.oneof(
      sequence,
      alternatives.map((body) => `(${body})`),
      alternatives.map((body) => `(?:${body})`),
      fc.constantFrom("^", "$"),
    ),
    {
      maxLength: 4,
    },
  )
  .map((parts) => parts.join(""));
const text = fc
  .array(fc.constantFrom("a", "b", "c", "1", "&", "=", "é", "-", ".", " ", "\n", "\r", "😀"), { maxLength: 12 })
  .map((c) => c.join(""));

it("finds the same matches and groups", () => {
  let taken = 0;
  fc.assert(
    fc.property(pattern, text, fc.constantFrom("", "s"), (source, subject, options) => {
      const native = nativePattern(source, options);
      if (native === undefined) return;
      taken++;
      const matcher = RE2JS.compile(source, options === "s" ? RE2JS.DOTALL : 0).matcher(subject);
      const found = native.regexp.exec(subject);
      const expected = matcher.find()
        ? Array.from({ length: native.groups + 1 }, (_, i) => matcher.group(i) ?? undefined)
        : undefined;
      expect(found === null ? undefined : [...found]).toEqual(expected);
    }),
    { numRuns: 5000, seed: 7 },
  );
  expect(taken).toBeGreaterThan(500);
});

it("leaves alone what backtracks or means something else", () => {
  for (const source of [
    "(a*)*",
    "(a|b)+",
    "a*b*c*",
    "(?i)a",
    "\\bfoo",
    "a{1000}",
    "a**",
    "a)",
    "[[:alpha:]]",
    "\\pL",
    "(?P<n>a)",
    "x{,3}",
  ])
    expect(nativePattern(source, "")).toBeUndefined();
  expect(nativePattern("a", "i")).toBeUndefined();
});

it("is for short texts where there is an unbounded quantifier", () => {
  const [none, one, two] = ["abc", "a.*c", "a.*b.*c"].map((source) => nativePattern(source, "")!.longest);
  expect(none).toBeGreaterThan(1_000_000);
  expect(one).toBeLessThan(5_000);
  expect(two).toBeLessThan(200);
});
