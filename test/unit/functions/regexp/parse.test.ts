/** What is parsed, what is left to the other engine, and that hostile patterns take no time. */
import { expect, it } from "vitest";
import { compileRegexp } from "../../../../src/planner/functions/regexp/compile.ts";
import { parseRegexp } from "../../../../src/planner/functions/regexp/parse.ts";

it.each([
  ["a{2,1}", ""],
  ["a{1001}", ""],
  ["(?:(?:a{10}){10}){11}", ""],
  ["a**", ""],
  ["*a", ""],
  ["(a", ""],
  ["a)", ""],
  ["[a", ""],
  ["[b-a]", ""],
  ["a\\", ""],
  ["\\Ba", ""],
  ["\\pL", ""],
  ["(?P<n>a)(?P<n>b)", ""],
  ["(?=a)", ""],
  ["(a)\\1", ""],
  ["é", "i"],
  ["a", "x"],
])("does not take '%s' with options '%s'", (pattern, options) => {
  expect(parseRegexp(pattern, options)).toBeUndefined();
});

it("does not take what is too long, or too deep", () => {
  expect(parseRegexp("a".repeat(5000), "")).toBeUndefined();
  expect(parseRegexp("(".repeat(500) + ")".repeat(500), "")).toBeUndefined();
});

it.each([
  ["a]b}", ""],
  ["(a", "l"],
  ["[]a][^]a]", ""],
  ["(?i)ab|(?-i:C)", ""],
  ["(?P<name>a{1000})", ""],
  ["[\\d\\-x[:alpha:]]", ""],
])("takes '%s' with options '%s'", (pattern, options) => {
  expect(parseRegexp(pattern, options)).toBeDefined();
});

it.each([
  "(?:(?:(?:(?:){10}){10}){10})(?:(?:){1000})",
  "(?:(?:(?:a?){10}){10}){10}",
  "(?:a?){500}(?:a){500}",
  "(?:.{0,30}x){30}",
  "(x+x+)+y",
  "(?:a|aa|aaa|aaaa)*b.{15}",
  Array.from({ length: 700 }, (_, i) => `w${i}`).join("|"),
])("is done with hostile pattern %# at once", (pattern) => {
  const begin = performance.now();
  const regexp = parseRegexp(pattern, "")!;
  const tags = [{ group: 0, edge: "start" as const }];
  const programs = (["any", "first"] as const).map((wanted) =>
    compileRegexp(regexp, { wanted, extent: "part", tags: wanted === "any" ? [] : tags }),
  );
  for (const program of programs) expect(program?.bytes.length ?? 0).toBeLessThan(2 ** 20);
  // A tenth of that when nothing else runs.
  expect(performance.now() - begin).toBeLessThan(5000);
});
