/** The script runner itself, on sessions that return what they are told. */
import { describe, expect, it } from "vitest";
import { HeadraceError } from "../../../src/error.ts";
import type { TestResult, TestSession } from "../../support/session.ts";
import { completeSlt } from "../../support/slt/complete.ts";
import { parseSlt } from "../../support/slt/parse.ts";
import { runSlt } from "../../support/slt/run.ts";
import type { Outcome, RunOptions } from "../../support/slt/run.ts";

type Answer = TestResult | HeadraceError;

const integers = (...values: number[]): TestResult => ({
  kind: "rows",
  columns: [{ name: "i", type: "INTEGER" }],
  rows: values.map((value) => [value]),
});

async function run(
  script: string,
  answers: Readonly<Record<string, Answer>>,
  include: Partial<RunOptions> = {},
): Promise<readonly Outcome[]> {
  const session: TestSession = {
    execute: async (sql) => {
      const answer = answers[sql] ?? new HeadraceError("syntax", `no answer for ${sql}`);
      if (answer instanceof Error) throw answer;
      return [answer];
    },
    close: async () => undefined,
  };
  const options = {
    engines: new Set(["headrace"]),
    tolerance: 1e-9,
    checkMessages: true,
    checkPlans: true,
    variables: new Map(),
    ...include,
  };
  return runSlt(parseSlt(script), session, options);
}

async function statuses(script: string, answers: Readonly<Record<string, Answer>>): Promise<string[]> {
  return (await run(script, answers)).map(({ status }) => status);
}

const OK: TestResult = { kind: "ok" };

describe("the script runner", () => {
  it("checks statements and their errors", async () => {
    const script =
      "statement ok\nA\n\nstatement error\nB\n----\nbad thing\n\nstatement error\nB\n----\n<REGEX>:.*Thing\n\nstatement error\nB\n----\nother\n\nstatement error\nA\n\nstatement ok\nB\n";
    const answers = { A: OK, B: new HeadraceError("bind", "a Bad Thing") };
    expect(await statuses(script, answers)).toEqual(["passed", "passed", "passed", "failed", "failed", "failed"]);
  });

  it("tells what is unsupported", async () => {
    const answers = { A: new HeadraceError("unsupported", "PIVOT is not supported yet") };
    expect(await statuses("statement ok\nA\n\nquery I\nA\n----\n1\n", answers)).toEqual(["unsupported", "unsupported"]);
    expect(await statuses("require spatial\n\nquery I\nA\n----\n1\n", { A: integers(1) })).toEqual(["unsupported"]);
  });

  it("compares rows in order, sorted, or as values", async () => {
    const answers = { A: integers(2, 10, 1) };
    expect(await statuses("query I\nA\n----\n2\n10\n1\n", answers)).toEqual(["passed"]);
    expect(await statuses("query I\nA\n----\n1\n2\n10\n", answers)).toEqual(["failed"]);
    expect(await statuses("query I rowsort\nA\n----\n1\n2\n10\n", answers)).toEqual(["passed"]);
    expect(await statuses("query I valuesort\nA\n----\n10\n1\n2\n", answers)).toEqual(["passed"]);
    expect(await statuses("query I rowsort\nA\n----\n1\n2\n", answers)).toEqual(["failed"]);
    expect(await statuses("query II\nA\n----\n1\t2\n", answers)).toEqual(["failed"]);
  });

  it("reads rows with tabs and values line by line", async () => {
    const columns = [
      { name: "i", type: "INTEGER" },
      { name: "s", type: "VARCHAR" },
    ];
    const answers: Record<string, Answer> = {
      A: {
        kind: "rows",
        columns,
        rows: [
          [1, ""],
          [null, "a\nb"],
        ],
      },
    };
    expect(await statuses("query IT\nA\n----\n1\t(empty)\nNULL\ta\\nb\n", answers)).toEqual(["passed"]);
    expect(await statuses("query IT\nA\n----\n1\n(empty)\nNULL\na\\nb\n", answers)).toEqual(["passed"]);
  });

  it("compares numbers by value, floats within the tolerance, integers exactly", async () => {
    const number = (type: string, value: unknown): Record<string, Answer> => ({
      A: { kind: "rows", columns: [{ name: "x", type }], rows: [[value]] },
    });
    const one = async (expected: string, type: string, value: unknown): Promise<string> =>
      (await statuses(`query R\nA\n----\n${expected}\n`, number(type, value)))[0]!;
    expect(await one("1", "DOUBLE", 1)).toBe("passed");
    expect(await one("0.3333333333", "DOUBLE", 1 / 3)).toBe("passed");
    expect(await one("0.3333", "DOUBLE", 1 / 3)).toBe("failed");
    expect(await one("NaN", "DOUBLE", Number.NaN)).toBe("passed");
    expect(await one("1.5", "DECIMAL(10,2)", "1.50")).toBe("passed");
    expect(await one("1.51", "DECIMAL(10,2)", "1.50")).toBe("failed");
    expect(await one("99999999999999999998", "HUGEINT", 99999999999999999999n)).toBe("failed");
    expect(await one("0.00000000000000000001", "DECIMAL(38,20)", "0.00000000000000000002")).toBe("failed");
    expect(await one("1", "BOOLEAN", true)).toBe("passed");
  });

  it("knows hashes, labels and regular expressions", async () => {
    const answers = { A: integers(1, 2, 3), B: integers(3, 2, 1) };
    // md5 of "1\n2\n3\n"
    const hash = "3 values hashing to c0710d6b4f15dfa88f600b0e6b624077";
    expect(await statuses(`query I\nA\n----\n${hash}\n\nquery I\nB\n----\n${hash}\n`, answers)).toEqual([
      "passed",
      "failed",
    ]);
    expect(await statuses("query I rowsort x\nA\n----\n\nquery I rowsort x\nB\n----\n", answers)).toEqual([
      "passed",
      "passed",
    ]);
    expect(await statuses("query I nosort x\nA\n\nquery I nosort x\nB\n", answers)).toEqual(["passed", "failed"]);
    expect(await statuses("query I\nA\n----\n<REGEX>:1.2.3\n\nquery I\nA\n----\n<!REGEX>:.*9.*\n", answers)).toEqual([
      "passed",
      "passed",
    ]);
  });

  it("repeats loops with their variables", async () => {
    const script =
      "loop i 0 2\n\nquery I\nA${i}\n----\n${i}\n\nendloop\n\nforeach type,n INT,4 BIGINT,8\n\nstatement ok\n{type} ${n}\n\nendloop\n";
    const answers = { A0: integers(0), A1: integers(1), "INT 4": OK, "BIGINT 8": OK };
    expect(await statuses(script, answers)).toEqual(["passed", "passed", "passed", "passed"]);
  });

  it("obeys conditions, halt and skip", async () => {
    const script =
      "onlyif mysql\nstatement ok\nX\n\nskipif headrace\nstatement ok\nX\n\nonlyif headrace\nstatement ok\nA\n\nmode skip\n\nstatement ok\nX\n\nmode unskip\n\nloop i 0 3\n\nonlyif i=1\nstatement ok\nA\n\nendloop\n\nhalt\n\nstatement ok\nX\n";
    expect(await statuses(script, { A: OK })).toEqual(["passed", "passed"]);
  });

  it("checks plans and their rules", async () => {
    const plan: TestResult = {
      kind: "rows",
      columns: [{ name: "plan", type: "VARCHAR" }],
      rows: [["initial          Filter\nEliminateFilter  Empty"]],
    };
    const answers = { "EXPLAIN (RULES) A": plan };
    const body = "A\n----\ninitial          Filter\nEliminateFilter  Empty\n";
    expect(await statuses(`plan expect=EliminateFilter\n${body}`, answers)).toEqual(["passed"]);
    expect(await statuses(`plan expect=PushFilter\n${body}`, answers)).toEqual(["failed"]);
    expect(await statuses(`plan expect-not=EliminateFilter\n${body}`, answers)).toEqual(["failed"]);
    expect(await statuses("plan\nA\n----\ninitial          Empty\n", answers)).toEqual(["failed"]);
  });

  it("rewrites what differs and keeps the rest", async () => {
    const script =
      "# why\nquery I\nA\n----\n1\n3\n\nquery I rowsort\nB\n\nstatement error\nC\n----\nbad\n\nquery I\nD\n----\n3 values hashing to x\n";
    const answers = {
      A: integers(1, 2),
      B: integers(3, 1),
      C: new HeadraceError("bind", "a bad thing"),
      D: integers(1, 2, 3),
    };
    expect(completeSlt(script, await run(script, answers))).toBe(
      "# why\nquery I\nA\n----\n1\n2\n\nquery I rowsort\nB\n----\n1\n3\n\nstatement error\nC\n----\nbad\n\nquery I\nD\n----\n3 values hashing to c0710d6b4f15dfa88f600b0e6b624077\n",
    );
  });

  it("includes other scripts and sets variables for what follows", async () => {
    const script = "set variable x 7\n\ninclude a\n\nquery I\nB ${x}\n----\n2\n\ninclude b\n\nquery I\nB 7\n----\n2\n";
    const include: RunOptions["include"] = async (path, variables) =>
      path === "a" ? parseSlt(`query I\nA \${x} ${variables.get("x")}\n----\n1\n`) : undefined;
    const outcomes = await run(script, { "A 7 7": integers(1), "B 7": integers(2) }, { include });
    expect(outcomes.map(({ status, message }) => [status, message])).toEqual([
      ["passed", undefined],
      ["passed", undefined],
      ["unsupported", "include b"],
    ]);
  });

  it("refuses what it cannot read", () => {
    expect(() => parseSlt("loop i 0 3\n\nstatement ok\nA\n")).toThrow(/endloop/);
    expect(() => parseSlt("quarry I\nA\n")).toThrow(/line 1.*quarry/);
    expect(() => parseSlt("statement perhaps\nA\n")).toThrow(/line 1/);
  });
});
