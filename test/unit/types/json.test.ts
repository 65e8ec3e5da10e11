import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatJson, parseJson } from "../../../src/planner/types/json.ts";
import { findJson, parseJsonPath } from "../../../src/planner/types/json-path.ts";

const find = (text: string, path: string): readonly string[] => {
  const value = parseJson(text);
  const steps = parseJsonPath(path);
  if (value === undefined || steps === undefined) throw new TypeError("malformed");
  return findJson(value, steps).map(formatJson);
};

describe("JSON", () => {
  it("agrees with JSON.parse on what is JSON and what it means", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value = parseJson(text);
        expect(value).toBeDefined();
        expect(JSON.parse(formatJson(value ?? null))).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each(["", "{", "[1,]", "{a:1}", "01", "1.", ".5", "+1", "'x'", '"\n"', "nul", "[1] 2", '{"a" 1}', "NaN", '"\\x"'])(
    "%j is malformed",
    (text) => {
      expect(parseJson(text)).toBeUndefined();
    },
  );

  it("keeps numbers beyond doubles, repeated keys and their order", () => {
    const text = '{"b":12345678901234567890123,"a":1,"b":2}';
    expect(formatJson(parseJson(text) ?? null)).toBe(text);
  });

  it("takes what is nested too deep as malformed, in bounded time", () => {
    expect(parseJson("[".repeat(100_000))).toBeUndefined();
    expect(parseJson(`${"[".repeat(900)}${"]".repeat(900)}`)).toBeDefined();
  });

  it.each([
    ["$", ['{"a":[1,{"b":2}],"c":{"b":3}}']],
    ["$.a[0]", ["1"]],
    ["$.a[-1].b", ["2"]],
    ["$.a[#-1].b", ["2"]],
    ["$.c.b", ["3"]],
    ["/a/1/b", ["2"]],
    ["c", ['{"b":3}']],
    ["$.x", []],
    ["$.a[7]", []],
    ["$.a[*]", ["1", '{"b":2}']],
    ["$.*", ['[1,{"b":2}]', '{"b":3}']],
    ["$..b", ["3", "2"]],
    ['$."c"."b"', ["3"]],
  ])("%s finds %j", (path, expected) => {
    expect(find('{"a":[1,{"b":2}],"c":{"b":3}}', path)).toEqual(expected);
  });

  it.each(["$.", "$[", "$[x]", "$.a[", "$a"])("%s is no path", (path) => {
    expect(parseJsonPath(path)).toBeUndefined();
  });
});
