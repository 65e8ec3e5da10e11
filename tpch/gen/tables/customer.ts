import {
  addressColumn,
  commentColumn,
  decimalColumn,
  dictionaryColumn,
  drawColumn,
  int32Column,
  int64Column,
  numberedColumn,
  phoneColumn,
  sequence,
  type GeneratedColumn,
} from "../columns.ts";
import { skip } from "../random.ts";
import { MARKET_SEGMENTS, NATIONS } from "../words.ts";

const SEED = {
  address: 881155353,
  nation: 1489529863,
  phone: 1521138112,
  balance: 298370230,
  segment: 1140279430,
  comment: 1335826707,
};

export function customer(first: number, rows: number, pool: SharedArrayBuffer): GeneratedColumn[] {
  const keys = sequence(first + 1, rows);
  const nations = drawColumn(skip(SEED.nation, first), rows, 0, NATIONS.length);
  return [
    int64Column(keys),
    numberedColumn("Customer#", keys),
    addressColumn(skip(SEED.address, 9 * first), rows),
    int32Column(nations),
    phoneColumn(skip(SEED.phone, 3 * first), nations),
    decimalColumn(drawColumn(skip(SEED.balance, first), rows, -99999, 1099999)),
    dictionaryColumn(drawColumn(skip(SEED.segment, first), rows, 0, MARKET_SEGMENTS.length), MARKET_SEGMENTS),
    commentColumn(pool, skip(SEED.comment, 2 * first), rows, 73),
  ];
}
