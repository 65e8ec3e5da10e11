import { EVENT_COLUMNS, type EventTable } from "./model.ts";
import { keyOf, sequence } from "./random.ts";

/** Texts of a kind, one behind the other: text `i` begins at word `first[i]` of the pool and has `bytes[i]` bytes. */
export type Texts = { readonly first: Int32Array; readonly bytes: Int32Array };

/** All texts are pieces of one array, each beginning at a whole word of four bytes, so that they are copied by words. */
export type TextPool = {
  readonly words: Int32Array;
  /** Places of random letters: any range that begins at one of the first `LETTER_PLACES` words behind is letters ... */
  readonly letters: number;
  /** ... and the same with blanks, none of which is the first byte of a word. */
  readonly sentences: number;
  readonly texts: { readonly [name: string]: Texts };
};

/** A power of two, 1 MiB. */
export const LETTER_PLACES: number = 2 ** 18;
/** Behind the last place, for the longest piece. */
const TAIL_BYTES = 1024;

const CHANNELS = 10_000;
export const HOT_CHANNELS: readonly string[] = ["Google", "Facebook", "Baidu", "Apple"];
/** Different e-mail addresses and credit cards; powers of two. */
export const DIFFERENT: number = 2 ** 14;

const FIRST_NAMES = ["Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"];
const LAST_NAMES = ["Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"];
const CITIES = [
  "Phoenix",
  "Los Angeles",
  "San Francisco",
  "Boise",
  "Portland",
  "Bend",
  "Redmond",
  "Seattle",
  "Kent",
  "Cheyenne",
];
const STATES = ["AZ", "CA", "ID", "OR", "WA", "WY"];

type Below = (range: number) => number;

/** The texts of a table's events; the same for the same seed. */
export function createTextPool(table: EventTable, seed: number): TextPool {
  const random = (purpose: string): Below => sequence(keyOf(seed, `${table} ${purpose}`));
  const lists = listsOf(table, random);
  const areas = EVENT_COLUMNS[table].some(({ name }) => name === "description") ? 2 : 1;
  const area = LETTER_PLACES * 4 + TAIL_BYTES;
  const count = Object.values(lists).flat();
  const bytes = new Uint8Array(areas * area + count.reduce((sum, text) => sum + ((text.length + 3) & ~3), 0));
  const below = random("letters");
  for (let i = 0; i < area; i++) bytes[i] = A + below(26);
  if (areas === 2) {
    for (let i = area; i < 2 * area; i++) bytes[i] = i % 4 !== 0 && below(13) === 0 ? BLANK : A + below(26);
  }
  let end = areas * area;
  const put = (text: string): number => {
    const first = end / 4;
    for (let i = 0; i < text.length; i++) bytes[end + i] = text.charCodeAt(i);
    end += (text.length + 3) & ~3;
    return first;
  };
  const texts = Object.fromEntries(
    Object.entries(lists).map(([name, list]): [string, Texts] => [
      name,
      { first: Int32Array.from(list, put), bytes: Int32Array.from(list, ({ length }) => length) },
    ]),
  );
  return { words: new Int32Array(bytes.buffer), letters: 0, sentences: area / 4, texts };
}

const A = 97;
const BLANK = 32;

/** Texts, all of them ASCII, by the column that has them. */
function listsOf(
  table: EventTable,
  random: (purpose: string) => Below,
): { readonly [name: string]: readonly string[] } {
  switch (table) {
    case "person":
      return {
        name: FIRST_NAMES.flatMap((first) => LAST_NAMES.map((last) => `${first} ${last}`)),
        emailAddress: several(DIFFERENT, random("e-mail"), email),
        creditCard: several(DIFFERENT, random("credit card"), creditCard),
        city: CITIES,
        state: STATES,
      };
    case "auction":
      return {};
    case "bid": {
      const address = random("url");
      const hot = HOT_CHANNELS.map(() => url(address));
      const others = Array.from({ length: CHANNELS }, (_, i) =>
        address(10) > 0 ? `${url(address)}&channel_id=${Math.abs(reverseBits(i))}` : url(address),
      );
      const channels = Array.from({ length: CHANNELS }, (_, i) => `channel-${i}`);
      return { channel: [...HOT_CHANNELS, ...channels], url: [...hot, ...others] };
    }
  }
}

function several(count: number, below: Below, make: (below: Below) => string): string[] {
  return Array.from({ length: count }, () => make(below));
}

/** From three characters to one less than `length`. */
function word(below: Below, length: number, special: string): string {
  const count = 3 + below(length - 3);
  let text = "";
  for (let i = 0; i < count; i++) text += below(13) === 0 ? special : String.fromCharCode(A + below(26));
  return text.trim();
}

const email = (below: Below): string => `${word(below, 7, " ")}@${word(below, 5, " ")}.com`;

const creditCard = (below: Below): string =>
  Array.from({ length: 4 }, () => String(below(10_000)).padStart(4, "0")).join(" ");

const url = (below: Below): string =>
  `https://www.nexmark.com/${word(below, 5, "_")}/${word(below, 5, "_")}/${word(below, 5, "_")}/item.htm?query=1`;

/** The 32 bits of `value` in reverse, as a signed integer. */
function reverseBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit++) reversed = (reversed << 1) | ((value >>> bit) & 1);
  return reversed;
}
