import type { Kernels } from "../../exec/kernels/kernels.ts";
import type { SharedMemory } from "../../exec/memory/shared-memory.ts";
import type { TableVersion } from "../../exec/table/table-version.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import type { SqlType } from "../../planner/types/types.ts";
import type { SinkColumn, Sink } from "./sink.ts";
import type { Source } from "./source.ts";

/** A column that the outside has. */
export type ConnectorColumn = SinkColumn & { readonly notNull?: boolean };

/** What `CREATE TABLE ... WITH (...)` says of a table. */
export type ConnectorTable = {
  readonly name: string;
  /** Columns that the outside has; those computed from others are not among them. */
  readonly columns: readonly ConnectorColumn[];
  readonly primaryKey: readonly string[];
  /** Options by lower-case name, without `connector`. */
  readonly options: ReadonlyMap<string, string>;
};

/** What is known of all records of a partition, whose name is given. */
export type Metadata = { readonly type: SqlType; readonly of: (partition: string) => Datum };

export type ConnectorContext = {
  readonly memory: SharedMemory;
  readonly kernels: Kernels;
  /** A fixed table without rows of those columns of the table that the query reads, in their order: the layout of a source's rows. */
  readonly layout: TableVersion;
};

/** A kind of source or sink, by the name that the option `connector` gives it. */
export type Connector = {
  readonly name: string;
  /** All options that it knows; others are an error that lists these. `#` stands for the name of a column. */
  readonly options: readonly string[];
  /** Throws `bind` or `unsupported` for options and columns that are wrong, before anything is opened. */
  readonly check: (table: ConnectorTable) => void;
  /** By the names that METADATA columns give. */
  readonly metadata?: { readonly [key: string]: Metadata };
  /** Undefined: nothing can be read from it. */
  readonly source?: (table: ConnectorTable, context: ConnectorContext) => Promise<Source>;
  /** Whether a source of the table takes rows back; queries over those that only add need less state. */
  readonly changes?: (table: ConnectorTable) => boolean;
  /**
   * The column beside the table's by which a record takes the place of the last one of its key (`u`), or takes it away (`d`); undefined:
   * records are no upserts.
   */
  readonly upserts?: (table: ConnectorTable) => string | undefined;
  /** Undefined: nothing can be written to it. */
  readonly sink?: (table: ConnectorTable, context: ConnectorContext) => Promise<Sink>;
};
