import type { Expr, SortKey } from "../../../planner/expr/expr.ts";
import { typeOf } from "../../../planner/expr/type-of.ts";
import { and, type FunctionBuilder, get, i32, load, not, num } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import { compareOperands } from "../../../planner/ir/lower/compare.ts";
import type { Operand } from "../../../planner/ir/operand.ts";
import { outputOf } from "../../../planner/physical/columns.ts";
import type { PhysicalPlan } from "../../../planner/physical/plan.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import type { CompileEnv } from "../../codegen/env.ts";
import { keepRow } from "../../codegen/keep-row.ts";
import { withColumnsOf } from "../../codegen/required.ts";
import { loadField, type RowField, RowLayout } from "../../codegen/row-layout.ts";
import { keptForSort, sortColumns } from "../sort/order.ts";
import { compileSort, sortStore } from "../sort/sort-rows.ts";
import { JOIN_ROW } from "./build-side.ts";

/** A key of a sorted build side. Rows that are NULL in one that is not `nullSafe` match nothing. */
export type SortedKey = { readonly build: Expr; readonly nullSafe: boolean };

/** The rows of a build side in the order of its keys: addresses in an array, {u32 array, u32 count} at `slot`. */
export type SortedSide = {
  readonly slot: number;
  readonly store: number;
  readonly layout: RowLayout;
  readonly keyFields: readonly RowField[];
  /** Ids of the build columns that later code may read. */
  readonly columns: ReadonlySet<number>;
};

/** Compiles the runs that keep the build side and the step that sorts it; `payload`: ids of the columns read later. */
export function compileSortedSide(
  env: CompileEnv,
  build: PhysicalPlan,
  keys: readonly SortedKey[],
  payload: ReadonlySet<number>,
  name: string,
): SortedSide {
  const { compiler } = env;
  const layout = new RowLayout(JOIN_ROW.bytes);
  const sortKeys: readonly SortKey[] = keys.map((key) => ({ expr: key.build, descending: false, nullsFirst: false }));
  const columns = outputOf(build).filter(({ id }) => payload.has(id));
  const sorted = sortColumns(compiler, sortKeys, columns);
  let store = -1;
  env.produce(build, {
    required: withColumnsOf(
      columns.map(({ id }) => id),
      keys.map((key) => key.build),
    ),
    consume: (pipeline, scope) => {
      const { b } = scope;
      pipeline.name.push(`${name} build`);
      const valid = keys.flatMap((key) => (key.nullSafe ? [] : (compiler.lower(scope, key.build).valid ?? [])));
      const kept = keptForSort(compiler, scope, sortKeys, sorted);
      const keep = (): void => {
        const row = keepRow(compiler, scope, layout, kept, () => {
          if (store < 0) store = compiler.addStore(layout.stride, false);
          pipeline.stores.add(store);
          return store;
        });
        b.store("i32.store", row, i32(0), JOIN_ROW.matched);
      };
      if (valid.length === 0) keep();
      else b.if(b.let(valid.reduce(and)), keep);
    },
  });
  const slot = sortStore(compiler, store, compileSort(compiler, layout, sortKeys, sorted.keyIds, "fields"));
  const keyFields = sorted.keyIds.map((id) => layout.field(id));
  return { slot, store, layout, keyFields, columns: new Set(columns.map(({ id }) => id)) };
}

/** Address of the row number `index`, 0 when there is none. */
export function rowOf(b: FunctionBuilder, side: SortedSide, index: Ir): Ir {
  const { rows, count } = arrayOf(b, side);
  const row = b.bind(i32(0), "row");
  b.if(num("i32.lt_u", index, count), () => {
    b.set(row, load("i32.load", num("i32.add", rows, num("i32.shl", index, i32(2)))));
  });
  return get(row);
}

export function arrayOf(b: FunctionBuilder, { slot }: SortedSide): { readonly rows: Ir; readonly count: Ir } {
  return {
    rows: b.entry(load("i32.load", b.param(0), slot), `rows${slot}`),
    count: b.entry(load("i32.load", b.param(0), slot + 4), `count${slot}`),
  };
}

/**
 * Number of the first row that does not come before the probe's key values; `after`: the first that comes after them. `probe`
 * may be shorter than the keys: then only so many count.
 */
export function searchSorted(
  compiler: QueryCompiler,
  b: FunctionBuilder,
  side: SortedSide,
  keys: readonly SortedKey[],
  probe: readonly Operand[],
  after: boolean,
): Ir {
  const { rows, count } = arrayOf(b, side);
  const low = b.bind(i32(0), "low");
  const high = b.bind(count, "high");
  b.while(
    () => num("i32.lt_u", get(low), get(high)),
    () => {
      const middle = b.let(num("i32.shr_u", num("i32.add", get(low), get(high)), i32(1)));
      const row = b.let(load("i32.load", num("i32.add", rows, num("i32.shl", middle, i32(2)))));
      const order = compareKeys(compiler, b, side, keys, row, probe);
      b.if(
        after ? num("i32.le_s", order, i32(0)) : num("i32.lt_s", order, i32(0)),
        () => b.set(low, num("i32.add", middle, i32(1))),
        () => b.set(high, middle),
      );
    },
  );
  return get(low);
}

/** -1, 0 or 1 as the row comes before, with or after the probe's values; NULLs come last and equal each other. */
export function compareKeys(
  compiler: QueryCompiler,
  b: FunctionBuilder,
  side: SortedSide,
  keys: readonly SortedKey[],
  row: Ir,
  probe: readonly Operand[],
): Ir {
  const order = b.bind(i32(0), "order");
  b.block((done) => {
    probe.forEach((value, i) => {
      const field = side.keyFields[i] as RowField;
      const key = loadField(b, row, field);
      const decide = (): void => {
        const ctx = compiler.context(b);
        const type = typeOf((keys[i] as SortedKey).build);
        const after = compareOperands(ctx, ">", key, value, type);
        b.set(order, num("i32.sub", after, compareOperands(ctx, "<", key, value, type)));
      };
      if (value.valid === undefined && key.valid === undefined) decide();
      else {
        const [x, y] = [b.let(key.valid ?? i32(1)), b.let(value.valid ?? i32(1))];
        b.if(and(x, y), decide, () => b.set(order, num("i32.sub", not(x), not(y))));
      }
      b.br(done, get(order));
    });
  });
  return get(order);
}
