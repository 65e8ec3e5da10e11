import {
  commentColumn,
  dateColumn,
  decimalColumn,
  dictionaryColumn,
  drawColumn,
  drawKeys,
  int32Column,
  int64Column,
  numberedColumn,
  sequence,
  type GeneratedColumn,
} from "../columns.ts";
import { skip } from "../random.ts";
import { population, type Population } from "../schema.ts";
import { ORDER_PRIORITIES } from "../words.ts";
import { CURRENT_DATE, orderKey, orderLines, type OrderLines } from "./order-lines.ts";

const SEED = { customer: 851767375, priority: 591449447, clerk: 1171034773, comment: 276090261 };

/** Every third customer has no orders: their keys step aside, back and forth until one fits. */
function customerKeys(counts: Population, first: number, rows: number): Float64Array {
  const keys = drawKeys(skip(SEED.customer, first), rows, counts.customer);
  for (let row = 0; row < rows; row++) {
    let key = keys[row]!;
    for (let step = 1; key % 3 === 0; step = -step) key = Math.min(key + step, counts.customer);
    keys[row] = key;
  }
  return keys;
}

const STATUSES: readonly string[] = ["O", "P", "F"];

/** F when every line has shipped, P when some have; the total is rounded down line by line, twice. */
function totals({ counts, shipDate, extendedPrice, discount, tax }: OrderLines): {
  status: Uint8Array;
  price: Int32Array;
} {
  const status = new Uint8Array(counts.length);
  const price = new Int32Array(counts.length);
  let line = 0;
  for (let order = 0; order < counts.length; order++) {
    const end = line + counts[order]!;
    let shipped = 0;
    let total = 0;
    for (; line < end; line++) {
      if (shipDate[line]! <= CURRENT_DATE) shipped++;
      const discounted = ((extendedPrice[line]! * (100 - discount[line]!)) / 100) | 0;
      total += ((discounted * (100 + tax[line]!)) / 100) | 0;
    }
    status[order] = shipped === counts[order]! ? 2 : shipped > 0 ? 1 : 0;
    price[order] = total;
  }
  return { status, price };
}

export function orders(scaleFactor: number, first: number, rows: number, pool: SharedArrayBuffer): GeneratedColumn[] {
  const counts = population(scaleFactor);
  const lines = orderLines(counts, first, rows);
  const { status, price } = totals(lines);
  const clerks = Math.max(1000, Math.trunc(scaleFactor * 1000));
  return [
    int64Column(sequence(first + 1, rows).map(orderKey)),
    int64Column(customerKeys(counts, first, rows)),
    dictionaryColumn(status, STATUSES),
    decimalColumn(price),
    dateColumn(lines.orderDate),
    dictionaryColumn(drawColumn(skip(SEED.priority, first), rows, 0, 5), ORDER_PRIORITIES),
    numberedColumn("Clerk#", drawColumn(skip(SEED.clerk, first), rows, 1, clerks)),
    int32Column(new Int32Array(rows)),
    commentColumn(pool, skip(SEED.comment, 2 * first), rows, 49),
  ];
}
