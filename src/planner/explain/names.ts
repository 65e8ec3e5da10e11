import type { AggregateCall, Column, Expr, SortKey, WindowCall } from "../expr/expr.ts";
import { type ColumnPrinter, printAggregate, printExpr, printSortKey, printWindow } from "../expr/print.ts";

/** Prints the expressions of one plan. Columns go by name; where two share one, by name and id: `l_partkey#17`. */
export type PlanPrinter = {
  readonly column: ColumnPrinter;
  readonly expr: (expr: Expr) => string;
  readonly list: (exprs: readonly Expr[], separator?: string) => string;
  readonly columns: (columns: readonly Column[]) => string;
  /** `expr AS name`, or just the name of a column passed through. */
  readonly bindings: (bindings: readonly { readonly column: Column; readonly expr: Expr }[]) => string;
  readonly aggregates: (aggregates: readonly { readonly column: Column; readonly call: AggregateCall }[]) => string;
  /** `orderKeys`: those of the node. */
  readonly windows: (
    functions: readonly { readonly column: Column; readonly call: WindowCall }[],
    orderKeys: number,
  ) => string;
  readonly keys: (keys: readonly SortKey[]) => string;
};

export function createPrinter(columns: Iterable<Column>): PlanPrinter {
  const idsByName = new Map<string, Set<number>>();
  for (const { id, name } of columns) idsByName.set(name, (idsByName.get(name) ?? new Set()).add(id));
  const column: ColumnPrinter = ({ id, name }) => ((idsByName.get(name)?.size ?? 0) > 1 ? `${name}#${id}` : name);
  const expr = (part: Expr): string => printExpr(part, column);
  const named = (text: string, target: Column): string =>
    text === column(target) ? text : `${text} AS ${column(target)}`;
  return {
    column,
    expr,
    list: (exprs, separator = ", ") =>
      exprs
        .map((part) => (separator === " AND " && part.kind === "Or" ? `(${expr(part)})` : expr(part)))
        .join(separator),
    columns: (list) => list.map(column).join(", "),
    bindings: (bindings) => bindings.map((binding) => named(expr(binding.expr), binding.column)).join(", "),
    aggregates: (aggregates) =>
      aggregates.map((aggregate) => named(printAggregate(aggregate.call, column), aggregate.column)).join(", "),
    windows: (functions, orderKeys) =>
      functions.map((fn) => named(printWindow(fn.call, orderKeys, column), fn.column)).join(", "),
    keys: (keys) => keys.map((key) => printSortKey(key, column)).join(", "),
  };
}
