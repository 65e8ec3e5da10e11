import { Column, type Constant, toExpression } from "../expression/column.ts";
import { columnRef, literal, NO_SPAN, query, select, selectItem, star } from "../expression/nodes.ts";
import { allOf, type Change, type LazyQuery, namesOf, tableOf } from "../lazy-query.ts";
import { existing, mapped } from "./project.ts";

/** `value` in place of NULL: one for some or all columns, or each column's own. */
export function filled(lazy: LazyQuery, value: Constant | Column, columns: readonly string[] | undefined): Change {
  return mapped(lazy, (name) => whereNull(name, value), columns);
}

export function filledEach(lazy: LazyQuery, values: Readonly<Record<string, Constant | Column>>): Change {
  const byName = new Map(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]));
  return mapped(lazy, (name) => whereNull(name, byName.get(name.toLowerCase()) ?? null), Object.keys(values));
}

function whereNull(name: string, value: Constant | Column): Column["expression"] {
  const branches = [{ when: new Column(columnRef(name)).isNull().expression, then: toExpression(value) }];
  return { kind: "Case", operand: undefined, branches, otherwise: columnRef(name), span: NO_SPAN };
}

/** Without the rows that have a NULL in one of the columns, or (`how: "all"`) in all of them. */
export function withoutNulls(lazy: LazyQuery, columns: readonly string[] | undefined, how: "any" | "all"): Change {
  return {
    build: (ctx) => {
      const names = namesOf(lazy, ctx);
      const tested = (columns ?? names).map((name) => columnRef(existing(names, name)));
      const conditions = tested.map((column) => new Column(column).isNotNull().expression);
      const where =
        how === "any" || conditions.length < 2
          ? (allOf(conditions) ?? literal(true))
          : ({ kind: "Logical", operator: "OR", operands: conditions, span: NO_SPAN } as const);
      return query(select([tableOf(lazy, ctx)], [selectItem(star())], { where }));
    },
    columns: (ctx) => namesOf(lazy, ctx),
  };
}
