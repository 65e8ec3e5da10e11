import { type FunctionBuilder, i32, i64, load, num, select } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import type { Operand } from "../../../planner/ir/operand.ts";
import type { HashAggregate } from "../../../planner/physical/plan.ts";
import type { Consumer, Pipeline, QueryCompiler } from "../../codegen/compiler.ts";
import type { CompileEnv } from "../../codegen/env.ts";
import { compileRun } from "../../codegen/pipeline.ts";
import { RowLayout, storeField } from "../../codegen/row-layout.ts";
import type { Location, Position, RowScope } from "../../codegen/scope.ts";
import type { AggregateStrategy } from "../hash-aggregate.ts";
import { aggregateArguments, type GroupKey, groupKeys } from "./group-keys.ts";
import { AggregateStates } from "./states.ts";

/** Groups at most, NULL counted as a value of each nullable key. */
const MAX_GROUPS = 4096;
/** Header of a group's row: 1 when the group exists. */
const HEADER = 8;

type Domain = { readonly min: bigint; readonly size: number; readonly nullable: boolean };

/** Groups indexed by their keys: no hash, no comparison. For keys whose joint domain is proven small. */
export class DirectAggregate implements AggregateStrategy {
  readonly name = "DirectAggregate";
  private readonly compiler: QueryCompiler;
  private readonly plan: HashAggregate;
  private readonly domains: readonly Domain[];
  private readonly groups: number;
  private built:
    | {
        readonly layout: RowLayout;
        readonly states: AggregateStates;
        readonly partial: number;
        readonly merged: number;
      }
    | undefined;

  private constructor(env: CompileEnv, plan: HashAggregate, domains: readonly Domain[], groups: number) {
    this.compiler = env.compiler;
    this.plan = plan;
    this.domains = domains;
    this.groups = groups;
  }

  /** Undefined when a key's domain is unknown or too large. */
  static tryCreate(env: CompileEnv, plan: HashAggregate, keys: readonly GroupKey[]): DirectAggregate | undefined {
    const domains: Domain[] = [];
    let groups = 1;
    for (const { value } of keys) {
      if ((value.rep !== "i32" && value.rep !== "i64") || value.range === undefined) return undefined;
      const size = value.range.max - value.range.min + 1n;
      const nullable = value.valid !== undefined;
      if (size < 1n || size > BigInt(MAX_GROUPS)) return undefined;
      groups *= Number(size) + (nullable ? 1 : 0);
      if (groups > MAX_GROUPS) return undefined;
      domains.push({ min: value.range.min, size: Number(size), nullable });
    }
    return new DirectAggregate(env, plan, domains, groups);
  }

  step(_pipeline: Pipeline, scope: RowScope): void {
    const { compiler, plan } = this;
    const { b } = scope;
    const keys = groupKeys(compiler, scope, plan);
    const args = aggregateArguments(compiler, scope, plan);
    if (this.built === undefined) {
      const layout = new RowLayout(HEADER);
      keys.forEach(({ column, value, dictionary }) =>
        layout.add(column.id, value, value.valid !== undefined, dictionary),
      );
      const states = new AggregateStates(compiler, layout, plan.aggregates, args, false);
      const bytes = layout.stride * this.groups;
      const [partial, merged] = [compiler.local(bytes), compiler.local(bytes)];
      this.built = { layout, states, partial, merged };
      compiler.onInit((init) => {
        for (const area of [partial, merged]) {
          const address = num("i32.add", init.param(1), i32(area));
          init.push({ op: "memory.fill", address, value: i32(0), bytes: i32(bytes) });
        }
      });
    }
    const { layout, states, partial } = this.built;
    const row = this.rowAt(b, partial, this.index(b, keys));
    b.if(num("i32.eqz", load("i32.load", row)), () => {
      b.store("i32.store", row, i32(1));
      for (const { column, value } of keys) storeField(b, row, layout.field(column), value);
      states.emitInit(b, row);
    });
    states.emitStep(scope, args, (slot) => states.inMemory(b, slot, row));
  }

  finish(consumer: Consumer): void {
    if (this.built === undefined) throw new Error("no pipeline feeds the aggregate");
    const { layout, states, partial, merged } = this.built;
    const position: Position = { name: "group" };
    const locations = new Map<number, Location>();
    for (const [id, field] of layout.entries()) locations.set(id, { kind: "row", field, optional: false, position });
    compileRun(this.compiler, "DirectAggregate", { kind: "locals" }, false, (b, pipeline) => {
      b.forRange(i32(0), b.param(4), (worker) => {
        const local = b.let(load("i32.load", num("i32.add", b.param(3), num("i32.shl", worker, i32(2)))));
        b.forRange(i32(0), i32(this.groups), (group) => {
          const offset = b.let(num("i32.mul", group, i32(layout.stride)));
          const from = b.let(num("i32.add", num("i32.add", local, i32(partial)), offset));
          const into = b.let(num("i32.add", num("i32.add", b.param(1), i32(merged)), offset));
          b.if(load("i32.load", from), () => {
            b.if(
              load("i32.load", into),
              () => states.emitMerge(b, into, from),
              () => b.push({ op: "memory.copy", to: into, from, bytes: i32(layout.stride) }),
            );
          });
        });
      });
      b.forRange(i32(0), i32(this.groups), (group) => {
        const row = this.rowAt(b, merged, group);
        b.if(load("i32.load", row), () => {
          const scope = this.compiler.scope(b, locations, undefined);
          scope.setPosition(position, row);
          states.define(scope, row);
          consumer.consume(pipeline, scope);
        });
      });
    });
  }

  private rowAt(b: FunctionBuilder, base: number, index: Ir): Ir {
    const stride = (this.built as { layout: RowLayout }).layout.stride;
    return b.let(num("i32.add", num("i32.add", b.param(1), i32(base)), num("i32.mul", index, i32(stride))), "group");
  }

  /** Mixed-radix number of the keys; NULL is the last digit of its key. */
  private index(b: FunctionBuilder, keys: readonly GroupKey[]): Ir {
    let index: Ir = i32(0);
    this.domains.forEach(({ min, size, nullable }, i) => {
      const { value } = keys[i] as GroupKey;
      const digit = this.digit(b, value, min);
      const own = nullable ? select(value.valid ?? i32(1), digit, i32(size)) : digit;
      index = i === 0 ? own : num("i32.add", num("i32.mul", index, i32(size + (nullable ? 1 : 0))), own);
    });
    return b.let(index);
  }

  private digit(b: FunctionBuilder, value: Operand, min: bigint): Ir {
    if (value.rep === "i32") return num("i32.sub", value.lo, i32(Number(min)));
    return b.let(num("i32.wrap_i64", num("i64.sub", value.lo, i64(min))));
  }
}
