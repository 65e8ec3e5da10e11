import { type FunctionBuilder, i32, load, num } from "../../planner/ir/builder.ts";
import type { Ir } from "../../planner/ir/ir.ts";
import { type Consumer, HOST_CHECK, type Pipeline, type QueryCompiler } from "./compiler.ts";
import { GLOBAL_CANCEL, type Source } from "./program.ts";
import type { Location, Position, RowScope } from "./scope.ts";

/**
 * Compiles one run: the entry function `fn(global, local, morsel, a, b, c)` whose `body` loops over the morsel and hands
 * rows to the consumer, then the flush of the stages behind it, then the step.
 */
export function compileRun(
  compiler: QueryCompiler,
  name: string,
  source: Source,
  hasChunk: boolean,
  body: (b: FunctionBuilder, pipeline: Pipeline) => void,
): void {
  const pipeline = compiler.pipeline(hasChunk);
  pipeline.name.push(name);
  const fn = compiler.uniqueName("run");
  compiler.define(fn, ["i32", "i32", "i32", "i32"], [], true, (b) => {
    b.store("i32.store", b.param(1), b.param(2), pipeline.morsel);
    if (pipeline.chunk !== undefined) b.store("i32.store", b.param(1), b.param(3), pipeline.chunk);
    body(b, pipeline);
    b.onExit(() => {
      for (const stage of pipeline.stages) {
        const waiting = b.let(load("i32.load", b.param(1), stage.count));
        b.if(waiting, () => {
          b.call(stage.fn, b.param(0), b.param(1), waiting);
          b.store("i32.store", b.param(1), i32(0), stage.count);
        });
      }
    });
  });
  compiler.steps.push({
    kind: "run",
    name: pipeline.name.join(" -> "),
    fn,
    source,
    stores: [...pipeline.stores],
    stopAfter: pipeline.stopAfter,
  });
}

/** Polls the query's cancel flag; for the loops that may run long within one morsel. */
export function emitCancelCheck(b: FunctionBuilder): void {
  b.if(load("i32.load", b.param(0), GLOBAL_CANCEL), () => b.call(HOST_CHECK));
}

/** A run over rows in memory: source `store` (`a` first row, `b` rows) or `pointers` (`a` array of addresses, `b` rows). */
export function compileRowRun(
  compiler: QueryCompiler,
  name: string,
  source: Extract<Source, { kind: "store" | "pointers" }>,
  stride: number,
  position: Position,
  locations: ReadonlyMap<number, Location>,
  consumer: Consumer,
): void {
  compileRun(compiler, name, source, false, (b, pipeline) => {
    b.forRange(i32(0), b.param(4), (i) => {
      const row =
        source.kind === "store"
          ? b.let(num("i32.add", b.param(3), num("i32.mul", i, i32(stride))), "row")
          : b.let(load("i32.load", num("i32.add", b.param(3), num("i32.shl", i, i32(2)))), "row");
      const scope = compiler.scope(b, locations, undefined);
      scope.setPosition(position, row);
      consumer.consume(pipeline, scope);
    });
  });
}

/** Adds one to an operator's row counter, when rows are counted. */
export function countRow(compiler: QueryCompiler, scope: RowScope, counter: number | undefined): void {
  if (counter === undefined) return;
  const { b } = scope;
  const one: Ir = { op: "const", type: "i64", value: 1n };
  b.store("i64.store", b.param(1), num("i64.add", load("i64.load", b.param(1), counter), one), counter);
}
