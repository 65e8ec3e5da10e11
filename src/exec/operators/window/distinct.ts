import type { WindowCall } from "../../../planner/expr/expr.ts";
import { get, i32, load, num } from "../../../planner/ir/builder.ts";
import type { FunctionBuilder } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import { Occurrences } from "./occurrences.ts";
import type { WindowRows } from "./rows.ts";
import { Scratch } from "../../codegen/scratch.ts";
import { entryAt } from "./search.ts";
import { SegmentTree } from "./segment-tree.ts";
import type { FrameRows, FunctionCode } from "./site.ts";
import type { WindowAggregate } from "./states.ts";

/** A DISTINCT aggregate over frames that leave rows behind. */
export function distinctInFrames(
  b: FunctionBuilder,
  compiler: QueryCompiler,
  rows: WindowRows,
  call: WindowCall,
  aggregate: WindowAggregate,
  frame: FrameRows,
): FunctionCode {
  const occurrences = new Occurrences(compiler, rows, call);
  return frame.isMonotone && !frame.isExcluding
    ? firstOccurrences(b, compiler, aggregate, frame, occurrences)
    : frameByFrame(b, compiler, aggregate, frame, occurrences);
}

const place = (array: Ir, index: Ir): Ir => num("i32.add", array, num("i32.shl", index, i32(2)));

/**
 * Frames whose ends only move forward: of the rows from the frame's start on only the first one with each value counts, so that those
 * before the frame's end are its distinct values, in their order. When the start leaves a row behind, the next with its value counts.
 */
function firstOccurrences(
  b: FunctionBuilder,
  compiler: QueryCompiler,
  aggregate: WindowAggregate,
  frame: FrameRows,
  occurrences: Occurrences,
): FunctionCode {
  /** By row: whether it counts; the next row with its value, plus 1. By the position of a value's first row: its first one so far, plus 1. */
  const [counting, nexts, found] = [new Scratch(compiler), new Scratch(compiler), new Scratch(compiler)];
  const flagOf = (start: Ir, position: Ir): Ir => b.let(place(counting.address(b), num("i32.sub", position, start)));
  const tree = new SegmentTree(b, compiler, aggregate, ({ array, start }, state, position) =>
    b.if(load("i32.load", flagOf(start, position)), () => aggregate.step(b, state, entryAt(array, position))),
  );
  const left = b.local("i32", "left");
  const result = aggregate.inVariables(b);
  return {
    open: (site) => {
      const { start, end } = site;
      occurrences.open(site);
      const count = b.let(num("i32.sub", end, start));
      const bytes = b.let(num("i32.shl", count, i32(2)));
      for (const array of [counting, nexts, found]) {
        b.push({ op: "memory.fill", address: array.reserve(b, count, 4), value: i32(0), bytes });
      }
      const position = b.bind(end, "position");
      b.while(
        () => num("i32.gt_u", get(position), start),
        () => {
          const behind = b.copy(get(position));
          b.set(position, num("i32.sub", get(position), i32(1)));
          const first = b.let(occurrences.first(b, start, get(position)));
          const known = b.let(place(found.address(b), num("i32.sub", first, start)));
          const next = place(nexts.address(b), num("i32.sub", get(position), start));
          b.store("i32.store", b.let(next), load("i32.load", known));
          b.store("i32.store", known, behind);
          b.store("i32.store", flagOf(start, get(position)), num("i32.eq", first, get(position)));
        },
      );
      tree.open(site);
      b.set(left, start);
    },
    value: (site) => {
      const { start } = site;
      b.while(
        () => num("i32.lt_u", get(left), frame.start),
        () => {
          const next = b.let(load("i32.load", b.let(place(nexts.address(b), num("i32.sub", get(left), start)))));
          b.if(next, () => {
            const position = b.let(num("i32.sub", next, i32(1)));
            b.store("i32.store", flagOf(start, position), i32(1));
            tree.refresh(site, position);
          });
          b.set(left, num("i32.add", get(left), i32(1)));
        },
      );
      aggregate.init(result);
      tree.addRange(site, result, frame.start, frame.end);
      return aggregate.finish(b, result);
    },
  };
}

/** Every frame is gone through anew, and every value is marked with the row whose frame had it last. */
function frameByFrame(
  b: FunctionBuilder,
  compiler: QueryCompiler,
  aggregate: WindowAggregate,
  frame: FrameRows,
  occurrences: Occurrences,
): FunctionCode {
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
          const marked = b.let(place(marks.address(b), value));
          b.if(num("i32.ne", load("i32.load", marked), mark), () => {
            b.store("i32.store", marked, mark);
            aggregate.step(b, state, entryAt(array, position));
          });
        });
      }
      return aggregate.finish(b, state);
    },
  };
}
