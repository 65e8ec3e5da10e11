import type { Column } from "../../../planner/expr/expr.ts";
import { typeOf } from "../../../planner/expr/type-of.ts";
import type { AggregateLowering, AggregateState, StateField } from "../../../planner/functions/function.ts";
import { aggregateOf } from "../../../planner/functions/registry.ts";
import { type FunctionBuilder, f64, get, i32, i64, load } from "../../../planner/ir/builder.ts";
import type { Ir, Local } from "../../../planner/ir/ir.ts";
import { callContext } from "../../../planner/ir/lower/context.ts";
import type { Operand } from "../../../planner/ir/operand.ts";
import type { HashAggregate } from "../../../planner/physical/plan.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import { truth } from "../../codegen/predicate.ts";
import type { RowLayout } from "../../codegen/row-layout.ts";
import type { RowScope } from "../../codegen/scope.ts";

type Aggregates = HashAggregate["aggregates"];

/** One aggregate with its code and the offsets of its state fields in a row. */
type Slot = { readonly column: Column; readonly lowering: AggregateLowering; readonly offsets: readonly number[] };

const STORE: { readonly [T in StateField]: string } = { i32: "i32.store", i64: "i64.store", f64: "f64.store" };
const LOAD: { readonly [T in StateField]: string } = { i32: "i32.load", i64: "i64.load", f64: "f64.load" };
const BYTES: { readonly [T in StateField]: number } = { i32: 4, i64: 8, f64: 8 };

/** The states of all aggregates of one node, laid out in rows. Built at the first row, when argument types are known. */
export class AggregateStates {
  private readonly slots: readonly Slot[];
  private readonly aggregates: Aggregates;
  private readonly compiler: QueryCompiler;

  /** `mayBeEmpty`: a group may exist without any row in it; `isLocal`: see `AggregateFunction.lower`. */
  constructor(
    compiler: QueryCompiler,
    layout: RowLayout,
    aggregates: Aggregates,
    args: readonly (readonly Operand[])[],
    mayBeEmpty: boolean,
    isLocal: boolean = false,
  ) {
    this.compiler = compiler;
    this.aggregates = aggregates;
    this.slots = aggregates.map(({ column, call }, i) => {
      const definition = aggregateOf(call);
      if (definition === undefined) throw new Error(`aggregate ${call.name} is not defined`);
      const unseen = mayBeEmpty || call.filter !== undefined;
      const infos = (args[i] as readonly Operand[]).map((arg) => ({
        ...arg,
        nullable: unseen || arg.valid !== undefined,
      }));
      const signature = { args: call.args.map(typeOf), returns: call.type };
      const lowering = definition.lower(infos, signature, undefined, isLocal);
      return { column, lowering, offsets: lowering.fields.map(({ type }) => layout.reserve(BYTES[type])) };
    });
  }

  /** How many fields the states have. */
  get fields(): number {
    return this.slots.reduce((sum, { offsets }) => sum + offsets.length, 0);
  }

  /** Writes the states of an empty group. */
  emitInit(b: FunctionBuilder, row: Ir): void {
    for (const { lowering, offsets } of this.slots) {
      lowering.fields.forEach(({ type, init }, i) => b.store(STORE[type], row, constant(type, init), offsets[i]));
    }
  }

  /** Adds the scope's row to the states behind `access`. */
  emitStep(scope: RowScope, args: readonly (readonly Operand[])[], access: (slot: number) => AggregateState): void {
    const { b } = scope;
    this.slots.forEach(({ lowering }, i) => {
      const { call } = this.aggregates[i] as Aggregates[number];
      const step = (): void =>
        lowering.step(callContext(this.compiler.context(b), call.span), access(i), args[i] as readonly Operand[]);
      if (call.filter === undefined) step();
      else b.if(truth(this.compiler.lower(scope, call.filter)), step);
    });
  }

  emitMerge(b: FunctionBuilder, into: Ir, from: Ir): void {
    const ctx = callContext(this.compiler.context(b), undefined);
    this.slots.forEach(({ lowering }, i) => lowering.merge(ctx, this.inMemory(b, i, into), this.inMemory(b, i, from)));
  }

  /** Makes the aggregates' columns readable at the scope, for the group whose row is at `row`. */
  define(scope: RowScope, row: Ir): void {
    this.slots.forEach(({ column, lowering }, i) => {
      const finish = ({ b }: RowScope): Operand => {
        const ctx = callContext(this.compiler.context(b), this.aggregates[i]?.call.span);
        return ofMorsel(lowering.finish(ctx, this.inMemory(b, i, row)));
      };
      scope.define(column, { kind: "lazy", load: finish });
    });
  }

  /** State fields in the memory of a row. */
  inMemory(b: FunctionBuilder, slot: number, row: Ir): AggregateState {
    const { lowering, offsets } = this.slots[slot] as Slot;
    const type = (field: number): StateField => (lowering.fields[field] as { type: StateField }).type;
    return {
      get: (field) => b.let(load(LOAD[type(field)], row, offsets[field])),
      set: (field, value) => b.store(STORE[type(field)], row, value, offsets[field]),
    };
  }

  /** State fields in registers, loaded at the function's entry and stored at its exit. */
  inRegisters(b: FunctionBuilder, row: Ir): (slot: number) => AggregateState {
    const registers = this.slots.map(({ lowering, offsets }): readonly Local[] =>
      lowering.fields.map(({ type }, i) => b.entryVariable(load(LOAD[type], row, offsets[i]))),
    );
    b.onExit(() => {
      this.slots.forEach(({ lowering, offsets }, s) => {
        lowering.fields.forEach(({ type }, i) => {
          b.store(STORE[type], row, get((registers[s] as readonly Local[])[i] as Local), offsets[i]);
        });
      });
    });
    return (slot) => ({
      get: (field) => b.copy(get((registers[slot] as readonly Local[])[field] as Local)),
      set: (field, value) => b.set((registers[slot] as readonly Local[])[field] as Local, value),
    });
  }
}

/** What JavaScript made for a result is gone after the morsel: whoever keeps it makes a copy. */
export function ofMorsel(value: Operand): Operand {
  return value.rep === "str" ? { ...value, stable: false } : value;
}

function constant(type: StateField, value: number | bigint): Ir {
  return type === "i32" ? i32(Number(value)) : type === "i64" ? i64(value) : f64(Number(value));
}
