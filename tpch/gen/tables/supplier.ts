import {
  addressColumn,
  commentColumn,
  decimalColumn,
  drawColumn,
  int32Column,
  int64Column,
  numberedColumn,
  phoneColumn,
  sequence,
  type GeneratedColumn,
  type StringColumn,
} from "../columns.ts";
import { next, pick, skip } from "../random.ts";
import { NATIONS } from "../words.ts";

const SEED = {
  address: 706178559,
  nation: 110356601,
  phone: 884434366,
  balance: 962338209,
  comment: 1341315363,
  remarked: 202794285,
  verdict: 753643799,
  gap: 263032577,
  position: 715851524,
};

const CUSTOMER = new TextEncoder().encode("Customer ");
const COMPLAINTS = new TextEncoder().encode("Complaints");
const RECOMMENDS = new TextEncoder().encode("Recommends");

/** Ten in ten thousand comments get "Customer ... Complaints" or "Customer ... Recommends" written over them. */
function overwriteRemarks({ offsets, bytes }: StringColumn, first: number, rows: number): void {
  const remarked = drawColumn(skip(SEED.remarked, first), rows, 1, 10000);
  const verdict = drawColumn(skip(SEED.verdict, first), rows, 0, 101);
  const draw = (seed: number, row: number, range: number): number => pick(next(skip(seed, first + row)), range);
  for (let row = 0; row < rows; row++) {
    if (remarked[row]! > 10) continue;
    const room = offsets[row + 1]! - offsets[row]! - CUSTOMER.length - COMPLAINTS.length;
    const gap = draw(SEED.gap, row, room + 1);
    const at = offsets[row]! + draw(SEED.position, row, room - gap + 1);
    bytes.set(CUSTOMER, at);
    bytes.set(verdict[row]! < 50 ? COMPLAINTS : RECOMMENDS, at + CUSTOMER.length + gap);
  }
}

export function supplier(first: number, rows: number, pool: SharedArrayBuffer): GeneratedColumn[] {
  const keys = sequence(first + 1, rows);
  const nations = drawColumn(skip(SEED.nation, first), rows, 0, NATIONS.length);
  const comments = commentColumn(pool, skip(SEED.comment, 2 * first), rows, 63);
  overwriteRemarks(comments, first, rows);
  return [
    int64Column(keys),
    numberedColumn("Supplier#", keys),
    addressColumn(skip(SEED.address, 9 * first), rows),
    int32Column(nations),
    phoneColumn(skip(SEED.phone, 3 * first), nations),
    decimalColumn(drawColumn(skip(SEED.balance, first), rows, -99999, 1099999)),
    comments,
  ];
}
