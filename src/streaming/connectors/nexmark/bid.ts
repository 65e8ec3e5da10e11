import type { EventColumns } from "./columns.ts";
import {
  AUCTIONS_IN_FLIGHT,
  AUCTIONS_PER_CYCLE,
  BID_BYTES,
  type EventModel,
  FIRST_AUCTION_ID,
  FIRST_PERSON_ID,
  ID_LEAD,
} from "./model.ts";
import { below, draw, keyOf } from "./random.ts";
import { HOT_CHANNELS, type Texts, type TextPool } from "./text-pool.ts";
import { anyPerson, createPrices, extraColumn, hotGroup, timeColumn } from "./values.ts";

/** Four numbers and a time. */
const FIXED_BYTES = 8 + 8 + 8 + 8;

export function bidColumns(model: EventModel, pool: TextPool): EventColumns {
  const key = (purpose: string): number => keyOf(model.seed, `bid ${purpose}`);
  const [auction, bidder, price, channel] = ["auction", "bidder", "price", "channel"].map(key) as [
    number,
    number,
    number,
    number,
  ];
  const prices = createPrices();
  return {
    auction: {
      kind: "number",
      fill: ({ count, cycles, counters }, values) => {
        for (let i = 0; i < count; i++) {
          values[i] = anyAuction(cycles[i]! * AUCTIONS_PER_CYCLE + AUCTIONS_PER_CYCLE - 1, draw(auction, counters[i]!));
        }
      },
    },
    bidder: {
      kind: "number",
      fill: ({ count, cycles, counters }, values) => {
        for (let i = 0; i < count; i++) {
          const bits = draw(bidder, counters[i]!);
          const last = cycles[i]!;
          values[i] = (bits & 3) > 0 ? FIRST_PERSON_ID + hotGroup(last) + 1 : anyPerson(last, bits);
        }
      },
    },
    price: {
      kind: "number",
      fill: ({ count, counters }, values) => {
        for (let i = 0; i < count; i++) values[i] = prices(draw(price, counters[i]!));
      },
    },
    channel: channelColumn(pool.texts["channel"]!, channel),
    url: channelColumn(pool.texts["url"]!, channel),
    dateTime: timeColumn(model),
    extra: extraColumn(pool, key("extra"), BID_BYTES, () => FIXED_BYTES),
  };
}

/** Half of them the hot one, the others among the last ones and some to come; `last` counts from 0. */
function anyAuction(last: number, bits: number): number {
  if ((bits & 1) > 0) return FIRST_AUCTION_ID + hotGroup(last);
  const first = Math.max(last - AUCTIONS_IN_FLIGHT, 0);
  return FIRST_AUCTION_ID + first + below(last - first + 1 + ID_LEAD, bits >>> 1, 31);
}

/** Half of the bids come through the four hot channels, which are the first of `texts`. */
function channelColumn({ first: places, bytes: sizes }: Texts, key: number): EventColumns[string] {
  const hot = HOT_CHANNELS.length;
  const others = places.length - hot;
  return {
    kind: "text",
    fill: ({ count, counters }, first, bytes) => {
      for (let i = 0; i < count; i++) {
        const bits = draw(key, counters[i]!);
        const index = (bits & 1) > 0 ? below(hot, bits >>> 1, 31) : hot + below(others, bits >>> 1, 31);
        first[i] = places[index]!;
        bytes[i] = sizes[index]!;
      }
    },
  };
}
