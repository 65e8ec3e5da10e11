import { commentColumn, dictionaryColumn, int32Column, type GeneratedColumn } from "../columns.ts";
import { skip } from "../random.ts";
import { NATIONS } from "../words.ts";

const COMMENT_SEED = 606179079;

export function nation(first: number, rows: number, pool: SharedArrayBuffer): GeneratedColumn[] {
  const keys = Int32Array.from({ length: rows }, (_, row) => first + row);
  return [
    int32Column(keys),
    dictionaryColumn(
      keys,
      NATIONS.map(([name]) => name),
    ),
    int32Column(keys.map((key) => NATIONS[key]![1])),
    commentColumn(pool, skip(COMMENT_SEED, 2 * first), rows, 72),
  ];
}
