import type { Expression } from "../../sql/ast.ts";
import type { SqlType } from "../types/types.ts";

/** What CREATE TABLE says of a column. Expressions are trees as written, bound anew at every use. */
export type ColumnRule = {
  readonly name: string;
  readonly type: SqlType;
  readonly notNull: boolean;
  /** In place of a value that is not given; undefined: NULL. */
  readonly defaultValue: Expression | undefined;
  /** The column's values are computed from the others of the row. */
  readonly generated: Expression | undefined;
};

/** No two rows agree in all of these columns (by ordinal), unless one of the values is NULL. */
export type UniqueRule = { readonly primary: boolean; readonly columns: readonly number[] };

/** `condition` is not FALSE for any row. `text`: as SQL. */
export type CheckRule = { readonly condition: Expression; readonly text: string };

/** Values of these columns, unless one is NULL, are in a row of the table they refer to. */
export type ForeignRule = {
  readonly columns: readonly number[];
  readonly table: { readonly schema: string; readonly name: string };
  readonly references: readonly string[];
};

/** Columns and constraints of a table. */
export type TableDefinition = {
  readonly columns: readonly ColumnRule[];
  readonly unique: readonly UniqueRule[];
  readonly checks: readonly CheckRule[];
  readonly foreign: readonly ForeignRule[];
};
