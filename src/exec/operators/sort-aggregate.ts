import type { SortKey } from "../../planner/expr/expr.ts";
import { call, get, i32, load, num } from "../../planner/ir/builder.ts";
import type { Ir } from "../../planner/ir/ir.ts";
import { outputOf } from "../../planner/physical/columns.ts";
import type { Consumer } from "../codegen/compiler.ts";
import type { Produce } from "../codegen/env.ts";
import { keepRow } from "../codegen/keep-row.ts";
import { compileRun, countRow, emitCancelCheck } from "../codegen/pipeline.ts";
import { withColumnsOf } from "../codegen/required.ts";
import { RowLayout } from "../codegen/row-layout.ts";
import type { Location, Position, RowScope } from "../codegen/scope.ts";
import { aggregateArguments } from "./aggregate/group-keys.ts";
import { AggregateStates } from "./aggregate/states.ts";
import { compileStableCompare, keptForSort, sortColumns } from "./sort/order.ts";
import { compileSort, sortStore } from "./sort/sort-rows.ts";

/**
 * Sorts the rows by group and order, stably, and goes through them with one state at a time. A morsel does the groups that
 * begin in it, to their ends, so that many workers share the sorted array; without groups there is one morsel.
 */
export const produceSortAggregate: Produce<"SortAggregate"> = (env, plan, consumer) => {
  const { compiler } = env;
  const layout = new RowLayout(0);
  const grouping: readonly SortKey[] = plan.groups.map(({ expr }) => ({ expr, descending: false, nullsFirst: false }));
  const keys = [...grouping, ...plan.orderBy];
  const read = withColumnsOf(
    [],
    plan.aggregates.flatMap(({ call: { args, filter } }) => (filter === undefined ? args : [...args, filter])),
  );
  const columns = outputOf(plan.input).filter(({ id }) => read.has(id));
  const sorted = sortColumns(compiler, keys, columns);
  let store = -1;
  env.produce(plan.input, {
    required: withColumnsOf(
      read,
      keys.map(({ expr }) => expr),
    ),
    consume: (pipeline, scope) => {
      pipeline.name.push("SortAggregate");
      keepRow(compiler, scope, layout, keptForSort(compiler, scope, keys, sorted), () => {
        if (store < 0) store = compiler.addStore(Math.max(8, layout.stride), true);
        pipeline.stores.add(store);
        return store;
      });
    },
  });
  const slot = sortStore(compiler, store, compileSort(compiler, layout, keys, sorted.keyIds, "arrival"));

  const position: Position = { name: "sorted" };
  const rowLocations = new Map<number, Location>();
  for (const [id, field] of layout.entries()) rowLocations.set(id, { kind: "row", field, optional: false, position });
  const groupLocations = new Map<number, Location>();
  plan.groups.forEach(({ column }, i) => {
    const field = layout.field(sorted.keyIds[i] as number);
    groupLocations.set(column.id, { kind: "row", field, optional: false, position });
  });
  const groupOrder = compileStableCompare(compiler, layout, grouping, sorted.keyIds);
  const counter = compiler.counter(env.nodeId(plan));
  const counted: Consumer = {
    required: consumer.required,
    consume: (pipeline, scope) => {
      countRow(compiler, scope, counter);
      consumer.consume(pipeline, scope);
    },
  };
  const isGrouped = plan.groups.length > 0;

  compileRun(compiler, "SortAggregate", { kind: "pointers", slot, whole: !isGrouped }, false, (b, pipeline) => {
    const rowAt = (address: Ir): Ir => b.let(load("i32.load", address), "row");
    const sameGroup = (x: Ir, y: Ir): Ir => num("i32.eqz", call(groupOrder, b.param(0), b.param(1), x, y));
    const next = (address: Ir): Ir => num("i32.add", address, i32(4));
    const first = b.param(3);
    const array = b.let(load("i32.load", b.param(0), slot));
    const end = b.let(num("i32.add", array, num("i32.shl", load("i32.load", b.param(0), slot + 4), i32(2))));
    const stop = b.let(num("i32.add", first, num("i32.shl", b.param(4), i32(2))));
    const at = b.bind(first, "at");
    const state = { offset: -1, states: undefined as AggregateStates | undefined };
    const address = (): Ir => b.let(num("i32.add", b.param(1), i32(state.offset)), "state");

    const step = (scope: RowScope, begin: (states: AggregateStates) => void): void => {
      const args = aggregateArguments(compiler, scope, plan);
      if (state.states === undefined) {
        const stateLayout = new RowLayout(0);
        state.states = new AggregateStates(compiler, stateLayout, plan.aggregates, args, !isGrouped, true);
        state.offset = compiler.local(Math.max(8, stateLayout.stride));
      }
      const { states } = state;
      begin(states);
      const base = address();
      states.emitStep(scope, args, (i) => states.inMemory(b, i, base));
    };
    const scopeAt = (locations: ReadonlyMap<number, Location>, row: Ir): RowScope => {
      const scope = compiler.scope(b, locations, undefined);
      scope.setPosition(position, row);
      return scope;
    };

    if (!isGrouped) {
      b.while(
        () => num("i32.lt_u", get(at), end),
        () => {
          emitCancelCheck(b);
          step(scopeAt(rowLocations, rowAt(get(at))), () => {});
          b.set(at, next(get(at)));
        },
      );
      const { states, offset } = state as { states: AggregateStates; offset: number };
      compiler.onInit((init) => states.emitInit(init, num("i32.add", init.param(1), i32(offset))));
      const scope = compiler.scope(b, new Map(), undefined);
      states.define(scope, address());
      return counted.consume(pipeline, scope);
    }

    // The first rows may belong to a group that began in the morsel before.
    b.if(num("i32.ne", first, array), () => {
      b.block((leave) => {
        b.loop((again) => {
          b.br(leave, num("i32.ge_u", get(at), stop));
          b.br(leave, num("i32.eqz", sameGroup(rowAt(num("i32.sub", get(at), i32(4))), rowAt(get(at)))));
          b.set(at, next(get(at)));
          b.br(again);
        });
      });
    });
    b.while(
      () => num("i32.lt_u", get(at), stop),
      () => {
        const head = rowAt(get(at));
        const fresh = b.bind(i32(1), "fresh");
        b.block((leave) => {
          b.loop((again) => {
            emitCancelCheck(b);
            step(scopeAt(rowLocations, rowAt(get(at))), (states) => {
              b.if(get(fresh), () => states.emitInit(b, address()));
              b.set(fresh, i32(0));
            });
            b.set(at, next(get(at)));
            b.br(leave, num("i32.ge_u", get(at), end));
            b.br(again, sameGroup(head, rowAt(get(at))));
          });
        });
        const scope = scopeAt(groupLocations, head);
        (state.states as AggregateStates).define(scope, address());
        counted.consume(pipeline, scope);
      },
    );
  });
};
