/** What an expression says twice is computed once, and never where it would not have been computed. */
import { describe, expect, it } from "vitest";
import { instantiateKernels, loadKernels } from "../../../src/exec/kernels/kernels.ts";
import { bindStatement } from "../../../src/planner/bind/statement.ts";
import { columnsOf } from "../../../src/planner/expr/columns.ts";
import type { Datum } from "../../../src/planner/expr/expr.ts";
import { typeOf } from "../../../src/planner/expr/type-of.ts";
import {
  ConstantRuntime,
  openProgram,
  programResult,
  resultTypes,
  returnOperand,
} from "../../../src/planner/ir/evaluate.ts";
import { type Callable, interpret } from "../../../src/planner/ir/interpret.ts";
import { lowerExpression } from "../../../src/planner/ir/lower/expression.ts";
import { SharedValues } from "../../../src/planner/ir/lower/shared-values.ts";
import { parseStatements } from "../../../src/sql/parse.ts";
import { NOW } from "../functions/evaluate.ts";

const kernels = loadKernels();

/** The value of an expression over the columns `s` and `n`, and how often it matched a pattern. */
function evaluate(sql: string, s: string | null, n: number): { readonly value: Datum; readonly matches: number } {
  const text = `SELECT ${sql} FROM (SELECT NULLIF('', '') AS s, 1 AS n) t`;
  const bound = bindStatement(parseStatements(text)[0]!, { lookup: () => undefined, names: () => [] }, { sql: text });
  if (bound.kind !== "Query" || bound.plan.kind !== "Project") throw new Error(sql);
  const { expr } = bound.plan.outputs[0]!;
  const row = new Map<number, Datum>();
  for (const { id, name } of columnsOf(expr).values()) row.set(id, name === "s" ? s : n);
  const open = openProgram(resultTypes(typeOf(expr)), NOW, row);
  const ctx = { ...open.ctx, shared: new SharedValues(open.ctx.b) };
  returnOperand(open, lowerExpression(ctx, expr), typeOf(expr));
  const program = open.finish();
  const memory = new WebAssembly.Memory({ initial: 32, maximum: 65536, shared: true });
  const known = instantiateKernels(kernels, memory) as unknown as Record<
    string,
    (...args: readonly unknown[]) => unknown
  >;
  const runtime = new ConstantRuntime(program, memory, 0);
  let matches = 0;
  const resolve = (fn: (typeof program.calls)[number]): Callable | undefined => {
    if (fn.module !== "kernel") return runtime.resolve(fn);
    return (...args) => {
      if (fn.name === "regexpFind") matches++;
      return known[fn.name]!(...args);
    };
  };
  const results = interpret(program.functions, { memory, resolve }).get(program.entry)!();
  return { value: programResult(typeOf(expr), results as readonly (number | bigint)[], runtime.host), matches };
}

const B = "regexp_extract(s, '[b-y]+')";

describe("a call that is written twice", () => {
  it.each([
    ["is made once", `${B} || ${B}`, "abc", 1, "bcbc", 1],
    [
      "is made once for a condition and what depends on it",
      `CASE WHEN ${B} <> '' THEN ${B} ELSE 'no' END`,
      "abc",
      1,
      "bc",
      1,
    ],
    [
      "is made once for all conditions",
      `CASE ${B} WHEN 'x' THEN 1 WHEN 'y' THEN 2 WHEN 'bc' THEN 3 END`,
      "abc",
      1,
      3,
      1,
    ],
    [
      "is not made for branches not taken",
      `CASE WHEN n > 1 THEN ${B} WHEN n > 2 THEN ${B} ELSE 'no' END`,
      "abc",
      1,
      "no",
      0,
    ],
    ["is made where an earlier one was not", `CASE WHEN n > 1 THEN ${B} ELSE '' END || ${B}`, "abc", 1, "bc", 1],
    [
      "is made again where an earlier one need not have been",
      `CASE WHEN n > 0 THEN ${B} ELSE '' END || ${B}`,
      "abc",
      1,
      "bcbc",
      2,
    ],
    ["is one of NULL, too", `coalesce(${B} || ${B}, 'none')`, null, 1, "none", 0],
    ["is two of different texts", `${B} || regexp_extract(upper(s), '[b-y]+')`, "abc", 1, "bc", 2],
    ["is two of different patterns", `${B} || regexp_extract(s, '[b-z]+')`, "abc", 1, "bcbc", 2],
  ])("%s", (_, sql, s, n, value, matches) => {
    expect(evaluate(sql, s, n)).toEqual({ value, matches });
  });

  it("is made each time when it is volatile", () => {
    const volatile = "regexp_extract(s || (random() * 0)::INT::VARCHAR, '[b-y]+')";
    expect(evaluate(`${volatile} || ${volatile}`, "abc", 1)).toEqual({ value: "bcbc", matches: 2 });
  });
});
