import type { RecordBatch, Table } from "apache-arrow";
import { toHeadraceError } from "../error.ts";
import { typeName } from "../planner/types/types.ts";
import type { Copy, ExplainStage, OrderBy, Query } from "../sql/ast.ts";
import { printSql } from "../sql/print/statements.ts";
import { type ActionOptions, withDeadline, withDeadlineEach } from "./actions.ts";
import { blamed, callSite } from "./call-site.ts";
import type { StatementContext } from "./context.ts";
import { execute, type ExecutedQuery, stream } from "./engine.ts";
import { explainParts } from "./explain.ts";
import { Column, type ColumnLike, type Constant, requireColumn, type TypeOf, toColumn } from "./expression/column.ts";
import { count } from "./expression/functions.ts";
import { columnRef, literal, NO_SPAN, query, select, selectItem, star, subquery } from "./expression/nodes.ts";
import { type Derive, GroupedDataFrame } from "./grouped.ts";
import { type MapReduceOptions, mapReduced } from "./javascript/map-reduce.ts";
import { type KeyResult, type MapReduceMergeOptions, mapReduceMerged } from "./javascript/map-reduce-merge.ts";
import { type FlatMapFunction, type MapBatchFunction, mapped, type MapOptions } from "./javascript/map-rows.ts";
import type { TableSchema } from "./javascript/table-provider.ts";
import { KeptRows, type PersistLevel } from "./kept-rows.ts";
import { allOf, type CallSite, type LazyQuery, namesOf, rowsFor, selectFrom } from "./lazy-query.ts";
import { bindSource, completeQuery, composedSource, innerQuery } from "./query-source.ts";
import { type ColumnSummary, described } from "./relational/describe.ts";
import { ALWAYS, joined, type JoinKind, onColumns } from "./relational/join.ts";
import { filled, filledEach, withoutNulls } from "./relational/missing-values.ts";
import { renamed, selected, withColumns, without } from "./relational/project.ts";
import { exploded, type UnpivotOptions, unnested, unpivoted } from "./relational/reshape.ts";
import { combined } from "./relational/set-operation.ts";
import { arrowBatches, arrowTable, expectArrow } from "./results/arrow.ts";
import { uniqueNames } from "./results/names.ts";
import { decodeObjects, decodeRows } from "./results/rows.ts";
import { tableText } from "./results/table-text.ts";
import { runStatement } from "./statement.ts";
import type {
  Aggregated,
  ByName,
  ColumnName,
  Exploded,
  Filled,
  Joined,
  JoinHow,
  Known,
  KnownColumns,
  KnownRecord,
  MaybeFilled,
  NotNull,
  Nullable,
  Renamed,
  Row,
  Selected,
  With,
  Without,
} from "./types/row.ts";
import { readsStreams } from "./streaming/reads-streams.ts";
import { insertIntoTable, type Job, type JobOptions } from "./streaming/job.ts";
import { materialize, type MaterializedView, type MaterializeOptions } from "./streaming/materialized-view.ts";
import type { Change, ChangeCallback, ChangeSink } from "../streaming/connectors/callback.ts";
import { type ChangeJobOptions, forEachChange } from "./streaming/for-each-change.ts";
import { subscribe, type SubscribeOptions } from "./streaming/subscription.ts";
import { withValues } from "./values.ts";
import { DataFrameWriter } from "./writer.ts";

/** A constant that is no list. */
type Single = Exclude<Constant, readonly Constant[]>;

/** How the rows of two DataFrames are combined. */
export type SetOptions = {
  /** Duplicates stay (`UNION ALL`), or each row comes once. */
  readonly all?: boolean | undefined;
  /** Columns meet by name instead of position; of a union a missing one is NULL. */
  readonly byName?: boolean | undefined;
};

/**
 * A query that has not been run: lazy and immutable, every method makes a new one. Every action (`collect`, `toArrow`,
 * `batches`, `count`, ...) binds and runs it anew against the data of that moment.
 *
 * `R` is the type of its rows. Where it is known (`db.table<Order>("orders")`), wrong column names are compile errors and rows
 * come typed; otherwise everything goes, and values are `unknown`.
 */
export class DataFrame<R extends object = Row> {
  /** @internal For the compiler alone. */
  declare readonly row?: R;
  /** @internal */
  readonly lazy: LazyQuery;

  /** @internal Use `Session.sql` or `Session.table`. */
  constructor(lazy: LazyQuery) {
    this.lazy = lazy;
  }

  /** A column of this DataFrame, told apart from those of others in joins and subqueries. */
  col<const N extends ColumnName<R>>(name: N): Column<R[N], never, N> {
    return new Column(columnRef(this.lazy.alias, name));
  }

  /** The same rows, whose columns are qualified by `name`: `col("name.column")`, or `.col("column")` of the result. */
  alias(name: string): DataFrame<R> {
    const { lazy } = this;
    const call = callSite("alias");
    return new DataFrame({ ...lazy, alias: name, named: true, join: undefined, inputs: [lazy], call });
  }

  /** Columns and expressions; strings are names, "*" is all columns. */
  select<const C extends readonly (ColumnName<R> | "*" | Column)[]>(
    ...columns: KnownColumns<R, C>
  ): DataFrame<Selected<R, C>> {
    return this.derive("select", selected(this.lazy, columns));
  }

  /** The rows for which the condition is TRUE. */
  filter<N extends string>(condition: Column<unknown, N> & Known<R, N>): DataFrame<R> {
    return this.filtered("filter", condition);
  }

  /** The same as `filter`. */
  where<N extends string>(condition: Column<unknown, N> & Known<R, N>): DataFrame<R> {
    return this.filtered("where", condition);
  }

  /** Adds a column, or replaces the one of that name in its place. */
  withColumn<const K extends string, const C extends Column>(
    name: K,
    value: KnownColumns<R, readonly [C]>[0],
  ): DataFrame<With<R, { readonly [P in K]: C }>> {
    return this.derive("withColumn", withColumns(this.lazy, { [name]: value }));
  }

  /** Adds or replaces columns; all see the columns as they were. */
  withColumns<const A extends Readonly<Record<string, Column>>>(columns: A & KnownRecord<R, A>): DataFrame<With<R, A>> {
    return this.derive("withColumns", withColumns(this.lazy, columns));
  }

  drop<const C extends readonly ColumnName<R>[]>(...columns: C): DataFrame<Without<R, C[number]>> {
    return this.derive("drop", without(this.lazy, columns));
  }

  /** New names by old names. */
  rename<const M extends { readonly [K in ColumnName<R>]?: string }>(columns: M): DataFrame<Renamed<R, M>> {
    return this.derive("rename", renamed(this.lazy, columns as Readonly<Record<string, string>>));
  }

  /** Each row once. */
  distinct(): DataFrame<R> {
    const distinct = { kind: "Distinct", on: [], span: NO_SPAN } as const;
    return this.derive(
      "distinct",
      this.same((ctx) => selectFrom(this.lazy, ctx, undefined, { distinct })),
    );
  }

  /** One row for each combination of values of some columns: the first, in the order of a `sort` right before. */
  distinctOn<const C extends readonly (ColumnName<R> | Column)[]>(...columns: KnownColumns<R, C>): DataFrame<R> {
    const on = columns.map((column) => toColumn(column).expression);
    const distinct = { kind: "Distinct", on, span: NO_SPAN } as const;
    return this.derive(
      "distinctOn",
      this.same((ctx) => {
        const inner = innerQuery(this.lazy.source, ctx);
        const { orderBy, limit, body } = inner;
        const plain =
          orderBy !== undefined && limit === undefined && body.kind === "Select" && body.distinct === undefined;
        if (plain && isStar(body.items)) return { ...inner, body: { ...body, distinct } };
        return selectFrom(this.lazy, ctx, undefined, { distinct }, on);
      }),
    );
  }

  /** Sorts by columns, ascending unless `.desc()`; NULLs come last. */
  sort<const C extends readonly (ColumnName<R> | Column)[]>(...columns: KnownColumns<R, C>): DataFrame<R> {
    return this.sorted("sort", columns);
  }

  /** The same as `sort`. */
  orderBy<const C extends readonly (ColumnName<R> | Column)[]>(...columns: KnownColumns<R, C>): DataFrame<R> {
    return this.sorted("orderBy", columns);
  }

  /** At most `rows` rows, after skipping `offset`. */
  limit(rows: number, offset: number = 0): DataFrame<R> {
    return this.limited("limit", rows, offset);
  }

  /** Without the first `rows` rows. */
  offset(rows: number): DataFrame<R> {
    return this.limited("offset", undefined, rows);
  }

  /** About `percent` of the rows, or exactly `rows` of them; the same ones for the same seed and data. */
  sample(size: { readonly percent: number } | { readonly rows: number }, seed?: number): DataFrame<R> {
    const [unit, amount] = "percent" in size ? (["percent", size.percent] as const) : (["rows", size.rows] as const);
    const sample = { kind: "Sample", size: literal(amount), unit, method: undefined, seed, span: NO_SPAN } as const;
    return this.derive(
      "sample",
      this.same((ctx) => selectFrom(this.lazy, ctx, undefined, { sample })),
    );
  }

  /** Groups of equal keys; go on with `agg`. */
  groupBy<const C extends readonly (ColumnName<R> | Column)[]>(...columns: KnownColumns<R, C>): GroupedDataFrame<R, C> {
    return new GroupedDataFrame(this.lazy, this.derive, columns.map(toColumn), { kind: "keys" });
  }

  /** Groups by all keys, by all but the last, ..., and all rows as one group. */
  rollup<const C extends readonly (ColumnName<R> | Column)[]>(
    ...columns: KnownColumns<R, C>
  ): GroupedDataFrame<Nullable<R>, C> {
    return new GroupedDataFrame(this.lazy, this.derive, columns.map(toColumn), { kind: "rollup" });
  }

  /** Groups by every subset of the keys. */
  cube<const C extends readonly (ColumnName<R> | Column)[]>(
    ...columns: KnownColumns<R, C>
  ): GroupedDataFrame<Nullable<R>, C> {
    return new GroupedDataFrame(this.lazy, this.derive, columns.map(toColumn), { kind: "cube" });
  }

  /** Groups by each of some lists of keys: `groupingSets(["a", "b"], ["a"], [])`. Keys that a list lacks are NULL. */
  groupingSets<const C extends readonly (readonly ColumnName<R>[])[]>(
    ...sets: C
  ): GroupedDataFrame<Nullable<R>, readonly C[number][number][]> {
    const lists: readonly (readonly string[])[] = sets;
    const keys = [...new Set(lists.flat())];
    const positions = lists.map((set) => set.map((key) => keys.indexOf(key)));
    return new GroupedDataFrame(this.lazy, this.derive, keys.map(toColumn), { kind: "sets", sets: positions });
  }

  /** Aggregates over all rows. */
  agg<const A extends Readonly<Record<string, Column>>>(
    aggregates: A & KnownRecord<R, A>,
  ): DataFrame<Aggregated<R, readonly [], A>> {
    const rows = new GroupedDataFrame(this.lazy, this.derive, [], { kind: "keys" });
    return this.derive("agg", rows.aggregated(aggregates));
  }

  /**
   * Joins on columns of the same name, which come once, or on a condition over `left.col(...)` and `right.col(...)`, where names
   * that both have get the suffix `_1` on the right. Until something else is made of the rows, `right.col(...)` means its columns.
   */
  join<S extends object, const K extends ColumnName<R> & ColumnName<S>, const H extends JoinHow = "inner">(
    other: DataFrame<S>,
    on: K | readonly K[],
    how?: H,
  ): DataFrame<Joined<R, S, H, K>>;
  join<S extends object, N extends string, const H extends JoinHow = "inner">(
    other: DataFrame<S>,
    on: Column<unknown, N> & Known<R & S, N>,
    how?: H,
  ): DataFrame<Joined<R, S, H>>;
  join(other: DataFrame<object>, on: string | readonly string[] | Column, how: JoinHow = "inner"): DataFrame<object> {
    return this.joined("join", other, { type: how, asof: false, natural: false }, onColumns(on));
  }

  /** Every row with every row. */
  crossJoin<S extends object>(other: DataFrame<S>): DataFrame<Joined<R, S, "inner">> {
    return this.joined("crossJoin", other, { type: "cross", asof: false, natural: false }, undefined);
  }

  /**
   * Each row with the one nearest row of the other side: the condition has one inequality, which says on which side and how the
   * rows are near, and maybe equalities: `trades.col("symbol").eq(quotes.col("symbol")).and(trades.col("t").ge(quotes.col("t")))`.
   */
  asofJoin<S extends object, N extends string, const H extends "inner" | "left" | "right" | "full" = "inner">(
    other: DataFrame<S>,
    on: Column<unknown, N> & Known<R & S, N>,
    how?: H,
  ): DataFrame<Joined<R, S, H>> {
    const kind = { type: how ?? "inner", asof: true, natural: false } as const;
    return this.joined("asofJoin", other, kind, onColumns(on));
  }

  /** Each row with the rows of a DataFrame that reads this row's columns, by this DataFrame's `col`. `left` keeps rows without any. */
  lateralJoin<S extends object, const H extends "inner" | "left" = "inner">(
    other: DataFrame<S>,
    how?: H,
  ): DataFrame<Joined<R, S, H>> {
    const kind = { type: how ?? "inner", asof: false, natural: false, lateral: true } as const;
    return this.joined("lateralJoin", other, kind, ALWAYS);
  }

  /** The first row with the first, the second with the second, and so on; the shorter side is filled with NULL. */
  positionalJoin<S extends object>(other: DataFrame<S>): DataFrame<Joined<R, S, "full">> {
    const kind = { type: "positional", asof: false, natural: false } as const;
    return this.joined("positionalJoin", other, kind, undefined);
  }

  /** All rows of both, columns by position: UNION ALL. `{ all: false }` gives each row once, `{ byName: true }` goes by names. */
  union(other: DataFrame<object>, options: SetOptions = {}): DataFrame<R> {
    return this.combined("union", "union", other, { all: true, ...options });
  }

  /** All rows of both, columns by name; missing ones are NULL. */
  unionByName<S extends object>(other: DataFrame<S>): DataFrame<ByName<R, S>> {
    return this.combined("unionByName", "union", other, { all: true, byName: true });
  }

  /** The rows that both have, each once; with `{ all: true }` as often as both have it. */
  intersect(other: DataFrame<object>, options: SetOptions = {}): DataFrame<R> {
    return this.combined("intersect", "intersect", other, options);
  }

  /** The rows that `other` does not have, each once; with `{ all: true }` as often as there are more of them. */
  except(other: DataFrame<object>, options: SetOptions = {}): DataFrame<R> {
    return this.combined("except", "except", other, options);
  }

  /** Columns as rows: `name` and `value`, beside the other columns. */
  unpivot<const C extends readonly ColumnName<R>[], const N extends string = "name", const V extends string = "value">(
    columns: C,
    options: UnpivotOptions<N, V> = {},
  ): DataFrame<Without<R, C[number]> & { [K in N]: string } & { [K in V]: R[C[number]] }> {
    return this.derive("unpivot", unpivoted(this.lazy, columns, options));
  }

  /** A row for each element of a list, in the list's place. `keepEmpty`: also one, with NULL, for an empty list or NULL. */
  explode<const K extends ColumnName<R>, const E extends boolean = false>(
    column: K,
    { keepEmpty }: { readonly keepEmpty?: E } = {},
  ): DataFrame<Exploded<R, K, E>> {
    return this.derive("explode", exploded(this.lazy, column, keepEmpty ?? false));
  }

  /** SQL's UNNEST, at the end of the row: a list becomes rows, a struct columns. Several lists go side by side. */
  unnest(...columns: readonly ColumnName<R>[]): DataFrame {
    return this.derive("unnest", unnested(this.lazy, columns));
  }

  /** A value for each of some columns in place of NULL: `fillNull({ a: 0, b: "none" })`. */
  fillNull<const V extends { readonly [K in ColumnName<R>]?: Constant | Column }>(
    values: V,
  ): DataFrame<{ [P in keyof R]: P extends keyof V ? NonNullable<R[P]> | TypeOf<V[P]> : R[P] }>;
  /** `value` in place of NULL in some columns. */
  fillNull<const V extends Single | Column, const K extends ColumnName<R>>(
    value: V,
    columns: readonly K[],
  ): DataFrame<Filled<R, TypeOf<V>, K>>;
  /** `value` in place of NULL in all columns of its kind: a number in those of numbers, a string in VARCHAR. */
  fillNull<const V extends Single | Column>(value: V): DataFrame<MaybeFilled<R, TypeOf<V>>>;
  fillNull(
    value: Single | Column | Readonly<Record<string, Constant | Column>>,
    columns?: readonly string[],
  ): DataFrame<object> {
    const change = isRecord(value) ? filledEach(this.lazy, value) : filled(this.lazy, value, columns);
    return this.derive("fillNull", change);
  }

  /** Without the rows that have a NULL in any column, or in one of those named; `how: "all"`: in all of them. */
  dropNulls<const K extends ColumnName<R> = ColumnName<R>>(
    columns?: readonly K[],
    { how = "any" }: { readonly how?: "any" | "all" } = {},
  ): DataFrame<NotNull<R, K>> {
    return this.derive("dropNulls", withoutNulls(this.lazy, columns, how));
  }

  /** What is in the columns: a row for each, with counts, extremes and, of numbers, mean, deviation and quartiles. */
  describe(): DataFrame<ColumnSummary> {
    return this.derive("describe", described(this.lazy));
  }

  /**
   * The rows that a JavaScript function makes of batches of rows: of row objects (`batch.rows()`) or of columns (`batch.columns`),
   * given as rows or as columns. Runs in the workers if it refers to nothing outside.
   */
  mapBatches<S extends object = Row>(fn: MapBatchFunction<R, S>, options: MapOptions): DataFrame<S> {
    return this.derive("mapBatches", mapped(this.lazy, "mapBatches", "batch", fn, options));
  }

  /** The rows that a JavaScript function makes of each row: any number of them. */
  flatMap<S extends object = Row>(fn: FlatMapFunction<R, S>, options: MapOptions): DataFrame<S> {
    return this.derive("flatMap", mapped(this.lazy, "flatMap", "row", fn, options));
  }

  /** Maps rows to keys and values, brings the values of each key together, and reduces them to rows. */
  mapReduce<S extends object = Row, K = unknown, V = unknown>(options: MapReduceOptions<R, K, V, S>): DataFrame<S> {
    return this.derive("mapReduce", mapReduced(this.lazy, options));
  }

  /**
   * Maps rows to keys and values, reduces the values of each key, and merges them into the key's result: a row for each key. In a
   * continuous query results go on from epoch to epoch; else there is one epoch. Rows of its input cannot be taken back.
   */
  mapReduceMerge<
    const K extends string,
    const V extends string,
    const T extends string = V,
    const S extends TableSchema = never,
  >(options: MapReduceMergeOptions<R, K, V, T, S>): DataFrame<KeyResult<K, T>> {
    return this.derive("mapReduceMerge", mapReduceMerged(this.lazy, options));
  }

  /** The same as `persist()`. */
  cache(): DataFrame<R> {
    return this.kept("cache", "memory_and_disk");
  }

  /**
   * The same rows, which are kept when they are computed first, for all that reads them: in memory, in a file in the session's
   * `tempDirectory`, or in memory as long as they fit. They stay as they are whatever happens to the data underneath, until
   * `unpersist` or the end of the session.
   */
  persist(level: PersistLevel = "memory_and_disk"): DataFrame<R> {
    return this.kept("persist", level);
  }

  /** Lets go of the rows that `cache` or `persist` keep; from then on they are computed when they are read. */
  async unpersist(): Promise<void> {
    await this.lazy.kept?.drop();
  }

  /** Makes a view that SQL knows by `name`, or replaces it. */
  async createView(name: string): Promise<void> {
    await this.act("createView", {}, (ctx) =>
      ctx.session.write(ctx.signal, async () => {
        const sql = printSql(await this.whole(ctx));
        ctx.session.keepFunctions(ctx.functions);
        ctx.catalog.set({ kind: "view", name: { schema: ctx.catalog.schema, name }, sql, columnNames: undefined });
      }),
    );
  }

  /** The query as SQL. */
  async toSql(): Promise<string> {
    return this.act("toSql", {}, async (ctx) => printSql(await this.whole(ctx)));
  }

  /** Prints the first rows. Texts longer than `truncate` characters are cut. */
  async show(
    rows: number = 20,
    { truncate = 40, ...options }: ActionOptions & { readonly truncate?: number } = {},
  ): Promise<void> {
    const head = this.limited("show", rows + 1, 0);
    const text = await head.act(
      "show",
      options,
      (ctx) => head.run(ctx, ({ rows: all }) => tableText(all, rows, truncate)),
      true,
    );
    process.stdout.write(`${text}\n`);
  }

  /** Names and types of the columns. */
  async schema(): Promise<readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[]> {
    return this.act("schema", {}, async (ctx) => {
      const { columns } = await withValues(ctx, (inner) => bindSource(this.lazy.source, inner));
      const names = uniqueNames(columns.map(({ name }) => name));
      return columns.map(({ type, nullable }, i) => ({ name: names[i] as string, type: typeName(type), nullable }));
    });
  }

  /** Whether it reads streams: `subscribe`, `materialize` and `insertInto` keep it up to date; there are no rows to collect. */
  async isContinuous(): Promise<boolean> {
    return this.act("isContinuous", {}, async (ctx) => {
      const { plan } = await withValues(ctx, (inner) => bindSource(this.lazy.source, inner));
      return readsStreams(plan);
    });
  }

  /** All rows, as objects by column name, or as arrays. */
  async collect(options?: ActionOptions & { readonly rows?: "object" }): Promise<R[]>;
  async collect(options: ActionOptions & { readonly rows: "array" }): Promise<unknown[][]>;
  async collect(options: ActionOptions & { readonly rows?: "object" | "array" } = {}): Promise<R[] | unknown[][]> {
    return this.act(
      "collect",
      options,
      (ctx) =>
        this.run(ctx, ({ rows }): Promise<unknown[][] | R[]> => {
          const { values } = ctx.options;
          return options.rows === "array"
            ? decodeRows(rows, values, ctx.signal)
            : (decodeObjects(rows, values, ctx.signal) as Promise<R[]>);
        }),
      true,
    );
  }

  /** The first row; undefined when there is none. */
  async first(options: ActionOptions = {}): Promise<R | undefined> {
    const [row] = await this.limited("first", 1, 0).collect(options);
    return row;
  }

  /** The number of rows. */
  async count(options: ActionOptions = {}): Promise<number> {
    const grouped = new GroupedDataFrame(this.lazy, this.derive, [], { kind: "keys" });
    const [row] = await grouped.agg({ rows: count() }).collect({ ...options, rows: "array" });
    return Number(row?.[0]);
  }

  /** Writes the rows to a file, which appears when it is whole: `write.parquet(path)`, `write.csv(path)`. Resolves to their number. */
  get write(): DataFrameWriter {
    return new DataFrameWriter((path, options, action) => this.copyTo(path, options, action));
  }

  /** The result as an apache-arrow Table. */
  async toArrow(options: ActionOptions = {}): Promise<Table> {
    expectArrow();
    return this.act("toArrow", options, (ctx) => this.run(ctx, ({ rows }) => arrowTable(rows, ctx.signal)), true);
  }

  /**
   * The result batch by batch, computed as it is asked for: a consumer that is slow or stops early holds the query up or ends
   * it. Memory does not grow with the size of the result.
   */
  batches(options: ActionOptions = {}): AsyncGenerator<RecordBatch> {
    const action = callSite("batches");
    return withDeadlineEach(options, (signal) => this.streamed({ ...options, signal }, action));
  }

  /** The same as a web ReadableStream of Arrow batches, which asks for the next one when the last is taken. Cancelling it ends the query. */
  stream(options: ActionOptions = {}): ReadableStream<RecordBatch> {
    const batches = this.batches(options);
    return new ReadableStream<RecordBatch>(
      {
        async pull(controller) {
          const { done, value } = await batches.next();
          if (done === true) controller.close();
          else controller.enqueue(value);
        },
        async cancel() {
          await batches.return(undefined);
        },
      },
      // Nothing is computed before somebody reads.
      { highWaterMark: 0 },
    );
  }

  /**
   * The result as it changes: what the tables hold and what streams get from now on, epoch by epoch. Leaving the loop ends the
   * query. Throws `unsupported` for queries that cannot be kept up to date.
   *
   *     for await (const { epoch, added, removed } of totals.subscribe()) { ... }
   */
  subscribe(options: SubscribeOptions = {}): AsyncGenerator<Change<R>> {
    return subscribe<R>(this.lazy.context(options.signal), this.lazy.source, options);
  }

  /** Keeps the result up to date under a name, which queries read as of the last epoch. */
  materialize(name: string, options: MaterializeOptions = {}): Promise<MaterializedView> {
    return materialize(this.lazy.context(undefined), name, this.lazy.source, options);
  }

  /**
   * Starts a job that puts the changes of the result into a table that was made WITH a connector. Resolves when it runs.
   *
   *     const job = await totals.insertInto("sink", { checkpoint: { directory: "state/totals" } });
   */
  insertInto(table: string, options: JobOptions = {}): Promise<Job> {
    return insertIntoTable(this.lazy.context(undefined), this.lazy.source, [table], options);
  }

  /**
   * Starts a job that calls a function with the changes of each epoch, as `subscribe` gives them; the next epoch waits until its
   * promise resolves. With checkpoints the job goes on after a crash, and with an object that says what it has, each epoch comes once:
   *
   *     const job = await totals.forEachChange({ open: () => lastEpoch, write, commit }, { checkpoint: { directory } });
   */
  forEachChange(functions: ChangeCallback<R> | ChangeSink<R>, options: ChangeJobOptions = {}): Promise<Job> {
    return forEachChange<R>(this.lazy.context(undefined), this.lazy.source, functions, options);
  }

  /**
   * The physical plan as text, or another stage: the logical plan, what each rule changed, the generated code. `analyze` runs the
   * query and shows what was measured.
   */
  async explain({
    analyze = false,
    format = "text",
    stage = "physical",
    ...options
  }: ActionOptions & {
    readonly analyze?: boolean;
    readonly format?: "text" | "json";
    readonly stage?: ExplainStage;
  } = {}): Promise<string> {
    return this.act(
      "explain",
      options,
      async (ctx) => {
        const { unbound, ...rows } = await withValues(ctx, (inner) => bindSource(this.lazy.source, inner));
        const statement = { kind: "Query", ...rows } as const;
        const bound = { kind: "Explain", stages: [stage], analyze, format, statement } as const;
        const parts = await explainParts(ctx, bound, unbound.parameters);
        return parts.map(({ text }) => text).join("\n");
      },
      analyze,
    );
  }

  private async *streamed(options: ActionOptions, action: CallSite): AsyncGenerator<RecordBatch> {
    const ctx = this.open(options.signal, options.onProgress, true);
    expectArrow();
    try {
      const pieces = await withValues(ctx, (inner) => {
        const { unbound, ...rows } = bindSource(this.lazy.source, inner);
        return stream(ctx.runtime, ctx.options, rows, unbound.parameters, ctx.signal, ctx.onProgress);
      });
      let first = true;
      for await (const piece of pieces) {
        yield* arrowBatches(piece, ctx.signal, first);
        first = false;
      }
    } catch (error) {
      throw await blamed(toHeadraceError(error, ""), this.lazy, ctx, action);
    }
  }

  private async copyTo(path: string, options: Copy["options"], action: ActionOptions): Promise<number> {
    const write = async (ctx: StatementContext): Promise<number> => {
      const { source, sql, parameters } = await withValues(ctx, (inner) => {
        const given = this.lazy.source(inner);
        return { ...given, source: completeQuery(given.query, inner) };
      });
      const target = literal(path);
      const node: Copy = { kind: "Copy", source, columns: [], direction: "to", target, options, span: NO_SPAN };
      const result = await runStatement({ ...ctx, sql, parameters, started: performance.now() }, node);
      return result.kind === "ok" ? (result.rowCount ?? 0) : 0;
    };
    return this.act("write", action, write, true);
  }

  /** The whole tree, without what is kept of it. */
  private whole(ctx: StatementContext): Promise<Query> {
    return withValues(ctx, (inner) => completeQuery(innerQuery(this.lazy.source, inner), inner));
  }

  private kept(method: string, level: PersistLevel): DataFrame<R> {
    const { lazy } = this;
    const rows = new KeptRows(lazy, level);
    const columns: LazyQuery["columns"] = (ctx) => namesOf(lazy, ctx);
    const made = { source: rows.source, kept: rows, columns, join: undefined };
    return new DataFrame({ ...lazy, ...made, inputs: [lazy], call: callSite(method) });
  }

  /** Runs an action; its errors name the method to blame and where it was called. */
  private async act<T>(
    method: string,
    options: ActionOptions,
    work: (ctx: StatementContext) => Promise<T>,
    keeps = false,
  ): Promise<T> {
    const action = callSite(method);
    return withDeadline(options, async (signal) => {
      const ctx = this.open(signal, options.onProgress, keeps);
      try {
        return await work(ctx);
      } catch (error) {
        throw await blamed(toHeadraceError(error, ""), this.lazy, ctx, action);
      }
    });
  }

  private open(
    signal: AbortSignal | undefined,
    onProgress: ActionOptions["onProgress"],
    keeps: boolean,
  ): StatementContext {
    return { ...this.lazy.context(signal), onProgress, keeps, built: new Map(), settled: new WeakMap() };
  }

  private async run<T>(ctx: StatementContext, decode: (result: ExecutedQuery) => Promise<T>): Promise<T> {
    const { runtime, options, signal, onProgress } = ctx;
    // Tables are held from the moment in which they are bound.
    const result = await withValues(ctx, (inner) => {
      const { unbound, ...rows } = bindSource(this.lazy.source, inner);
      return execute(runtime, options, rows, unbound.parameters, signal, false, onProgress).catch((error: unknown) => {
        throw toHeadraceError(error, unbound.sql);
      });
    });
    try {
      return await decode(result);
    } finally {
      result.release();
    }
  }

  /** A DataFrame of the same session. */
  private readonly derive: Derive = (method, { build, columns, join, others = [] }) => {
    const { context, session, alias } = this.lazy;
    const inputs = [this.lazy, ...others];
    const call = callSite(method);
    return new DataFrame({
      context,
      session,
      source: composedSource(build),
      alias,
      named: false,
      kept: undefined,
      columns,
      join,
      inputs,
      call,
    });
  };

  /** A change that keeps the columns. */
  private same(build: (ctx: StatementContext) => Query): Parameters<Derive>[1] {
    return { build, columns: (ctx) => namesOf(this.lazy, ctx) };
  }

  private filtered(method: string, condition: Column): DataFrame<R> {
    const { expression } = requireColumn(condition, `${method}()`);
    const { lazy } = this;
    const { join } = lazy;
    return this.derive(method, {
      ...this.same((ctx) => {
        const { from, where } = rowsFor(lazy, ctx, [expression]);
        const all = where === undefined ? expression : allOf([where, expression]);
        return query(select(from, [selectItem(star())], { where: all }));
      }),
      join: join && { ...join, where: [...join.where, expression] },
    });
  }

  private sorted(method: string, columns: readonly ColumnLike[]): DataFrame<R> {
    const items = columns.map((column) => toColumn(column).toOrderItem());
    const orderBy: OrderBy = { kind: "OrderByItems", items, span: NO_SPAN };
    const expressions = items.map(({ expression }) => expression);
    const build = (ctx: StatementContext): Query => ({
      ...selectFrom(this.lazy, ctx, undefined, {}, expressions),
      orderBy,
    });
    return this.derive(method, this.same(build));
  }

  private limited(method: string, rows: number | undefined, offset: number): DataFrame<R> {
    const limit = {
      kind: "Limit",
      count: rows === undefined ? undefined : literal(rows),
      percent: false,
      offset: offset === 0 ? undefined : literal(offset),
      span: NO_SPAN,
    } as const;
    const build = (ctx: StatementContext): Query => {
      const inner = innerQuery(this.lazy.source, ctx);
      // The limit goes to the query itself, so that it keeps its order.
      if (inner.limit === undefined) return { ...inner, limit };
      return query(select([subquery(inner, this.lazy.alias)], [selectItem(star())]), { limit });
    };
    return this.derive(method, this.same(build));
  }

  private joined<S extends object>(
    method: string,
    other: DataFrame<object>,
    kind: JoinKind,
    condition: ReturnType<typeof onColumns> | undefined,
  ): DataFrame<S> {
    return this.derive(method, joined(this.lazy, other.lazy, kind, condition));
  }

  private combined<S extends object>(
    method: string,
    operator: "union" | "intersect" | "except",
    other: DataFrame<object>,
    { all = false, byName = false }: SetOptions,
  ): DataFrame<S> {
    const name = ({ union: "UNION", intersect: "INTERSECT", except: "EXCEPT" } as const)[operator];
    return this.derive(method, combined(this.lazy, other.lazy, name, { all, byName }));
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, Constant | Column>> {
  const single = value instanceof Column || value instanceof Date || value instanceof Uint8Array;
  return typeof value === "object" && value !== null && !single;
}

function isStar(items: readonly { readonly expression: { readonly kind: string } }[]): boolean {
  return items.length === 1 && items[0]?.expression.kind === "Star";
}
