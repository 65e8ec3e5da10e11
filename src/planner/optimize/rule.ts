import type { LogicalPlan } from "../logical/plan.ts";
import type { RuleContext } from "./context.ts";

type Kind = LogicalPlan["kind"];

/** A rewrite of single nodes, applied bottom-up and again to its own result. `undefined`: no change. */
export type Rule<K extends Kind> = {
  readonly name: string;
  readonly on: K;
  readonly apply: (node: Extract<LogicalPlan, { kind: K }>, context: RuleContext) => LogicalPlan | undefined;
};

/** A rewrite of a whole plan. */
export type PlanRule = {
  readonly name: string;
  readonly on: "Plan";
  readonly apply: (plan: LogicalPlan, context: RuleContext) => LogicalPlan | undefined;
};

export type AnyRule = PlanRule | { readonly [K in Kind]: Rule<K> }[Kind];
