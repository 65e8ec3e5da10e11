import type { Column, SortKey } from "../../../planner/expr/expr.ts";
import { typeOf } from "../../../planner/expr/type-of.ts";
import { type FunctionBuilder, i32, not, num } from "../../../planner/ir/builder.ts";
import type { FunctionRef } from "../../../planner/ir/ir.ts";
import { compareOperands } from "../../../planner/ir/lower/compare.ts";
import type { SqlType } from "../../../planner/types/types.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import type { KeptColumn } from "../../codegen/keep-row.ts";
import { loadField, type RowField, type RowLayout } from "../../codegen/row-layout.ts";
import type { RowScope } from "../../codegen/scope.ts";

/** Field of each sort key in the rows, and the rest of what is kept: `required` columns. */
export type SortColumns = { readonly keyIds: readonly number[]; readonly columns: readonly Column[] };

export function sortColumns(
  compiler: QueryCompiler,
  keys: readonly SortKey[],
  columns: readonly Column[],
): SortColumns {
  const keyIds = keys.map(({ expr }) => (expr.kind === "Column" ? expr.column.id : compiler.syntheticId()));
  return { keyIds, columns };
}

/** What the row keeps: key columns once, computed keys, other columns. */
export function keptForSort(
  compiler: QueryCompiler,
  scope: RowScope,
  keys: readonly SortKey[],
  { keyIds, columns }: SortColumns,
): readonly KeptColumn[] {
  const kept = new Map<number, KeptColumn>();
  keys.forEach(({ expr }, i) => {
    const id = keyIds[i] as number;
    if (kept.has(id)) return;
    kept.set(id, expr.kind === "Column" ? { id, column: expr.column } : { id, operand: compiler.lower(scope, expr) });
  });
  for (const column of columns) if (!kept.has(column.id)) kept.set(column.id, { id: column.id, column });
  return [...kept.values()];
}

/**
 * `compare(global, local, a, b)`: negative, 0 or positive as row a comes before, with or after row b. Rows with equal keys are
 * ordered by all they hold, so that the result does not depend on which worker saw which row.
 */
export function compileCompare(
  compiler: QueryCompiler,
  layout: RowLayout,
  keys: readonly SortKey[],
  keyIds: readonly number[],
): FunctionRef {
  const order: Ordered[] = [];
  const seen = new Set<number>();
  keys.forEach(({ expr, descending, nullsFirst }, i) => {
    const id = keyIds[i] as number;
    if (!seen.has(id)) order.push({ field: layout.field(id), type: typeOf(expr), descending, nullsFirst });
    seen.add(id);
  });
  for (const [id, field] of layout.entries())
    if (!seen.has(id)) order.push({ field, type: undefined, descending: false, nullsFirst: false });
  return compileOrder(compiler, order);
}

/** The same by the keys alone: for sorts that keep rows with equal keys in their order. */
export function compileStableCompare(
  compiler: QueryCompiler,
  layout: RowLayout,
  keys: readonly SortKey[],
  keyIds: readonly number[],
): FunctionRef {
  const order = keys.map(({ expr, descending, nullsFirst }, i) => {
    return { field: layout.field(keyIds[i] as number), type: typeOf(expr), descending, nullsFirst };
  });
  return compileOrder(compiler, order);
}

function compileOrder(compiler: QueryCompiler, order: readonly Ordered[]): FunctionRef {
  return compiler.define(compiler.uniqueName("compare"), ["i32", "i32"], ["i32"], false, (b) => {
    for (const key of order) emitCompareField(compiler, b, key);
    b.return(i32(0));
  });
}

/** `type`: of a sort key; what only breaks ties may come in any order. */
type Ordered = {
  readonly field: RowField;
  readonly type: SqlType | undefined;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
};

function emitCompareField(
  compiler: QueryCompiler,
  b: FunctionBuilder,
  { field, type, descending, nullsFirst }: Ordered,
): void {
  const x = loadField(b, b.param(2), field);
  const y = loadField(b, b.param(3), field);
  const compareValues = (): void => {
    const ctx = compiler.context(b);
    const [first, second] = descending ? [y, x] : [x, y];
    b.if(compareOperands(ctx, "<", first, second, type), () => b.return(i32(-1)));
    b.if(compareOperands(ctx, "<", second, first, type), () => b.return(i32(1)));
  };
  if (x.valid === undefined || y.valid === undefined) return compareValues();
  const [xValid, yValid] = [x.valid, y.valid];
  b.if(
    num("i32.ne", xValid, yValid),
    () => b.return(num("i32.sub", num("i32.shl", nullsFirst ? xValid : not(xValid), i32(1)), i32(1))),
    () => b.if(xValid, compareValues),
  );
}
