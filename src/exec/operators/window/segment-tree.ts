import { and, get, i32, load, not, num } from "../../../planner/ir/builder.ts";
import type { FunctionBuilder } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import { Scratch } from "../../codegen/scratch.ts";
import { entryAt } from "./search.ts";
import type { FrameRows, FunctionCode } from "./site.ts";
import type { WindowAggregate } from "./states.ts";

/** A state of a level stands for this many of the level below. */
const FANOUT_BITS = 3;
const FANOUT = 1 << FANOUT_BITS;
/** More than any partition has: a level has at least one whole block. */
const MOST_LEVELS = 12;

/**
 * Any frames, also with holes, for any aggregate that can merge states, in logarithmic time (Leis, Kundhikanjana, Kemper & Neumann,
 * "Efficient Processing of Window Functions in Analytical SQL Queries", 2015): level 0 is the rows, a state of level k merges 8^k
 * consecutive rows; only whole blocks have states. States are merged in the order of the rows.
 */
export function segmentTree(b: FunctionBuilder, compiler: QueryCompiler, aggregate: WindowAggregate, frame: FrameRows): FunctionCode {
  const states = new Scratch(compiler);
  /** Addresses of the levels' states, from level 1. */
  const levels = compiler.local(4 * MOST_LEVELS);
  const height = b.local("i32", "levels");
  const result = aggregate.inVariables(b);
  const level = b.local("i32", "level");
  const at = b.local("i32", "at");
  const levelSlot = (number: Ir): Ir => num("i32.add", b.param(1), num("i32.shl", number, i32(2)));
  const stateOf = (number: Ir, index: Ir): Ir =>
    num("i32.add", load("i32.load", levelSlot(number), levels), num("i32.mul", index, i32(aggregate.stride)));

  return {
    open: ({ array, start, end }) => {
      const count = b.bind(num("i32.shr_u", num("i32.sub", end, start), i32(FANOUT_BITS)), "blocks");
      // All levels together have less than a seventh of the rows, so two times the first level is enough.
      const next = b.bind(states.reserve(b, num("i32.shl", get(count), i32(1)), aggregate.stride), "next");
      b.set(height, i32(0));
      b.while(
        () => get(count),
        () => {
          b.set(height, num("i32.add", get(height), i32(1)));
          b.store("i32.store", levelSlot(get(height)), get(next), levels);
          b.forRange(i32(0), get(count), (block) => {
            const state = aggregate.inMemory(b, get(next));
            aggregate.init(state);
            const first = b.let(num("i32.shl", block, i32(FANOUT_BITS)));
            const behind = b.let(num("i32.add", first, i32(FANOUT)));
            b.if(
              num("i32.eq", get(height), i32(1)),
              () => b.forRange(first, behind, (row) => aggregate.step(b, state, entryAt(array, num("i32.add", start, row)))),
              () => {
                const below = b.let(num("i32.sub", get(height), i32(1)));
                b.forRange(first, behind, (child) => aggregate.merge(b, state, aggregate.inMemory(b, stateOf(below, child))));
              },
            );
            b.set(next, num("i32.add", get(next), i32(aggregate.stride)));
          });
          b.set(count, num("i32.shr_u", get(count), i32(FANOUT_BITS)));
        },
      );
    },
    value: (site) => {
      const { array, start } = site;
      aggregate.init(result);
      for (const { from, to } of frame.ranges(site)) {
        const end = b.let(num("i32.sub", to, start));
        b.set(at, num("i32.sub", from, start));
        b.set(level, i32(0));
        b.while(
          () => num("i32.lt_u", get(at), end),
          () => {
            const bits = b.let(num("i32.mul", get(level), i32(FANOUT_BITS)));
            const size = b.let(num("i32.shl", i32(1), bits));
            const larger = b.let(num("i32.shl", size, i32(FANOUT_BITS)));
            const isAligned = not(num("i32.and", get(at), num("i32.sub", larger, i32(1))));
            const fits = num("i32.ge_u", num("i32.sub", end, get(at)), larger);
            const rises = and(and(isAligned, fits), num("i32.lt_u", get(level), get(height)));
            b.if(
              rises,
              () => b.set(level, num("i32.add", get(level), i32(1))),
              () =>
                b.if(
                  num("i32.lt_u", num("i32.sub", end, get(at)), size),
                  () => b.set(level, num("i32.sub", get(level), i32(1))),
                  () => {
                    b.if(
                      get(level),
                      () => aggregate.merge(b, result, aggregate.inMemory(b, stateOf(get(level), num("i32.shr_u", get(at), bits)))),
                      () => aggregate.step(b, result, entryAt(array, num("i32.add", start, get(at)))),
                    );
                    b.set(at, num("i32.add", get(at), size));
                  },
                ),
            );
          },
        );
      }
      return aggregate.finish(b, result);
    },
  };
}
