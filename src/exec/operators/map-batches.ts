import type { Column } from "../../planner/expr/expr.ts";
import { typeOf } from "../../planner/expr/type-of.ts";
import { call, type FunctionBuilder, host, i32, load, num } from "../../planner/ir/builder.ts";
import type { Ir } from "../../planner/ir/ir.ts";
import { repOf, toRep } from "../../planner/ir/lower/rep.ts";
import { type Operand, operand } from "../../planner/ir/operand.ts";
import type { MapBatches } from "../../planner/physical/plan.ts";
import type { Consumer, QueryCompiler } from "../codegen/compiler.ts";
import type { CompileEnv, Produce } from "../codegen/env.ts";
import { keepRow } from "../codegen/keep-row.ts";
import { compileRowRun, countRow } from "../codegen/pipeline.ts";
import type { MapCall } from "../codegen/program.ts";
import { withColumnsOf } from "../codegen/required.ts";
import { loadField, loadValue, REP_BYTES, RowLayout } from "../codegen/row-layout.ts";
import type { Location, Position, RowScope } from "../codegen/scope.ts";
import { type Carried, stageBoundary } from "../codegen/stage.ts";
import { eachRow, storeAt, vectorAt, vectorOf } from "./javascript.ts";

/**
 * A function that makes rows of a vector of rows. In the workers, giving values, it is a stage boundary that goes on over the rows
 * made; else the rows are taken from a store, and those made are kept in another.
 */
export const produceMapBatches: Produce<"MapBatches"> = (env, plan, consumer) => {
  const counter = env.compiler.counter(env.nodeId(plan));
  const counted: Consumer = {
    required: consumer.required,
    consume: (pipeline, scope) => {
      countRow(env.compiler, scope, counter);
      consumer.consume(pipeline, scope);
    },
  };
  const { spec, place } = plan.function;
  if (place === "workers" && !spec.isAsync) produceInLoop(env, plan, counted);
  else produceFromStore(env, plan, counted);
};

const WORD = 4;

/** Vectors that make a batch of pairs: the more rows there are, the more pairs have one key and become one. */
const VECTORS_OF_PAIRS = 8;

function batchRows({ options }: QueryCompiler, { function: { spec } }: MapBatches): number {
  return options.vectorSize * (spec.takes === "pairs" ? VECTORS_OF_PAIRS : 1);
}

/** The block that the function describes its rows in: their number, {data, validity} by column. */
function outputBlock(compiler: QueryCompiler, { columns }: MapBatches): number {
  return compiler.local(WORD * (1 + 2 * columns.length));
}

function argumentsAt(compiler: QueryCompiler, scope: RowScope, { args }: MapBatches): readonly Carried[] {
  return args.map((arg) => {
    const value = compiler.lower(scope, arg);
    const converted = toRep(scope.b, value, repOf(typeOf(arg)));
    return { id: compiler.syntheticId(), value: { ...converted, range: undefined, valid: value.valid } };
  });
}

function siteOf(compiler: QueryCompiler, { function: { spec } }: MapBatches): number {
  return compiler.site("function", `the function ${spec.name} failed`, undefined);
}

/** The columns of the rows made, at the row that `position` says. */
function madeColumns({ columns }: MapBatches, output: number, position: Position): ReadonlyMap<number, Location> {
  return new Map(
    columns.map((column, i) => {
      const at = output + WORD * (1 + 2 * i);
      return [column.id, { kind: "lazy", load: (scope) => loadMade(scope, column, at, scope.position(position)) }];
    }),
  );
}

/** Where the rows lie is known only after the call: it is not read at the function's entry. */
function loadMade({ b }: RowScope, { type }: Column, at: number, row: Ir): Operand {
  const rep = repOf(type);
  const data = load("i32.load", b.param(1), at);
  const valid = load("i32.load", b.param(1), at + WORD);
  const address = b.let(num("i32.add", data, num("i32.mul", row, i32(REP_BYTES[rep]))));
  const { lo, hi } = loadValue(b, address, 0, rep);
  return operand(rep, lo, { hi, valid: b.let(load("i32.load8_u", num("i32.add", valid, row))) });
}

function produceInLoop(env: CompileEnv, plan: MapBatches, consumer: Consumer): void {
  const { compiler } = env;
  env.produce(plan.input, {
    required: withColumnsOf([], plan.args),
    consume: (pipeline, scope) => {
      pipeline.name.push("MapBatches");
      const args = argumentsAt(compiler, scope, plan);
      const output = outputBlock(compiler, plan);
      const emit = (stage: FunctionBuilder, count: Ir, carried: ReadonlyMap<number, Location>): Ir => {
        const address = (offset: number | undefined): Ir =>
          offset === undefined ? i32(0) : num("i32.add", stage.param(1), i32(offset));
        const vectors = args.flatMap(({ id }) => {
          const { base, validBase } = vectorAt(carried, id);
          return [address(base), address(validBase)];
        });
        const words = [i32(siteOf(compiler, plan)), count, address(output), ...vectors];
        const ref = host(
          `js_map ${JSON.stringify(plan.function.spec)}`,
          words.map((word) => word.type),
          ["i32"],
        );
        return stage.let(call(ref, ...words));
      };
      stageBoundary(compiler, pipeline, scope, [], args, undefined, (...at) => consumer.consume(...at), {
        capacity: batchRows(compiler, plan),
        emit,
        vectors: (position) => madeColumns(plan, output, position),
      });
    },
  });
}

function produceFromStore(env: CompileEnv, plan: MapBatches, consumer: Consumer): void {
  const { compiler } = env;
  const { spec, place } = plan.function;
  const layout = new RowLayout(0);
  const ids = plan.args.map(() => compiler.syntheticId());
  let store = -1;
  env.produce(plan.input, {
    required: withColumnsOf([], plan.args),
    consume: (pipeline, scope) => {
      pipeline.name.push("MapBatches");
      const kept = argumentsAt(compiler, scope, plan).map(({ value }, i) => {
        return { id: ids[i] as number, operand: { ...value, valid: value.valid ?? i32(1) } };
      });
      keepRow(compiler, scope, layout, kept, () => {
        if (store < 0) store = compiler.addStore(Math.max(8, layout.stride), true);
        pipeline.stores.add(store);
        return store;
      });
    },
  });
  const { stride } = compiler.store(store);
  const output = outputBlock(compiler, plan);
  const rows = batchRows(compiler, plan);
  const batch: MapCall = {
    spec,
    place,
    site: siteOf(compiler, plan),
    output,
    args: spec.args.map(({ type }) => vectorOf(compiler, type, true, rows)),
  };
  const fn = compiler.uniqueName("fill");
  compiler.define(fn, ["i32", "i32", "i32", "i32"], [], true, (b) =>
    eachRow(b, stride, (row, i) => {
      batch.args.forEach((to, k) => storeAt(b, i, to, loadField(b, row, layout.field(ids[k] as number))));
    }),
  );
  const made = new RowLayout(0);
  const position: Position = { name: "made" };
  let target = -1;
  const then = compiler.uniqueName("keep");
  compiler.define(then, ["i32", "i32", "i32", "i32"], [], true, (b) => {
    b.forRange(i32(0), b.let(load("i32.load", b.param(1), output)), (i) => {
      const scope = compiler.scope(b, madeColumns(plan, output, position), undefined);
      scope.setPosition(position, i);
      const columns = plan.columns.map((column) => ({ id: column.id, column }));
      keepRow(compiler, scope, made, columns, () => {
        if (target < 0) target = compiler.addStore(Math.max(8, made.stride), true);
        return target;
      });
    });
  });
  compiler.steps.push({
    kind: "run",
    name: `MapBatches ${spec.name}`,
    fn,
    source: { kind: "store", store },
    stores: [target],
    stopAfter: undefined,
    javaScript: { then, rows, calls: [batch] },
  });
  const done: Position = { name: "mapped" };
  const locations = new Map<number, Location>();
  for (const [id, field] of made.entries()) locations.set(id, { kind: "row", field, optional: false, position: done });
  const madeStride = compiler.store(target).stride;
  compileRowRun(compiler, "MapBatches", { kind: "store", store: target }, madeStride, done, locations, consumer);
}
