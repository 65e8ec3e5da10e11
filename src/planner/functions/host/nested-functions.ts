/** `nested {op, args, returns}`: (site, then validity and words of every argument) -> cell. */
import type { Datum } from "../../expr/expr.ts";
import { repOf } from "../../ir/lower/rep.ts";
import type { SqlType } from "../../types/types.ts";
import type { NestedCall } from "../nested/host-function.ts";
import { cached, type HostFamily, type HostRuntime, NULL_CELL, numberCell, readText, textCell } from "./host.ts";
import { JSON_OPERATIONS } from "./json.ts";
import { LIST_OPERATIONS } from "./lists.ts";
import { HISTOGRAM_OPERATIONS } from "./histogram.ts";
import { MAP_OPERATIONS } from "./maps.ts";
import type { NestedOperation, OperationContext } from "./nested-operation.ts";
import { BIGNUM_OPERATIONS } from "./bignum-operations.ts";
import { BIT_OPERATIONS } from "./bit-operations.ts";
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
  ...HISTOGRAM_OPERATIONS,
  ...JSON_OPERATIONS,
  ...AGGREGATE_OPERATIONS,
  ...DATE_OPERATIONS,
  ...TEXT_OPERATIONS,
  ...NUMBER_OPERATIONS,
  ...BIT_OPERATIONS,
  ...BIGNUM_OPERATIONS,
  ...SYSTEM_OPERATIONS,
};

export const nested: HostFamily = (argument) => {
  const { op, args, returns, timeZone = "UTC" } = JSON.parse(argument) as NestedCall;
  const operation = OPERATIONS[op];
  if (operation === undefined) throw new TypeError(`there is no nested function ${op}`);
  const readers = args.map(readerOf);
  const write = writerOf(returns);
  let known: { readonly rt: HostRuntime; readonly site: number; readonly ctx: OperationContext } | undefined;
  return (rt, site: number, ...words: readonly (number | bigint)[]) => {
    if (known?.rt !== rt || known.site !== site) {
      const ctx: OperationContext = {
        args,
        returns,
        fail: (message) => rt.fail(site, message),
        zones: () => zonesOf(rt, timeZone),
        cached: (key, make) => cached(rt, op, key, make),
      };
      known = { rt, site, ctx };
    }
    const values: Datum[] = [];
    let at = 0;
    for (const { read, words: count } of readers) {
      values.push(words[at] === 0 ? null : read(rt, words[at + 1] as number | bigint, words[at + 2] ?? 0));
      at += 1 + count;
    }
    const result = operation(values, known.ctx);
    return result === null ? NULL_CELL : write(rt, result);
  };
};

type ArgumentReader = {
  /** Words besides the validity. */
  readonly words: number;
  readonly read: (rt: HostRuntime, lo: number | bigint, hi: number | bigint) => Datum;
};

function readerOf(type: SqlType): ArgumentReader {
  const words = wordCount(type);
  if (type.kind === "Varchar") return { words, read: (rt, lo, hi) => readText(rt, lo as number, hi as number) };
  return { words, read: (rt, lo, hi) => datumOf(rt, type, lo, hi) };
}

function writerOf(type: SqlType): (rt: HostRuntime, value: Exclude<Datum, null>) => number {
  if (type.kind === "Varchar") return (rt, value) => textCell(rt, value as string);
  if (type.kind === "Double") {
    return (rt, value) => numberCell(rt, (view) => view.setFloat64(0, value as number, true));
  }
  return (rt, value) => datumCell(rt, value, type);
}

function wordCount(type: SqlType): number {
  const rep = repOf(type);
  return rep === "str" || rep === "i128" || rep === "interval" ? 2 : 1;
}
