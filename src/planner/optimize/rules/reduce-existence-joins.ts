import { ref } from "../../expr/columns.ts";
import { typeOf } from "../../expr/type-of.ts";
import { aggregateFunction } from "../../functions/registry.ts";
import { outputColumns } from "../../logical/columns.ts";
import type { LogicalPlan } from "../../logical/plan.ts";
import type { SqlType } from "../../types/types.ts";
import { type Equality, equalityBetween, type Order, orderBetween, comparison } from "../predicates.ts";
import type { Rule } from "../rule.ts";

/** Rows of a key, by estimate, from which on it pays to look at one of them instead of going through all. */
const MIN_REDUCTION = 8;

/**
 * A semi or anti join by equalities and one inequality needs of each key's rows the one with the least or the greatest value
 * only: where no row matches, all of them would be gone through.
 */
export const reduceExistenceJoins: Rule<"Join"> = {
  name: "ReduceExistenceJoins",
  on: "Join",
  apply: (join, { estimate, newColumn }) => {
    if ((join.join !== "semi" && join.join !== "anti") || join.right.kind === "Aggregate") return undefined;
    const [left, right] = [idsOf(join.left), idsOf(join.right)];
    const keys: Equality[] = [];
    const orders: Order[] = [];
    for (const condition of join.conditions) {
      const key = equalityBetween(
        condition,
        (id) => left.has(id),
        (id) => right.has(id),
      );
      const order = orderBetween(
        condition,
        (id) => left.has(id),
        (id) => right.has(id),
      );
      if (key !== undefined) keys.push(key);
      else if (order !== undefined) orders.push(order);
      else return undefined;
    }
    const [order, another] = orders;
    const extreme = order && extremeOf(order);
    if (keys.length === 0 || order === undefined || extreme === undefined || another !== undefined) return undefined;
    const { rows, columns } = estimate.of(join.right);
    const distinct = keys.map((key) =>
      key.right.kind === "Column" ? columns.get(key.right.column.id)?.distinct : rows,
    );
    const groupCount = distinct.reduce<number>((product, count) => product * (count ?? rows), 1);
    if (rows < groupCount * MIN_REDUCTION) return undefined;

    const groups = keys.map((key) => ({ column: newColumn("key", typeOf(key.right), true), expr: key.right }));
    const type = typeOf(order.right);
    const column = newColumn(extreme, type, true);
    const call = { name: extreme, args: [order.right], distinct: false, filter: undefined, orderBy: [], type };
    return {
      ...join,
      right: { kind: "Aggregate", input: join.right, groups, aggregates: [{ column, call }] },
      conditions: [
        ...keys.map((key, i) =>
          comparison(
            key.nullSafe ? "is_not_distinct" : "=",
            key.left,
            ref((groups[i] as (typeof groups)[number]).column),
          ),
        ),
        comparison(order.op, order.left, ref(column)),
      ],
    };
  },
};

/** The aggregate that finds the right value for which the inequality holds, if it does for any; undefined: the type has none. */
export function extremeOf({ op, right }: Order): "min" | "max" | undefined {
  const name = op === ">" || op === ">=" ? "min" : "max";
  const type: SqlType = typeOf(right);
  return aggregateFunction(name)?.resolve([type]) === undefined ? undefined : name;
}

function idsOf(plan: LogicalPlan): ReadonlySet<number> {
  return new Set(outputColumns(plan).map(({ id }) => id));
}
