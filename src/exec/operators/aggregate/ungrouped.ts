import type { AggregateState } from "../../../planner/functions/function.ts";
import { i32, load, num } from "../../../planner/ir/builder.ts";
import type { HashAggregate } from "../../../planner/physical/plan.ts";
import type { Consumer, Pipeline, QueryCompiler } from "../../codegen/compiler.ts";
import type { CompileEnv } from "../../codegen/env.ts";
import { compileRun } from "../../codegen/pipeline.ts";
import { RowLayout } from "../../codegen/row-layout.ts";
import type { RowScope } from "../../codegen/scope.ts";
import type { AggregateStrategy } from "../hash-aggregate.ts";
import { aggregateArguments } from "./group-keys.ts";
import { AggregateStates } from "./states.ts";

/** Fields of states. A processor has fewer registers; what matters is that compilers take long over variables that live long. */
const MOST_REGISTERS = 64;

/** One group: its states, unless they are many, stay in registers while a loop runs, and in the worker's local block between loops. */
export class UngroupedAggregate implements AggregateStrategy {
  readonly name = "UngroupedAggregate";
  private readonly compiler: QueryCompiler;
  private readonly plan: HashAggregate;
  private built: { readonly states: AggregateStates; readonly partial: number; readonly merged: number } | undefined;

  constructor(env: CompileEnv, plan: HashAggregate) {
    this.compiler = env.compiler;
    this.plan = plan;
  }

  step(_pipeline: Pipeline, scope: RowScope): void {
    const { compiler, plan } = this;
    const { b } = scope;
    const args = aggregateArguments(compiler, scope, plan);
    if (this.built === undefined) {
      const layout = new RowLayout(0);
      const states = new AggregateStates(compiler, layout, plan.aggregates, args, true);
      const partial = compiler.local(layout.stride);
      const merged = compiler.local(layout.stride);
      this.built = { states, partial, merged };
      compiler.onInit((init) => {
        states.emitInit(init, num("i32.add", init.param(1), i32(partial)));
        states.emitInit(init, num("i32.add", init.param(1), i32(merged)));
      });
    }
    const { states, partial } = this.built;
    const row = b.entry(num("i32.add", b.param(1), i32(partial)), `states${partial}`);
    const access =
      states.fields > MOST_REGISTERS
        ? (slot: number): AggregateState => states.inMemory(b, slot, row)
        : states.inRegisters(b, row);
    states.emitStep(scope, args, access);
  }

  finish(consumer: Consumer): void {
    if (this.built === undefined) throw new Error("no pipeline feeds the aggregate");
    const { states, partial, merged } = this.built;
    compileRun(this.compiler, "UngroupedAggregate", { kind: "locals" }, false, (b, pipeline) => {
      const row = b.let(num("i32.add", b.param(1), i32(merged)));
      b.forRange(i32(0), b.param(4), (i) => {
        const local = load("i32.load", num("i32.add", b.param(3), num("i32.shl", i, i32(2))));
        states.emitMerge(b, row, b.let(num("i32.add", local, i32(partial))));
      });
      const scope = this.compiler.scope(b, new Map(), undefined);
      states.define(scope, row);
      consumer.consume(pipeline, scope);
    });
  }
}
