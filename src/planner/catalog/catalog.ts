import type { MacroOverload } from "../../sql/ast.ts";
import type { Datum } from "../expr/expr.ts";
import type { TableName } from "../logical/statement.ts";
import type { Lane } from "../types/lane.ts";
import type { Pushdown, SourceFilter } from "./source-filter.ts";
import type { SqlType } from "../types/types.ts";
import type { TableDefinition } from "./table-definition.ts";

/** An immutable picture of what names mean, taken before binding; binding does no I/O. */
export type CatalogSnapshot = {
  /** Table or view by lower-case name; file paths (`'x.parquet'`) are resolved beforehand under their text. */
  readonly lookup: (name: readonly string[]) => CatalogEntry | undefined;
  /** All table and view names, for "did you mean". */
  readonly names: () => readonly string[];
  /** All tables and views. Columns of views are not known. */
  readonly relations?: () => readonly RelationFacts[];
  readonly schemas?: () => readonly string[];
  /** Rows of a function about the catalog, such as `duckdb_tables()`; `args`: its arguments, constants. */
  readonly systemRows?: (fn: string, args: readonly Datum[]) => CatalogEntry | undefined;
  readonly macro?: (name: readonly string[], kind: "scalar" | "table") => Macro | undefined;
  readonly sequence?: (name: readonly string[]) => Sequence | undefined;
  readonly type?: (name: readonly string[]) => SqlType | undefined;
};

export type CatalogEntry =
  /** `table`: what can be written to. */
  | { readonly kind: "table"; readonly source: TableSource; readonly table?: TableFacts | undefined }
  /** Rows made for the moment: facts about the catalog itself. */
  | {
      readonly kind: "rows";
      readonly name: string;
      readonly columns: readonly { readonly name: string; readonly type: SqlType }[];
      readonly rows: readonly (readonly Datum[])[];
    }
  | {
      readonly kind: "view";
      readonly name: string;
      readonly sql: string;
      readonly columnNames: readonly string[] | undefined;
    };

export type RelationFacts = {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: SqlType }[];
};

/** A table of the catalog, in contrast to files. */
export type TableFacts = { readonly name: TableName; readonly definition: TableDefinition };

/** The expression of a scalar macro, the query of a table macro, for one list of parameters. */
export type Macro = { readonly name: string; readonly overloads: readonly MacroOverload[] };

/** `address`: of its state in shared memory, see `functions/host/sequence.ts`. */
export type Sequence = { readonly name: string; readonly address: number };

/**
 * What a Scan reads. The planner looks at schema and statistics; `handle` is the executor's (a table version, a list
 * of Parquet files) and is passed through untouched.
 */
export type TableSource = {
  readonly kind: "memory" | "parquet" | "csv" | "json" | "arrow" | "function" | "provider" | "stream";
  readonly name: string;
  readonly schema: readonly SourceColumn[];
  readonly statistics: TableStatistics;
  readonly handle: unknown;
  /** What becomes of a condition on one column that is offered to the source. */
  readonly pushdown?: (filter: SourceFilter) => Pushdown;
  /** The column that says since when a row holds, and those of its key: later rows of a key take the place of earlier ones. */
  readonly time?: { readonly column: string; readonly key: readonly string[] } | undefined;
  /** Of streams. */
  readonly stream?: StreamFacts;
};

export type StreamFacts = {
  /** Rows are never taken back. */
  readonly insertOnly: boolean;
  /** Ordinals of the column of event time and of the hidden one with each row's watermark. */
  readonly eventTime: { readonly ordinal: number; readonly watermark: number } | undefined;
  /** Ordinal of the hidden column with the processing time at which a row arrived. */
  readonly arrival: number;
};

export type SourceColumn = {
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
  /** How the source stores it: may be narrower than the type's natural lane. `dictionary`: codes into one dictionary of the whole column. */
  readonly lane: Lane;
  readonly dictionary: boolean;
  /** No name finds it, and `*` leaves it out. */
  readonly hidden?: boolean;
};

export type TableStatistics = {
  readonly rows: number;
  /** `computed`: we computed them at ingestion, code may rely on them; `hint`: from a file footer. */
  readonly trust: "computed" | "hint";
  /** Per column of the schema. */
  readonly columns: readonly ColumnStatistics[];
};

export type ColumnStatistics = {
  /** In the Datum convention of the column's type; undefined: unknown (or no non-NULL value). */
  readonly min: Datum | undefined;
  readonly max: Datum | undefined;
  readonly nullCount: number | undefined;
  /** Estimated number of distinct values. */
  readonly distinct: number | undefined;
  /** Average bytes per value, for strings. */
  readonly averageBytes: number | undefined;
};
