import type { Datum } from "../expr/expr.ts";
import type { Lane } from "../types/lane.ts";
import type { SqlType } from "../types/types.ts";

/** An immutable picture of what names mean, taken before binding; binding does no I/O. */
export type CatalogSnapshot = {
  /** Table or view by lower-case name; file paths (`'x.parquet'`) are resolved beforehand under their text. */
  readonly lookup: (name: readonly string[]) => CatalogEntry | undefined;
  /** All table and view names, for "did you mean". */
  readonly names: () => readonly string[];
};

export type CatalogEntry =
  | { readonly kind: "table"; readonly source: TableSource }
  | {
      readonly kind: "view";
      readonly name: string;
      readonly sql: string;
      readonly columnNames: readonly string[] | undefined;
    };

/**
 * What a Scan reads. The planner looks at schema and statistics; `handle` is the executor's (a table version, a list
 * of Parquet files) and is passed through untouched.
 */
export type TableSource = {
  readonly kind: "memory" | "parquet" | "function";
  readonly name: string;
  readonly schema: readonly SourceColumn[];
  readonly statistics: TableStatistics;
  readonly handle: unknown;
};

export type SourceColumn = {
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
  /** How the source stores it: may be narrower than the type's natural lane. `dictionary`: codes into one dictionary of the whole column. */
  readonly lane: Lane;
  readonly dictionary: boolean;
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
