import type { Expression } from "../../sql/ast.ts";
import type { TableDefinition, UniqueRule } from "../catalog/table-definition.ts";
import type { Column } from "../expr/expr.ts";
import type { SqlType } from "../types/types.ts";
import type { LogicalPlan } from "./plan.ts";

/** The name of something in the catalog. Temporary tables and views are in the schema `temp`. */
export type TableName = { readonly schema: string; readonly name: string };

/** A bound query: `plan` puts out exactly `columns`. */
export type QueryPlan = { readonly plan: LogicalPlan; readonly columns: readonly Column[] };

export type OnExisting = "error" | "replace" | "skip";

/** Column `index` of a plan is FALSE for rows that break a CHECK. */
export type CheckColumn = { readonly index: number; readonly text: string };

/** Where a plan puts out the values of a unique constraint's columns: as they were, as they are to be. */
export type KeyColumns = {
  readonly rule: UniqueRule;
  readonly before: readonly number[];
  readonly after: readonly number[];
};

/** A table whose rows come from a connector, or go to it. */
export type ConnectorTable = {
  readonly name: TableName;
  readonly temporary: boolean;
  readonly onExisting: OnExisting;
  /** What the connector's rows have. */
  readonly columns: readonly ConnectorColumn[];
  readonly computed: readonly ComputedColumn[];
  readonly metadata: readonly MetadataColumn[];
  readonly watermark: Watermark | undefined;
  /** Names of columns; not checked. Empty without a key. */
  readonly primaryKey: readonly string[];
  readonly partitionedBy: readonly string[];
  /** As written; names in lower case, among them `connector`. */
  readonly options: ReadonlyMap<string, string>;
};

export type ConnectorColumn = { readonly name: string; readonly type: SqlType; readonly notNull: boolean };

/** Computed from the connector's columns and metadata. `position`: among all columns of the table. */
export type ComputedColumn = {
  readonly name: string;
  readonly type: SqlType;
  /** As written, bound anew at every use. */
  readonly value: Expression;
  readonly text: string;
  readonly position: number;
};

/** What the connector knows of a record beside it, by the connector's name for it. `position`: among all columns of the table. */
export type MetadataColumn = {
  readonly name: string;
  readonly type: SqlType;
  readonly key: string;
  readonly position: number;
};

/** Rows come at most `delay` microseconds behind the greatest value of the column so far; later ones are late. */
export type Watermark = { readonly column: string; readonly delay: bigint };

/** A bound statement, of those that have anything to be bound. */
export type BoundStatement =
  /** `emit`: where the query is a continuous one. */
  | ({ readonly kind: "Query"; readonly emit?: "changes" | "final" | undefined } & QueryPlan)
  | {
      readonly kind: "CreateTable";
      readonly name: TableName;
      readonly onExisting: OnExisting;
      readonly definition: TableDefinition;
      readonly source: QueryPlan | undefined;
    }
  | {
      readonly kind: "CreateView";
      /** Its result is kept, and kept up to date. */
      readonly materialized: boolean;
      readonly name: TableName;
      readonly onExisting: OnExisting;
      /** The text of the defining query, bound anew at each use. */
      readonly sql: string;
      readonly columnNames: readonly string[] | undefined;
      /** Of a materialized view. */
      readonly emit: "changes" | "final" | undefined;
    }
  | ({ readonly kind: "CreateConnectorTable" } & ConnectorTable)
  /** Puts out the table's columns, in order and type, defaults filled in; then those of `checks`. */
  | ({ readonly kind: "Insert"; readonly table: TableName; readonly checks: readonly CheckColumn[] } & QueryPlan)
  /**
   * Puts out the number of the row first. `fields[i]`: the index of column i's new value; undefined: it does not change. `row`, for
   * RETURNING: the indices of all the table's columns. A row may come several times; the first counts.
   */
  | ({
      readonly kind: "Update";
      readonly table: TableName;
      readonly fields: readonly (number | undefined)[];
      readonly row: readonly number[] | undefined;
      readonly checks: readonly CheckColumn[];
      readonly keys: readonly KeyColumns[];
    } & QueryPlan)
  /** The same with the old values of the rows to go. */
  | ({
      readonly kind: "Delete";
      readonly table: TableName;
      readonly row: readonly number[] | undefined;
      readonly keys: readonly KeyColumns[];
    } & QueryPlan)
  | {
      readonly kind: "Explain";
      readonly stages: readonly ("logical" | "rules" | "physical" | "codegen" | "continuous")[];
      readonly analyze: boolean;
      readonly format: "text" | "json";
      readonly statement: BoundStatement;
    };
