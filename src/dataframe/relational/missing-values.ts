import { uniqueNames } from "../../planner/bind/scope.ts";
import { isNumeric, type SqlType } from "../../planner/types/types.ts";
import type { Expression } from "../../sql/ast.ts";
import { Column, type Constant, toExpression } from "../expression/column.ts";
import { columnRef, literal, NO_SPAN, query, select, selectItem, star } from "../expression/nodes.ts";
import { allOf, type Change, type LazyQuery, namesOf, tableOf } from "../lazy-query.ts";
import { bindSource } from "../query-source.ts";
import { existing, mapped } from "./project.ts";

/** `value` in place of NULL, in some columns, or in all of its kind. */
export function filled(lazy: LazyQuery, value: Constant | Column, columns: readonly string[] | undefined): Change {
  const change = (name: string): Expression => whereNull(name, value);
  if (columns !== undefined) return mapped(lazy, change, columns);
  return {
    build: (ctx) => {
      const bound = bindSource(lazy.source, ctx).columns;
      const names = uniqueNames(bound.map(({ name }) => name));
      const fitting = names.filter((_, i) => fits(value, (bound[i] as (typeof bound)[number]).type));
      return mapped(lazy, change, fitting).build(ctx);
    },
    columns: (ctx) => namesOf(lazy, ctx),
  };
}

/** Whether a column of this type has values of the constant's kind. */
function fits(value: Constant | Column, type: SqlType): boolean {
  switch (typeof value) {
    case "number":
    case "bigint":
      return isNumeric(type);
    case "string":
      return type.kind === "Varchar";
    case "boolean":
      return type.kind === "Boolean";
    default:
      if (value instanceof Date) return ["Date", "Timestamp", "TimestampTz"].includes(type.kind);
      return value instanceof Uint8Array ? type.kind === "Blob" : true;
  }
}

export function filledEach(lazy: LazyQuery, values: Readonly<Record<string, Constant | Column>>): Change {
  const byName = new Map(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]));
  return mapped(lazy, (name) => whereNull(name, byName.get(name.toLowerCase()) ?? null), Object.keys(values));
}

function whereNull(name: string, value: Constant | Column): Expression {
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
