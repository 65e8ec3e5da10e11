import { HeadraceError } from "../error.ts";
import { aggregateFunctions, scalarFunctions, tableFunctions, windowFunctions } from "../planner/functions/registry.ts";
import type { SessionFunction } from "../planner/functions/session-function.ts";
import { Runtime } from "../exec/schedule/runtime.ts";
import type { TableRef } from "../sql/ast.ts";
import { parseStatements, prepareParser } from "../sql/parse.ts";
import { type ActionOptions, withDeadline } from "./actions.ts";
import { callSite } from "./call-site.ts";
import { Catalog } from "./catalog.ts";
import { DataFrame } from "./dataframe.ts";
import { looksLikeFile } from "./file-tables.ts";
import { NO_SPAN, objectName, query, select, selectItem, star } from "./expression/nodes.ts";
import { type ConnectOptions, type SessionOptions, sessionOptions } from "./options.ts";
import { fileFunction } from "./expression/file-function.ts";
import { FileReader } from "./reader.ts";
import { type Parameters, parameterValues } from "./parameters.ts";
import { type AggregateOptions, describeAggregate } from "./javascript/create-aggregate.ts";
import { describeFunction, type FunctionOptions } from "./javascript/create-function.ts";
import { describeTableFunction, type TableFunctionOptions } from "./javascript/create-table-function.ts";
import { type RegisterOptions, tableInput, type TableInput } from "./javascript/register.ts";
import { composedSource, type QuerySource, templateSource, textSource } from "./query-source.ts";
import type { StatementContext, StatementResult } from "./context.ts";
import type { CallSite, LazyQuery, OpenContext } from "./lazy-query.ts";
import { SessionState } from "./session-state.ts";
import { sqlType } from "./sql-type.ts";
import { runStatement } from "./statement.ts";
import type { Job } from "./streaming/job.ts";
import { Stream, type StreamOptions } from "./streaming/stream.ts";
import type { Row } from "./types/row.ts";

/** Opens a session: tables of its own on the process's shared memory and worker threads. */
export async function connect(options: ConnectOptions = {}): Promise<Session> {
  const session = new Session(sessionOptions(options));
  await prepareParser();
  return session;
}

/** A connection to the engine of this process. Close it, or use `await using`. */
export class Session {
  private readonly options: SessionOptions;
  private readonly runtime: Runtime;
  private readonly catalog: Catalog;
  private readonly state: SessionState;
  private readonly functions = new Map<string, SessionFunction>();
  private closed = false;
  private frames = 0;

  /** @internal Use `connect`. */
  constructor(options: SessionOptions) {
    this.options = options;
    this.runtime = new Runtime(options.memoryLimit);
    if (options.config.checkedMemory === true) this.runtime.shared.startPoisoning();
    this.catalog = new Catalog(this.runtime.shared);
    this.state = new SessionState(options, this.runtime);
  }

  /** Runs one or more statements, in order; the first error ends it. */
  async execute(sql: string, parameters?: Parameters, options: ActionOptions = {}): Promise<StatementResult[]> {
    return withDeadline(options, async (signal) => {
      const ctx = { ...this.context(signal), onProgress: options.onProgress };
      const values = parameterValues(parameters);
      const results: StatementResult[] = [];
      let started = performance.now();
      for (const statement of parseStatements(sql)) {
        results.push(await runStatement({ ...ctx, sql, parameters: values, started }, statement));
        started = performance.now();
      }
      return results;
    });
  }

  /**
   * A lazy DataFrame over one statement that returns rows: `db.sql("... ?", [1])`, or as a template, db.sql`... ${1}`, whose
   * values become parameters. It is bound when it is run, against the data of that moment.
   */
  sql<R extends object = Row>(text: string | TemplateStringsArray, ...values: readonly unknown[]): DataFrame<R> {
    const call = callSite("sql");
    if (typeof text === "string") return this.frame(textSource(text, values[0] as Parameters | undefined), call);
    const inputs = values.flatMap((value) => (value instanceof DataFrame ? [value.lazy] : []));
    return this.frame(templateSource(text, values), call, inputs);
  }

  /** Files as DataFrames, with options: `db.read.csv("orders.csv", { delimiter: ";" })`. */
  get read(): FileReader {
    return new FileReader((fn, paths, options) => {
      const from = fileFunction(fn, paths, options);
      const call = callSite(fn.replace("_", "."));
      return this.frame(
        composedSource(() => query(select([from], [selectItem(star())]))),
        call,
      );
    });
  }

  /** A table, view or file (`"orders.parquet"`) as a DataFrame; `R` says what the compiler may rely on: `table<Order>("orders")`. */
  table<R extends object = Row>(name: string): DataFrame<R> {
    const path = /[/\\*]/.test(name) || looksLikeFile(name);
    const from: TableRef = path
      ? { kind: "TableFile", path: name, alias: undefined, sample: undefined, span: NO_SPAN }
      : { kind: "TableName", name: objectName(...name.split(".")), alias: undefined, sample: undefined, span: NO_SPAN };
    const call = callSite("table");
    return this.frame(
      composedSource(() => query(select([from], [selectItem(star())]))),
      call,
    );
  }

  /**
   * Makes a JavaScript function callable from SQL and DataFrames. A function that refers to nothing outside itself, or one given by
   * module and export, runs in every worker; one that closes over state runs on this thread, morsel by morsel.
   *
   *     db.createFunction("slug", { args: ["VARCHAR"], returns: "VARCHAR", fn: (s) => s.toLowerCase().replace(/\W+/g, "-") });
   *     await db.sql("SELECT slug(title) FROM posts").collect();
   *
   * Arguments and results are row values as in results. Throws `bind`, `syntax` for what is no function or type.
   */
  createFunction(name: string, options: FunctionOptions): void {
    const { definition, local } = describeFunction(name, options, this.state.functionId());
    if (local !== undefined) this.runtime.instances.setLocal(local.id, local.fn);
    this.functions.set(definition.name, definition);
    this.state.version++;
  }

  /**
   * Makes an aggregate of JavaScript functions, for GROUP BY and OVER. Runs in the workers if none of them refers to anything outside.
   *
   *     db.createAggregate("product", {
   *       args: ["DOUBLE"], returns: "DOUBLE", init: () => 1, step: (state, x) => state * x, merge: (a, b) => a * b,
   *     });
   */
  createAggregate<S>(name: string, options: AggregateOptions<S>): void {
    const { definition, locals } = describeAggregate(name, options, () => this.state.functionId());
    for (const { id, fn } of locals) this.runtime.instances.setLocal(id, fn);
    this.functions.set(definition.name, definition);
    this.state.version++;
  }

  /**
   * Makes a table function: `FROM name(1, 'x')`. Its arguments are constants; `rows` may be a generator, an async one too, and is
   * asked for rows as the query gets on.
   *
   *     db.createTableFunction("days", { args: ["DATE", "INTEGER"], columns: { day: "DATE" }, rows: function* (first, n) { ... } });
   */
  createTableFunction(name: string, options: TableFunctionOptions): void {
    const definition = describeTableFunction(name, options);
    this.functions.set(definition.name, definition);
    this.state.version++;
  }

  /**
   * Makes a table of what a program has: a `TableProvider`, an array of rows, an apache-arrow Table, a stream in object mode, a
   * generator or a function that makes one. Rows are read anew by every query, but those of streams and generators only once.
   * Without a schema columns are inferred, for streams from the first rows. Throws `bind`, `type`.
   */
  async register(name: string, input: TableInput, options: RegisterOptions = {}): Promise<void> {
    const { catalog } = this;
    const entry = { schema: catalog.schema, name };
    const taken = catalog.get("table", entry);
    if (taken !== undefined && taken.kind !== "provider")
      throw new HeadraceError("bind", `there is a ${taken.kind} "${name}" already`);
    const source = await tableInput(name, input, options);
    catalog.set({ kind: "provider", name: entry, source });
  }

  /** Whether there was such a registered table. */
  unregister(name: string): boolean {
    const found = this.catalog.get("table", { schema: this.catalog.schema, name });
    if (found?.kind !== "provider") return false;
    this.catalog.delete(found);
    return true;
  }

  dropFunction(name: string): boolean {
    this.state.version++;
    return this.functions.delete(name.toLowerCase());
  }

  /**
   * A stream of rows that the program pushes: `await orders.push({ id: 1n, total: 9.5 })`. Continuous queries read it by its name.
   *
   * @param schema SQL types by column
   */
  stream<S extends object = Record<string, unknown>>(
    name: string,
    schema: { readonly [column: string]: string },
    options: StreamOptions = {},
  ): Stream<S> {
    this.context(undefined);
    const key = name.toLowerCase();
    if (this.catalog.streams.has(key) || this.catalog.materialized.has(key) || this.catalog.find("table", [name]))
      throw new HeadraceError("bind", `there is a table, view or stream "${name}" already`);
    const columns = Object.entries(schema).map(([column, type]) => ({ name: column, type: sqlType(type) }));
    const stream = new Stream<S>(name, columns, options, this.runtime.shared);
    this.catalog.streams.set(key, stream as unknown as Stream);
    this.state.version++;
    return stream;
  }

  /** Jobs that run, and those that have failed. */
  jobs(): readonly Job[] {
    return [...this.catalog.jobs.values()];
  }

  /** Names of tables and views. */
  tables(): readonly { readonly name: string; readonly kind: "table" | "view" }[] {
    return this.catalog.relations().map(({ name, kind }) => ({ name: name.name, kind }));
  }

  /** Whether there are streams, or tables with a connector. */
  get hasStreams(): boolean {
    const { streams, current } = this.catalog;
    return streams.size > 0 || [...current.entries.values()].some(({ kind }) => kind === "connector");
  }

  /** Names of the functions, aggregates and table functions that SQL knows: the library's, and those that the program has made. */
  functionNames(): readonly string[] {
    const library = [...scalarFunctions(), ...aggregateFunctions(), ...windowFunctions(), ...tableFunctions()];
    const names = library
      .filter(({ examples }) => examples.length > 0)
      .flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    return [...new Set([...names, ...this.functions.keys()])].filter((name) => /^[a-z_]\w*$/.test(name)).toSorted();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    for (const running of this.catalog.queries) running.refuseToWait("close()");
    this.closed = true;
    for (const view of [...this.catalog.materialized.values()]) await view.stop();
    for (const running of [...this.catalog.queries]) await running.stop();
    this.catalog.clear();
    this.state.close();
    await this.runtime.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private frame<R extends object>(
    source: QuerySource,
    call: CallSite,
    inputs: readonly LazyQuery[] = [],
  ): DataFrame<R> {
    const [context, session, alias] = [this.open, this.state, `t${++this.frames}`];
    return new DataFrame({
      context,
      session,
      source,
      alias,
      named: false,
      kept: undefined,
      columns: undefined,
      join: undefined,
      inputs,
      call,
    });
  }

  private readonly open: OpenContext = (signal) => this.context(signal);

  private context(signal: AbortSignal | undefined): StatementContext {
    if (this.closed) throw new HeadraceError("bind", "the session is closed");
    const { runtime, catalog, state: session } = this;
    const functions = new Map([...session.viewFunctions, ...this.functions]);
    const { workers, timeZone } = session.settings;
    const options = { ...this.options, workers, timeZone, values: { ...this.options.values, timeZone } };
    return { runtime, catalog, session, options, functions, signal };
  }
}
