import { i32, load, num } from "../../../planner/ir/builder.ts";
import type { FunctionBuilder } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";

/** What is sorted: the first bits of a row's keys beside its address, so that most comparisons need no look at the row. */
export const ENTRY = { key: 0, row: 8, bytes: 12 } as const;

export function entryAddress(entries: Ir, index: Ir): Ir {
  return num("i32.add", entries, num("i32.mul", index, i32(ENTRY.bytes)));
}

export const keyOf = (entry: Ir): Ir => load("i64.load", entry, ENTRY.key);
export const rowOf = (entry: Ir): Ir => load("i32.load", entry, ENTRY.row);

export function storeEntry(b: FunctionBuilder, entry: Ir, key: Ir, row: Ir): void {
  b.store("i64.store", entry, key, ENTRY.key);
  b.store("i32.store", entry, row, ENTRY.row);
}

/** Address of element `index` of an array of row addresses. */
export const elementAddress = (array: Ir, index: Ir): Ir => num("i32.add", array, num("i32.shl", index, i32(2)));
