import type { RecordBatch, Table } from "apache-arrow";
import { HeadraceError, toHeadraceError } from "../error.ts";
import { typeName } from "../planner/types/types.ts";
import type {
  Copy,
  Expression,
  JoinCondition,
  JoinType,
  OrderBy,
  Query,
  SelectItem,
  SetOperation,
} from "../sql/ast.ts";
import { printSql } from "../sql/print/statements.ts";
import { execute, type ExecutedQuery, stream } from "./engine.ts";
import { explainParts } from "./explain.ts";
import { Column, type ColumnLike, col, lit, toColumn, toExpression, type Value } from "./expression/column.ts";
import { count } from "./expression/functions.ts";
import {
  columnRef,
  identifier,
  literal,
  NO_SPAN,
  query,
  select,
  selectItem,
  star,
  subquery,
} from "./expression/nodes.ts";
import { GroupedDataFrame } from "./grouped.ts";
import { bindSource, columnNames, composedSource, innerQuery, type QuerySource } from "./query-source.ts";
import { arrowBatches, arrowTable } from "./results/arrow.ts";
import { decodeObjects, decodeRows } from "./results/rows.ts";
import { withValues } from "./values.ts";
import type { StatementContext } from "./context.ts";
import { runStatement } from "./statement.ts";
import { DataFrameWriter } from "./writer.ts";

export type Row = Record<string, unknown>;
export type ActionOptions = { readonly signal?: AbortSignal | undefined };

export type JoinHow = "inner" | "left" | "right" | "full" | "semi" | "anti";

/** How a DataFrame gets at its session at the time of an action. */
export type OpenContext = (signal: AbortSignal | undefined) => StatementContext;

/**
 * A query that has not been run: lazy and immutable, every method makes a new one. Every action (`collect`, `toArrow`,
 * `batches`, `count`, ...) binds and runs it anew against the data of that moment.
 */
export class DataFrame {
  private readonly context: OpenContext;
  /** @internal */
  readonly source: QuerySource;
  /** Qualifies this DataFrame's columns in the conditions of joins. */
  private readonly alias: string;

  /** @internal Use `Session.sql` or `Session.table`. */
  constructor(context: OpenContext, source: QuerySource, alias: string) {
    this.context = context;
    this.source = source;
    this.alias = alias;
  }

  /** A column of this DataFrame, told apart from the other side's in `join`. */
  col(name: string): Column {
    return new Column(columnRef(this.alias, name));
  }

  /** Columns and expressions; strings are names, "*" is all columns. */
  select(...columns: readonly ColumnLike[]): DataFrame {
    return this.over((from) => select([from], columns.map(itemOf)));
  }

  /** The rows for which the condition is TRUE. */
  filter(condition: Column): DataFrame {
    return this.over((from) => select([from], [selectItem(star())], { where: condition.expression }));
  }

  where(condition: Column): DataFrame {
    return this.filter(condition);
  }

  /** Adds a column, or replaces the one of that name in its place. */
  withColumn(name: string, value: Column): DataFrame {
    return this.withColumns({ [name]: value });
  }

  withColumns(columns: Readonly<Record<string, Column>>): DataFrame {
    return this.overNames((names) => {
      const added = new Map(Object.entries(columns).map(([name, column]) => [name.toLowerCase(), { name, column }]));
      const items = names.map((name) => {
        const replaced = added.get(name.toLowerCase());
        added.delete(name.toLowerCase());
        return replaced === undefined
          ? selectItem(columnRef(name))
          : selectItem(replaced.column.expression, replaced.name);
      });
      for (const { name, column } of added.values()) items.push(selectItem(column.expression, name));
      return items;
    });
  }

  drop(...columns: readonly string[]): DataFrame {
    return this.overNames((names) => {
      const dropped = new Set(columns.map((name) => this.existing(names, name)));
      return names.filter((name) => !dropped.has(name)).map((name) => selectItem(columnRef(name)));
    });
  }

  /** New names by old names. */
  rename(columns: Readonly<Record<string, string>>): DataFrame {
    return this.overNames((names) => {
      const renamed = new Map(Object.entries(columns).map(([from, to]) => [this.existing(names, from), to]));
      return names.map((name) => selectItem(columnRef(name), renamed.get(name)));
    });
  }

  /** Each row once. */
  distinct(): DataFrame {
    return this.over((from) =>
      select([from], [selectItem(star())], { distinct: { kind: "Distinct", on: [], span: NO_SPAN } }),
    );
  }

  /** Sorts by columns, ascending unless `.desc()`; NULLs come last. */
  sort(...columns: readonly ColumnLike[]): DataFrame {
    const items = columns.map((column) => toColumn(column).toOrderItem());
    const orderBy: OrderBy = { kind: "OrderByItems", items, span: NO_SPAN };
    return this.derive((ctx) => query(select([this.table(ctx)], [selectItem(star())]), { orderBy }));
  }

  orderBy(...columns: readonly ColumnLike[]): DataFrame {
    return this.sort(...columns);
  }

  /** At most `rows` rows, after skipping `offset`. */
  limit(rows: number, offset: number = 0): DataFrame {
    return this.derive((ctx) => {
      const inner = innerQuery(this.source, ctx);
      const limit = {
        kind: "Limit",
        count: literal(rows),
        percent: false,
        offset: offset === 0 ? undefined : literal(offset),
        span: NO_SPAN,
      } as const;
      // The limit goes to the query itself, so that it keeps its order.
      if (inner.limit === undefined) return { ...inner, limit };
      return query(select([subquery(inner, this.alias)], [selectItem(star())]), { limit });
    });
  }

  /** About `percent` of the rows, or exactly `rows` of them. */
  sample(size: { readonly percent: number } | { readonly rows: number }, seed?: number): DataFrame {
    const [unit, amount] = "percent" in size ? (["percent", size.percent] as const) : (["rows", size.rows] as const);
    const sample = { kind: "Sample", size: literal(amount), unit, method: undefined, seed, span: NO_SPAN } as const;
    return this.over((from) => select([from], [selectItem(star())], { sample }));
  }

  groupBy(...columns: readonly ColumnLike[]): GroupedDataFrame {
    return new GroupedDataFrame(this, columns.map(toColumn), "GroupingExpressions");
  }

  rollup(...columns: readonly ColumnLike[]): GroupedDataFrame {
    return new GroupedDataFrame(this, columns.map(toColumn), "Rollup");
  }

  cube(...columns: readonly ColumnLike[]): GroupedDataFrame {
    return new GroupedDataFrame(this, columns.map(toColumn), "Cube");
  }

  /** Aggregates over all rows. */
  agg(aggregates: Readonly<Record<string, Column>>): DataFrame {
    return this.groupBy().agg(aggregates);
  }

  /** Joins on columns of the same name, or on a condition over `left.col(...)` and `right.col(...)`. */
  join(other: DataFrame, on: string | readonly string[] | Column, how: JoinHow = "inner"): DataFrame {
    const condition: JoinCondition =
      on instanceof Column
        ? { kind: "On", expression: on.expression, span: NO_SPAN }
        : { kind: "Using", columns: (typeof on === "string" ? [on] : on).map(identifier), span: NO_SPAN };
    return this.joined(other, how, condition);
  }

  crossJoin(other: DataFrame): DataFrame {
    return this.joined(other, "cross", undefined);
  }

  /** All rows of both, duplicates included (UNION ALL). */
  union(other: DataFrame): DataFrame {
    return this.combined(other, "UNION", true, false);
  }

  /** The same, matching columns by name; missing ones are NULL. */
  unionByName(other: DataFrame): DataFrame {
    return this.combined(other, "UNION", true, true);
  }

  /** The distinct rows that both have. */
  intersect(other: DataFrame): DataFrame {
    return this.combined(other, "INTERSECT", false, false);
  }

  /** The distinct rows that `other` does not have. */
  except(other: DataFrame): DataFrame {
    return this.combined(other, "EXCEPT", false, false);
  }

  /** `value` in place of NULL, in all columns or those named. */
  fillNull(value: Value, columns?: readonly string[]): DataFrame {
    return this.overNames((names) => {
      const filled = new Set(columns === undefined ? names : columns.map((name) => this.existing(names, name)));
      return names.map((name) => {
        if (!filled.has(name)) return selectItem(columnRef(name));
        const coalesced: Expression = new Column(columnRef(name)).isNull().expression;
        const branches = [{ when: coalesced, then: toExpression(value) }];
        return selectItem(
          { kind: "Case", operand: undefined, branches, otherwise: columnRef(name), span: NO_SPAN },
          name,
        );
      });
    });
  }

  /** Without the rows that have a NULL in any column, or in those named. */
  dropNulls(columns?: readonly string[]): DataFrame {
    return this.derive((ctx) => {
      const inner = innerQuery(this.source, ctx);
      const names = columnNames(inner, ctx);
      const tested = columns === undefined ? names : columns.map((name) => this.existing(names, name));
      const where = tested.map((name) => col(name).isNotNull()).reduce((all, one) => all.and(one), lit(true));
      return query(select([subquery(inner, this.alias)], [selectItem(star())], { where: where.expression }));
    });
  }

  /** Makes a view that SQL knows by `name`. */
  createView(name: string): void {
    const ctx = this.context(undefined);
    const sql = printSql(innerQuery(this.source, ctx));
    ctx.catalog.set({ kind: "view", name: { schema: ctx.catalog.schema, name }, sql, columnNames: undefined });
  }

  /** Names and types of the columns. */
  async schema(): Promise<readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[]> {
    const { columns } = await withValues(this.context(undefined), (ctx) => bindSource(this.source, ctx));
    return columns.map(({ name, type, nullable }) => ({ name, type: typeName(type), nullable }));
  }

  /** All rows, as objects by column name, or as arrays. */
  async collect(options?: ActionOptions & { readonly rows?: "object" }): Promise<Row[]>;
  async collect(options: ActionOptions & { readonly rows: "array" }): Promise<unknown[][]>;
  async collect({ signal, rows = "object" }: ActionOptions & { readonly rows?: "object" | "array" } = {}): Promise<
    Row[] | unknown[][]
  > {
    const ctx = this.context(signal);
    return this.run(ctx, (result) =>
      rows === "array" ? decodeRows(result.rows, ctx.options.values) : decodeObjects(result.rows, ctx.options.values),
    );
  }

  /** The first row; undefined when there is none. */
  async first(options: ActionOptions = {}): Promise<Row | undefined> {
    const [row] = await this.limit(1).collect(options);
    return row;
  }

  /** The number of rows. */
  async count(options: ActionOptions = {}): Promise<number> {
    const [row] = await this.agg({ rows: count() }).collect({ ...options, rows: "array" });
    return Number(row?.[0]);
  }

  /** Writes the rows to a file, which appears when it is whole: `write.parquet(path)`, `write.csv(path)`. Resolves to their number. */
  get write(): DataFrameWriter {
    return new DataFrameWriter((path, options, signal) => this.copyTo(path, options, signal));
  }

  /** The result as an apache-arrow Table. */
  async toArrow({ signal }: ActionOptions = {}): Promise<Table> {
    return this.run(this.context(signal), (result) => arrowTable(result.rows));
  }

  /**
   * The result batch by batch, computed as it is asked for: a consumer that is slow or stops early holds the query up or ends
   * it. Memory does not grow with the size of the result.
   */
  async *batches({ signal }: ActionOptions = {}): AsyncGenerator<RecordBatch> {
    const ctx = this.context(signal);
    const { unbound, ...rows } = await withValues(ctx, (inner) => bindSource(this.source, inner));
    try {
      for await (const piece of stream(ctx.runtime, ctx.options, rows, unbound.parameters, signal))
        yield* arrowBatches(piece);
    } catch (error) {
      throw toHeadraceError(error, unbound.sql);
    }
  }

  /** The physical plan as text; `analyze` runs the query and shows what was measured. */
  async explain({
    analyze = false,
    format = "text",
  }: { readonly analyze?: boolean; readonly format?: "text" | "json" } = {}): Promise<string> {
    const ctx = this.context(undefined);
    const { unbound, ...rows } = await withValues(ctx, (inner) => bindSource(this.source, inner));
    const bound = {
      kind: "Explain",
      stages: ["physical"],
      analyze,
      format,
      statement: { kind: "Query", ...rows },
    } as const;
    const parts = await explainParts(ctx, bound, unbound.parameters);
    return parts.map(({ text }) => text).join("\n");
  }

  private async copyTo(path: string, options: Copy["options"], signal: AbortSignal | undefined): Promise<number> {
    const ctx = this.context(signal);
    const { query: source, sql, parameters } = this.source(ctx);
    const target = literal(path);
    const node: Copy = { kind: "Copy", source, columns: [], direction: "to", target, options, span: NO_SPAN };
    const result = await runStatement({ ...ctx, sql, parameters, started: performance.now() }, node);
    return result.kind === "ok" ? (result.rowCount ?? 0) : 0;
  }

  /** @internal A DataFrame of the same session. */
  derive(build: (ctx: StatementContext) => Query): DataFrame {
    return new DataFrame(this.context, composedSource(build), this.alias);
  }

  /** @internal This DataFrame as a table in FROM. */
  table(ctx: StatementContext): ReturnType<typeof subquery> {
    return subquery(innerQuery(this.source, ctx), this.alias);
  }

  private over(build: (from: ReturnType<typeof subquery>) => ReturnType<typeof select>): DataFrame {
    return this.derive((ctx) => query(build(this.table(ctx))));
  }

  /** A projection that depends on the names of the columns. */
  private overNames(items: (names: readonly string[]) => readonly SelectItem[]): DataFrame {
    return this.derive((ctx) => {
      const inner = innerQuery(this.source, ctx);
      return query(select([subquery(inner, this.alias)], items(columnNames(inner, ctx))));
    });
  }

  /** The column as spelt in `names`. */
  private existing(names: readonly string[], name: string): string {
    const found = names.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
    throw new HeadraceError("bind", `there is no column "${name}"`, { hint: `the columns are ${names.join(", ")}` });
  }

  private joined(other: DataFrame, type: JoinType, condition: JoinCondition | undefined): DataFrame {
    return this.derive((ctx) => {
      const [left, right] = [this.table(ctx), other.table(ctx)];
      const join = { kind: "Join", type, asof: false, natural: false, left, right, condition, span: NO_SPAN } as const;
      return query(select([join], [selectItem(star())]));
    });
  }

  private combined(other: DataFrame, operator: SetOperation["operator"], all: boolean, byName: boolean): DataFrame {
    return this.derive((ctx) => {
      const [left, right] = [innerQuery(this.source, ctx), innerQuery(other.source, ctx)];
      return query({ kind: "SetOperation", operator, all, byName, left, right, span: NO_SPAN });
    });
  }

  private async run<T>(ctx: StatementContext, decode: (result: ExecutedQuery) => T | Promise<T>): Promise<T> {
    const result = await this.start(ctx);
    try {
      return await decode(result);
    } finally {
      result.release();
    }
  }

  private async start(ctx: StatementContext): Promise<ExecutedQuery> {
    const { unbound, ...rows } = await withValues(ctx, (inner) => bindSource(this.source, inner));
    try {
      return await execute(ctx.runtime, ctx.options, rows, unbound.parameters, ctx.signal, false);
    } catch (error) {
      throw toHeadraceError(error, unbound.sql);
    }
  }
}

function itemOf(column: ColumnLike): SelectItem {
  if (column === "*") return selectItem(star());
  const { expression, alias } = toColumn(column);
  return selectItem(expression, alias);
}
