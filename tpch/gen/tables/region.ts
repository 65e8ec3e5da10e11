import { commentColumn, dictionaryColumn, int32Column, type GeneratedColumn } from "../columns.ts";
import { skip } from "../random.ts";
import { REGIONS } from "../words.ts";

const COMMENT_SEED = 1500869201;

export function region(first: number, rows: number, pool: SharedArrayBuffer): GeneratedColumn[] {
  const keys = Int32Array.from({ length: rows }, (_, row) => first + row);
  return [
    int32Column(keys),
    dictionaryColumn(keys, REGIONS),
    commentColumn(pool, skip(COMMENT_SEED, 2 * first), rows, 72),
  ];
}
