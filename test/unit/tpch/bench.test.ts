import { describe, expect, it } from "vitest";
import { runBenchmark } from "../../../tpch/bench/benchmark.ts";
import type { Engine, Row } from "../../../tpch/bench/engines/engine.ts";
import { formatProblems, formatReport, ratiosOf } from "../../../tpch/bench/report.ts";
import { rowDifference } from "../../../tpch/bench/same-rows.ts";
import { geometricMean, median } from "../../../tpch/bench/statistics.ts";

function engine(name: string, peer: string, log: string[], rows: readonly Row[] | undefined): Engine {
  return {
    name,
    peer,
    version: "1",
    threads: 1,
    run: async () => {
      log.push(name);
      if (rows === undefined) throw new Error("no such function\nat line 1");
      return { result: () => ({ columns: ["a"], rows }), planningMs: 0 };
    },
    close: async () => undefined,
  };
}

describe("the benchmark", () => {
  it("lets the engines take turns and reports who differs", async () => {
    const log: string[] = [];
    const engines = [engine("a", "a", log, [[1]]), engine("b", "b", log, [[2]]), engine("c", "c", log, undefined)];
    const reports = await runBenchmark(engines, [{ number: 6, sql: "" }], { runs: 2 });
    expect(log).toEqual(["a", "b", "c", "a", "b", "a", "b"]);
    expect(reports[0]!.result?.rows).toEqual([[1]]);
    expect(formatProblems(reports)).toEqual([
      "Q6: b has another result than a: row 1, column 1: 1 against 2",
      "Q6: c cannot run it: no such function",
    ]);
    expect(formatReport(reports, () => "ok")).toMatch(/^Q6 +[\d.]+ +[\d.]+ +[\d.]+ ! +n\/a +[\d.]+ +n\/a {2}ok$/m);
  });

  it("takes the faster variant of a peer", () => {
    const entry = (name: string, peer: string, ...samples: number[]) => ({
      engine: name,
      peer,
      samples,
      planning: [],
      failure: undefined,
      difference: undefined,
    });
    const reports = [
      {
        query: 1,
        result: undefined,
        engines: [entry("h", "h", 10, 30, 20), entry("d", "d", 40), entry("d2", "d", 10)],
      },
      { query: 2, result: undefined, engines: [entry("h", "h", 10), entry("d", "d", 20), entry("d2", "d", 30)] },
      { query: 3, result: undefined, engines: [entry("h", "h", 10), entry("d", "d"), entry("d2", "d")] },
    ];
    expect(ratiosOf(reports)).toEqual([{ peer: "d", byQuery: [2, 0.5, undefined], geometricMean: 1 }]);
  });

  it("computes medians and geometric means", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(geometricMean([2, 8])).toBeCloseTo(4);
  });

  it.each<[string, readonly Row[], readonly Row[], boolean]>([
    [
      "another order",
      [
        [1, "a"],
        [2, "b"],
      ],
      [
        [2, "b"],
        [1, "a"],
      ],
      true,
    ],
    ["another width of integers", [[1n]], [[1]], true],
    ["a decimal's trailing zeros", [["1.50"]], [["1.5"]], true],
    ["a float against a decimal", [["1.50"]], [[1.5000000000001]], true],
    ["floats that differ in the last digits", [[0.1 + 0.2]], [[0.3]], true],
    ["floats that differ", [[0.3]], [[0.30001]], false],
    ["decimals that differ in the last digit", [["123456789012345.67"]], [["123456789012345.68"]], false],
    ["NULL against zero", [[null]], [[0]], false],
    ["another number of rows", [[1]], [[1], [1]], false],
    ["other duplicates", [[1], [1], [2]], [[1], [2], [2]], false],
  ])("compares rows: %s", (_, expected, actual, same) => {
    expect(rowDifference(expected, actual) === undefined).toBe(same);
  });
});
