import {
  commentColumn,
  dateColumn,
  decimalColumn,
  dictionaryColumn,
  int64Column,
  type GeneratedColumn,
} from "../columns.ts";
import { next, pick, skip } from "../random.ts";
import { population } from "../schema.ts";
import { SHIP_INSTRUCTIONS, SHIP_MODES } from "../words.ts";
import { CURRENT_DATE, drawLines, MAX_LINES, orderKey, orderLines } from "./order-lines.ts";
import { supplierOfPart } from "./partsupp.ts";

const SEED = {
  supplier: 2095021727,
  commitDate: 904914315,
  receiptDate: 373135028,
  returnFlag: 717419739,
  instruction: 1371272478,
  mode: 675466456,
  comment: 1095462486,
};

const RETURN_FLAGS: readonly string[] = ["R", "A", "N"];
const NOT_RETURNED = 2;
const LINE_STATUSES: readonly string[] = ["F", "O"];

/** Only lines received by the current date draw a flag; the others are N. */
function returnFlags(firstOrder: number, counts: Int32Array, receiptDate: Int32Array): Uint8Array {
  const flags = new Uint8Array(receiptDate.length).fill(NOT_RETURNED);
  let state = skip(SEED.returnFlag, firstOrder * MAX_LINES);
  let line = 0;
  for (let order = 0; order < counts.length; order++) {
    let unused = MAX_LINES;
    for (const end = line + counts[order]!; line < end; line++) {
      if (receiptDate[line]! > CURRENT_DATE) continue;
      state = next(state);
      flags[line] = pick(state, 2);
      unused--;
    }
    for (; unused > 0; unused--) state = next(state);
  }
  return flags;
}

/** The lines of a range of orders. */
export function lineitem(
  scaleFactor: number,
  firstOrder: number,
  orders: number,
  pool: SharedArrayBuffer,
): GeneratedColumn[] {
  const sizes = population(scaleFactor);
  const shared = orderLines(sizes, firstOrder, orders);
  const { lines, counts, orderDate, partKey, shipDate } = shared;
  const draw = (seed: number, low: number, range: number): Int32Array =>
    drawLines(seed, firstOrder, counts, lines, low, range);

  const key = new Float64Array(lines);
  const number = new Int32Array(lines);
  const commitDate = draw(SEED.commitDate, 30, 61);
  let line = 0;
  for (let order = 0; order < orders; order++) {
    const date = orderDate[order]!;
    const count = counts[order]!;
    for (let i = 1; i <= count; i++, line++) {
      key[line] = orderKey(firstOrder + order + 1);
      number[line] = i;
      commitDate[line]! += date;
    }
  }
  const supplierNumber = draw(SEED.supplier, 0, 4);
  const supplier = new Float64Array(lines);
  const receiptDate = draw(SEED.receiptDate, 1, 30);
  const status = new Uint8Array(lines);
  const quantity = new Int32Array(lines);
  for (line = 0; line < lines; line++) {
    supplier[line] = supplierOfPart(partKey[line]!, supplierNumber[line]!, sizes.supplier);
    receiptDate[line]! += shipDate[line]!;
    status[line] = shipDate[line]! <= CURRENT_DATE ? 0 : 1;
    quantity[line] = shared.quantity[line]! * 100;
  }
  return [
    int64Column(key),
    int64Column(partKey),
    int64Column(supplier),
    int64Column(number),
    decimalColumn(quantity),
    decimalColumn(shared.extendedPrice),
    decimalColumn(shared.discount),
    decimalColumn(shared.tax),
    dictionaryColumn(returnFlags(firstOrder, counts, receiptDate), RETURN_FLAGS),
    dictionaryColumn(status, LINE_STATUSES),
    dateColumn(shipDate),
    dateColumn(commitDate),
    dateColumn(receiptDate),
    dictionaryColumn(draw(SEED.instruction, 0, 4), SHIP_INSTRUCTIONS),
    dictionaryColumn(draw(SEED.mode, 0, 7), SHIP_MODES),
    commentColumn(pool, skip(SEED.comment, firstOrder * MAX_LINES * 2), lines, 27, { counts, groupSize: MAX_LINES }),
  ];
}
