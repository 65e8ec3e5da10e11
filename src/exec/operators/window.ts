import type { FrameBound, WindowCall } from "../../planner/expr/expr.ts";
import { aggregateOf, windowFunction } from "../../planner/functions/registry.ts";
import { i32, i64, num } from "../../planner/ir/builder.ts";
import type { PhysicalPlan, Window } from "../../planner/physical/plan.ts";
import type { Consumer } from "../codegen/compiler.ts";
import type { CompileEnv, Produce } from "../codegen/env.ts";
import { keepRow } from "../codegen/keep-row.ts";
import { compileRun, countRow, emitCancelCheck } from "../codegen/pipeline.ts";
import { hashOperands } from "./join/keys.ts";
import type { QueryCompiler } from "../codegen/compiler.ts";
import { compileSort, type RowSort, sortStore } from "./sort/sort-rows.ts";
import { HASH, HASH_BYTES, RowGrouping } from "./window/group-rows.ts";
import { WindowPass } from "./window/pass.ts";
import { hasOrder } from "./row-order.ts";
import { WindowRows } from "./window/rows.ts";
import { entryAt } from "./window/search.ts";

/** Rows in one hash partition, roughly: what fits the cache while it is grouped, sorted and passed over. */
const PARTITION_ROWS = 16384;
const MOST_PARTITION_BITS = 7;

/**
 * Keeps the rows, in hash partitions by their partition keys. Partition by partition they are grouped, sorted by the order keys and
 * passed over once, in a loop that computes all functions and hands the rows on. Without partition keys all rows are sorted
 * together.
 */
export const produceWindow: Produce<"Window"> = (env, plan, consumer) => {
  const { compiler } = env;
  const counter = compiler.counter(env.nodeId(plan));
  const counted: Consumer = {
    required: consumer.required,
    consume: (pipeline, scope) => {
      countRow(compiler, scope, counter);
      consumer.consume(pipeline, scope);
    },
  };
  if (plan.partitionBy.length > 0) producePartitioned(env, plan, counted);
  else produceSingle(env, plan, counted);
};

/** What the exchange below brings together. */
function belowExchange(plan: Window): PhysicalPlan {
  return plan.input.kind === "Exchange" ? plan.input.input : plan.input;
}

function producePartitioned(env: CompileEnv, plan: Window, consumer: Consumer): void {
  const { compiler } = env;
  const input = belowExchange(plan);
  const rows = new WindowRows(compiler, plan, input, HASH_BYTES, consumer.required);
  const bits = Math.max(0, Math.min(MOST_PARTITION_BITS, Math.ceil(Math.log2(plan.rows / PARTITION_ROWS))));
  let stores = -1;
  env.produce(input, {
    required: rows.required,
    consume: (pipeline, scope) => {
      pipeline.name.push("Window");
      const { b } = scope;
      // The partition is known only once the keys are kept, since it goes by what the fields hold.
      const kept = rows.kept(scope);
      const inner = scope.fork();
      for (const item of kept) if ("operand" in item) inner.define(item.id, { kind: "value", operand: item.operand });
      const hash = hashOperands(
        compiler,
        b,
        rows.partitionBy.map((column) => inner.column(column)),
        rows.partitionBy.map(({ type }) => type),
      );
      const partition = b.let(
        num("i32.and", num("i32.wrap_i64", num("i64.shr_u", hash, i64(32))), i32((1 << bits) - 1)),
      );
      const row = keepRow(
        compiler,
        inner,
        rows.layout,
        kept,
        () => {
          if (stores < 0) stores = compiler.addStores(1 << bits, rows.layout.stride, true);
          for (let p = 0; p < 1 << bits; p++) pipeline.stores.add(stores + p);
          return stores;
        },
        partition,
      );
      b.store("i64.store", row, hash, HASH);
    },
  });
  const sort = sortCode(env, rows, input)?.sort;
  const grouping = new RowGrouping(compiler, rows);
  compileRun(compiler, "Window", { kind: "partitions", first: stores, count: 1 << bits }, false, (b, pipeline) => {
    const { array, ends, groups } = grouping.emit(b, b.param(3), b.param(4), b.param(5));
    const pass = new WindowPass(b, compiler, rows);
    const start = b.bind(i32(0), "partitionStart");
    const from = { op: "get", type: "i32", local: start } as const;
    b.forRange(i32(0), groups, (group) => {
      emitCancelCheck(b);
      const end = b.let(entryAt(ends, group));
      if (sort !== undefined) {
        const first = b.let(num("i32.add", array, num("i32.shl", from, i32(2))));
        b.call(sort, b.param(0), b.param(1), i32(0), first, num("i32.sub", end, from), i32(0));
      }
      pass.emit({ b, array, start: from, end }, pipeline, consumer);
      b.set(start, end);
    });
  });
}

function produceSingle(env: CompileEnv, plan: Window, consumer: Consumer): void {
  const { compiler } = env;
  const input = belowExchange(plan);
  const rows = new WindowRows(compiler, plan, input, 0, consumer.required);
  let store = -1;
  env.produce(input, {
    required: rows.required,
    consume: (pipeline, scope) => {
      pipeline.name.push("Window");
      keepRow(compiler, scope, rows.layout, rows.kept(scope), () => {
        if (store < 0) store = compiler.addStore(Math.max(8, rows.layout.stride), true);
        pipeline.stores.add(store);
        return store;
      });
    },
  });
  const code = sortCode(env, rows, input);
  const slot = code === undefined ? sliceStore(compiler, store) : sortStore(compiler, store, code);
  compileRun(compiler, "Window", { kind: "pointers", slot, whole: true }, false, (b, pipeline) => {
    new WindowPass(b, compiler, rows).emit(
      { b, array: b.param(3), start: i32(0), end: b.param(4) },
      pipeline,
      consumer,
    );
  });
}

/** The rows of a store in the order in which they came: the slot of their addresses. */
function sliceStore(compiler: QueryCompiler, store: number): number {
  const slot = compiler.global(8);
  compiler.steps.push({ kind: "slice", slot, store, limit: undefined, offset: 0 });
  return slot;
}

/** Undefined where rows may stay in the order in which they came. */
function sortCode(env: CompileEnv, rows: WindowRows, input: PhysicalPlan): RowSort | undefined {
  const { compiler } = env;
  const isStable = hasOrder(env, input);
  if (rows.orderBy.length === 0 && (isStable || rows.functions.every(({ call }) => ignoresOrder(call))))
    return undefined;
  const keyIds = rows.orderBy.map(({ column }) => column.id);
  return compileSort(compiler, rows.layout, rows.sortKeys, keyIds, isStable ? "arrival" : "fields");
}

/** Whether the call has one value for all rows of a partition, in whichever order they come; the window has no order. */
function ignoresOrder(call: WindowCall): boolean {
  const { name, frame, orderBy } = call;
  const takesAll = ({ kind }: FrameBound, unbounded: FrameBound["kind"]): boolean =>
    kind === unbounded || (kind === "current row" && frame.unit !== "rows");
  const isWhole =
    takesAll(frame.start, "unbounded preceding") &&
    takesAll(frame.end, "unbounded following") &&
    frame.exclude === "no others";
  const definition = windowFunction(name) === undefined ? aggregateOf(call) : undefined;
  return isWhole && definition !== undefined && (definition.ordered !== true || orderBy.length > 0);
}
