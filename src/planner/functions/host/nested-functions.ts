/** `nested {op, args, returns}`: (site, then validity and words of every argument) -> cell. */
import type { Datum } from "../../expr/expr.ts";
import { repOf } from "../../ir/lower/rep.ts";
import type { SqlType } from "../../types/types.ts";
import type { NestedCall } from "../nested/host-function.ts";
import { cached, type HostFamily, NULL_CELL } from "./host.ts";
import { JSON_OPERATIONS } from "./json.ts";
import { LIST_OPERATIONS } from "./lists.ts";
import { MAP_OPERATIONS } from "./maps.ts";
import type { NestedOperation } from "./nested-operation.ts";
import { AGGREGATE_OPERATIONS } from "./aggregate-operations.ts";
import { DATE_OPERATIONS } from "./date-operations.ts";
import { NUMBER_OPERATIONS } from "./number-operations.ts";
import { SYSTEM_OPERATIONS } from "./system-operations.ts";
import { TEXT_OPERATIONS } from "./text-operations.ts";
import { zonesOf } from "./time-zones.ts";
import { datumCell, datumOf } from "./values.ts";

const OPERATIONS: Readonly<Record<string, NestedOperation>> = {
  ...LIST_OPERATIONS,
  ...MAP_OPERATIONS,
  ...JSON_OPERATIONS,
  ...AGGREGATE_OPERATIONS,
  ...DATE_OPERATIONS,
  ...TEXT_OPERATIONS,
  ...NUMBER_OPERATIONS,
  ...SYSTEM_OPERATIONS,
};

export const nested: HostFamily = (argument) => {
  const { op, args, returns, timeZone = "UTC" } = JSON.parse(argument) as NestedCall;
  const operation = OPERATIONS[op];
  if (operation === undefined) throw new TypeError(`there is no nested function ${op}`);
  const readers = args.map((type) => ({ type, words: wordCount(type) }));
  return (rt, site: number, ...words: readonly (number | bigint)[]) => {
    let at = 0;
    const values = readers.map(({ type, words: count }): Datum => {
      const [valid, lo = 0, hi = 0] = words.slice(at, at + 1 + count);
      at += 1 + count;
      return valid === 0 ? null : datumOf(rt, type, lo, hi);
    });
    const fail = (message: string): never => rt.fail(site, message);
    const result = operation(values, {
      args,
      returns,
      fail,
      zones: () => zonesOf(rt, timeZone),
      cached: (key, make) => cached(rt, op, key, make),
    });
    return result === null ? NULL_CELL : datumCell(rt, result, returns);
  };
};

function wordCount(type: SqlType): number {
  const rep = repOf(type);
  return rep === "str" || rep === "i128" || rep === "interval" ? 2 : 1;
}
