import type { TableSource } from "../catalog/catalog.ts";
import type { Datum } from "../expr/expr.ts";
import type { SqlType } from "../types/types.ts";
import type { AggregateFunction, ScalarFunction } from "./function.ts";

/** A function that a program has made in JavaScript; its name is in lower case. */
export type SessionFunction = ScalarFunction | AggregateFunction | SessionTableFunction;

/** A function in FROM: constants become a table. */
export type SessionTableFunction = {
  readonly kind: "session table";
  readonly name: string;
  readonly args: readonly SqlType[];
  readonly open: (values: readonly Datum[]) => TableSource;
};

export type SessionFunctions = ReadonlyMap<string, SessionFunction>;

/** The scalar function of that name. */
export function sessionScalar(functions: SessionFunctions, name: string): ScalarFunction | undefined {
  const found = functions.get(name);
  return found?.kind === "scalar" ? found : undefined;
}

/** The aggregate of that name. */
export function sessionAggregate(functions: SessionFunctions, name: string): AggregateFunction | undefined {
  const found = functions.get(name);
  return found?.kind === "aggregate" ? found : undefined;
}
