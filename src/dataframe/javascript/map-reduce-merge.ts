import { unsupported } from "../../error.ts";
import type { SqlType } from "../../planner/types/types.ts";
import type { Query } from "../../sql/ast.ts";
import type { StatementContext } from "../context.ts";
import { call, columnRef, NO_SPAN, query, select, selectItem, subquery } from "../expression/nodes.ts";
import type { Change, LazyQuery } from "../lazy-query.ts";
import { sqlType } from "../sql-type.ts";
import type { SqlInput, SqlValue } from "../types/value.ts";
import { composed } from "./compose.ts";
import { columnsOf, overRows, type RunnableCode } from "./map-rows.ts";
import type { TableSchema } from "./table-provider.ts";

/**
 * `map` gives [key, value] pairs of a row; `reduce` makes one value of several of one key that came in the same epoch; `merge` makes
 * the key's result of the one so far and the epoch's value. As values come in any order and are reduced in parts, `reduce` must not
 * depend on either. Keys are equal as the SQL values they are; values that are null are left out.
 */
export type MapReduceMergeOptions<
  R,
  K extends string,
  V extends string,
  T extends string = V,
  S extends TableSchema = never,
> = {
  readonly map: (row: R) => Iterable<readonly [key: SqlInput<K>, value: SqlInput<V>]>;
  readonly reduce: (key: SqlValue<K>, values: readonly SqlValue<V>[]) => SqlInput<V>;
  /**
   * Called once for every key of an epoch. `old` is what it returned last, undefined in the beginning; undefined returned: the key has
   * no result (any more). What it sets in `state` it finds there the next time; all fields are null in the beginning. A key without
   * result and state is forgotten.
   */
  readonly merge: (
    old: SqlValue<T> | undefined,
    value: SqlValue<V>,
    state: KeyState<S>,
    key: SqlValue<K>,
  ) => SqlInput<T> | undefined;
  /** SQL types of keys and values. */
  readonly key: K;
  readonly value: V;
  /** The type of results; that of values by default. */
  readonly result?: T | undefined;
  /** SQL types of the fields of a key's state; none by default. */
  readonly state?: S | undefined;
};

/** What a key keeps; no fields where none were declared. */
export type KeyState<S extends TableSchema> = [S] extends [never]
  ? Readonly<Record<string, never>>
  : { -readonly [N in keyof S]: SqlValue<S[N]> | null };

/** A key and its result. */
export type KeyResult<K extends string, T extends string> = { key: SqlValue<K>; result: SqlValue<T> };

const PAIRS = "() => ({ map, reduce })";
const KEYS = "() => ({ reduce, merge })";

/** Pairs of the rows, an aggregate that lists the values of each key, results of these. A continuous query keeps the results. */
export function mapReduceMerged<R, K extends string, V extends string, T extends string, S extends TableSchema>(
  lazy: LazyQuery,
  { map, reduce, merge, state, ...types }: MapReduceMergeOptions<R, K, V, T, S>,
): Change {
  const method = "mapReduceMerge";
  const [key, value] = [sqlType(types.key), sqlType(types.value)];
  const result = types.result === undefined ? value : sqlType(types.result);
  const kept = state === undefined ? [] : [column("state", structOf(state))];
  const spec = { method, concurrency: 1 } as const;
  const code = (ctx: StatementContext, text: string, parts: Parameters<typeof composed>[1]): RunnableCode => {
    const taken = composed(text, parts, ctx.session.functionId());
    if (taken.isAsync) throw unsupported(`${method} with an async function`);
    return taken;
  };
  return {
    build: (ctx) => {
      const pairs = overRows(ctx, lazy, code(ctx, PAIRS, { map, reduce }), {
        ...spec,
        takes: "pairs",
        returns: [column("key", key), column("value", value)],
      });
      const values = call("list", [columnRef("value")]);
      const grouped = query(
        select([subquery(pairs, "pairs")], [selectItem(columnRef("key")), selectItem(values, "values")], {
          groupBy: { kind: "GroupByAll", span: NO_SPAN },
        }),
      );
      const merged = overRows(ctx, queried(lazy, grouped), code(ctx, KEYS, { reduce, merge }), {
        ...spec,
        takes: "keys",
        returns: [column("key", key), column("result", result), ...kept],
      });
      const names = [columnRef("key"), columnRef("result")];
      const where = { kind: "IsNull", operand: columnRef("result"), negated: true, span: NO_SPAN } as const;
      return query(
        select(
          [subquery(merged, "merged")],
          names.map((name) => selectItem(name)),
          { where },
        ),
      );
    },
    columns: () => ["key", "result"],
  };
}

function column(
  name: string,
  type: SqlType,
): { readonly name: string; readonly type: SqlType; readonly nullable: true } {
  return { name, type, nullable: true };
}

function structOf(state: TableSchema): SqlType {
  return {
    kind: "Struct",
    fields: columnsOf("the state of mapReduceMerge", state).map(({ name, type }) => ({ name, type })),
  };
}

/** A query in place of that of a DataFrame. */
function queried(lazy: LazyQuery, made: Query): LazyQuery {
  return { ...lazy, source: () => ({ query: made, sql: "", parameters: [], composed: true }) };
}
