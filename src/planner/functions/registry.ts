import type { AggregateFunction, ScalarFunction, TableFunction } from "./function.ts";

const SCALARS: readonly ScalarFunction[] = [];
const AGGREGATES: readonly AggregateFunction[] = [];
const TABLES: readonly TableFunction[] = [];

function byName<F extends { readonly name: string; readonly aliases?: readonly string[] }>(
  functions: readonly F[],
): ReadonlyMap<string, F> {
  const map = new Map<string, F>();
  for (const fn of functions) {
    for (const name of [fn.name, ...(fn.aliases ?? [])]) {
      if (map.has(name)) throw new Error(`function ${name} is defined twice`);
      map.set(name, fn);
    }
  }
  return map;
}

const scalars = byName(SCALARS);
const aggregates = byName(AGGREGATES);
const tables = byName(TABLES);

/** Looks a scalar function up by lower-case name or alias. */
export const scalarFunction = (name: string): ScalarFunction | undefined => scalars.get(name);
export const aggregateFunction = (name: string): AggregateFunction | undefined => aggregates.get(name);
export const tableFunction = (name: string): TableFunction | undefined => tables.get(name);

/** All names and aliases, for "did you mean" and completion. */
export const functionNames = (): readonly string[] => [...scalars.keys(), ...aggregates.keys(), ...tables.keys()];
