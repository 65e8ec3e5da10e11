import type { Datum } from "../../expr/expr.ts";
import type { Zones } from "../../types/time-zone.ts";
import type { SqlType } from "../../types/types.ts";

export type OperationContext = {
  readonly args: readonly SqlType[];
  readonly returns: SqlType;
  /** Raises an error of the call. */
  readonly fail: (message: string) => never;
  /** The session's time zone and those that texts name. */
  readonly zones: () => Zones;
  /** Makes a value once; it is kept for later calls. */
  readonly cached: <T>(key: string, make: () => T) => T;
};

/** A function of Datums. What it gets may be NULL only where its definition says so. */
export type NestedOperation = (args: readonly Datum[], ctx: OperationContext) => Datum;
