import type { Column } from "../../../planner/expr/expr.ts";
import { call, type FunctionBuilder, get, i32, i64, load, num } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import type { Operand } from "../../../planner/ir/operand.ts";
import { HOST_ALLOC, type QueryCompiler } from "../../codegen/compiler.ts";
import { emitCancelCheck } from "../../codegen/pipeline.ts";
import type { Step } from "../../codegen/program.ts";
import { loadField, type RowLayout } from "../../codegen/row-layout.ts";
import { equalOperands, hashOperands } from "../join/keys.ts";

/** Header of a row that is looked up: the hash of its columns. */
export const SEEN_ROW = { hash: 0, bytes: 8 } as const;

/** The set in the global block: entries {u32 row, u32 high half of the hash}, 0 when free; all zero: an empty set. */
const SEEN = { entries: 0, size: 4, count: 8, bytes: 16 } as const;

const FIRST_ENTRIES = 1024;

export function emitRowHash(
  compiler: QueryCompiler,
  b: FunctionBuilder,
  row: Ir,
  columns: readonly Column[],
  values: readonly Operand[],
): void {
  const hash = hashOperands(
    compiler,
    b,
    values,
    columns.map(({ type }) => type),
  );
  b.store("i64.store", row, hash, SEEN_ROW.hash);
}

/**
 * A step that passes the rows of store `from` that differ in `columns` from all that earlier runs of it have seen on to a store of
 * its own. With `replace` the others take the place of those that they agree with. It runs in one thread at a time; `seen` is where
 * the set lies in the global block.
 */
export function compileSeenRows(
  compiler: QueryCompiler,
  layout: RowLayout,
  columns: readonly Column[],
  from: number,
  replace: boolean,
): { readonly step: Step; readonly store: number; readonly seen: { readonly offset: number; readonly bytes: number } } {
  const { stride } = compiler.store(from);
  const store = compiler.addStore(stride, true);
  const seen = compiler.global(SEEN.bytes);
  const fn = compiler.uniqueName("seen");
  const entryAt = (entries: Ir, slot: Ir): Ir => num("i32.add", entries, num("i32.shl", slot, i32(3)));

  compiler.define(fn, ["i32", "i32", "i32", "i32"], [], true, (b) => {
    const [segments, segmentCount, total] = [b.param(3), b.param(4), b.param(5)];
    const global = b.param(0);
    const enter = (address: Ir, row: Ir, hash: Ir): void => {
      const high = num("i64.and", hash, i64(-(2n ** 32n)));
      b.store("i64.store", address, num("i64.or", num("i64.extend_i32_u", row), high));
    };
    const count = b.bind(load("i32.load", global, seen + SEEN.count), "count");
    const entries = b.bind(load("i32.load", global, seen + SEEN.entries), "entries");
    const size = b.bind(load("i32.load", global, seen + SEEN.size), "size");
    const least = b.let(num("i32.shl", num("i32.add", get(count), total), i32(1)));
    b.if(num("i32.lt_u", get(size), least), () => {
      const [old, oldSize] = [b.copy(get(entries)), b.copy(get(size))];
      b.set(size, i32(FIRST_ENTRIES));
      b.while(
        () => num("i32.lt_u", get(size), num("i32.shl", least, i32(1))),
        () => b.set(size, num("i32.shl", get(size), i32(1))),
      );
      const bytes = b.let(num("i32.shl", get(size), i32(3)));
      b.set(entries, call(HOST_ALLOC, bytes));
      b.push({ op: "memory.fill", address: get(entries), value: i32(0), bytes });
      const mask = b.let(num("i32.sub", get(size), i32(1)));
      b.forRange(i32(0), oldSize, (i) => {
        const row = b.let(load("i32.load", entryAt(old, i)));
        b.if(row, () => {
          const hash = b.let(load("i64.load", row, SEEN_ROW.hash));
          const slot = b.bind(num("i32.and", num("i32.wrap_i64", hash), mask), "slot");
          b.while(
            () => load("i32.load", entryAt(get(entries), get(slot))),
            () => b.set(slot, num("i32.and", num("i32.add", get(slot), i32(1)), mask)),
          );
          enter(b.let(entryAt(get(entries), get(slot))), row, hash);
        });
      });
      b.store("i32.store", global, get(entries), seen + SEEN.entries);
      b.store("i32.store", global, get(size), seen + SEEN.size);
    });
    const mask = b.let(num("i32.sub", get(size), i32(1)));
    b.forRange(i32(0), segmentCount, (s) => {
      const segment = b.let(num("i32.add", segments, num("i32.shl", s, i32(3))));
      const first = b.let(load("i32.load", segment));
      b.forRange(i32(0), b.let(load("i32.load", segment, 4)), (r) => {
        emitCancelCheck(b);
        const row = b.let(num("i32.add", first, num("i32.mul", r, i32(stride))));
        const hash = b.let(load("i64.load", row, SEEN_ROW.hash));
        const slot = b.bind(num("i32.and", num("i32.wrap_i64", hash), mask), "slot");
        b.block((done) => {
          b.loop((again) => {
            const address = b.let(entryAt(get(entries), get(slot)));
            const entry = b.let(load("i64.load", address));
            b.if(num("i64.eqz", entry), () => {
              b.set(count, num("i32.add", get(count), i32(1)));
              const copy = compiler.appendRow(b, store);
              b.push({ op: "memory.copy", to: copy, from: row, bytes: i32(stride) });
              enter(address, replace ? copy : row, hash);
              b.br(done);
            });
            b.if(num("i64.eqz", num("i64.shr_u", num("i64.xor", entry, hash), i64(32))), () => {
              const known = b.let(num("i32.wrap_i64", entry));
              const equal = equalRows(compiler, b, layout, columns, known, row);
              if (replace) b.if(equal, () => b.push({ op: "memory.copy", to: known, from: row, bytes: i32(stride) }));
              b.br(done, equal);
            });
            b.set(slot, num("i32.and", num("i32.add", get(slot), i32(1)), mask));
            b.br(again);
          });
        });
      });
    });
    b.store("i32.store", global, get(count), seen + SEEN.count);
  });
  const step: Step = {
    kind: "run",
    name: replace ? "Recursion replace" : "Recursion distinct",
    fn,
    source: { kind: "partitions", first: from, count: 1 },
    stores: [store],
    stopAfter: undefined,
  };
  return { step, store, seen: { offset: seen, bytes: SEEN.bytes } };
}

/** Whether two rows agree in all columns, NULLs equal. */
function equalRows(
  compiler: QueryCompiler,
  b: FunctionBuilder,
  layout: RowLayout,
  columns: readonly Column[],
  x: Ir,
  y: Ir,
): Ir {
  const equal = b.bind(i32(1), "equal");
  b.block((unequal) => {
    for (const column of columns) {
      const field = layout.field(column);
      b.set(equal, equalOperands(compiler, b, loadField(b, x, field), loadField(b, y, field), true));
      b.br(unequal, num("i32.eqz", get(equal)));
    }
  });
  return get(equal);
}
