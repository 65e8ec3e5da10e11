import { HeadraceError } from "../../error.ts";
import type { SharedMemory } from "../../exec/memory/shared-memory.ts";
import { encodeColumns } from "../../exec/table/encode-columns.ts";
import { createTable, releaseVersion, type TableVersion } from "../../exec/table/table-version.ts";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { ContinuousQuery } from "./continuous-query.ts";
import { datumsOf, type StreamColumn } from "./stream-rows.ts";

export type StreamOptions = {
  /** Rows may be taken back: `remove`. Queries over streams that only grow need less state. */
  readonly changes?: boolean | undefined;
};

/**
 * Rows that come as time goes by, from `push`. Continuous queries read it by its name and see what is pushed after they began;
 * queries that want an end refuse it.
 */
export class Stream<Row extends object = Record<string, unknown>> {
  readonly name: string;
  /** @internal */
  readonly source: TableSource;
  private readonly columns: readonly StreamColumn[];
  private readonly changes: boolean;
  private readonly memory: SharedMemory;
  private readonly queries = new Set<ContinuousQuery>();

  /** @internal Use `db.stream`. */
  constructor(
    name: string,
    columns: readonly StreamColumn[],
    { changes = false }: StreamOptions,
    memory: SharedMemory,
  ) {
    this.name = name;
    this.columns = columns;
    this.changes = changes;
    this.memory = memory;
    const definitions = columns.map((column) => ({ ...column, nullable: true }));
    const handle = { ...createTable(definitions, { fixed: true }), insertOnly: !changes };
    const statistics = { ...handle.statistics, rows: 1000 };
    this.source = { kind: "stream", name, schema: handle.schema, statistics, handle };
  }

  /**
   * Adds rows, one or several. Resolves when the queries that read the stream can take more: a caller that waits cannot run ahead
   * of them. Throws `type` naming row and column for values that do not fit; then none of the rows is added.
   */
  push(rows: Row | readonly Row[]): Promise<void> {
    return this.send(rows, 1n);
  }

  /** Takes rows back, each one time. Only for streams with `changes`. */
  remove(rows: Row | readonly Row[]): Promise<void> {
    if (!this.changes) {
      throw new HeadraceError("unsupported", `the stream "${this.name}" only grows`, {
        hint: "make it with { changes: true }",
      });
    }
    return this.send(rows, -1n);
  }

  /** Resolves when everything pushed so far is in the results of all queries. */
  async flush(): Promise<void> {
    await Promise.all([...this.queries].map((query) => query.flush()));
  }

  /** @internal */
  attach(query: ContinuousQuery): void {
    this.queries.add(query);
  }

  /** @internal */
  detach(query: ContinuousQuery): void {
    this.queries.delete(query);
  }

  private async send(rows: Row | readonly Row[], weight: bigint): Promise<void> {
    const list = (Array.isArray(rows) ? rows : [rows]) as readonly Row[];
    if (list.length === 0) return;
    const datums = datumsOf(this.columns, list, this.name);
    const version = encodeColumns(this.memory, weighted(this.source), list.length, [
      ...datums,
      new BigInt64Array(list.length).fill(weight),
    ]);
    try {
      await Promise.all([...this.queries].map((query) => query.add(this.source, version)));
    } finally {
      releaseVersion(this.memory, version);
    }
  }
}

/** The layout of a stream's rows with their weights. */
export function weighted({ handle }: TableSource): TableVersion {
  const { columns } = handle as TableVersion;
  const definitions = columns.map(({ name, type, nullable }) => ({ name, type, nullable }));
  return createTable([...definitions, { name: "weight", type: { kind: "BigInt" }, nullable: true }], { fixed: true });
}
