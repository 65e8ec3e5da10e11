import { columnsOf, ref } from "../expr/columns.ts";
import type { Column, Expr } from "../expr/expr.ts";
import { javaScriptCall } from "../optimize/rules/extract-javascript.ts";
import type { JavaScript, JavaScriptCall, PhysicalPlan } from "./plan.ts";

/** A projection, above the calls of JavaScript functions that are among its outputs. */
export function planProject(
  outputs: readonly { readonly column: Column; readonly expr: Expr }[],
  input: PhysicalPlan,
  rows: number,
): PhysicalPlan {
  const calls = outputs.flatMap(({ column, expr }): JavaScriptCall[] => {
    const found = javaScriptCall(expr);
    const fn = found?.call.definition?.javaScript;
    return found === undefined || fn === undefined ? [] : [{ column, ...found, function: fn }];
  });
  if (calls.length === 0) return { kind: "Project", input, outputs, rows };
  const below = calls.reduce((plan, call) => addCall(plan, call, rows), input);
  const called = new Set(calls.map(({ column }) => column));
  const rest = outputs.map(({ column, expr }) => ({ column, expr: called.has(column) ? ref(column) : expr }));
  const unchanged = rest.every(({ column, expr }) => expr.kind === "Column" && expr.column.id === column.id);
  return unchanged ? below : { kind: "Project", input: below, outputs: rest, rows };
}

/** Into the node below where that is of the same sort and does not make what the call reads. */
function addCall(input: PhysicalPlan, call: JavaScriptCall, rows: number): JavaScript {
  if (input.kind !== "JavaScript") return { kind: "JavaScript", input, calls: [call], rows };
  const made = new Set(input.calls.map(({ column }) => column.id));
  const reads = [call.call, ...(call.guard === undefined ? [] : [call.guard])].flatMap((expr) => [
    ...columnsOf(expr).keys(),
  ]);
  const isSame = input.calls.every((other) => sortOf(other) === sortOf(call));
  if (!isSame || reads.some((id) => made.has(id))) return { kind: "JavaScript", input, calls: [call], rows };
  return { ...input, calls: [...input.calls, call] };
}

function sortOf({ function: { place, spec } }: JavaScriptCall): string {
  return `${place} ${spec.isAsync}`;
}
