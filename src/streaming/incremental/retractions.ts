/** Which operators take rows back that they have put out. */
import { printAggregate, printExpr, printWindow } from "../../planner/expr/print.ts";
import type { LogicalPlan, Window } from "../../planner/logical/plan.ts";
import { isMomentFilter } from "./moments.ts";

/** What an operator does that can take rows back though its inputs only add some, in words; undefined: it does no such thing. */
export function retractionOf(plan: LogicalPlan): string | undefined {
  switch (plan.kind) {
    case "Scan":
      return `the rows of "${plan.source.name}", which may change`;
    case "Aggregate": {
      if (plan.aggregates.length === 0) return undefined;
      const groups = plan.groups.map(({ expr }) => printExpr(expr)).join(", ");
      const calls = plan.aggregates.map(({ call }) => printAggregate(call)).join(", ");
      return groups === "" ? calls : `${calls} by ${groups}`;
    }
    case "Window":
      return windowFunctions(plan);
    case "Filter":
      if (isMomentFilter(plan)) return `${printExpr(plan.predicate)}, which ends to hold as time passes`;
      // The first rows of partitions.
      return plan.input.kind === "Window" ? windowFunctions(plan.input) : undefined;
    case "Join":
      switch (plan.join) {
        case "inner":
        case "semi":
          return undefined;
        case "left":
        case "right":
        case "full":
          return `the ${plan.join} join, whose rows without a match may find one`;
        case "anti":
        case "mark":
          return "NOT EXISTS, EXCEPT or NOT IN, for which a match may come";
        case "single":
          return "a scalar subquery";
      }
      break;
    case "AsofJoin":
      return plan.join === "semi" ? undefined : "the ASOF join, for which a nearer row may come";
    case "Limit":
      return "LIMIT";
    case "MapBatches":
      return plan.function.spec.takes === "keys" ? plan.function.spec.name : undefined;
    case "Recursion":
      return `the recursive table "${plan.name}"`;
    case "Values":
    case "Empty":
    case "Project":
    case "Unnest":
    case "DependentJoin":
    case "SetOperation":
    case "Sort":
    case "CteScan":
    case "With":
    case "Sample":
    case "PositionalJoin":
      return undefined;
  }
}

function windowFunctions({ functions, orderBy }: Window): string {
  return functions.map(({ call }) => printWindow(call, orderBy.length)).join(", ");
}
