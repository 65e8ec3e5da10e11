import { call, type FunctionBuilder, get, i32, load, not, num, select } from "../../../planner/ir/builder.ts";
import type { FunctionRef, Ir } from "../../../planner/ir/ir.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import { Scratch } from "../../codegen/scratch.ts";
import { elementAddress } from "./entries.ts";

const INSERTION_RUN = 8;

/**
 * `mergeSort(global, local, rows, count)`: sorts an array of row addresses by comparing rows (merge sort over runs sorted by insertion).
 * Stable; rows that are in order already are only looked at.
 */
export function compileMergeSort(compiler: QueryCompiler, compare: FunctionRef): FunctionRef {
  const isBefore = (b: FunctionBuilder, x: Ir, y: Ir): Ir =>
    num("i32.lt_s", call(compare, b.param(0), b.param(1), x, y), i32(0));
  const min = (b: FunctionBuilder, x: Ir, y: Ir): Ir => {
    const [p, q] = [b.let(x), b.let(y)];
    return b.let(select(num("i32.lt_u", p, q), p, q));
  };
  const merge = compileMergeRows(compiler, isBefore);
  const scratch = new Scratch(compiler);
  return compiler.define(compiler.uniqueName("mergeSort"), ["i32", "i32"], [], false, (b) => {
    const [rows, count] = [b.param(2), b.param(3)];
    b.forRange(
      i32(0),
      count,
      (start) => {
        const end = min(b, num("i32.add", start, i32(INSERTION_RUN)), count);
        b.forRange(b.let(num("i32.add", start, i32(1))), end, (k) => {
          const row = b.let(load("i32.load", elementAddress(rows, k)));
          const hole = b.bind(k, "hole");
          b.block((placed) => {
            b.loop((again) => {
              b.br(placed, num("i32.eq", get(hole), start));
              const left = b.let(load("i32.load", num("i32.sub", elementAddress(rows, get(hole)), i32(4))));
              b.br(placed, not(isBefore(b, row, left)));
              b.store("i32.store", elementAddress(rows, get(hole)), left);
              b.set(hole, num("i32.sub", get(hole), i32(1)));
              b.br(again);
            });
          });
          b.store("i32.store", elementAddress(rows, get(hole)), row);
        });
      },
      INSERTION_RUN,
    );
    b.if(num("i32.le_u", count, i32(INSERTION_RUN)), () => b.return());
    const from = b.bind(rows, "from");
    const to = b.bind(scratch.reserve(b, count, 4), "to");
    const width = b.bind(i32(INSERTION_RUN), "width");
    b.while(
      () => num("i32.lt_u", get(width), count),
      () => {
        const start = b.bind(i32(0), "start");
        b.while(
          () => num("i32.lt_u", get(start), count),
          () => {
            const middle = min(b, num("i32.add", get(start), get(width)), count);
            const end = min(b, num("i32.add", middle, get(width)), count);
            const left = elementAddress(get(from), get(start));
            const right = elementAddress(get(from), middle);
            const out = elementAddress(get(to), get(start));
            b.call(
              merge,
              b.param(0),
              b.param(1),
              left,
              num("i32.sub", middle, get(start)),
              right,
              num("i32.sub", end, middle),
              out,
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
}

/** `merge(global, local, left, leftCount, right, rightCount, out)` of arrays that lie one behind the other. Ties take the left side. */
function compileMergeRows(compiler: QueryCompiler, isBefore: (b: FunctionBuilder, x: Ir, y: Ir) => Ir): FunctionRef {
  return compiler.define(compiler.uniqueName("mergeRows"), ["i32", "i32", "i32", "i32", "i32"], [], false, (b) => {
    const [left, leftCount, right, rightCount] = [b.param(2), b.param(3), b.param(4), b.param(5)];
    const i = b.bind(i32(0));
    const j = b.bind(i32(0));
    const out = b.bind(b.param(6));
    const copy = (from: Ir, count: Ir): void => {
      const bytes = b.let(num("i32.shl", count, i32(2)));
      b.push({ op: "memory.copy", to: get(out), from, bytes });
      b.set(out, num("i32.add", get(out), bytes));
    };
    const put = (value: Ir): void => {
      b.store("i32.store", get(out), value);
      b.set(out, num("i32.add", get(out), i32(4)));
    };
    b.if(rightCount, () => {
      const last = load("i32.load", num("i32.sub", elementAddress(left, leftCount), i32(4)));
      b.if(not(isBefore(b, load("i32.load", right), last)), () => {
        copy(left, leftCount);
        copy(right, rightCount);
        b.return();
      });
    });
    b.while(
      () => num("i32.and", num("i32.lt_u", get(i), leftCount), num("i32.lt_u", get(j), rightCount)),
      () => {
        const x = b.let(load("i32.load", elementAddress(left, get(i))));
        const y = b.let(load("i32.load", elementAddress(right, get(j))));
        b.if(
          isBefore(b, y, x),
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
    copy(elementAddress(left, get(i)), num("i32.sub", leftCount, get(i)));
    copy(elementAddress(right, get(j)), num("i32.sub", rightCount, get(j)));
  });
}
