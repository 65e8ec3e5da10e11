/** A continuous plan as EXPLAIN shows it. */
import { explainLogical, explainLogicalJson } from "../../planner/explain/logical.ts";
import { printExpr } from "../../planner/expr/print.ts";
import type { Bound } from "../time/bound.ts";
import type { Fact } from "../time/facts.ts";
import type { Emit } from "./derivation.ts";
import type { IncrementalPlan } from "./plan.ts";

/**
 *     Emit windows
 *     Input bid [auction, dateTime]
 *     Step sums of Aggregate
 *     └─ ...
 *     State sums of Aggregate: while window_end >= watermark of bid
 *     State left side: all rows
 *     Warning: the state "left side" grows with the input: nothing bounds it
 */
export function explainIncremental(plan: IncrementalPlan, emit: Emit): string {
  const lines: string[] = [`Emit ${emit}`];
  for (const { source, ordinals } of plan.inputs) {
    const columns = ordinals.map((ordinal) => source.schema[ordinal]!.name);
    lines.push(
      `Input ${source.name} [${columns.join(", ")}]${leavesOutLate(plan, source) ? " without late rows" : ""}`,
    );
  }
  for (const { into, plan: step, clock } of [...plan.constants, ...plan.tasks])
    lines.push(`Step ${into.name}${clock === undefined ? "" : ` when the ${clock.name} moves`}`, explainLogical(step));
  for (const { state, keeps } of plan.updates) lines.push(`State ${state.name}: ${keeps}`);
  return [...lines, ...warningsOf(plan).map((warning) => `Warning: ${warning}`)].join("\n");
}

export function explainIncrementalJson(plan: IncrementalPlan, emit: Emit): object {
  return {
    emit,
    inputs: plan.inputs.map(({ source, ordinals }) => ({
      name: source.name,
      columns: ordinals.map((ordinal) => source.schema[ordinal]!.name),
      late_rows_left_out: leavesOutLate(plan, source),
    })),
    steps: [...plan.constants, ...plan.tasks].map(({ into, plan: step }) => ({
      name: into.name,
      plan: explainLogicalJson(step),
    })),
    states: plan.updates.map(({ state, keeps, bounded }) => ({ name: state.name, keeps, bounded })),
    warnings: warningsOf(plan),
  };
}

function leavesOutLate({ late }: IncrementalPlan, source: unknown): boolean {
  return late.some((stream) => stream === source);
}

function warningsOf({ updates, output }: IncrementalPlan): readonly string[] {
  return updates.flatMap(({ state, delta, bounded }) =>
    bounded || delta === output ? [] : [`the state "${state.name}" grows with the input: nothing bounds it`],
  );
}

/** What a state keeps, in words. */
export function describeExpiry({ expr, bound }: Fact): string {
  return `while ${printExpr(expr)} >= ${describeBound(bound)}`;
}

function describeBound(bound: Bound): string {
  const terms = bound.map(({ clock, offset }) => {
    const name = typeof clock === "string" ? clock : `watermark of ${clock.name}`;
    if (offset === 0n) return name;
    const seconds = Number(offset < 0n ? -offset : offset) / 1e6;
    return `${name} ${offset < 0n ? "-" : "+"} ${seconds} s`;
  });
  return terms.length === 1 ? terms[0]! : `least(${terms.join(", ")})`;
}
