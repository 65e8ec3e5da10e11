/** What changes the columns of a DataFrame. */
import { HeadraceError } from "../../error.ts";
import { didYouMean } from "../../planner/bind/suggest.ts";
import type { SelectItem } from "../../sql/ast.ts";
import { type Column, type ColumnLike, requireColumn, toColumn } from "../expression/column.ts";
import { columnRef, objectName, query, select, selectItem, star } from "../expression/nodes.ts";
import { type Change, type LazyQuery, namesOf, selectFrom, tableOf } from "../lazy-query.ts";

export function selected(lazy: LazyQuery, columns: readonly ColumnLike[]): Change {
  const items = columns.map(itemOf);
  return { build: (ctx) => selectFrom(lazy, ctx, items) };
}

export function itemOf(column: ColumnLike): SelectItem {
  if (column === "*") return selectItem(star());
  const { expression, name } = toColumn(column);
  return selectItem(expression, name);
}

/** Replaces columns in their places, adds the others at the end. */
export function withColumns(lazy: LazyQuery, columns: Readonly<Record<string, Column>>): Change {
  const given = new Map(
    Object.entries(columns).map(([name, column]) => [
      name.toLowerCase(),
      { name, column: requireColumn(column, `column "${name}"`) },
    ]),
  );
  const plan = (names: readonly string[]): readonly { name: string; column: Column | undefined }[] => {
    const left = new Map(given);
    const replaced = names.map((name) => {
      const other = left.get(name.toLowerCase());
      left.delete(name.toLowerCase());
      return other ?? { name, column: undefined };
    });
    return [...replaced, ...left.values()];
  };
  const expressions = [...given.values()].map(({ column }) => column.expression);
  return {
    build: (ctx) => {
      const names = namesOf(lazy, ctx);
      const all = plan(names);
      // A star also stands for the columns of a join that only have qualified names.
      const items =
        all.length === names.length + given.size
          ? [selectItem(star()), ...[...given.values()].map(({ name, column }) => selectItem(column.expression, name))]
          : all.map(({ name, column }) => selectItem(column?.expression ?? columnRef(name), name));
      return selectFrom(lazy, ctx, items, {}, expressions);
    },
    columns: (ctx) => plan(namesOf(lazy, ctx)).map(({ name }) => name),
  };
}

export function without(lazy: LazyQuery, columns: readonly string[]): Change {
  return {
    build: (ctx) => {
      const names = namesOf(lazy, ctx);
      const exclude = [...new Set(columns.map((name) => existing(names, name)))].map((name) => objectName(name));
      return query(select([tableOf(lazy, ctx)], [selectItem({ ...star(), exclude })]));
    },
    columns: (ctx) => {
      const dropped = new Set(columns.map((name) => name.toLowerCase()));
      return namesOf(lazy, ctx).filter((name) => !dropped.has(name.toLowerCase()));
    },
  };
}

/** `columns`: new names by old names. */
export function renamed(lazy: LazyQuery, columns: Readonly<Record<string, string>>): Change {
  const newNames = new Map(Object.entries(columns).map(([from, to]) => [from.toLowerCase(), to]));
  return {
    build: (ctx) => {
      const names = namesOf(lazy, ctx);
      for (const from of Object.keys(columns)) existing(names, from);
      const items = names.map((name) => selectItem(columnRef(name), newNames.get(name.toLowerCase())));
      return query(select([tableOf(lazy, ctx)], items));
    },
    columns: (ctx) => namesOf(lazy, ctx).map((name) => newNames.get(name.toLowerCase()) ?? name),
  };
}

/** Every column as `change` makes it; undefined leaves one alone. */
export function mapped(
  lazy: LazyQuery,
  change: (name: string) => SelectItem["expression"] | undefined,
  columns: readonly string[] | undefined,
): Change {
  return {
    build: (ctx) => {
      const names = namesOf(lazy, ctx);
      const replace = (columns ?? names).flatMap((column) => {
        const name = existing(names, column);
        const expression = change(name);
        return expression === undefined ? [] : [selectItem(expression, name)];
      });
      return query(select([tableOf(lazy, ctx)], [selectItem({ ...star(), replace })]));
    },
    columns: (ctx) => namesOf(lazy, ctx),
  };
}

/** The column as spelt in `names`. Throws `bind`. */
export function existing(names: readonly string[], name: string): string {
  const found = names.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  throw new HeadraceError("bind", `there is no column "${name}"`, {
    hint: didYouMean(name, names) ?? `the columns are ${names.join(", ")}`,
  });
}
