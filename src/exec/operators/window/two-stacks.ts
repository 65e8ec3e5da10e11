import { get, i32, num } from "../../../planner/ir/builder.ts";
import type { FunctionBuilder } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import { Scratch } from "../../codegen/scratch.ts";
import { entryAt } from "./search.ts";
import type { FrameRows, FunctionCode } from "./site.ts";
import type { WindowAggregate } from "./states.ts";

/**
 * Frames whose ends only move forward, for any aggregate that can merge states, in constant amortised time (two stacks; Tangwongsan,
 * Hirzel & Schneider, "Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time", 2017, section 3): rows before `middle`
 * have a state each in memory, which holds the row and all after it up to `middle`; rows from there on are in one running state.
 * When the frame's start passes `middle`, the states are made anew, backwards from the last row added.
 */
export function twoStacks(
  b: FunctionBuilder,
  compiler: QueryCompiler,
  aggregate: WindowAggregate,
  frame: FrameRows,
): FunctionCode {
  const front = new Scratch(compiler);
  const back = aggregate.inVariables(b);
  const result = aggregate.inVariables(b);
  /** Position whose state is the first in memory. */
  const base = b.local("i32", "base");
  const middle = b.local("i32", "middle");
  const added = b.local("i32", "added");
  const stateAt = (states: Ir, position: Ir): Ir =>
    num("i32.add", states, num("i32.mul", num("i32.sub", position, get(base)), i32(aggregate.stride)));
  const restart = (position: Ir): void => {
    aggregate.init(back);
    b.set(middle, position);
    b.set(added, position);
  };
  return {
    open: ({ start }) => {
      b.set(base, start);
      restart(start);
    },
    value: ({ array }) => {
      const { start, end } = frame;
      b.if(num("i32.gt_u", start, get(added)), () => restart(start));
      b.while(
        () => num("i32.lt_u", get(added), end),
        () => {
          aggregate.step(b, back, entryAt(array, get(added)));
          b.set(added, num("i32.add", get(added), i32(1)));
        },
      );
      b.if(num("i32.gt_u", start, get(middle)), () => {
        const states = front.reserve(b, num("i32.sub", get(added), start), aggregate.stride);
        b.set(base, start);
        b.set(middle, get(added));
        const at = b.bind(get(added), "at");
        b.while(
          () => num("i32.gt_u", get(at), start),
          () => {
            b.set(at, num("i32.sub", get(at), i32(1)));
            const address = b.let(stateAt(states, get(at)));
            const state = aggregate.inMemory(b, address);
            aggregate.init(state);
            aggregate.step(b, state, entryAt(array, get(at)));
            b.if(num("i32.lt_u", num("i32.add", get(at), i32(1)), get(middle)), () =>
              aggregate.merge(b, state, aggregate.inMemory(b, num("i32.add", address, i32(aggregate.stride)))),
            );
          },
        );
        aggregate.init(back);
      });
      aggregate.init(result);
      b.if(num("i32.lt_u", start, get(middle)), () =>
        aggregate.merge(b, result, aggregate.inMemory(b, stateAt(front.address(b), start))),
      );
      aggregate.merge(b, result, back);
      return aggregate.finish(b, result);
    },
  };
}
