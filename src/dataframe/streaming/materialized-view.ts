import { HeadraceError } from "../../error.ts";
import type { TableVersion } from "../../exec/table/table-version.ts";
import type { Emit } from "../../streaming/incremental/derivation.ts";
import type { StatementContext } from "../context.ts";
import type { QuerySource } from "../query-source.ts";
import type { ContinuousQuery, EpochOptions } from "../../streaming/continuous-query.ts";
import { prepareQuery } from "./start.ts";
import type { SqlType } from "../../planner/types/types.ts";
import { hasEqualForms } from "../../streaming/incremental/nodes.ts";

/** A query whose result is kept: queries read it by its name, as of the last epoch. */
export class MaterializedView {
  readonly name: string;
  /** @internal The query over the kept rows, by its text. */
  readonly sql: string;
  private readonly query: ContinuousQuery;
  private readonly rows: () => TableVersion;
  private readonly drop: () => void;

  /** @internal */
  constructor(name: string, sql: string, query: ContinuousQuery, rows: () => TableVersion, drop: () => void) {
    this.name = name;
    this.sql = sql;
    this.query = query;
    this.rows = rows;
    this.drop = drop;
  }

  /** @internal What the last epoch left. Throws what ended the query. */
  get version(): TableVersion {
    this.query.check();
    return this.rows();
  }

  /** Epochs so far, rows that the state takes, rows that wait for the next epoch. */
  stats(): ReturnType<ContinuousQuery["stats"]> {
    return this.query.stats();
  }

  /** Resolves when everything pushed so far is in the view. */
  flush(): Promise<void> {
    return this.query.flush();
  }

  /** @internal Whether it reads the table whose version this is. */
  reads(version: TableVersion): boolean {
    return this.query.reads(version);
  }

  /** @internal Whether something was written to its tables that it does not show yet. */
  get isBehind(): boolean {
    return this.query.isBehind;
  }

  /** @internal Resolves when what was written to its tables is in the view. */
  refresh(): Promise<void> {
    return this.query.refresh();
  }

  /** The same as `flush`, and takes the state to its least size. */
  compact(): Promise<void> {
    return this.query.compact();
  }

  /** Ends the query and drops the view. */
  async stop(): Promise<void> {
    this.drop();
    await this.query.stop();
  }
}

/** The schema of the kept rows in the text of views. */
export const STATE_SCHEMA = "streaming state";

export type MaterializeOptions = {
  readonly epoch?: EpochOptions | undefined;
  /** `final`: rows are in the view when nothing about them can change any more. */
  readonly emit?: Emit | undefined;
};

/** Starts a query whose result is kept under a name. Resolves when its first epoch is done. */
export async function materialize(
  ctx: StatementContext,
  name: string,
  source: QuerySource,
  { epoch, emit }: MaterializeOptions = {},
): Promise<MaterializedView> {
  const key = name.toLowerCase();
  const { catalog, session } = ctx;
  if (catalog.inTransaction)
    throw new HeadraceError("unsupported", "a materialized view cannot be made in a transaction");
  if (catalog.materialized.has(key) || catalog.streams.has(key) || catalog.find("table", [name]) !== undefined)
    throw new HeadraceError("bind", `there is a table, view or stream "${name}" already`);
  const started = prepareQuery(
    ctx,
    source,
    () => async () => () => {
      // Views over this one are out of date.
      for (const other of catalog.queries) if (other !== query) other.tableWritten();
    },
    epoch,
    { ...(emit && { emit }) },
  );
  const { plan, query, job, columns } = started;
  const update = plan.updates.find(({ delta }) => delta === plan.output)!;
  job.onChange = (state) => {
    if (state === update.state) session.version++;
  };
  const view = new MaterializedView(
    name,
    viewText(
      name,
      columns.map((column) => ({
        name: column.name,
        ordinal: plan.columns.findIndex(({ id }) => id === column.id),
      })),
      plan.columns.map(({ type }) => type),
      plan.insertOnly,
    ),
    query,
    () => job.state(update.state),
    () => {
      if (catalog.materialized.get(key) === view) catalog.materialized.delete(key);
      catalog.queries.delete(query);
      session.version++;
    },
  );
  catalog.materialized.set(key, view);
  catalog.queries.add(query);
  try {
    await query.start();
  } catch (error) {
    await view.stop();
    throw error;
  }
  return view;
}

/** Rows as often as their weights say. */
function viewText(
  name: string,
  outputs: readonly { readonly name: string; readonly ordinal: number }[],
  types: readonly SqlType[],
  insertOnly: boolean,
): string {
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const rows = `${quoted(STATE_SCHEMA)}.${quoted(name)}`;
  const list = outputs.map((output) => `c${output.ordinal} AS ${quoted(output.name)}`).join(", ");
  if (insertOnly) return `SELECT ${list} FROM ${rows}`;
  const columns = types.map((_, i) => `c${i}`).join(", ");
  const forms = types.flatMap((type, i) => {
    if (!hasEqualForms(type)) return [];
    return type.kind === "Varchar" ? [`encode(c${i})`] : [`c${i}::VARCHAR`];
  });
  const net = `SELECT ${columns}, sum(weight)::BIGINT AS weight FROM ${rows} GROUP BY ${[columns, ...forms].join(", ")}`;
  return `SELECT ${list} FROM (SELECT ${columns}, unnest(range(weight)) FROM (${net}))`;
}
