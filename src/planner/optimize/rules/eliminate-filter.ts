import { outputColumns } from "../../logical/columns.ts";
import { isNeverTrue, isTrue } from "../predicates.ts";
import type { Rule } from "../rule.ts";

/** WHERE false / NULL keeps nothing; WHERE true keeps all. Runs after FoldConstants. */
export const eliminateFilter: Rule<"Filter"> = {
  name: "EliminateFilter",
  on: "Filter",
  apply: ({ input, predicate }) => {
    if (isTrue(predicate)) return input;
    return isNeverTrue(predicate) ? { kind: "Empty", columns: outputColumns(input) } : undefined;
  },
};
