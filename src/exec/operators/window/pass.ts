import type { FrameBound, WindowCall } from "../../../planner/expr/expr.ts";
import { type FunctionBuilder, i32, num } from "../../../planner/ir/builder.ts";
import { exprKey } from "../../../planner/optimize/predicates.ts";
import type { Consumer, Pipeline, QueryCompiler } from "../../codegen/compiler.ts";
import { emitCancelCheck } from "../../codegen/pipeline.ts";
import { aggregateCode } from "./aggregate.ts";
import { Frame } from "./frame.ts";
import { navigationCode } from "./navigation.ts";
import { orderedCode } from "./ordered.ts";
import { Peers } from "./peers.ts";
import { rankingCode } from "./ranking.ts";
import type { WindowRows } from "./rows.ts";
import { entryAt } from "./search.ts";
import type { FrameRows, FunctionCode, PartitionSite, PeerGroup, Tracker } from "./site.ts";

/** The code of a function over rows in the order of their positions. */
function functionCode(
  b: FunctionBuilder,
  compiler: QueryCompiler,
  rows: WindowRows,
  call: WindowCall,
  peers: () => PeerGroup,
  frame: () => FrameRows,
): FunctionCode {
  return (
    rankingCode(compiler, call, peers) ??
    navigationCode(b, compiler, rows, call, frame) ??
    aggregateCode(b, compiler, rows, call, frame())
  );
}

/** Rows between looks at the cancel flag. */
const CANCEL_ROWS = 1024;

/** Computes all functions of a Window in one loop over each sorted partition, and hands the rows on. */
export class WindowPass {
  private readonly compiler: QueryCompiler;
  private readonly rows: WindowRows;
  private readonly trackers: Tracker[] = [];
  private readonly codes: readonly FunctionCode[];
  private readonly peers = new Map<number, Peers>();
  private readonly frames = new Map<string, Frame>();

  constructor(b: FunctionBuilder, compiler: QueryCompiler, rows: WindowRows) {
    this.compiler = compiler;
    this.rows = rows;
    this.codes = rows.functions.map(({ call }) => this.codeOf(b, call));
  }

  emit(site: PartitionSite, pipeline: Pipeline, consumer: Consumer): void {
    const { b, array, start, end } = site;
    for (const tracker of this.trackers) tracker.open(site);
    for (const code of this.codes) code.open(site);
    b.forRange(start, end, (index) => {
      b.if(num("i32.eqz", num("i32.and", index, i32(CANCEL_ROWS - 1))), () => emitCancelCheck(b));
      const scope = this.rows.scope(b, entryAt(array, index));
      const at = { ...site, index, scope };
      for (const tracker of this.trackers) tracker.advance(at);
      const values = this.codes.map((code) => code.value(at));
      values.forEach((operand, i) => {
        const column = this.rows.functions[i]?.column;
        if (column !== undefined) scope.define(column, { kind: "value", operand });
      });
      consumer.consume(pipeline, scope);
    });
  }

  private codeOf(b: FunctionBuilder, call: WindowCall): FunctionCode {
    const { compiler, rows } = this;
    const peers = (): Peers => this.peersOf(b, call.orderKeys);
    const frame = (): Frame => this.frameOf(b, call);
    if (call.orderBy.length > 0) return orderedCode(b, compiler, rows, call, frame(), functionCode);
    return functionCode(b, compiler, rows, call, peers, frame);
  }

  private peersOf(b: FunctionBuilder, orderKeys: number): Peers {
    let peers = this.peers.get(orderKeys);
    if (peers === undefined) {
      peers = new Peers(b, this.rows, orderKeys);
      this.peers.set(orderKeys, peers);
      this.trackers.push(peers);
    }
    return peers;
  }

  private frameOf(b: FunctionBuilder, { frame, orderKeys, span }: WindowCall): Frame {
    const key = [orderKeys, frame.unit, boundKey(frame.start), boundKey(frame.end), frame.exclude].join("|");
    let known = this.frames.get(key);
    if (known === undefined) {
      known = new Frame(b, this.compiler, this.rows, frame, orderKeys, this.peersOf(b, orderKeys), span);
      this.frames.set(key, known);
      this.trackers.push(known);
    }
    return known;
  }
}

function boundKey(bound: FrameBound): string {
  return "offset" in bound ? `${bound.kind} ${exprKey(bound.offset)}` : bound.kind;
}
