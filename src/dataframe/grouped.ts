import type { GroupingElement, SelectItem } from "../sql/ast.ts";
import type { DataFrame } from "./dataframe.ts";
import {
  type Column,
  type ColumnLike,
  type Constant,
  type Frame,
  requireColumn,
  toColumn,
} from "./expression/column.ts";
import { avg, count, max, min, sum } from "./expression/functions.ts";
import { literal, NO_SPAN, query, select, selectItem, star } from "./expression/nodes.ts";
import { type Change, type LazyQuery, selectFrom, tableOf } from "./lazy-query.ts";
import { ownQuery } from "./query-source.ts";
import type { Aggregated, ColumnName, KnownColumns, KnownRecord, Row } from "./types/row.ts";

/** How rows are grouped by the keys; `sets`: each a list of positions in the keys. */
export type Grouping =
  | { readonly kind: "keys" | "rollup" | "cube" }
  | { readonly kind: "sets"; readonly sets: readonly (readonly number[])[] };

/** Makes a DataFrame of the same session. */
export type Derive = <S extends object>(method: string, change: Change) => DataFrame<S>;

/** Groups of rows, waiting for their aggregates. */
export class GroupedDataFrame<R extends object = Row, K extends readonly unknown[] = readonly unknown[]> {
  /** @internal For the compiler alone. */
  declare readonly types?: { readonly row: R; readonly keys: K };
  private readonly lazy: LazyQuery;
  private readonly derive: Derive;
  private readonly keys: readonly Column[];
  private readonly grouping: Grouping;

  /** @internal Use `DataFrame.groupBy`, `rollup`, `cube`, `groupingSets`. */
  constructor(lazy: LazyQuery, derive: Derive, keys: readonly Column[], grouping: Grouping) {
    this.lazy = lazy;
    this.derive = derive;
    this.keys = keys;
    this.grouping = grouping;
  }

  /**
   * A row per group: the keys, then the aggregates under their names.
   *
   * Without aggregates the different keys.
   */
  agg<const A extends Readonly<Record<string, Column>>>(
    aggregates: A & KnownRecord<R, A>,
  ): DataFrame<Aggregated<R, K, A>> {
    return this.derive("agg", this.aggregated(aggregates));
  }

  /** The number of rows of each group, as `count`. */
  count(): DataFrame<Aggregated<R, K, { count: ReturnType<typeof count> }>> {
    return this.derive("count", this.aggregated({ count: count() }));
  }

  /** Sums under the names of their columns. */
  sum<const C extends readonly (ColumnName<R> | Column)[]>(...columns: KnownColumns<R, C>): DataFrame {
    return this.derive("sum", this.each(sum, columns));
  }

  /** Means under the names of their columns. */
  avg<const C extends readonly (ColumnName<R> | Column)[]>(...columns: KnownColumns<R, C>): DataFrame {
    return this.derive("avg", this.each(avg, columns));
  }

  /** Least values under the names of their columns. */
  min<const C extends readonly (ColumnName<R> | Column)[]>(...columns: KnownColumns<R, C>): DataFrame {
    return this.derive("min", this.each(min, columns));
  }

  /** Greatest values under the names of their columns. */
  max<const C extends readonly (ColumnName<R> | Column)[]>(...columns: KnownColumns<R, C>): DataFrame {
    return this.derive("max", this.each(max, columns));
  }

  /**
   * Makes columns of the values of a column: those listed or given by a DataFrame with one column, or all in the data (which takes a
   * query of its own). Go on with `agg`.
   */
  pivot(column: ColumnName<R> | Column, values?: readonly Constant[] | Frame): PivotedDataFrame {
    if (this.grouping.kind !== "keys") throw new TypeError("pivot follows groupBy");
    return new PivotedDataFrame(this.lazy, this.derive, this.keys, toColumn(column), values);
  }

  /** @internal */
  aggregated(aggregates: Readonly<Record<string, Column>>): Change {
    const named = Object.entries(aggregates);
    const items = [
      ...this.keys.map(({ expression, name }) => selectItem(expression, name)),
      ...named.map(([name, column]) => selectItem(requireColumn(column, `aggregate "${name}"`).expression, name)),
    ];
    if (items.length === 0) throw new TypeError("agg takes at least one aggregate where there are no keys");
    const expressions = items.map(({ expression }) => expression);
    const groupBy =
      this.keys.length === 0 && this.grouping.kind === "keys"
        ? undefined
        : ({ kind: "GroupByItems", items: this.elements(), span: NO_SPAN } as const);
    return { build: (ctx) => selectFrom(this.lazy, ctx, items, { groupBy }, expressions) };
  }

  private each(aggregate: (column: ColumnLike) => Column, columns: readonly ColumnLike[]): Change {
    const named = columns.map((column): [string, Column] => {
      const { name, expression } = toColumn(column);
      const own = expression.kind === "ColumnRef" ? expression.parts.at(-1)?.name : undefined;
      const given = name ?? own;
      if (given === undefined) throw new TypeError('an expression needs a name here: .as("name")');
      return [given, aggregate(column)];
    });
    return this.aggregated(Object.fromEntries(named));
  }

  private elements(): readonly GroupingElement[] {
    const { keys, grouping } = this;
    const element = (columns: readonly Column[]): GroupingElement & { kind: "GroupingExpressions" } => {
      return { kind: "GroupingExpressions", expressions: columns.map(({ expression }) => expression), span: NO_SPAN };
    };
    const each = keys.map((key) => element([key]));
    switch (grouping.kind) {
      case "keys":
        return each;
      case "rollup":
        return [{ kind: "Rollup", items: each, span: NO_SPAN }];
      case "cube":
        return [{ kind: "Cube", items: each, span: NO_SPAN }];
      case "sets": {
        const sets = grouping.sets.map((set) => element(set.map((i) => keys[i] as Column)));
        return [{ kind: "GroupingSets", sets, span: NO_SPAN }];
      }
      default:
        return grouping satisfies never;
    }
  }
}

/** Groups whose values of a column become columns, waiting for their aggregates. */
export class PivotedDataFrame {
  private readonly lazy: LazyQuery;
  private readonly derive: Derive;
  private readonly keys: readonly Column[];
  private readonly on: Column;
  private readonly values: readonly Constant[] | Frame | undefined;

  /** @internal Use `GroupedDataFrame.pivot`. */
  constructor(
    lazy: LazyQuery,
    derive: Derive,
    keys: readonly Column[],
    on: Column,
    values: readonly Constant[] | Frame | undefined,
  ) {
    this.lazy = lazy;
    this.derive = derive;
    this.keys = keys;
    this.on = on;
    this.values = values;
  }

  /** A column for each value, named by it; with several aggregates one for each value and aggregate: `value_name`. */
  agg(aggregates: Readonly<Record<string, Column>>): DataFrame {
    const named = Object.entries(aggregates);
    const items = named.map(([name, { expression }]) => selectItem(expression, named.length === 1 ? undefined : name));
    const { lazy, keys, on, values } = this;
    return this.derive("agg", {
      build: (ctx) => {
        const listed =
          values === undefined
            ? undefined
            : "lazy" in values
              ? ownQuery(values.lazy, ctx)
              : values.map((value): SelectItem => selectItem(literal(value)));
        const pivot = {
          kind: "Pivot",
          source: tableOf(lazy, ctx),
          aggregates: items,
          on: [{ kind: "PivotColumn", expressions: [on.expression], values: listed, span: NO_SPAN }],
          groupBy: keys.map(({ expression }) => expression),
          alias: undefined,
          span: NO_SPAN,
        } as const;
        return query(select([pivot], [selectItem(star())]));
      },
    });
  }
}
