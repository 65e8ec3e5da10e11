import type { LogicalPlan } from "../../logical/plan.ts";
import { isVolatile } from "../fallible.ts";
import type { Rule } from "../rule.ts";

/** A Limit goes below what keeps the number and order of rows, and into what need not make more rows than it passes. */
export const pushDownLimit: Rule<"Limit"> = {
  name: "PushDownLimit",
  on: "Limit",
  apply: (plan) => {
    const { input, limit, offset } = plan;
    if (limit === undefined && offset === 0) return input;
    switch (input.kind) {
      case "Project":
        if (input.outputs.some(({ expr }) => isVolatile(expr))) return undefined;
        return { ...input, input: { ...plan, input: input.input } };
      case "Limit": {
        const rest = input.limit === undefined ? Infinity : Math.max(0, input.limit - offset);
        const least = Math.min(limit ?? Infinity, rest);
        return {
          kind: "Limit",
          input: input.input,
          limit: least === Infinity ? undefined : least,
          offset: input.offset + offset,
        };
      }
      case "SetOperation": {
        if (input.op !== "union" || !input.all || limit === undefined) return undefined;
        const most = limit + offset;
        if (input.inputs.every((part) => isLimitedTo(part, most))) return undefined;
        return { ...plan, input: { ...input, inputs: input.inputs.map((part) => limitedTo(part, most)) } };
      }
      case "Join": {
        if (input.join !== "inner" || input.conditions.length > 0 || limit === undefined) return undefined;
        const most = limit + offset;
        if (isLimitedTo(input.left, most) && isLimitedTo(input.right, most)) return undefined;
        return { ...plan, input: { ...input, left: limitedTo(input.left, most), right: limitedTo(input.right, most) } };
      }
      default:
        return undefined;
    }
  },
};

function limitedTo(plan: LogicalPlan, rows: number): LogicalPlan {
  return isLimitedTo(plan, rows) ? plan : { kind: "Limit", input: plan, limit: rows, offset: 0 };
}

function isLimitedTo(plan: LogicalPlan, rows: number): boolean {
  if (plan.kind === "Project") return isLimitedTo(plan.input, rows);
  return (
    (plan.kind === "Limit" && plan.limit !== undefined && plan.limit <= rows) ||
    (plan.kind === "Values" && plan.rows.length <= rows)
  );
}
