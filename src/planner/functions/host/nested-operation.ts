import type { Datum } from "../../expr/expr.ts";
import type { SqlType } from "../../types/types.ts";

export type OperationContext = {
  readonly args: readonly SqlType[];
  readonly returns: SqlType;
  /** Raises an error of the call. */
  readonly fail: (message: string) => never;
};

/** A function of Datums. What it gets may be NULL only where its definition says so. */
export type NestedOperation = (args: readonly Datum[], ctx: OperationContext) => Datum;
