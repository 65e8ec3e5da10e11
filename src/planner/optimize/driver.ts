import { HeadraceError } from "../../error.ts";
import { mapInputs } from "../logical/map.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { createRuleContext, type Fold, type RuleContext } from "./context.ts";
import type { AnyRule } from "./rule.ts";
import { OPTIONAL_RULES, REQUIRED_RULES } from "./rules.ts";
import { validatePlan } from "./validate.ts";

/** One rule's effect, for EXPLAIN (RULES). Rules that changed nothing leave no entry. */
export type RuleTrace = readonly { readonly rule: string; readonly before: LogicalPlan; readonly after: LogicalPlan }[];

export type OptimizerSettings = {
  /** Off: only what correctness needs (unnesting, set operations as joins, DISTINCT aggregates). */
  readonly optimizer: boolean;
};

export type Optimized = { readonly plan: LogicalPlan; readonly trace: RuleTrace; readonly context: RuleContext };

/** Runs the rules in order. After each the plan must put out the same columns and read only what its inputs put out. */
export function optimize(bound: LogicalPlan, fold: Fold, settings: OptimizerSettings): Optimized {
  const context = createRuleContext(bound, fold);
  const trace: { rule: string; before: LogicalPlan; after: LogicalPlan }[] = [];
  let plan = bound;
  for (const rule of settings.optimizer ? OPTIONAL_RULES : REQUIRED_RULES) {
    context.estimate.define(plan);
    const after = tooDeepAware(() => applyRule(rule, plan, context));
    if (after === plan) continue;
    validatePlan(rule.name, plan, after);
    trace.push({ rule: rule.name, before: plan, after });
    plan = after;
  }
  return { plan, trace, context };
}

/** Applies one rule to the whole plan; the same object when it changes nothing. */
export function applyRule(rule: AnyRule, plan: LogicalPlan, context: RuleContext): LogicalPlan {
  if (rule.on === "Plan") return rule.apply(plan, context) ?? plan;
  const rewrite = (node: LogicalPlan): LogicalPlan => {
    const rewritten = mapInputs(node, rewrite);
    if (rewritten.kind !== rule.on) return rewritten;
    // The kinds agree, as just checked; the union of rules does not let the compiler see it.
    const changed = (rule.apply as (node: LogicalPlan, context: RuleContext) => LogicalPlan | undefined)(
      rewritten,
      context,
    );
    return changed === undefined ? rewritten : rewrite(changed);
  };
  return rewrite(plan);
}

/** Rules recurse over the plan; a plan deeper than the stack is refused by name instead of crashing. */
export function tooDeepAware<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError)
      throw new HeadraceError("unsupported", "the query is nested too deeply", { cause: error });
    throw error;
  }
}
