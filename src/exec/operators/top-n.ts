import { call, get, i32, load, num } from "../../planner/ir/builder.ts";
import { outputOf } from "../../planner/physical/columns.ts";
import type { PhysicalPlan, TopN } from "../../planner/physical/plan.ts";
import { HOST_ALLOC, type QueryCompiler } from "../codegen/compiler.ts";
import type { CompileEnv, Produce } from "../codegen/env.ts";
import { keptValues, stableString } from "../codegen/keep-row.ts";
import { RowLayout, storeField } from "../codegen/row-layout.ts";
import type { RowScope } from "../codegen/scope.ts";
import { keptForSort, type SortColumns, sortColumns } from "./sort/order.ts";
import { compileSort } from "./sort/sort-rows.ts";
import { produceSorted, requiredBySort, sortRows } from "./sort.ts";

/** Beyond this many rows a full sort is as good. */
const MOST_KEPT = 16384;

/** A worker's buffer in its local block: slots' addresses, waiting rows, whether slot n - 1 bounds what is still wanted. */
const BUFFER = { rows: 0, count: 4, bounded: 8, bytes: 16 } as const;

/**
 * Each worker keeps the first `n` rows it has seen: a buffer of slots that is sorted and cut to `n` when full; from then on
 * rows behind the n-th are dropped at once. The rest of the workers' buffers is sorted together.
 */
export const produceTopN: Produce<"TopN"> = (env, plan, consumer) => {
  const input = belowLocal(plan);
  const n = plan.limit + plan.offset;
  if (n > MOST_KEPT) return sortRows(env, plan, input, plan.keys, plan.limit, plan.offset, consumer);
  const { compiler } = env;
  const layout = new RowLayout(0);
  const columns = outputOf(input).filter(({ id }) => consumer.required.has(id));
  const sorted = sortColumns(compiler, plan.keys, columns);
  const buffer = compiler.local(BUFFER.bytes);
  let code: ReturnType<typeof compileBuffer> | undefined;
  env.produce(input, {
    required: requiredBySort(plan.keys, consumer),
    consume: (pipeline, scope) => {
      pipeline.name.push("TopN");
      const kept = keptForSort(compiler, scope, plan.keys, sorted);
      keptValues(scope, layout, kept);
      code ??= compileBuffer(compiler, plan, layout, sorted, buffer, n);
      emitOffer(env, plan, scope, layout, sorted, code, buffer, n);
    },
  });
  if (code === undefined) throw new Error("no pipeline feeds the TopN");
  const slot = compiler.global(8);
  const { sort, merge, mergeLast } = code;
  compiler.steps.push({
    kind: "sort",
    slot,
    from: { kind: "local", offset: buffer },
    sort: sort.name,
    merge: merge.name,
    mergeLast: mergeLast.name,
    limit: plan.limit,
    offset: plan.offset,
  });
  produceSorted(env, plan, layout, slot, columns, consumer);
};

/** The input of the local TopN below a final one. */
function belowLocal(plan: TopN): PhysicalPlan {
  const exchange = plan.input;
  if (exchange.kind === "Exchange" && exchange.input.kind === "TopN") return exchange.input.input;
  return exchange;
}

function capacityOf(n: number): number {
  return Math.max(512, 2 * n);
}

function compileBuffer(
  compiler: QueryCompiler,
  plan: TopN,
  layout: RowLayout,
  sorted: SortColumns,
  buffer: number,
  n: number,
): ReturnType<typeof compileSort> & { readonly cut: ReturnType<QueryCompiler["define"]> } {
  const code = compileSort(compiler, layout, plan.keys, sorted.keyIds, "fields");
  const capacity = capacityOf(n);
  compiler.onInit((b) => {
    b.store("i32.store", b.param(1), i32(0), buffer + BUFFER.count);
    b.store("i32.store", b.param(1), i32(0), buffer + BUFFER.bounded);
    // Rounds of a loop begin with the memory of the round before: the array of slots, the slots.
    b.if(num("i32.eqz", load("i32.load", b.param(1), buffer + BUFFER.rows)), () => {
      const rows = b.let(call(HOST_ALLOC, i32(capacity * (4 + layout.stride))));
      b.store("i32.store", b.param(1), rows, buffer + BUFFER.rows);
      const slots = b.let(num("i32.add", rows, i32(capacity * 4)));
      b.forRange(i32(0), i32(capacity), (i) => {
        const slot = num("i32.add", slots, num("i32.mul", i, i32(layout.stride)));
        b.store("i32.store", num("i32.add", rows, num("i32.shl", i, i32(2))), slot);
      });
    });
  });
  const cut = compiler.define(compiler.uniqueName("cut"), [], [], false, (b) => {
    const rows = b.let(load("i32.load", b.param(1), buffer + BUFFER.rows));
    b.call(code.sort, b.param(0), b.param(1), i32(0), rows, i32(capacity), i32(0));
    b.store("i32.store", b.param(1), i32(n), buffer + BUFFER.count);
    b.store("i32.store", b.param(1), i32(1), buffer + BUFFER.bounded);
  });
  return { ...code, cut };
}

/** Writes the scope's row into the next free slot and keeps it if it may be among the first n. */
function emitOffer(
  env: CompileEnv,
  plan: TopN,
  scope: RowScope,
  layout: RowLayout,
  sorted: SortColumns,
  code: ReturnType<typeof compileBuffer>,
  buffer: number,
  n: number,
): void {
  if (n === 0) return;
  const { compiler } = env;
  const { b } = scope;
  const local = b.param(1);
  const values = keptValues(scope, layout, keptForSort(compiler, scope, plan.keys, sorted));
  const rows = b.entry(load("i32.load", local, buffer + BUFFER.rows), `topn${buffer}`);
  const count = b.let(load("i32.load", local, buffer + BUFFER.count));
  const row = b.let(load("i32.load", num("i32.add", rows, num("i32.shl", count, i32(2)))));
  for (const { id, value } of values) storeField(b, row, layout.field(id), value);
  const wanted = b.bind(i32(1), "wanted");
  b.if(load("i32.load", local, buffer + BUFFER.bounded), () => {
    const last = load("i32.load", rows, (n - 1) * 4);
    const order = call(code.compare, b.param(0), local, row, last);
    b.set(wanted, num("i32.lt_s", order, i32(0)));
  });
  b.if(get(wanted), () => {
    for (const { id, value } of values) {
      const field = layout.field(id);
      if (value.rep === "str" && field.dictionary === undefined && !value.stable) {
        storeField(b, row, field, stableString(compiler, b, value));
      }
    }
    const next = b.let(num("i32.add", count, i32(1)));
    b.store("i32.store", local, next, buffer + BUFFER.count);
    b.if(num("i32.eq", next, i32(capacityOf(n))), () => b.call(code.cut, b.param(0), local));
  });
}
