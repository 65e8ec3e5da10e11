import type { SortKey } from "../../../planner/expr/expr.ts";
import { call, type FunctionBuilder, get, i32, i64, load, not, num, or } from "../../../planner/ir/builder.ts";
import type { FunctionRef, Ir } from "../../../planner/ir/ir.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import type { RowLayout } from "../../codegen/row-layout.ts";
import { Scratch } from "../../codegen/scratch.ts";
import { elementAddress, ENTRY, entryAddress, keyOf, rowOf, storeEntry } from "./entries.ts";
import { emitKeyPrefix } from "./key-prefix.ts";
import { compileMergeSort } from "./merge-sort.ts";
import { compileCompare, compileStableCompare } from "./order.ts";

/** Fewer rows are sorted by comparing them. */
const FEW_ROWS = 48;

/**
 * - `compare(global, local, a, b)`: see `compileCompare`;
 * - `sort(global, local, morsel, rows, count, entries)`: sorts an array of row addresses; unless `entries` is 0, leaves the sorted
 *   entries there, too, where twice as many have room;
 * - `merge(global, local, left, leftCount, right, rightCount, out, from, to)`: the part `[from, to)` of what two sorted arrays of
 *   entries make together goes to `out + from`, as entries;
 * - `mergeLast`: the same, but only row addresses go out.
 */
export type RowSort = {
  readonly compare: FunctionRef;
  readonly sort: FunctionRef;
  readonly merge: FunctionRef;
  readonly mergeLast: FunctionRef;
};

/** Adds the step that sorts the rows of a store; {array, count} of their addresses, at most `limit` of them, is at the slot returned. */
export function sortStore(
  compiler: QueryCompiler,
  store: number,
  { sort, merge, mergeLast }: RowSort,
  limit?: number,
  offset: number = 0,
): number {
  const slot = compiler.global(8);
  const from = { kind: "store", store } as const;
  const functions = { sort: sort.name, merge: merge.name, mergeLast: mergeLast.name };
  compiler.steps.push({ kind: "sort", slot, from, ...functions, limit, offset });
  return slot;
}

/** `ties`: rows with equal keys are ordered by all that they hold, or stay in the order in which they came. */
export function compileSort(
  compiler: QueryCompiler,
  layout: RowLayout,
  keys: readonly SortKey[],
  keyIds: readonly number[],
  ties: "fields" | "arrival",
): RowSort {
  const compare = (ties === "fields" ? compileCompare : compileStableCompare)(compiler, layout, keys, keyIds);
  const prefixOf = (b: FunctionBuilder, row: Ir): { readonly bits: Ir; readonly isExact: boolean } => {
    const { bits, isExact } = emitKeyPrefix(b, layout, keys, keyIds, row);
    return { bits, isExact: isExact && ties === "arrival" };
  };
  const mergeSort = compileMergeSort(compiler, compare);
  const radixSort = compileRadixSort(compiler);
  const spare = new Scratch(compiler);
  let isExact = false;

  const sort = compiler.define(compiler.uniqueName("sort"), ["i32", "i32", "i32", "i32"], [], true, (b) => {
    const [global, local, rows, count, wanted] = [b.param(0), b.param(1), b.param(3), b.param(4), b.param(5)];
    b.if(num("i32.lt_u", count, i32(FEW_ROWS)), () => {
      b.call(mergeSort, global, local, rows, count);
      b.if(wanted, () => {
        b.forRange(i32(0), count, (i) => {
          const row = b.let(load("i32.load", elementAddress(rows, i)));
          storeEntry(b, b.let(entryAddress(wanted, i)), prefixOf(b, row).bits, row);
        });
      });
      b.return();
    });
    const entries = b.bind(wanted, "entries");
    b.if(not(wanted), () => b.set(entries, spare.reserve(b, count, 2 * ENTRY.bytes)));
    const base = b.copy(get(entries));
    const first = b.local("i64", "first");
    const previous = b.local("i64", "previous");
    const different = b.bind(i64(0), "different");
    const descends = b.bind(i32(0), "descends");
    b.forRange(i32(0), count, (i) => {
      const row = b.let(load("i32.load", elementAddress(rows, i)));
      const prefix = prefixOf(b, row);
      isExact = prefix.isExact;
      storeEntry(b, b.let(entryAddress(base, i)), prefix.bits, row);
      b.if(not(i), () => {
        b.set(first, prefix.bits);
        b.set(previous, prefix.bits);
      });
      b.set(different, num("i64.or", get(different), num("i64.xor", prefix.bits, get(first))));
      b.set(descends, or(get(descends), num("i64.lt_u", prefix.bits, get(previous))));
      b.set(previous, prefix.bits);
    });
    b.if(get(descends), () => {
      b.call(radixSort, global, local, base, count, get(different));
      b.forRange(i32(0), count, (i) => b.store("i32.store", elementAddress(rows, i), rowOf(entryAddress(base, i))));
    });
    if (!isExact) emitSortTies(b, mergeSort, rows, count, base);
  });

  const isBefore = (b: FunctionBuilder, x: Ir, y: Ir): Ir => {
    const [p, q] = [b.let(keyOf(x)), b.let(keyOf(y))];
    const less = num("i64.lt_u", p, q);
    if (isExact) return less;
    const result = b.bind(less, "before");
    b.if(num("i64.eq", p, q), () => {
      b.set(result, num("i32.lt_s", call(compare, b.param(0), b.param(1), rowOf(x), rowOf(y)), i32(0)));
    });
    return get(result);
  };
  return {
    compare,
    sort,
    merge: compileMerge(compiler, isBefore, false),
    mergeLast: compileMerge(compiler, isBefore, true),
  };
}

/** Rows whose prefixes are equal are sorted among themselves by comparing them. */
function emitSortTies(b: FunctionBuilder, mergeSort: FunctionRef, rows: Ir, count: Ir, entries: Ir): void {
  const start = b.bind(i32(0), "start");
  b.while(
    () => num("i32.lt_u", get(start), count),
    () => {
      const key = b.let(keyOf(entryAddress(entries, get(start))));
      const end = b.bind(num("i32.add", get(start), i32(1)), "end");
      b.block((leave) => {
        b.loop((again) => {
          b.br(leave, num("i32.ge_u", get(end), count));
          b.br(leave, num("i64.ne", keyOf(entryAddress(entries, get(end))), key));
          b.set(end, num("i32.add", get(end), i32(1)));
          b.br(again);
        });
      });
      const size = b.let(num("i32.sub", get(end), get(start)));
      b.if(num("i32.gt_u", size, i32(1)), () => {
        b.call(mergeSort, b.param(0), b.param(1), elementAddress(rows, get(start)), size);
        b.forRange(get(start), get(end), (i) => {
          b.store("i32.store", entryAddress(entries, i), load("i32.load", elementAddress(rows, i)), ENTRY.row);
        });
      });
      b.set(start, get(end));
    },
  );
}

const DIGIT_BITS = 8;
const DIGITS = 1 << DIGIT_BITS;

/**
 * `radixSort(global, local, entries, count, different)`: sorts entries by their keys, byte by byte from the last; bytes in which no
 * two keys differ (`different` has the bits that do) are passed over. Stable. As many entries more have room behind them.
 */
function compileRadixSort(compiler: QueryCompiler): FunctionRef {
  const offsets = compiler.local(DIGITS * 4);
  return compiler.define(compiler.uniqueName("radixSort"), ["i32", "i32", "i64"], [], false, (b) => {
    const [entries, count, different] = [b.param(2), b.param(3), b.param(4)];
    const bytes = b.let(num("i32.mul", count, i32(ENTRY.bytes)));
    const from = b.bind(entries, "from");
    const to = b.bind(num("i32.add", entries, bytes), "to");
    const shift = b.bind(i64(0), "shift");
    const digitAt = (entry: Ir): Ir => {
      const digit = num("i64.and", num("i64.shr_u", keyOf(entry), get(shift)), i64(DIGITS - 1));
      return b.let(num("i32.add", b.param(1), num("i32.shl", num("i32.wrap_i64", digit), i32(2))));
    };
    b.while(
      () => num("i64.lt_u", get(shift), i64(64)),
      () => {
        const digits = num("i64.and", num("i64.shr_u", different, get(shift)), i64(DIGITS - 1));
        b.if(num("i64.ne", digits, i64(0)), () => {
          b.push({
            op: "memory.fill",
            address: num("i32.add", b.param(1), i32(offsets)),
            value: i32(0),
            bytes: i32(DIGITS * 4),
          });
          b.forRange(
            get(from),
            b.let(num("i32.add", get(from), bytes)),
            (entry) => {
              const place = digitAt(entry);
              b.store("i32.store", place, num("i32.add", load("i32.load", place, offsets), i32(ENTRY.bytes)), offsets);
            },
            ENTRY.bytes,
          );
          const sum = b.bind(get(to), "sum");
          b.forRange(
            b.param(1),
            b.let(num("i32.add", b.param(1), i32(DIGITS * 4))),
            (place) => {
              const own = b.let(load("i32.load", place, offsets));
              b.store("i32.store", place, get(sum), offsets);
              b.set(sum, num("i32.add", get(sum), own));
            },
            4,
          );
          b.forRange(
            get(from),
            b.let(num("i32.add", get(from), bytes)),
            (entry) => {
              const place = digitAt(entry);
              const target = b.let(load("i32.load", place, offsets));
              storeEntry(b, target, keyOf(entry), rowOf(entry));
              b.store("i32.store", place, num("i32.add", target, i32(ENTRY.bytes)), offsets);
            },
            ENTRY.bytes,
          );
          const swap = b.copy(get(from));
          b.set(from, get(to));
          b.set(to, swap);
        });
        b.set(shift, num("i64.add", get(shift), i64(DIGIT_BITS)));
      },
    );
    b.if(num("i32.ne", get(from), entries), () => b.push({ op: "memory.copy", to: entries, from: get(from), bytes }));
  });
}

/** See `RowSort.merge`. Where a part begins is found by binary search along its diagonal (merge path; Odeh et al. 2012). */
function compileMerge(
  compiler: QueryCompiler,
  isBefore: (b: FunctionBuilder, x: Ir, y: Ir) => Ir,
  rowsOnly: boolean,
): FunctionRef {
  const params = ["i32", "i32", "i32", "i32", "i32", "i32", "i32"] as const;
  return compiler.define(compiler.uniqueName("merge"), params, [], true, (b) => {
    const [left, leftCount, right, rightCount, out, start, stop] = [2, 3, 4, 5, 6, 7, 8].map((i) => b.param(i)) as [
      Ir,
      Ir,
      Ir,
      Ir,
      Ir,
      Ir,
      Ir,
    ];
    // How many of the first `start` come from the left side.
    const low = b.bind(i32(0), "low");
    const high = b.bind(start, "high");
    b.if(num("i32.gt_u", start, rightCount), () => b.set(low, num("i32.sub", start, rightCount)));
    b.if(num("i32.gt_u", start, leftCount), () => b.set(high, leftCount));
    b.while(
      () => num("i32.lt_u", get(low), get(high)),
      () => {
        const middle = b.let(num("i32.shr_u", num("i32.add", get(low), get(high)), i32(1)));
        const other = num("i32.sub", num("i32.sub", start, middle), i32(1));
        b.if(
          isBefore(b, b.let(entryAddress(right, other)), b.let(entryAddress(left, middle))),
          () => b.set(high, middle),
          () => b.set(low, num("i32.add", middle, i32(1))),
        );
      },
    );
    const x = b.bind(entryAddress(left, get(low)), "x");
    const y = b.bind(entryAddress(right, num("i32.sub", start, get(low))), "y");
    const xEnd = b.let(entryAddress(left, leftCount));
    const yEnd = b.let(entryAddress(right, rightCount));
    b.forRange(start, stop, (i) => {
      const takesRight = b.bind(num("i32.ge_u", get(x), xEnd), "takesRight");
      // Ties take the left side: the sort is stable.
      b.if(num("i32.and", not(get(takesRight)), num("i32.lt_u", get(y), yEnd)), () =>
        b.set(takesRight, isBefore(b, get(y), get(x))),
      );
      const entry = b.local("i32", "entry");
      b.if(
        get(takesRight),
        () => {
          b.set(entry, get(y));
          b.set(y, num("i32.add", get(y), i32(ENTRY.bytes)));
        },
        () => {
          b.set(entry, get(x));
          b.set(x, num("i32.add", get(x), i32(ENTRY.bytes)));
        },
      );
      if (rowsOnly) b.store("i32.store", elementAddress(out, i), rowOf(get(entry)));
      else storeEntry(b, b.let(entryAddress(out, i)), keyOf(get(entry)), rowOf(get(entry)));
    });
  });
}
