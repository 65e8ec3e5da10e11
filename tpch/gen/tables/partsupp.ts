import { commentColumn, decimalColumn, drawColumn, int64Column, type GeneratedColumn } from "../columns.ts";
import { skip } from "../random.ts";
import { population } from "../schema.ts";

const SEED = { quantity: 1671059989, cost: 1051288424, comment: 1961692154 };
const SUPPLIERS_PER_PART = 4;

/** The key of a part's supplier number 0 to 3 (clause 4.2.3, PS_SUPPKEY). */
export function supplierOfPart(partKey: number, supplierNumber: number, suppliers: number): number {
  const stride = Math.floor(suppliers / SUPPLIERS_PER_PART) + Math.floor((partKey - 1) / suppliers);
  return ((partKey + supplierNumber * stride) % suppliers) + 1;
}

/** The four suppliers of each of a range of parts. */
export function partsupp(
  scaleFactor: number,
  firstPart: number,
  parts: number,
  pool: SharedArrayBuffer,
): GeneratedColumn[] {
  const suppliers = population(scaleFactor).supplier;
  const first = firstPart * SUPPLIERS_PER_PART;
  const rows = parts * SUPPLIERS_PER_PART;
  const partKey = new Float64Array(rows);
  const supplierKey = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const key = firstPart + (row >> 2) + 1;
    partKey[row] = key;
    supplierKey[row] = supplierOfPart(key, row & 3, suppliers);
  }
  return [
    int64Column(partKey),
    int64Column(supplierKey),
    int64Column(drawColumn(skip(SEED.quantity, first), rows, 1, 9999)),
    decimalColumn(drawColumn(skip(SEED.cost, first), rows, 100, 99901)),
    commentColumn(pool, skip(SEED.comment, 2 * first), rows, 124),
  ];
}
