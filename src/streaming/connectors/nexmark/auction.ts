import type { EventColumns, TextColumn } from "./columns.ts";
import {
  AUCTION_BYTES,
  AUCTIONS_IN_FLIGHT,
  AUCTIONS_PER_CYCLE,
  CATEGORIES,
  type EventModel,
  EVENTS_PER_CYCLE,
  eventTime,
  FIRST_AUCTION_ID,
  FIRST_CATEGORY_ID,
  FIRST_PERSON_ID,
  PEOPLE_PER_CYCLE,
} from "./model.ts";
import { below, draw, keyOf } from "./random.ts";
import { LETTER_PLACES, type TextPool } from "./text-pool.ts";
import { anyPerson, createPrices, extraColumn, hotGroup, timeColumn } from "./values.ts";

/** Five numbers and two times, less one: as the reference counts. */
const FIXED_BYTES = 6 * 8;
const NAME_BYTES = 20;
const DESCRIPTION_BYTES = 100;
/** An auction takes, on average, as long as it takes to begin so many others. */
const EVENTS_IN_FLIGHT = Math.floor((AUCTIONS_IN_FLIGHT * EVENTS_PER_CYCLE) / AUCTIONS_PER_CYCLE);

export function auctionColumns(model: EventModel, pool: TextPool): EventColumns {
  const key = (purpose: string): number => keyOf(model.seed, `auction ${purpose}`);
  const keys = {
    seller: key("seller"),
    category: key("category"),
    initialBid: key("initialBid"),
    reserve: key("reserve"),
    expires: key("expires"),
  };
  const prices = createPrices();
  const name = sentences(pool, key("itemName"), NAME_BYTES);
  const description = sentences(pool, key("description"), DESCRIPTION_BYTES);
  return {
    id: {
      kind: "number",
      fill: ({ count, numbers, cycles }, values) => {
        for (let i = 0; i < count; i++) {
          const place = numbers[i]! - cycles[i]! * EVENTS_PER_CYCLE - PEOPLE_PER_CYCLE;
          values[i] = FIRST_AUCTION_ID + cycles[i]! * AUCTIONS_PER_CYCLE + place;
        }
      },
    },
    itemName: name.column,
    description: description.column,
    initialBid: {
      kind: "number",
      fill: ({ count, counters }, values) => {
        for (let i = 0; i < count; i++) values[i] = prices(draw(keys.initialBid, counters[i]!));
      },
    },
    reserve: {
      kind: "number",
      fill: ({ count, counters }, values) => {
        for (let i = 0; i < count; i++) {
          const counter = counters[i]!;
          values[i] = prices(draw(keys.initialBid, counter)) + prices(draw(keys.reserve, counter));
        }
      },
    },
    dateTime: timeColumn(model),
    expires: {
      kind: "number",
      fill: ({ count, numbers, counters }, values) => {
        for (let i = 0; i < count; i++) {
          const begin = eventTime(model, numbers[i]!);
          const longest = Math.max(2 * (eventTime(model, numbers[i]! + EVENTS_IN_FLIGHT) - begin), 1);
          values[i] = begin + 1 + below(longest, draw(keys.expires, counters[i]!) >>> 0, 32);
        }
      },
    },
    seller: {
      kind: "number",
      fill: ({ count, cycles, counters }, values) => {
        for (let i = 0; i < count; i++) {
          const bits = draw(keys.seller, counters[i]!);
          const last = cycles[i]!;
          values[i] = (bits & 3) > 0 ? FIRST_PERSON_ID + hotGroup(last) : anyPerson(last, bits);
        }
      },
    },
    category: {
      kind: "number",
      fill: ({ count, counters }, values) => {
        for (let i = 0; i < count; i++) {
          values[i] = FIRST_CATEGORY_ID + below(CATEGORIES, draw(keys.category, counters[i]!) >>> 0, 32);
        }
      },
    },
    extra: extraColumn(
      pool,
      key("extra"),
      AUCTION_BYTES,
      (counter) => FIXED_BYTES + name.bytesOf(counter) + description.bytesOf(counter),
    ),
  };
}

/** Pieces of the sentences, of three bytes to one less than `longest`, without blanks at their ends. */
function sentences(
  { words, sentences: start }: TextPool,
  key: number,
  longest: number,
): { readonly column: TextColumn; readonly bytesOf: (counter: number) => number } {
  const bytes = new Uint8Array(words.buffer);
  const trimmed = (first: number, length: number): number => {
    let left = length;
    while (bytes[first * 4 + left - 1] === 32) left--;
    return left;
  };
  const firstOf = (bits: number): number => start + (bits & (LETTER_PLACES - 1));
  const lengthOf = (bits: number): number => trimmed(firstOf(bits), 3 + below(longest - 3, bits >>> 18, 14));
  return {
    bytesOf: (counter) => lengthOf(draw(key, counter)),
    column: {
      kind: "text",
      fill: ({ count, counters }, first, sizes) => {
        for (let i = 0; i < count; i++) {
          const bits = draw(key, counters[i]!);
          first[i] = firstOf(bits);
          sizes[i] = lengthOf(bits);
        }
      },
    },
  };
}
