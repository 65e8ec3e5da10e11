import type { AggregateState } from "../../../planner/functions/function.ts";
import { and, get, i32, load, not, num } from "../../../planner/ir/builder.ts";
import type { FunctionBuilder } from "../../../planner/ir/builder.ts";
import type { Ir, Local } from "../../../planner/ir/ir.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import { Scratch } from "../../codegen/scratch.ts";
import { entryAt } from "./search.ts";
import type { FrameRows, FunctionCode, PartitionSite } from "./site.ts";
import type { WindowAggregate } from "./states.ts";

/** A state of a level stands for this many of the level below. */
const FANOUT_BITS = 3;
const FANOUT = 1 << FANOUT_BITS;
/** More than any partition has: a level has at least one whole block. */
const MOST_LEVELS = 12;

/** Adds the row at a position of the partition to a state. */
export type AddRow = (site: PartitionSite, state: AggregateState, position: Ir) => void;

/**
 * States over ranges of a partition's rows (Leis, Kundhikanjana, Kemper & Neumann, "Efficient Processing of Window Functions in
 * Analytical SQL Queries", 2015): level 0 is the rows, a state of level k merges 8^k consecutive rows; only whole blocks have
 * states. States are merged in the order of the rows.
 */
export class SegmentTree {
  private readonly b: FunctionBuilder;
  private readonly aggregate: WindowAggregate;
  private readonly addRow: AddRow;
  private readonly states: Scratch;
  /** Where the local block has the addresses of the levels' states, from level 1. */
  private readonly levels: number;
  private readonly height: Local;

  constructor(b: FunctionBuilder, compiler: QueryCompiler, aggregate: WindowAggregate, addRow: AddRow) {
    this.b = b;
    this.aggregate = aggregate;
    this.addRow = addRow;
    this.states = new Scratch(compiler);
    this.levels = compiler.local(4 * MOST_LEVELS);
    this.height = b.local("i32", "levels");
  }

  /** Makes the states of a partition. */
  open(site: PartitionSite): void {
    const { b, aggregate, height, levels } = this;
    const rows = b.let(num("i32.sub", site.end, site.start));
    const count = b.bind(num("i32.shr_u", rows, i32(FANOUT_BITS)), "blocks");
    // All further levels together are smaller than the first.
    const next = b.bind(this.states.reserve(b, num("i32.shl", get(count), i32(1)), aggregate.stride), "next");
    b.set(height, i32(0));
    b.while(
      () => get(count),
      () => {
        b.set(height, num("i32.add", get(height), i32(1)));
        b.store("i32.store", this.levelSlot(get(height)), get(next), levels);
        b.forRange(i32(0), get(count), (block) => {
          this.fill(site, get(next), get(height), block);
          b.set(next, num("i32.add", get(next), i32(aggregate.stride)));
        });
        b.set(count, num("i32.shr_u", get(count), i32(FANOUT_BITS)));
      },
    );
  }

  /** Makes the states anew that the row at `position` is in. */
  refresh(site: PartitionSite, position: Ir): void {
    const { b } = this;
    const rows = b.let(num("i32.sub", site.end, site.start));
    const block = b.bind(num("i32.shr_u", num("i32.sub", position, site.start), i32(FANOUT_BITS)), "block");
    const count = b.bind(num("i32.shr_u", rows, i32(FANOUT_BITS)), "count");
    const level = b.bind(i32(1), "level");
    b.while(
      () => num("i32.lt_u", get(block), get(count)),
      () => {
        this.fill(site, b.let(this.stateOf(get(level), get(block))), get(level), get(block));
        b.set(level, num("i32.add", get(level), i32(1)));
        b.set(block, num("i32.shr_u", get(block), i32(FANOUT_BITS)));
        b.set(count, num("i32.shr_u", get(count), i32(FANOUT_BITS)));
      },
    );
  }

  /** Adds the rows `[from, to)` to a state. */
  addRange(site: PartitionSite, state: AggregateState, from: Ir, to: Ir): void {
    const { b, aggregate, height } = this;
    const end = b.let(num("i32.sub", to, site.start));
    const at = b.bind(num("i32.sub", from, site.start), "at");
    const level = b.bind(i32(0), "level");
    b.while(
      () => num("i32.lt_u", get(at), end),
      () => {
        const bits = b.let(num("i32.mul", get(level), i32(FANOUT_BITS)));
        const size = b.let(num("i32.shl", i32(1), bits));
        const larger = b.let(num("i32.shl", size, i32(FANOUT_BITS)));
        const isAligned = not(num("i32.and", get(at), num("i32.sub", larger, i32(1))));
        const fits = num("i32.ge_u", num("i32.sub", end, get(at)), larger);
        const rises = and(and(isAligned, fits), num("i32.lt_u", get(level), get(height)));
        const take = (): void => {
          b.if(
            get(level),
            () =>
              aggregate.merge(
                b,
                state,
                aggregate.inMemory(b, this.stateOf(get(level), num("i32.shr_u", get(at), bits))),
              ),
            () => this.addRow(site, state, b.let(num("i32.add", site.start, get(at)))),
          );
          b.set(at, num("i32.add", get(at), size));
        };
        const sink = (): void => b.set(level, num("i32.sub", get(level), i32(1)));
        b.if(
          rises,
          () => b.set(level, num("i32.add", get(level), i32(1))),
          () => b.if(num("i32.lt_u", num("i32.sub", end, get(at)), size), sink, take),
        );
      },
    );
  }

  private fill(site: PartitionSite, address: Ir, level: Ir, block: Ir): void {
    const { b, aggregate } = this;
    const state = aggregate.inMemory(b, address);
    aggregate.init(state);
    const first = b.let(num("i32.shl", block, i32(FANOUT_BITS)));
    const behind = b.let(num("i32.add", first, i32(FANOUT)));
    b.if(
      num("i32.eq", level, i32(1)),
      () => b.forRange(first, behind, (row) => this.addRow(site, state, b.let(num("i32.add", site.start, row)))),
      () => {
        const below = b.let(num("i32.sub", level, i32(1)));
        b.forRange(first, behind, (child) =>
          aggregate.merge(b, state, aggregate.inMemory(b, this.stateOf(below, child))),
        );
      },
    );
  }

  private levelSlot(level: Ir): Ir {
    return num("i32.add", this.b.param(1), num("i32.shl", level, i32(2)));
  }

  private stateOf(level: Ir, index: Ir): Ir {
    return num(
      "i32.add",
      load("i32.load", this.levelSlot(level), this.levels),
      num("i32.mul", index, i32(this.aggregate.stride)),
    );
  }
}

/** Any frames, also with holes, for any aggregate that can merge states, in logarithmic time. */
export function segmentTree(
  b: FunctionBuilder,
  compiler: QueryCompiler,
  aggregate: WindowAggregate,
  frame: FrameRows,
): FunctionCode {
  const tree = new SegmentTree(b, compiler, aggregate, ({ array }, state, position) =>
    aggregate.step(b, state, entryAt(array, position)),
  );
  const result = aggregate.inVariables(b);
  return {
    open: (site) => tree.open(site),
    value: (site) => {
      aggregate.init(result);
      for (const { from, to } of frame.ranges(site)) tree.addRange(site, result, from, to);
      return aggregate.finish(b, result);
    },
  };
}
