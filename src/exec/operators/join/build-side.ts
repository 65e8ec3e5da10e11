import type { Column } from "../../../planner/expr/expr.ts";
import { atomic, type FunctionBuilder, get, i32, i64, load, num, select } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import type { Operand } from "../../../planner/ir/operand.ts";
import { outputOf } from "../../../planner/physical/columns.ts";
import type { HashJoin, PhysicalJoinKind } from "../../../planner/physical/plan.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import type { CompileEnv } from "../../codegen/env.ts";
import { TABLE } from "../../codegen/program.ts";
import { withColumnsOf } from "../../codegen/required.ts";
import { RowLayout } from "../../codegen/row-layout.ts";
import { keepRow, type KeptColumn } from "../../codegen/keep-row.ts";
import { asI64, hashKeys, validKeys } from "./keys.ts";

/** Header of a build row: chain, whether it found a match, whether its key was NULL (then it is in no chain), hash. */
export const JOIN_ROW = { next: 0, matched: 4, unlinked: 5, hash: 8, bytes: 16 } as const;

export type BuildSide = {
  /** Offset of the table's descriptor in the global block. */
  readonly table: number;
  readonly store: number;
  readonly layout: RowLayout;
  /** Field of each key in the layout. */
  readonly keyFields: readonly number[];
  /** Ids of the build columns that later code may read. */
  readonly columns: ReadonlySet<number>;
  readonly probeColumns: readonly Column[];
  /** A single integer key: the directory may be indexed by it. */
  readonly dense: boolean;
  /** Compare the 64-bit hash before the keys: for keys that are costly to compare. */
  readonly comparesHash: boolean;
  readonly nullableKeys: boolean;
  /**
   * For a mark join on several nullable keys: where the global block has {u32 array, u32 count} of the table's rows, and of those
   * with a NULL key.
   */
  readonly byNulls: { readonly rows: number; readonly nulls: number } | undefined;
};

/** Build rows without a usable key are kept by kinds that put unmatched build rows out. */
const KEEPS_UNMATCHED: ReadonlySet<PhysicalJoinKind> = new Set(["buildOuter", "full", "buildAnti"]);

/** Compiles the runs that fill the build side and the step that makes its directory. */
export function compileBuildSide(env: CompileEnv, plan: HashJoin, required: ReadonlySet<number>): BuildSide {
  const { compiler } = env;
  const buildColumns = outputOf(plan.build);
  const buildIds = new Set(buildColumns.map(({ id }) => id));
  const keyExprs = plan.keys.map(({ build }) => build);
  const needed = [...withColumnsOf(required, [...keyExprs, ...plan.residual])].filter((id) => buildIds.has(id));
  // A key that is computed only for the comparison needs no other column of the build side.
  const payload = [...withColumnsOf(required, plan.residual)].filter((id) => buildIds.has(id));

  const table = compiler.global(TABLE.bytes);
  const layout = new RowLayout(JOIN_ROW.bytes);
  const bounds = compiler.local(16);
  compiler.onInit((b) => {
    b.store("i64.store", b.param(1), i64(2n ** 63n - 1n), bounds);
    b.store("i64.store", b.param(1), i64(-(2n ** 63n)), bounds + 8);
  });
  let store = -1;
  let nullStore = -1;
  let dense = false;
  let comparesHash = false;
  let nullableKeys = false;
  const keyFields: number[] = [];

  env.produce(plan.build, {
    required: new Set(needed),
    consume: (pipeline, scope) => {
      const { b } = scope;
      pipeline.name.push("HashJoin build");
      const keys = keyExprs.map((expr) => compiler.lower(scope, expr));
      const kept: KeptColumn[] = payload.map((id) => ({ id, column: columnById(buildColumns, id) }));
      keyExprs.forEach((expr, i) => {
        // The first of several pipelines decides the fields; each fills them all.
        const id = (keyFields[i] ??= expr.kind === "Column" ? expr.column.id : compiler.syntheticId());
        if (kept.every((other) => other.id !== id)) kept.push({ id, operand: keys[i] as Operand });
      });
      if (store < 0) {
        const [key] = keys;
        dense = keys.length === 1 && !plan.keys[0]?.nullSafe && (key?.rep === "i32" || key?.rep === "i64");
        comparesHash = !dense;
      }
      const allValid = validKeys(plan, keys);
      const valid = allValid && b.let(allValid);
      nullableKeys ||= valid !== undefined;
      const keep = (): void => {
        const row = keepRow(compiler, scope, layout, kept, () => {
          if (store < 0) store = compiler.addStore(layout.stride, false);
          pipeline.stores.add(store);
          return store;
        });
        b.store(
          "i32.store",
          row,
          valid === undefined ? i32(0) : num("i32.shl", num("i32.eqz", valid), i32(8)),
          JOIN_ROW.matched,
        );
        b.store("i64.store", row, hashKeys(compiler, b, plan, keys, "build"), JOIN_ROW.hash);
        if (dense) emitBounds(b, bounds, keys[0] as Operand, valid);
      };
      if (valid === undefined || KEEPS_UNMATCHED.has(plan.join)) return keep();
      b.if(valid, keep, () => {
        if (plan.join === "mark" && plan.keys.length > 1) {
          keepRow(compiler, scope, layout, kept, () => {
            if (nullStore < 0) nullStore = compiler.addStore(layout.stride, false);
            pipeline.stores.add(nullStore);
            return nullStore;
          });
        }
        const count = num("i32.add", b.param(0), i32(table + TABLE.nulls));
        b.set(b.local("i32"), atomic("i32.atomic.rmw.add", [count, i32(1)]));
      });
    },
  });

  compiler.steps.push({
    kind: "buildTable",
    table,
    store,
    insert: compileInsert(compiler, table, layout.stride),
    dense: dense ? { insert: compileDenseInsert(compiler, table, layout, keyFields[0] as number), bounds } : undefined,
  });
  const probeColumns = outputOf(plan.probe);
  const slice = (from: number): number => {
    const slot = compiler.global(8);
    if (from >= 0) compiler.steps.push({ kind: "slice", slot, store: from, limit: undefined, offset: 0 });
    return slot;
  };
  // Which keys are nullable on the probe side is not known yet.
  const byNulls =
    plan.join === "mark" && plan.keys.length > 1 && plan.residual.length === 0
      ? { rows: slice(store), nulls: slice(nullStore) }
      : undefined;
  return {
    table,
    byNulls,
    store,
    layout,
    keyFields,
    columns: new Set(payload),
    probeColumns,
    dense,
    comparesHash,
    nullableKeys,
  };
}

function columnById(columns: readonly Column[], id: number): Column {
  const column = columns.find((c) => c.id === id);
  if (column === undefined) throw new Error(`column #${id} is not on the build side`);
  return column;
}

/** Keeps the least and greatest key of the worker, for the choice of the dense mode. */
function emitBounds(b: FunctionBuilder, bounds: number, key: Operand, valid: Ir | undefined): void {
  const update = (): void => {
    const value = asI64(b, key);
    const min = b.let(load("i64.load", b.param(1), bounds));
    const max = b.let(load("i64.load", b.param(1), bounds + 8));
    b.store("i64.store", b.param(1), select(num("i64.lt_s", value, min), value, min), bounds);
    b.store("i64.store", b.param(1), select(num("i64.gt_s", value, max), value, max), bounds + 8);
  };
  if (valid === undefined) update();
  else b.if(valid, update);
}

/** `insert(global, local, morsel, first, rows, 0)`: links rows into the hash directory; runs on all workers at once. */
function compileInsert(compiler: QueryCompiler, table: number, stride: number): string {
  const name = compiler.uniqueName("insert");
  compiler.define(name, ["i32", "i32", "i32", "i32"], [], true, (b) => {
    const directory = b.entry(load("i32.load", b.param(0), table + TABLE.directory));
    const mask = b.entry(load("i32.load", b.param(0), table + TABLE.mask));
    forLinkedRows(b, stride, (row) => {
      const hash = b.let(load("i64.load", row, JOIN_ROW.hash));
      const slot = num("i32.and", num("i32.wrap_i64", hash), mask);
      const address = b.let(num("i32.add", directory, num("i32.shl", slot, i32(3))));
      const tag = num("i64.shl", i64(1), num("i64.add", num("i64.shr_u", hash, i64(60)), i64(48)));
      const own = b.let(num("i64.or", num("i64.extend_i32_u", row), tag));
      const seen = b.bind(atomic("i64.atomic.load", [address]), "seen");
      b.block((leave) => {
        b.loop((again) => {
          b.store("i32.store", row, num("i32.wrap_i64", get(seen)), JOIN_ROW.next);
          const merged = num("i64.or", own, num("i64.and", get(seen), i64(-(2n ** 48n))));
          const found = b.let(atomic("i64.atomic.rmw.cmpxchg", [address, get(seen), merged]));
          b.br(leave, num("i64.eq", found, get(seen)));
          b.set(seen, found);
          b.br(again);
        });
      });
    });
  });
  return name;
}

/** The same for the dense mode. */
function compileDenseInsert(compiler: QueryCompiler, table: number, layout: RowLayout, keyField: number): string {
  const name = compiler.uniqueName("insertDense");
  const field = layout.field(keyField);
  compiler.define(name, ["i32", "i32", "i32", "i32"], [], true, (b) => {
    const directory = b.entry(load("i32.load", b.param(0), table + TABLE.directory));
    const min = b.entry(load("i64.load", b.param(0), table + TABLE.min));
    forLinkedRows(b, layout.stride, (row) => {
      const key =
        field.rep === "i32"
          ? num("i64.extend_i32_s", load("i32.load", row, field.offset))
          : load("i64.load", row, field.offset);
      const index = num("i32.wrap_i64", num("i64.sub", key, min));
      const address = num("i32.add", directory, num("i32.shl", index, i32(2)));
      b.store("i32.store", row, atomic("i32.atomic.rmw.xchg", [address, row]), JOIN_ROW.next);
    });
  });
  return name;
}

function forLinkedRows(b: FunctionBuilder, stride: number, body: (row: Ir) => void): void {
  b.forRange(i32(0), b.param(4), (i) => {
    const row = b.let(num("i32.add", b.param(3), num("i32.mul", i, i32(stride))), "row");
    b.if(num("i32.eqz", load("i32.load8_u", row, JOIN_ROW.unlinked)), () => body(row));
  });
}
