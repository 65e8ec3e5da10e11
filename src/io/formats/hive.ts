/** Files in folders that are named `key=value` (Hive partitioning): the keys are columns. */
import { HeadraceError } from "../../error.ts";
import type { ColumnStatistics, TableSource } from "../../planner/catalog/catalog.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { laneOf } from "../../planner/types/lane.ts";
import { parseDatum } from "../../planner/types/literals.ts";
import { compareDatums } from "../../planner/types/datum-order.ts";
import { BIGINT, DATE, type SqlType, TIMESTAMP, typeName, VARCHAR } from "../../planner/types/types.ts";
import { type ConstantColumn, NO_STATISTICS, type SourceFile } from "./file-source.ts";

export type HiveOptions = {
  /** undefined: where all files have the same keys. */
  readonly hivePartitioning?: boolean | undefined;
  /** By lower-case key. */
  readonly hiveTypes?: ReadonlyMap<string, SqlType> | undefined;
  /** Whether types are found out; otherwise keys are VARCHAR. */
  readonly hiveTypesAutocast?: boolean | undefined;
};

/** What the folder of a NULL is called. */
export const NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__";

/** The columns that the files' paths say. Throws `bind` where they do not agree but must. */
export function hivePartitions(sources: readonly SourceFile[], options: HiveOptions): readonly ConstantColumn[] {
  if (options.hivePartitioning === false) return [];
  const all = sources.map(({ name }) => keysOf(name));
  const keys = [...(all[0]?.keys() ?? [])];
  const other = all.findIndex((each) => each.size !== keys.length || keys.some((key) => !each.has(key)));
  if (other >= 0) {
    if (options.hivePartitioning !== true) return [];
    throw new HeadraceError("bind", `"${sources[other]?.name}" has other partition keys than "${sources[0]?.name}"`);
  }
  if (keys.length === 0 && options.hivePartitioning === true)
    throw new HeadraceError("bind", `"${sources[0]?.name}" is in no folder named key=value`);
  return keys.map((key): ConstantColumn => {
    const texts = all.map((each) => each.get(key) ?? null);
    const declared = options.hiveTypes?.get(key.toLowerCase());
    const type = declared ?? (options.hiveTypesAutocast === false ? VARCHAR : commonType(texts));
    const values = texts.map((text, i): Datum => {
      const value = text === null ? null : parseDatum(text, type);
      if (value !== undefined) return value;
      throw new HeadraceError("format", `"${text}" in the path "${sources[i]?.name}" is no ${typeName(type)}`);
    });
    return { name: key, type, values };
  });
}

function keysOf(path: string): ReadonlyMap<string, string | null> {
  const keys = new Map<string, string | null>();
  for (const folder of path.split(/[/\\]/).slice(0, -1)) {
    const [, key, value] = /^([^=]+)=(.*)$/.exec(folder) ?? [];
    if (key !== undefined && value !== undefined)
      keys.set(unescape(key), value === NULL_PARTITION ? null : unescape(value));
  }
  return keys;
}

/** `%2F` and the like; what is no such escape stands for itself. */
function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A folder's name without what paths and patterns give a meaning. */
export function escapePart(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

const PATTERNS: readonly (readonly [RegExp, SqlType])[] = [
  [/^\d{4}-\d{2}-\d{2}$/, DATE],
  [/^\d{4}-\d{2}-\d{2}[ T]\d/, TIMESTAMP],
  // Leading zeros would be lost.
  [/^-?(?:0|[1-9]\d*)$/, BIGINT],
];

function commonType(texts: readonly (string | null)[]): SqlType {
  const known = texts.filter((text) => text !== null);
  if (known.length === 0) return VARCHAR;
  const fits = ([pattern, type]: (typeof PATTERNS)[number]): boolean =>
    known.every((text) => pattern.test(text) && parseDatum(text, type) !== undefined);
  return PATTERNS.find(fits)?.[1] ?? VARCHAR;
}

/** The table with columns that have one value in all rows of a file: behind its own, but in place of those of the same names. */
export function withConstants(table: TableSource, columns: readonly ConstantColumn[]): TableSource {
  const schema = [...table.schema];
  const statistics = [...table.statistics.columns];
  const constants = new Map<number, ConstantColumn>();
  for (const column of columns) {
    const { name, type, values } = column;
    const own = schema.findIndex((other) => other.name.toLowerCase() === name.toLowerCase());
    const ordinal = own < 0 ? schema.length : own;
    schema[ordinal] = { name, type, nullable: values.includes(null), lane: laneOf(type), dictionary: false };
    statistics[ordinal] = statisticsOf(column);
    constants.set(ordinal, column);
  }
  const handle = { ...(table.handle as object), constants };
  return { ...table, schema, statistics: { ...table.statistics, columns: statistics }, handle };
}

function statisticsOf({ type, values }: ConstantColumn): ColumnStatistics {
  const known = values.filter((value) => value !== null).toSorted((a, b) => compareDatums(a, b, type));
  const distinct = new Set(known.map(String)).size;
  return { ...NO_STATISTICS, min: known[0], max: known.at(-1), distinct };
}
