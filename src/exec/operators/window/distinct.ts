import type { WindowCall } from "../../../planner/expr/expr.ts";
import { i32, load, num } from "../../../planner/ir/builder.ts";
import type { FunctionBuilder } from "../../../planner/ir/builder.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import { Occurrences } from "./occurrences.ts";
import type { WindowRows } from "./rows.ts";
import { Scratch } from "../../codegen/scratch.ts";
import { entryAt } from "./search.ts";
import type { FrameRows, FunctionCode } from "./site.ts";
import type { WindowAggregate } from "./states.ts";

/**
 * A DISTINCT aggregate over frames that leave rows behind: every frame is gone through anew, and every value is marked with the
 * row whose frame had it last.
 */
export function distinctInFrames(
  b: FunctionBuilder,
  compiler: QueryCompiler,
  rows: WindowRows,
  call: WindowCall,
  aggregate: WindowAggregate,
  frame: FrameRows,
): FunctionCode {
  const occurrences = new Occurrences(compiler, rows, call);
  /** By the position of a value's first row. */
  const marks = new Scratch(compiler);
  const state = aggregate.inVariables(b);
  return {
    open: (site) => {
      occurrences.open(site);
      const count = b.let(num("i32.sub", site.end, site.start));
      const address = marks.reserve(b, count, 4);
      b.push({ op: "memory.fill", address, value: i32(0), bytes: num("i32.shl", count, i32(2)) });
    },
    value: (site) => {
      const { array, start, index } = site;
      const mark = b.let(num("i32.add", index, i32(1)));
      aggregate.init(state);
      for (const { from, to } of frame.ranges(site)) {
        b.forRange(from, to, (position) => {
          const value = num("i32.sub", occurrences.first(b, start, position), start);
          const place = b.let(num("i32.add", marks.address(b), num("i32.shl", value, i32(2))));
          b.if(num("i32.ne", load("i32.load", place), mark), () => {
            b.store("i32.store", place, mark);
            aggregate.step(b, state, entryAt(array, position));
          });
        });
      }
      return aggregate.finish(b, state);
    },
  };
}
