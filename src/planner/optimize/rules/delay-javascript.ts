import { columnsOf, ref } from "../../expr/columns.ts";
import type { Column } from "../../expr/expr.ts";
import { someExpr } from "../../expr/map.ts";
import { isVolatile } from "../fallible.ts";
import type { Rule } from "../rule.ts";

/** JavaScript functions that the order does not read are called only for the rows that a Limit above the Sort passes. */
export const delayJavaScript: Rule<"Limit"> = {
  name: "DelayJavaScript",
  on: "Limit",
  apply: (limit) => {
    const sort = limit.input;
    if (sort.kind !== "Sort" || sort.input.kind !== "Project") return undefined;
    const project = sort.input;
    const sorted = new Set(sort.keys.flatMap(({ expr }) => [...columnsOf(expr).keys()]));
    const late = project.outputs.filter(
      ({ column, expr }) =>
        !sorted.has(column.id) &&
        !isVolatile(expr) &&
        someExpr(expr, (part) => part.kind === "Call" && part.definition?.javaScript !== undefined),
    );
    if (late.length === 0) return undefined;
    const early = project.outputs.filter((output) => !late.includes(output));
    const known = new Set(early.map(({ column }) => column.id));
    const read = new Map<number, Column>();
    for (const { expr } of late) for (const [id, column] of columnsOf(expr)) if (!known.has(id)) read.set(id, column);
    const below = [...early, ...[...read.values()].map((column) => ({ column, expr: ref(column) }))];
    const outputs = project.outputs.map((output) =>
      late.includes(output) ? output : { column: output.column, expr: ref(output.column) },
    );
    return { kind: "Project", input: { ...limit, input: { ...sort, input: { ...project, outputs: below } } }, outputs };
  },
};
