import type { WindowCall } from "../../../planner/expr/expr.ts";
import type { AggregateState } from "../../../planner/functions/function.ts";
import { get, i32, num } from "../../../planner/ir/builder.ts";
import type { FunctionBuilder } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import { distinctInFrames } from "./distinct.ts";
import { Occurrences } from "./occurrences.ts";
import { countOf } from "./ranking.ts";
import type { WindowRows } from "./rows.ts";
import { entryAt } from "./search.ts";
import { segmentTree } from "./segment-tree.ts";
import type { FrameRows, FunctionCode, PartitionSite } from "./site.ts";
import { WindowAggregate } from "./states.ts";
import { twoStacks } from "./two-stacks.ts";
import { ValueVariables } from "./value-variables.ts";

/** An aggregate over frames: by the cheapest way that the frame allows. */
export function aggregateCode(
  b: FunctionBuilder,
  compiler: QueryCompiler,
  rows: WindowRows,
  call: WindowCall,
  frame: FrameRows,
): FunctionCode {
  if (call.name === "count" && call.args.length === 0 && call.filter === undefined) return countRows(frame);
  const aggregate = new WindowAggregate(compiler, rows, call, true);
  const growsOnly = frame.fromFirstRow && !frame.isExcluding && (frame.toLastRow || frame.isMonotone);
  if (growsOnly) {
    const adder = new Adder(compiler, rows, call, aggregate);
    return frame.toLastRow ? whole(b, aggregate, adder) : running(b, aggregate, adder, frame);
  }
  if (call.distinct) return distinctInFrames(b, compiler, rows, call, aggregate, frame);
  if (frame.isMonotone && !frame.isExcluding) return twoStacks(b, compiler, aggregate, frame);
  return segmentTree(b, compiler, aggregate, frame);
}

/** count(*) needs no look at the rows. */
function countRows(frame: FrameRows): FunctionCode {
  return {
    open: () => undefined,
    value: (site) => {
      const sizes = frame.ranges(site).map(({ from, to }) => num("i32.sub", to, from));
      return countOf(
        site.b,
        sizes.reduce((sum, size) => num("i32.add", sum, size)),
      );
    },
  };
}

/** Adds rows to a state that begins with the partition: under DISTINCT only those whose values are new. */
class Adder {
  private readonly aggregate: WindowAggregate;
  private readonly occurrences: Occurrences | undefined;

  constructor(compiler: QueryCompiler, rows: WindowRows, call: WindowCall, aggregate: WindowAggregate) {
    this.aggregate = aggregate;
    this.occurrences = call.distinct ? new Occurrences(compiler, rows, call) : undefined;
  }

  open(site: PartitionSite): void {
    this.occurrences?.open(site);
  }

  add({ b, array, start }: PartitionSite, state: AggregateState, position: Ir): void {
    const step = (): void => this.aggregate.step(b, state, entryAt(array, position));
    if (this.occurrences === undefined) step();
    else b.if(this.occurrences.isFirst(b, start, position), step);
  }
}

/** Every frame is the whole partition. */
function whole(b: FunctionBuilder, aggregate: WindowAggregate, adder: Adder): FunctionCode {
  const value = new ValueVariables();
  return {
    open: (site) => {
      adder.open(site);
      const state = aggregate.inVariables(b);
      aggregate.init(state);
      b.forRange(site.start, site.end, (position) => adder.add(site, state, position));
      value.set(b, aggregate.finish(b, state));
    },
    value: () => value.get(b),
  };
}

/** Every frame begins with the partition, and none ends before the one of the row before. */
function running(b: FunctionBuilder, aggregate: WindowAggregate, adder: Adder, frame: FrameRows): FunctionCode {
  const state = aggregate.inVariables(b);
  const added = b.local("i32", "added");
  const isStale = b.local("i32", "stale");
  const value = new ValueVariables();
  return {
    open: (site) => {
      adder.open(site);
      aggregate.init(state);
      b.set(added, site.start);
      b.set(isStale, i32(1));
    },
    value: (site) => {
      const { end } = frame;
      b.if(num("i32.or", get(isStale), num("i32.lt_u", get(added), end)), () => {
        b.while(
          () => num("i32.lt_u", get(added), end),
          () => {
            adder.add(site, state, get(added));
            b.set(added, num("i32.add", get(added), i32(1)));
          },
        );
        value.set(b, aggregate.finish(b, state));
        b.set(isStale, i32(0));
      });
      return value.get(b);
    },
  };
}
