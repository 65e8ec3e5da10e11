import type { TableSource } from "../catalog/catalog.ts";
import type { Datum } from "../expr/expr.ts";
import type { SqlType } from "../types/types.ts";
import type { AggregateFunction, JavaScriptMap, ScalarFunction } from "./function.ts";
import type { NamedType } from "./host/javascript-map.ts";

/** A function that a program has made in JavaScript; its name is in lower case. */
export type SessionFunction = ScalarFunction | AggregateFunction | SessionTableFunction | SessionMapFunction;

/** A function in FROM: constants become a table. */
export type SessionTableFunction = {
  readonly kind: "session table";
  readonly name: string;
  readonly args: readonly SqlType[];
  readonly open: (values: readonly Datum[]) => TableSource;
};

/** A function in FROM whose argument is a query: it makes rows of its rows. `make`: for columns of these names and types. */
export type SessionMapFunction = {
  readonly kind: "session map";
  readonly name: string;
  readonly make: (args: readonly NamedType[]) => JavaScriptMap;
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
