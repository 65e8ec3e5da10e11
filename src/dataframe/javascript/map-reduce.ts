import { javaScriptAggregate } from "../../planner/functions/javascript-aggregate.ts";
import { listOf } from "../../planner/types/types.ts";
import type { StatementContext } from "../context.ts";
import { call, columnRef, query, select, selectItem } from "../expression/nodes.ts";
import type { Change, LazyQuery } from "../lazy-query.ts";
import { sqlType } from "../sql-type.ts";
import { composed } from "./compose.ts";
import { addFunction, columnsOf, overRows, type RunnableCode } from "./map-rows.ts";
import type { TableSchema } from "./table-provider.ts";

/**
 * `map` gives [key, value] pairs of a row. `combine` makes one value of several of one key, in every worker before rows are
 * exchanged and after; `reduce` makes the row or rows of a key of all its values. Keys are equal as the SQL values they are.
 */
export type MapReduceOptions<R, K, V, S> = {
  readonly map: (row: R) => Iterable<readonly [key: K, value: V]>;
  readonly combine?: ((key: K, values: readonly V[]) => V) | undefined;
  readonly reduce: (key: K, values: readonly V[]) => S | Iterable<S>;
  /** SQL types of keys and values, and the columns of the result. */
  readonly key: string;
  readonly value: string;
  readonly schema: TableSchema;
};

/** Values of a key that wait to be combined, at most. */
const MOST_WAITING = 64;

const MAP = `(row) => {
  const pairs = [];
  for (const [key, value] of map(row)) pairs.push({ key, value });
  return pairs;
}`;
const REDUCE = `({ key, values }) => {
  const made = reduce(key, values ?? []);
  return typeof made === "object" && made !== null && Symbol.iterator in made ? made : [made];
}`;
const COMBINE = {
  init: "() => ({ key: null, values: [] })",
  step: `(state, key, value) => {
    state.key = key;
    state.values.push(value);
    if (state.values.length >= ${MOST_WAITING}) state.values = [combine(key, state.values)];
  }`,
  merge: `(state, other) => {
    if (state.values.length === 0) state.key = other.key;
    state.values.push(...other.values);
    if (state.values.length >= ${MOST_WAITING}) state.values = [combine(state.key, state.values)];
  }`,
  finish: "({ key, values }) => values.length > 1 ? [combine(key, values)] : values",
};

/** A flat map, an aggregate that groups by key, a flat map over the groups. */
export function mapReduced<R, K, V, S>(lazy: LazyQuery, options: MapReduceOptions<R, K, V, S>): Change {
  const { map, combine, reduce } = options;
  const [key, value] = [sqlType(options.key), sqlType(options.value)];
  const returns = columnsOf("mapReduce", options.schema);
  const pairs = [
    { name: "key", type: key, nullable: true },
    { name: "value", type: value, nullable: true },
  ];
  const spec = { method: "mapReduce", takes: "row", concurrency: 1 } as const;
  const code = (ctx: StatementContext, text: string, parts: Parameters<typeof composed>[1]): RunnableCode =>
    composed(text, parts, ctx.session.functionId());
  return {
    build: (ctx) => {
      const mapping = overRows(ctx, lazy, code(ctx, MAP, { map }), { ...spec, returns: pairs });
      const [keyColumn, valueColumn] = [columnRef("key"), columnRef("value")];
      const values =
        combine === undefined
          ? call("list", [valueColumn])
          : call(addCombiner(ctx, combine, [key, value]), [keyColumn, valueColumn]);
      const grouped = query(
        select(
          [
            {
              kind: "TableSubquery",
              query: mapping,
              lateral: false,
              alias: undefined,
              sample: undefined,
              span: mapping.span,
            },
          ],
          [selectItem(keyColumn), selectItem(values, "values")],
          { groupBy: { kind: "GroupByAll", span: mapping.span } },
        ),
      );
      const groups: LazyQuery = {
        ...lazy,
        source: () => ({ query: grouped, sql: "", parameters: [], composed: true }),
      };
      return overRows(ctx, groups, code(ctx, REDUCE, { reduce }), { ...spec, returns });
    },
    columns: () => returns.map(({ name }) => name),
  };

  function addCombiner(
    ctx: StatementContext,
    combiner: NonNullable<typeof combine>,
    args: readonly [typeof key, typeof value],
  ): string {
    const parts = Object.fromEntries(
      Object.entries(COMBINE).map(([part, text]) => [part, code(ctx, text, { combine: combiner })]),
    ) as Record<keyof typeof COMBINE, RunnableCode>;
    for (const { code: own, local } of Object.values(parts))
      if (local !== undefined && own.kind === "local") ctx.runtime.instances.setLocal(own.id, local);
    return addFunction(ctx, (name) => ({
      ...javaScriptAggregate({
        name: "combine",
        init: parts.init.code,
        step: parts.step.code,
        merge: parts.merge.code,
        finish: parts.finish.code,
        args,
        returns: listOf(value),
        callOnNull: true,
      }),
      name,
    }));
  }
}
