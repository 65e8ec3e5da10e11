/** Rows into columns, columns into rows, lists into rows. */
import type { Expression, SelectItem } from "../../sql/ast.ts";
import {
  call,
  columnRef,
  identifier,
  literal,
  NO_SPAN,
  objectName,
  query,
  select,
  selectItem,
  star,
} from "../expression/nodes.ts";
import { type Change, type LazyQuery, namesOf, tableOf } from "../lazy-query.ts";
import { existing } from "./project.ts";

export type UnpivotOptions<N extends string = string, V extends string = string> = {
  /** The column of the old columns' names; `name` by default. */
  readonly name?: N | undefined;
  /** The column of their values; `value` by default. */
  readonly value?: V | undefined;
  /** Rows whose value is NULL are left out unless this is set. */
  readonly includeNulls?: boolean | undefined;
};

export function unpivoted(
  lazy: LazyQuery,
  columns: readonly string[],
  { name = "name", value = "value", includeNulls = false }: UnpivotOptions,
): Change {
  return {
    build: (ctx) => {
      const names = namesOf(lazy, ctx);
      const on = columns.map((column) => selectItem(columnRef(existing(names, column))));
      const source = tableOf(lazy, ctx);
      const [nameColumn, values] = [identifier(name), [identifier(value)]];
      const unpivot = {
        kind: "Unpivot",
        source,
        on,
        name: nameColumn,
        values,
        includeNulls,
        alias: undefined,
        span: NO_SPAN,
      } as const;
      return query(select([unpivot], [selectItem(star())]));
    },
  };
}

/** A row for each element of a list, in the list's place. `keepEmpty`: one with NULL for an empty list or NULL. */
export function exploded(lazy: LazyQuery, column: string, keepEmpty: boolean): Change {
  return {
    build: (ctx) => {
      const name = existing(namesOf(lazy, ctx), column);
      const replace = [selectItem(call("unnest", [listOrNull(columnRef(name), keepEmpty)]), name)];
      return query(select([tableOf(lazy, ctx)], [selectItem({ ...star(), replace })]));
    },
    columns: (ctx) => namesOf(lazy, ctx),
  };
}

function listOrNull(list: Expression, keepEmpty: boolean): Expression {
  if (!keepEmpty) return list;
  const elements = call("len", [list]);
  const some: Expression = { kind: "Binary", operator: ">", left: elements, right: literal(0), span: NO_SPAN };
  const none: Expression = { kind: "ListLiteral", items: [literal(null)], span: NO_SPAN };
  return { kind: "Case", operand: undefined, branches: [{ when: some, then: list }], otherwise: none, span: NO_SPAN };
}

/** SQL's UNNEST at the end of the row: a list becomes rows, a struct columns. */
export function unnested(lazy: LazyQuery, columns: readonly string[]): Change {
  return {
    build: (ctx) => {
      const names = namesOf(lazy, ctx);
      const found = columns.map((column) => existing(names, column));
      const all: SelectItem = selectItem({ ...star(), exclude: found.map((name) => objectName(name)) });
      const items = found.map((name) => selectItem(call("unnest", [columnRef(name)])));
      return query(select([tableOf(lazy, ctx)], found.length === names.length ? items : [all, ...items]));
    },
  };
}
