import type { Datum } from "../../planner/expr/expr.ts";
import type { ColumnStatistics, SourceColumn } from "../../planner/catalog/catalog.ts";
import { laneOf } from "../../planner/types/lane.ts";
import type { SqlType } from "../../planner/types/types.ts";

/** A file that a table consists of. */
export type SourceFile = {
  /** Where its bytes lie. */
  readonly path: string;
  /** What users know it by: of a file that was fetched or decompressed, the original's path or address. */
  readonly name: string;
  /** Brings parts here that are not yet, of files that are remote; ends are exclusive. */
  readonly ensure?: (
    ranges: readonly { readonly start: number; readonly end: number }[],
    signal: AbortSignal | undefined,
  ) => Promise<void>;
};

/** A column that has one value in all rows of a file. */
export type ConstantColumn = {
  readonly name: string;
  readonly type: SqlType;
  /** By file. */
  readonly values: readonly Datum[];
};

/** By the ordinal in the schema: such columns are read from no file. */
export type FileConstants = ReadonlyMap<number, ConstantColumn>;

export const NO_STATISTICS: ColumnStatistics = {
  min: undefined,
  max: undefined,
  nullCount: undefined,
  distinct: undefined,
  averageBytes: undefined,
};

/** Columns of which nothing is known but their types. */
export function fileColumns(
  columns: readonly { readonly name: string; readonly type: SqlType }[],
): readonly SourceColumn[] {
  return columns.map(({ name, type }) => ({ name, type, nullable: true, lane: laneOf(type), dictionary: false }));
}
