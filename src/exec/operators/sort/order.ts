import type { Column, SortKey } from "../../../planner/expr/expr.ts";
import { typeOf } from "../../../planner/expr/type-of.ts";
import { type FunctionBuilder, get, i32, load, not, num } from "../../../planner/ir/builder.ts";
import type { FunctionRef, Ir } from "../../../planner/ir/ir.ts";
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

const INSERTION_RUN = 8;

/**
 * `sort(global, local, morsel, rows, count, scratch)`: sorts an array of row addresses (merge sort over runs sorted by insertion;
 * `scratch` is as large as the array), and `merge(global, local, a, aCount, b, bCount, out)`.
 */
export function compileSort(compiler: QueryCompiler, compare: FunctionRef): { sort: FunctionRef; merge: FunctionRef } {
  const before = (b: FunctionBuilder, x: Ir, y: Ir): Ir =>
    num("i32.lt_s", { op: "call", type: "i32", fn: compare, args: [b.param(0), b.param(1), x, y] }, i32(0));
  const at = (array: Ir, index: Ir): Ir => num("i32.add", array, num("i32.shl", index, i32(2)));

  const merge = compiler.define(compiler.uniqueName("merge"), ["i32", "i32", "i32", "i32", "i32"], [], true, (b) => {
    const [left, leftCount, right, rightCount] = [b.param(2), b.param(3), b.param(4), b.param(5)];
    const i = b.bind(i32(0));
    const j = b.bind(i32(0));
    const out = b.bind(b.param(6));
    const put = (value: Ir): void => {
      b.store("i32.store", get(out), value);
      b.set(out, num("i32.add", get(out), i32(4)));
    };
    b.while(
      () => num("i32.and", num("i32.lt_u", get(i), leftCount), num("i32.lt_u", get(j), rightCount)),
      () => {
        const x = b.let(load("i32.load", at(left, get(i))));
        const y = b.let(load("i32.load", at(right, get(j))));
        // Ties take the left side: the sort is stable.
        b.if(
          before(b, y, x),
          () => {
            put(y);
            b.set(j, num("i32.add", get(j), i32(1)));
          },
          () => {
            put(x);
            b.set(i, num("i32.add", get(i), i32(1)));
          },
        );
      },
    );
    const restLeft = b.let(num("i32.shl", num("i32.sub", leftCount, get(i)), i32(2)));
    b.push({ op: "memory.copy", to: get(out), from: at(left, get(i)), bytes: restLeft });
    b.set(out, num("i32.add", get(out), restLeft));
    b.push({
      op: "memory.copy",
      to: get(out),
      from: at(right, get(j)),
      bytes: num("i32.shl", num("i32.sub", rightCount, get(j)), i32(2)),
    });
  });

  const sort = compiler.define(compiler.uniqueName("sort"), ["i32", "i32", "i32", "i32"], [], true, (b) => {
    const [rows, count] = [b.param(3), b.param(4)];
    const min = (x: Ir, y: Ir): Ir => {
      const [p, q] = [b.let(x), b.let(y)];
      return b.let({ op: "select", type: "i32", cond: num("i32.lt_u", p, q), then: p, otherwise: q });
    };
    b.forRange(
      i32(0),
      count,
      (start) => {
        const end = min(num("i32.add", start, i32(INSERTION_RUN)), count);
        b.forRange(b.let(num("i32.add", start, i32(1))), end, (k) => {
          const row = b.let(load("i32.load", at(rows, k)));
          const hole = b.bind(k, "hole");
          b.block((placed) => {
            b.loop((again) => {
              b.br(placed, num("i32.eq", get(hole), start));
              const left = b.let(load("i32.load", num("i32.sub", at(rows, get(hole)), i32(4))));
              b.br(placed, not(before(b, row, left)));
              b.store("i32.store", at(rows, get(hole)), left);
              b.set(hole, num("i32.sub", get(hole), i32(1)));
              b.br(again);
            });
          });
          b.store("i32.store", at(rows, get(hole)), row);
        });
      },
      INSERTION_RUN,
    );
    const from = b.bind(rows, "from");
    const to = b.bind(b.param(5), "to");
    const width = b.bind(i32(INSERTION_RUN), "width");
    b.while(
      () => num("i32.lt_u", get(width), count),
      () => {
        const start = b.bind(i32(0), "start");
        b.while(
          () => num("i32.lt_u", get(start), count),
          () => {
            const middle = min(num("i32.add", get(start), get(width)), count);
            const end = min(num("i32.add", middle, get(width)), count);
            const leftCount = num("i32.sub", middle, get(start));
            b.call(
              merge,
              b.param(0),
              b.param(1),
              at(get(from), get(start)),
              leftCount,
              at(get(from), middle),
              num("i32.sub", end, middle),
              at(get(to), get(start)),
            );
            b.set(start, end);
          },
        );
        const swap = b.copy(get(from));
        b.set(from, get(to));
        b.set(to, swap);
        b.set(width, num("i32.shl", get(width), i32(1)));
      },
    );
    b.if(num("i32.ne", get(from), rows), () => {
      b.push({ op: "memory.copy", to: rows, from: get(from), bytes: num("i32.shl", count, i32(2)) });
    });
  });
  return { sort, merge };
}
