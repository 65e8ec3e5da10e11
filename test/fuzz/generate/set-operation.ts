/** UNION, INTERSECT and EXCEPT, by position or by name. */
import type { Node } from "../tree.ts";
import type { Context, RelationColumn, Scope } from "./scope.ts";
import { type Query, queryNode, select } from "./query.ts";
import { anyType, type Type } from "./types.ts";

export function setOperation(ctx: Context, scope: Scope, wanted: readonly Type[] | undefined, depth: number): Query {
  const { random } = ctx;
  const types = wanted ?? Array.from({ length: random.between(1, 3) }, () => anyType(random));
  const byName = random.chance(0.15);
  const operands = Array.from({ length: random.pick([2, 2, 3]) }, () => {
    // Of a UNION BY NAME an operand may lack the last columns: they are NULL.
    const some = byName && wanted === undefined ? types.slice(0, random.between(1, types.length)) : types;
    return select(ctx, scope, some, depth - 1, false);
  });
  const [first, ...others] = operands as [Query, ...Query[]];
  const operator = byName
    ? "UNION"
    : random.weighted([
        [4, "UNION"],
        [2, "INTERSECT"],
        [2, "EXCEPT"],
      ]);
  const how = `${random.chance(0.4) ? " ALL" : ""}${byName ? " BY NAME" : ""}`;
  const longest = operands.reduce((most, one) => (one.columns.length > most.columns.length ? one : most));
  const columns = longest.columns.map((column, i): RelationColumn => {
    const same = operands.flatMap((operand) => operand.columns[i] ?? []);
    return { ...column, low: Math.min(...same.map(({ low }) => low)), high: Math.max(...same.map(({ high }) => high)) };
  });
  const parts = others.flatMap((other): Node[] => [` ${operator}${how} (`, other.node, ")"]);
  const rows = operands.reduce((sum, operand) => sum + operand.rows, 0);
  return { node: queryNode(columns, "(", first.node, ")", ...parts), columns, rows, order: undefined };
}
