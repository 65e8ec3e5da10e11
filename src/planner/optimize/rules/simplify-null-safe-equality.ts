import { mapList } from "../../expr/map.ts";
import { outputColumns } from "../../logical/columns.ts";
import { mayBeNull } from "../nullability.ts";
import { comparison } from "../predicates.ts";
import type { Rule } from "../rule.ts";

/**
 * A join on IS NOT DISTINCT FROM with a side that is never NULL is a join on `=`, which orders and hashes better. Not in mark
 * joins, which tell NULL from FALSE.
 */
export const simplifyNullSafeEquality: Rule<"Join"> = {
  name: "SimplifyNullSafeEquality",
  on: "Join",
  apply: (plan) => {
    if (plan.join === "mark") return undefined;
    const columns = new Map(
      [...outputColumns(plan.left), ...outputColumns(plan.right)].map((column) => [column.id, column]),
    );
    const conditions = mapList(plan.conditions, (condition) => {
      if (condition.kind !== "Call" || condition.name !== "is_not_distinct") return condition;
      const [left, right] = condition.args;
      if (left === undefined || right === undefined || (mayBeNull(left, columns) && mayBeNull(right, columns)))
        return condition;
      return comparison("=", left, right);
    });
    return conditions === plan.conditions ? undefined : { ...plan, conditions };
  },
};
