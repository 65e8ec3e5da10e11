import { stableString } from "../../codegen/keep-row.ts";
import { ofMorsel } from "../aggregate/states.ts";
import type { WindowCall } from "../../../planner/expr/expr.ts";
import { typeOf } from "../../../planner/expr/type-of.ts";
import type {
  AggregateLowering,
  AggregateState,
  LowerContext,
  StateField,
} from "../../../planner/functions/function.ts";
import { aggregateOf } from "../../../planner/functions/registry.ts";
import { type FunctionBuilder, f64, get, i32, i64, load } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import { callContext } from "../../../planner/ir/lower/context.ts";
import type { Operand } from "../../../planner/ir/operand.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import { truth } from "../../codegen/predicate.ts";
import { RowLayout } from "../../codegen/row-layout.ts";
import type { WindowRows } from "./rows.ts";

const STORE: { readonly [T in StateField]: string } = { i32: "i32.store", i64: "i64.store", f64: "f64.store" };
const LOAD: { readonly [T in StateField]: string } = { i32: "i32.load", i64: "i64.load", f64: "f64.load" };
const BYTES: { readonly [T in StateField]: number } = { i32: 4, i64: 8, f64: 8 };

/** No partition has more rows: addresses are 32 bits. */
const MOST_ROWS = 2n ** 32n;

/** The code of an aggregate over kept rows, and where its states live. */
export class WindowAggregate {
  /** Bytes of a state in memory. */
  readonly stride: number;
  private readonly compiler: QueryCompiler;
  private readonly rows: WindowRows;
  private readonly call: WindowCall;
  private readonly lowering: AggregateLowering;
  private readonly offsets: readonly number[];

  /** `mayBeEmpty`: a state may have seen no row when its value is asked for. */
  constructor(compiler: QueryCompiler, rows: WindowRows, call: WindowCall, mayBeEmpty: boolean) {
    this.compiler = compiler;
    this.rows = rows;
    this.call = call;
    const definition = aggregateOf(call);
    if (definition === undefined) throw new Error(`aggregate ${call.name} is not defined`);
    const infos = call.args.map((arg) => {
      const value = rows.describe(arg);
      return { ...value, nullable: mayBeEmpty || call.filter !== undefined || value.valid !== undefined };
    });
    this.lowering = definition.lower(infos, { args: call.args.map(typeOf), returns: call.type }, MOST_ROWS, true);
    const layout = new RowLayout(0);
    this.offsets = this.lowering.fields.map(({ type }) => layout.reserve(BYTES[type]));
    this.stride = Math.max(8, layout.stride);
  }

  /** A state in fresh variables. */
  inVariables(b: FunctionBuilder): AggregateState {
    const variables = this.lowering.fields.map(({ type }) => b.local(type));
    const at = (field: number): (typeof variables)[number] => {
      const variable = variables[field];
      if (variable === undefined) throw new RangeError(`state field ${field}`);
      return variable;
    };
    return { get: (field) => b.copy(get(at(field))), set: (field, value) => b.set(at(field), value) };
  }

  /** The state at an address. */
  inMemory(b: FunctionBuilder, address: Ir): AggregateState {
    const base = b.let(address);
    const { fields } = this.lowering;
    const type = (field: number): StateField => (fields[field] as { readonly type: StateField }).type;
    return {
      get: (field) => b.let(load(LOAD[type(field)], base, this.offsets[field])),
      set: (field, value) => b.store(STORE[type(field)], base, value, this.offsets[field]),
    };
  }

  init(state: AggregateState): void {
    for (const [i, { type, init }] of this.lowering.fields.entries()) {
      state.set(i, type === "i32" ? i32(Number(init)) : type === "i64" ? i64(init) : f64(Number(init)));
    }
  }

  /** Adds the kept row at address `row`, if its FILTER holds. */
  step(b: FunctionBuilder, state: AggregateState, row: Ir): void {
    const { compiler, call } = this;
    const scope = this.rows.scope(b, row);
    const add = (): void => {
      const args = call.args.map((arg) => compiler.lower(scope, arg));
      this.lowering.step(this.context(b), state, args);
    };
    if (call.filter === undefined) add();
    else b.if(truth(compiler.lower(scope, call.filter)), add);
  }

  merge(b: FunctionBuilder, state: AggregateState, other: AggregateState): void {
    this.lowering.merge(this.context(b), state, other);
  }

  finish(b: FunctionBuilder, state: AggregateState): Operand {
    const value = ofMorsel(this.lowering.finish(this.context(b), state));
    return value.rep === "str" ? stableString(this.compiler, b, value) : value;
  }

  private context(b: FunctionBuilder): LowerContext {
    return callContext(this.compiler.context(b), this.call.span);
  }
}
