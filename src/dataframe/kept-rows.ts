/** Rows of DataFrames that are kept once they are computed, in memory or in a file of our own. */
import { HeadraceError } from "../error.ts";
import { releaseVersion } from "../exec/table/table-version.ts";
import type { TableSource } from "../planner/catalog/catalog.ts";
import { typeName } from "../planner/types/types.ts";
import { uniqueNames } from "../planner/bind/scope.ts";
import type { Query, SelectItem } from "../sql/ast.ts";
import { parseType } from "../sql/parse.ts";
import { versionSource } from "./catalog.ts";
import type { StatementContext } from "./context.ts";
import { columnRef, NO_SPAN, objectName, query, select, selectItem, star } from "./expression/nodes.ts";
import { type LazyQuery, tableOf } from "./lazy-query.ts";
import { bindSource, composedSource, ownQuery, type QuerySource } from "./query-source.ts";
import { writeRows } from "./statements/copy.ts";
import { typeInFile } from "./statements/file-type.ts";
import { parquetWriter } from "./statements/write-parquet.ts";
import { keepRows } from "./statements/write.ts";
import { RowsNeeded, withValues } from "./values.ts";

/** Where rows are kept: in memory, in a file, or in memory as long as they fit there. */
export type PersistLevel = "memory" | "disk" | "memory_and_disk";

type State =
  | { readonly kind: "empty" | "dropped" }
  | { readonly kind: "filling"; readonly done: Promise<void> }
  | { readonly kind: "kept"; readonly query: Query; readonly release: () => void };

/** Few, since memory may be short. */
const ROWS_PER_GROUP = 32_768;

/** Computed at the first action that needs them; `drop` makes the DataFrame an ordinary one again. */
export class KeptRows {
  readonly source: QuerySource;
  private readonly lazy: LazyQuery;
  private readonly level: PersistLevel;
  private readonly name: string;
  private state: State = { kind: "empty" };

  constructor(lazy: LazyQuery, level: PersistLevel) {
    this.lazy = lazy;
    this.level = level;
    this.name = lazy.session.newKeptName();
    this.source = (ctx) => ({ query: this.query(ctx), sql: "", parameters: [], composed: true });
  }

  /** Computes and keeps the rows, unless that is done or somebody is at it. */
  async fill(ctx: StatementContext): Promise<void> {
    for (;;) {
      const { state } = this;
      switch (state.kind) {
        case "kept":
        case "dropped":
          return;
        case "filling":
          try {
            await endOf(state.done, ctx.signal);
          } catch (error) {
            // Whoever began may have been cancelled: then it is our turn.
            const other = error instanceof HeadraceError && error.code === "cancelled" && ctx.signal?.aborted !== true;
            if (!other) throw error;
          }
          break;
        case "empty": {
          const done = this.compute(ctx);
          this.state = { kind: "filling", done };
          await done;
          break;
        }
        default:
          state satisfies never;
      }
    }
  }

  /** Lets the rows go; queries that read them go on. */
  async drop(): Promise<void> {
    const { state } = this;
    this.state = { kind: "dropped" };
    this.lazy.session.version++;
    if (state.kind === "filling") await state.done.catch(() => undefined);
    if (state.kind === "kept") state.release();
  }

  private query(ctx: StatementContext): Query {
    if (this.state.kind === "kept") return this.state.query;
    if (this.state.kind !== "dropped" && ctx.keeps === true) throw new RowsNeeded(this);
    return ownQuery(this.lazy, ctx);
  }

  private async compute(ctx: StatementContext): Promise<void> {
    try {
      const kept = await withValues(ctx, (inner) => this.keep(inner));
      const { kept: sources } = ctx.session;
      const release = (): void => {
        sources.delete(this.name);
        ctx.session.version++;
        kept.release();
      };
      // Somebody may have lost interest meanwhile.
      if (this.state.kind !== "filling") return release();
      sources.set(this.name, kept.source);
      ctx.session.version++;
      this.state = { kind: "kept", query: kept.query, release };
    } catch (error) {
      if (this.state.kind === "filling") this.state = { kind: "empty" };
      throw error;
    }
  }

  private async keep(ctx: StatementContext): Promise<Kept> {
    if (this.level === "disk") return this.inFile(ctx);
    try {
      return await this.inMemory(ctx);
    } catch (error) {
      const full = error instanceof HeadraceError && error.code === "out_of_memory";
      if (!full || this.level === "memory") throw error;
      return this.inFile(ctx);
    }
  }

  private async inMemory(ctx: StatementContext): Promise<Kept> {
    const { unbound, ...rows } = bindSource(this.lazy.source, ctx);
    const run = { ...ctx, sql: unbound.sql, parameters: unbound.parameters, started: performance.now() };
    const version = await keepRows(run, rows, this.name);
    return {
      source: versionSource(this.name, version),
      query: readAll(this.name, [selectItem(star())]),
      release: () => releaseVersion(ctx.runtime.shared, version),
    };
  }

  /** Parquet lacks some types: their values are written as text. */
  private async inFile(ctx: StatementContext): Promise<Kept> {
    const { columns } = bindSource(this.lazy.source, ctx);
    const names = uniqueNames(columns.map(({ name }) => name));
    const items = columns.map(({ type }, i) => {
      const name = names[i] as string;
      return typeName(typeInFile(type, "parquet")) === typeName(type)
        ? selectItem(columnRef(name))
        : castItem(name, "VARCHAR");
    });
    const written = composedSource((inner) => query(select([tableOf(this.lazy, inner)], items)));
    const { unbound, ...rows } = bindSource(written, ctx);
    const run = { ...ctx, sql: "", parameters: unbound.parameters, started: performance.now() };
    const { fileTables, spool } = ctx.session;
    const path = spool.newPath();
    try {
      const options = { write: { codec: "snappy" }, rowGroupRows: ROWS_PER_GROUP } as const;
      await writeRows(run, rows, await parquetWriter(run, rows.columns, options)(path));
      const source = await fileTables.table({ paths: [path], format: "parquet", options: {} }, ctx.signal);
      const read = columns.map(({ type }, i) => {
        const field = source.schema[i];
        const name = names[i] as string;
        const same = field !== undefined && typeName(field.type) === typeName(type);
        return same ? selectItem(columnRef(name)) : castItem(name, typeName(type));
      });
      const release = (): void => spool.remove(path);
      return { source: { ...source, name: this.name }, query: readAll(this.name, read), release };
    } catch (error) {
      spool.remove(path);
      throw error;
    }
  }
}

/** Where rows are kept, and the query that reads them. */
type Kept = { readonly source: TableSource; readonly query: Query; readonly release: () => void };

function readAll(name: string, items: readonly SelectItem[]): Query {
  const table = {
    kind: "TableName",
    name: objectName(name),
    alias: undefined,
    sample: undefined,
    span: NO_SPAN,
  } as const;
  return query(select([table], items));
}

function castItem(name: string, type: string): SelectItem {
  const operand = columnRef(name);
  return selectItem({ kind: "Cast", operand, type: parseType(type), try: false, span: NO_SPAN }, name);
}

/** Waits for somebody else's work as long as the signal lets us. */
async function endOf(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new HeadraceError("cancelled", "the query was cancelled", { cause: signal.reason }));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
