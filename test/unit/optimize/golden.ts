import { explainLogical } from "../../../src/planner/explain/logical.ts";
import { explainPhysical } from "../../../src/planner/explain/physical.ts";
import { query } from "../../../tpch/queries/queries.ts";
import { planned } from "./harness.ts";

/**
 * Golden plans, one file per rule. A case is
 *
 *     # why
 *     plan expect=RuleName
 *     SELECT ...
 *     ----
 *     the plan before the rule
 *     =>
 *     the plan after it
 *
 * `expect=physical` shows the physical plan instead; the query may be `tpch N`. Cases are separated by blank lines.
 */
export type GoldenCase = {
  readonly comment: string;
  readonly expect: string;
  readonly sql: string;
  readonly plan: string;
};

export function parseGolden(text: string): readonly GoldenCase[] {
  return text
    .split(/\n{2,}/)
    .map((block) => block.trim())
    .filter((block) => block.includes("plan expect="))
    .map((block) => {
      const lines = block.split("\n");
      const head = lines.findIndex((line) => line.startsWith("plan expect="));
      const rule = lines.indexOf("----");
      return {
        comment: lines.slice(0, head).join("\n"),
        expect: (lines[head] ?? "").slice("plan expect=".length),
        sql: lines.slice(head + 1, rule < 0 ? undefined : rule).join("\n"),
        plan: rule < 0 ? "" : lines.slice(rule + 1).join("\n"),
      };
    });
}

export function formatGolden(cases: readonly GoldenCase[]): string {
  return `${cases.map(({ comment, expect, sql, plan }) => [...(comment === "" ? [] : [comment]), `plan expect=${expect}`, sql, "----", plan].join("\n")).join("\n\n")}\n`;
}

/** The plan text that the case should hold. A rule that changes nothing shows as such. */
export function goldenPlan({ expect, sql }: GoldenCase): string {
  const number = /^tpch (\d+)$/.exec(sql)?.[1];
  const { physical, trace } = planned(number === undefined ? sql : query(Number(number)));
  if (expect === "physical") return explainPhysical(physical);
  const steps = trace
    .filter(({ rule }) => rule === expect)
    .map(({ before, after }) => ({ before: explainLogical(before), after: explainLogical(after) }))
    .filter(({ before, after }) => before !== after);
  if (steps.length === 0) return "(no change)";
  return steps.map(({ before, after }) => `${before}\n=>\n${after}`).join("\nand again\n");
}
