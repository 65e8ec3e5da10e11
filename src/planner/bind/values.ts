import type { Expression, Values as ValuesNode } from "../../sql/ast.ts";
import type { Expr } from "../expr/expr.ts";
import { isNullable } from "../expr/nullable.ts";
import { columnsOf } from "../expr/columns.ts";
import { someExpr } from "../expr/map.ts";
import { toCommonType } from "./coercion.ts";
import { type BindContext, bindError, type BoundQuery, unsupported } from "./context.ts";
import type { CteScope } from "./cte.ts";
import { makeEnvironment } from "./expression.ts";
import type { Scope } from "./scope.ts";
import type { SqlType } from "../types/types.ts";

/** VALUES: columns `col0`, `col1`, ..., each in the common type of its rows. */
export function bindValues(
  ctx: BindContext,
  node: ValuesNode,
  parent: Scope | undefined,
  ctes: CteScope | undefined,
): BoundQuery {
  const rows = bindRows(ctx, node, parent, ctes);
  const width = rows[0]?.length ?? 0;
  const types: SqlType[] = [];
  const converted: Expr[][] = rows.map(() => []);
  for (let i = 0; i < width; i++) {
    const { type, exprs } = toCommonType(
      ctx,
      rows.map((row) => row[i] as Expr),
      "VALUES",
    );
    types.push(type);
    for (const [r, expr] of exprs.entries()) (converted[r] as Expr[]).push(expr);
  }
  return valuesPlan(
    ctx,
    converted,
    types,
    types.map((_, i) => `col${i}`),
  );
}

/** The rows as a plan; their expressions have the column's types. */
export function valuesPlan(
  ctx: BindContext,
  rows: readonly (readonly Expr[])[],
  types: readonly SqlType[],
  names: readonly string[],
): BoundQuery {
  const columns = types.map((type, i) =>
    ctx.ids.column(
      names[i] as string,
      type,
      rows.some((row) => isNullable(row[i] as Expr)),
    ),
  );
  return { plan: { kind: "Values", columns, rows }, columns };
}

/** The bound rows, all of the same length. `bind` may take over single values (DEFAULT in INSERT). */
export function bindRows(
  ctx: BindContext,
  node: ValuesNode,
  parent: Scope | undefined,
  ctes: CteScope | undefined,
  special: (value: Expression, column: number) => Expr | undefined = () => undefined,
): readonly (readonly Expr[])[] {
  const env = makeEnvironment(
    ctx,
    { relations: [], parent, ctes },
    { kind: "forbidden", reason: "VALUES cannot contain aggregates" },
  );
  const width = node.rows[0]?.length ?? 0;
  return node.rows.map((row) => {
    if (row.length !== width) {
      throw bindError(ctx, `the rows of VALUES differ in length: ${width} and ${row.length}`, row.at(-1) ?? node);
    }
    return row.map((value, i) => {
      const expr = special(value, i) ?? env.bind(value);
      if (columnsOf(expr).size > 0) throw unsupported(ctx, "a correlated VALUES", value);
      if (someExpr(expr, (part) => part.kind === "Subquery")) throw unsupported(ctx, "a subquery in VALUES", value);
      return expr;
    });
  });
}
