import type { GroupingElement } from "../sql/ast.ts";
import type { DataFrame } from "./dataframe.ts";
import type { Column, ColumnLike } from "./expression/column.ts";
import { avg, count, max, min, sum } from "./expression/functions.ts";
import { NO_SPAN, query, select, selectItem } from "./expression/nodes.ts";
import { toColumn } from "./expression/column.ts";

/** Groups of rows, waiting for their aggregates. */
export class GroupedDataFrame {
  private readonly frame: DataFrame;
  private readonly keys: readonly Column[];
  private readonly kind: "GroupingExpressions" | "Rollup" | "Cube";

  /** @internal Use `DataFrame.groupBy`, `rollup`, `cube`. */
  constructor(frame: DataFrame, keys: readonly Column[], kind: "GroupingExpressions" | "Rollup" | "Cube") {
    this.frame = frame;
    this.keys = keys;
    this.kind = kind;
  }

  /** A row per group: the keys, then the aggregates under their names. */
  agg(aggregates: Readonly<Record<string, Column>>): DataFrame {
    const items = [
      ...this.keys.map(({ expression, alias }) => selectItem(expression, alias)),
      ...Object.entries(aggregates).map(([name, { expression }]) => selectItem(expression, name)),
    ];
    const groupBy =
      this.keys.length === 0
        ? undefined
        : ({ kind: "GroupByItems", items: [...this.elements()], span: NO_SPAN } as const);
    return this.frame.derive((ctx) => query(select([this.frame.table(ctx)], items, { groupBy })));
  }

  count(): DataFrame {
    return this.agg({ count: count() });
  }

  sum(...columns: readonly ColumnLike[]): DataFrame {
    return this.each(sum, columns);
  }

  avg(...columns: readonly ColumnLike[]): DataFrame {
    return this.each(avg, columns);
  }

  min(...columns: readonly ColumnLike[]): DataFrame {
    return this.each(min, columns);
  }

  max(...columns: readonly ColumnLike[]): DataFrame {
    return this.each(max, columns);
  }

  private each(aggregate: (column: ColumnLike) => Column, columns: readonly ColumnLike[]): DataFrame {
    const named = columns.map((column): [string, Column] => [
      typeof column === "string" ? column : (column.alias ?? "value"),
      aggregate(toColumn(column)),
    ]);
    return this.agg(Object.fromEntries(named));
  }

  private elements(): readonly GroupingElement[] {
    const each = this.keys.map(
      ({ expression }) => ({ kind: "GroupingExpressions", expressions: [expression], span: NO_SPAN }) as const,
    );
    if (this.kind === "GroupingExpressions") return each;
    return [{ kind: this.kind, items: each, span: NO_SPAN }];
  }
}
