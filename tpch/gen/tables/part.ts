import {
  commentColumn,
  decimalColumn,
  dictionaryColumn,
  drawColumn,
  int32Column,
  int64Column,
  sequence,
  type GeneratedColumn,
  type StringColumn,
} from "../columns.ts";
import { jump, jumpMultiplier, next, pick, skip } from "../random.ts";
import { COLORS, CONTAINERS, PART_TYPES } from "../words.ts";
import { retailPrice } from "./order-lines.ts";

const SEED = {
  name: 709314158,
  manufacturer: 1,
  brand: 46831694,
  type: 1841581359,
  size: 1193163244,
  container: 727633698,
  comment: 804159733,
};

const NAME_WORDS = 5;
const MANUFACTURERS: readonly string[] = Array.from({ length: 5 }, (_, i) => `Manufacturer#${i + 1}`);
const BRANDS: readonly string[] = Array.from({ length: 25 }, (_, i) => `Brand#${Math.floor(i / 5) + 1}${(i % 5) + 1}`);

/** Five different colours: the start of a shuffle of all 92, which spends 92 draws. */
function names(first: number, rows: number): StringColumn {
  const words = COLORS.map((color) => new TextEncoder().encode(color));
  const longest = Math.max(...words.map((word) => word.length));
  const bytes = new Uint8Array(rows * NAME_WORDS * (longest + 1));
  const offsets = new Int32Array(rows + 1);
  const order = Uint8Array.from(words.keys());
  const chosen = new Uint8Array(NAME_WORDS);
  const rest = jumpMultiplier(words.length - NAME_WORDS);
  let state = skip(SEED.name, first * words.length);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < NAME_WORDS; i++) {
      state = next(state);
      const other = i + pick(state, words.length - i);
      const word = order[other]!;
      order[other] = order[i]!;
      order[i] = word;
      chosen[i] = other;
      if (i > 0) bytes[at++] = 0x20;
      bytes.set(words[word]!, at);
      at += words[word]!.length;
    }
    // Undo the swaps, last first: each row shuffles the sorted list.
    for (let i = NAME_WORDS - 1; i >= 0; i--) {
      const other = chosen[i]!;
      const word = order[other]!;
      order[other] = order[i]!;
      order[i] = word;
    }
    state = jump(state, rest);
    offsets[row + 1] = at;
  }
  return { type: "string", offsets, bytes: bytes.slice(0, at) };
}

export function part(first: number, rows: number, pool: SharedArrayBuffer): GeneratedColumn[] {
  const draw = (seed: number, range: number): Int32Array => drawColumn(skip(seed, first), rows, 0, range);
  const manufacturer = draw(SEED.manufacturer, 5);
  const brand = draw(SEED.brand, 5).map((number, row) => manufacturer[row]! * 5 + number);
  const keys = sequence(first + 1, rows);
  return [
    int64Column(keys),
    names(first, rows),
    dictionaryColumn(manufacturer, MANUFACTURERS),
    dictionaryColumn(brand, BRANDS),
    dictionaryColumn(draw(SEED.type, PART_TYPES.length), PART_TYPES),
    int32Column(drawColumn(skip(SEED.size, first), rows, 1, 50)),
    dictionaryColumn(draw(SEED.container, CONTAINERS.length), CONTAINERS),
    decimalColumn(keys.map(retailPrice)),
    commentColumn(pool, skip(SEED.comment, 2 * first), rows, 14),
  ];
}
