import { typeOf } from "../../planner/expr/type-of.ts";
import type { JavaScriptSpec } from "../../planner/functions/host/javascript.ts";
import { type FunctionBuilder, host, i32, load, num } from "../../planner/ir/builder.ts";
import type { Ir } from "../../planner/ir/ir.ts";
import { repOf, toRep } from "../../planner/ir/lower/rep.ts";
import { type Operand, operand } from "../../planner/ir/operand.ts";
import type { JavaScript, JavaScriptCall } from "../../planner/physical/plan.ts";
import type { SqlType } from "../../planner/types/types.ts";
import { HOST_ALLOC_ROWS, type QueryCompiler } from "../codegen/compiler.ts";
import type { CompileEnv, Produce } from "../codegen/env.ts";
import { keepRow, type KeptColumn, stableString } from "../codegen/keep-row.ts";
import { compileRowRun, countRow } from "../codegen/pipeline.ts";
import { truth } from "../codegen/predicate.ts";
import type { BatchCall, VectorOffset } from "../codegen/program.ts";
import { withColumnsOf } from "../codegen/required.ts";
import { loadField, loadValue, REP_BYTES, RowLayout, storeField, storeValue } from "../codegen/row-layout.ts";
import type { Location, Position, RowScope } from "../codegen/scope.ts";
import { type Carried, stageBoundary } from "../codegen/stage.ts";

/**
 * Calls users' functions for a vector of rows at a time. Where they run in the workers and give values, that is a stage boundary
 * with a call between filling the vectors and going on; all others take rows from a store, so that their thread may wait.
 */
export const produceJavaScript: Produce<"JavaScript"> = (env, plan, consumer) => {
  const calls = plan.calls.filter(({ column }) => consumer.required.has(column.id));
  if (calls.length === 0) return env.produce(plan.input, consumer);
  const made = new Set(plan.calls.map(({ column }) => column.id));
  const passed = [...consumer.required].filter((id) => !made.has(id));
  const inLoop = calls.every(({ function: { place, spec } }) => place === "workers" && !spec.isAsync);
  const counter = env.compiler.counter(env.nodeId(plan));
  const counted = {
    required: consumer.required,
    consume: (...[pipeline, scope]: Parameters<typeof consumer.consume>): void => {
      countRow(env.compiler, scope, counter);
      consumer.consume(pipeline, scope);
    },
  };
  (inLoop ? produceInLoop : produceFromStore)(env, { plan, calls, passed, consumer: counted });
};

type Site = {
  readonly plan: JavaScript;
  readonly calls: readonly JavaScriptCall[];
  /** Columns that come through. */
  readonly passed: readonly number[];
  readonly consumer: Parameters<Produce<"JavaScript">>[2];
};

/** A call's arguments and condition at a row, under ids of their own. */
type Prepared = {
  readonly call: JavaScriptCall;
  readonly args: readonly Carried[];
  readonly guard: Carried | undefined;
};

function prepare(compiler: QueryCompiler, scope: RowScope, call: JavaScriptCall): Prepared {
  const { b } = scope;
  return {
    call,
    args: call.call.args.map((arg) => {
      const value = compiler.lower(scope, arg);
      return { id: compiler.syntheticId(), value: { ...toRep(b, value, repOf(typeOf(arg))), valid: value.valid } };
    }),
    guard:
      call.guard === undefined
        ? undefined
        : { id: compiler.syntheticId(), value: operand("i32", b.let(truth(compiler.lower(scope, call.guard)))) },
  };
}

function carriedOf({ args, guard }: Prepared): readonly Carried[] {
  return guard === undefined ? args : [...args, guard];
}

function requiredBelow({ plan, passed }: Site): ReadonlySet<number> {
  return withColumnsOf(
    passed,
    plan.calls.flatMap(({ call, guard }) => (guard === undefined ? [call] : [call, guard])),
  );
}

function siteOf(compiler: QueryCompiler, { call, function: { spec } }: JavaScriptCall): number {
  return compiler.site("function", `the function ${spec.name} failed`, call.span);
}

function produceInLoop(env: CompileEnv, site: Site): void {
  const { compiler } = env;
  const { consumer, passed, calls } = site;
  env.produce(site.plan.input, {
    required: requiredBelow(site),
    consume: (pipeline, scope) => {
      pipeline.name.push("JavaScript");
      const prepared = calls.map((call) => prepare(compiler, scope, call));
      const results = calls.map(({ function: { spec } }) => vectorOf(compiler, spec.returns, true));
      const entry = (stage: FunctionBuilder, count: Ir, carried: ReadonlyMap<number, Location>): undefined => {
        const local = stage.param(1);
        const address = (offset: number | undefined): Ir =>
          offset === undefined ? i32(0) : num("i32.add", local, i32(offset));
        prepared.forEach(({ call, args, guard }, i) => {
          const vectors = args.flatMap(({ id }) => {
            const { base, validBase } = vectorAt(carried, id);
            return [address(base), address(validBase)];
          });
          const result = results[i] as VectorOffset;
          const condition = guard === undefined ? undefined : vectorAt(carried, guard.id).base;
          const words = [i32(siteOf(compiler, call)), count, address(result.data), address(result.valid)];
          const all = [...words, address(condition), ...vectors];
          const name = `js_batch ${JSON.stringify(call.function.spec)}`;
          stage.call(
            host(
              name,
              all.map((word) => word.type),
              [],
            ),
            ...all,
          );
        });
      };
      const vectors = (position: Position): ReadonlyMap<number, Location> =>
        new Map(
          calls.map(({ column, function: { spec } }, i) => {
            const { data, valid } = results[i] as VectorOffset;
            const rep = repOf(spec.returns);
            const place = { base: data, validBase: valid, rep, position } as const;
            return [column.id, { kind: "vector", ...place, range: undefined, stable: false, dictionary: undefined }];
          }),
        );
      stageBoundary(compiler, pipeline, scope, passed, prepared.flatMap(carriedOf), undefined, consumer.consume, {
        emit: entry,
        vectors,
      });
    },
  });
}

export function vectorAt(carried: ReadonlyMap<number, Location>, id: number): Extract<Location, { kind: "vector" }> {
  const location = carried.get(id);
  if (location?.kind !== "vector") throw new Error("an argument is not carried to the stage");
  return location;
}

export function vectorOf(
  compiler: QueryCompiler,
  type: SqlType,
  nullable: boolean,
  capacity: number = compiler.options.vectorSize,
): VectorOffset {
  return {
    data: compiler.local(capacity * REP_BYTES[repOf(type)]),
    valid: nullable ? compiler.local(capacity) : undefined,
  };
}

/** Keeps the rows; then a run of its own calls the functions, a vector of rows at a time, and keeps their results in the rows. */
function produceFromStore(env: CompileEnv, site: Site): void {
  const { compiler } = env;
  const { calls, passed, consumer } = site;
  const layout = new RowLayout(0);
  const argIds = calls.map(({ call }) => call.args.map(() => compiler.syntheticId()));
  const guardIds = calls.map(({ guard }) => (guard === undefined ? undefined : compiler.syntheticId()));
  let store = -1;
  env.produce(site.plan.input, {
    required: requiredBelow(site),
    consume: (pipeline, scope) => {
      pipeline.name.push("JavaScript");
      const kept: KeptColumn[] = passed.map((id) => ({
        id,
        column: { id, name: `#${id}`, type: { kind: "Null" }, nullable: true },
      }));
      calls.forEach((call, i) => {
        const { args, guard } = prepare(compiler, scope, call);
        const ids = argIds[i] as readonly number[];
        args.forEach(({ value }, k) => {
          kept.push({ id: ids[k] as number, operand: { ...value, range: undefined, valid: value.valid ?? i32(1) } });
        });
        const guardId = guardIds[i];
        if (guard !== undefined && guardId !== undefined) kept.push({ id: guardId, operand: guard.value });
        const rep = repOf(call.function.spec.returns);
        if (!layout.has(call.column.id)) layout.add(call.column.id, { rep, range: undefined }, true);
      });
      keepRow(compiler, scope, layout, kept, () => {
        if (store < 0) store = compiler.addStore(Math.max(8, layout.stride), true);
        pipeline.stores.add(store);
        return store;
      });
    },
  });
  const { stride } = compiler.store(store);
  const batches = calls.map((call, i): BatchCall => {
    const { spec, place } = call.function;
    const guard = guardIds[i] === undefined ? undefined : compiler.local(compiler.options.vectorSize * 4);
    return {
      spec,
      place,
      site: siteOf(compiler, call),
      result: vectorOf(compiler, spec.returns, true),
      guard,
      args: spec.args.map((type) => vectorOf(compiler, type, true)),
    };
  });
  const fn = compiler.uniqueName("fill");
  compiler.define(fn, ["i32", "i32", "i32", "i32"], [], true, (b) =>
    eachRow(b, stride, (row, i) => {
      batches.forEach(({ args, guard }, k) => {
        args.forEach((to, a) =>
          storeAt(b, i, to, loadField(b, row, layout.field((argIds[k] as number[])[a] as number))),
        );
        const guardId = guardIds[k];
        if (guard !== undefined && guardId !== undefined)
          storeAt(b, i, { data: guard, valid: undefined }, loadField(b, row, layout.field(guardId)));
      });
    }),
  );
  const then = compiler.uniqueName("keep");
  compiler.define(then, ["i32", "i32", "i32", "i32"], [], true, (b) =>
    eachRow(b, stride, (row, i) => {
      batches.forEach(({ spec, result }, k) => {
        const value = loadAt(b, i, result, spec);
        const field = layout.field((calls[k] as JavaScriptCall).column.id);
        storeField(b, row, field, value.rep === "str" ? stableString(compiler, b, value, HOST_ALLOC_ROWS) : value);
      });
    }),
  );
  compiler.steps.push({
    kind: "run",
    name: `JavaScript ${calls.map(({ function: { spec } }) => spec.name).join(", ")}`,
    fn,
    source: { kind: "store", store },
    stores: [],
    stopAfter: undefined,
    javaScript: { then, rows: compiler.options.vectorSize, calls: batches },
  });
  const position: Position = { name: "called" };
  const locations = new Map<number, Location>();
  for (const id of [...passed, ...calls.map(({ column }) => column.id)])
    locations.set(id, { kind: "row", field: layout.field(id), optional: false, position });
  compileRowRun(compiler, "JavaScript", { kind: "store", store }, stride, position, locations, consumer);
}

/** A loop over a morsel of a store: `a` first row, `b` rows. */
export function eachRow(b: FunctionBuilder, stride: number, body: (row: Ir, i: Ir) => void): void {
  b.forRange(i32(0), b.param(4), (i) => {
    body(b.let(num("i32.add", b.param(3), num("i32.mul", i, i32(stride))), "row"), i);
  });
}

export function storeAt(b: FunctionBuilder, i: Ir, to: VectorOffset, value: Operand): void {
  const address = b.let(num("i32.add", b.param(1), num("i32.mul", i, i32(REP_BYTES[value.rep]))));
  storeValue(b, address, to.data, value);
  if (to.valid !== undefined) b.store("i32.store8", num("i32.add", b.param(1), i), value.valid ?? i32(1), to.valid);
}

function loadAt(b: FunctionBuilder, i: Ir, from: VectorOffset, { returns }: JavaScriptSpec): Operand {
  const rep = repOf(returns);
  const address = b.let(num("i32.add", b.param(1), num("i32.mul", i, i32(REP_BYTES[rep]))));
  const { lo, hi } = loadValue(b, address, from.data, rep);
  const valid = b.let(load("i32.load8_u", num("i32.add", b.param(1), i), from.valid ?? 0));
  return operand(rep, lo, { hi, valid });
}
