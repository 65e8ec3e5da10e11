import { type FunctionBuilder, get, i32, load, num, select } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";

/** Entry `index` of an array of u32. */
export function entryAt(array: Ir, index: Ir): Ir {
  return load("i32.load", num("i32.add", array, num("i32.shl", index, i32(2))));
}

/** The first position in `[from, to)` for which `isBefore` does not hold; it must hold for a prefix. `to` if it holds for all. */
export function emitSearch(b: FunctionBuilder, from: Ir, to: Ir, isBefore: (position: Ir) => Ir): Ir {
  const low = b.bind(from, "low");
  const high = b.bind(to, "high");
  b.while(
    () => num("i32.lt_u", get(low), get(high)),
    () => {
      const middle = b.let(num("i32.add", get(low), num("i32.shr_u", num("i32.sub", get(high), get(low)), i32(1))));
      b.if(
        isBefore(middle),
        () => b.set(low, num("i32.add", middle, i32(1))),
        () => b.set(high, middle),
      );
    },
  );
  return get(low);
}

/** Unsigned; both operands are repeatable or bound here. */
export function emitMin(b: FunctionBuilder, x: Ir, y: Ir): Ir {
  const [p, q] = [b.let(x), b.let(y)];
  return b.let(select(num("i32.lt_u", p, q), p, q));
}

export function emitMax(b: FunctionBuilder, x: Ir, y: Ir): Ir {
  const [p, q] = [b.let(x), b.let(y)];
  return b.let(select(num("i32.gt_u", p, q), p, q));
}
