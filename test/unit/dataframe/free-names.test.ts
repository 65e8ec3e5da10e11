import { describe, expect, it } from "vitest";
import { freeNames, isAsync } from "../../../src/dataframe/javascript/free-names.ts";

describe("freeNames", () => {
  it.each([
    ["(x) => x * 2 + 1", []],
    ["function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2); }", []],
    ["({ a, b: [c = 1, ...rest] }) => { const d = Math.max(a, c); return rest.map((x) => x.length + d); }", []],
    ["slug(s) { return s.replace(/x/g, (m) => m + JSON.stringify({ y: 1 })); }", []],
    ["(x) => { try { return BigInt(x); } catch (e) { return e.code; } }", []],
    ["(x) => x + rate", ["rate"]],
    ["(x) => lookup.get(x) ?? fallback(x)", ["lookup", "fallback"]],
    ["(x) => ({ [key]: x })", ["key"]],
    ["(x, y = start) => x + y", ["start"]],
  ])("%s", (source, expected) => {
    expect(freeNames(source)).toEqual(expected);
  });

  it("knows async functions", () => {
    expect(isAsync("async (x) => x")).toBe(true);
    expect(isAsync("(x) => (async () => x)")).toBe(false);
  });

  it("refuses what is no source", () => {
    expect(() => freeNames(Math.max.toString())).toThrow(SyntaxError);
  });
});
