/**
 * The Nexmark model of an auction site, as its generator for Flink defines it: people register, put things up for auction, and bid.
 * Events come in cycles of fifty: one person, three auctions, 46 bids. Everything that an event refers to follows from its number.
 */
import { BIGINT, type SqlType, VARCHAR } from "../../../planner/types/types.ts";

export const EVENTS_PER_CYCLE = 50;
export const PEOPLE_PER_CYCLE = 1;
export const AUCTIONS_PER_CYCLE = 3;

/** Ids do not begin at 0, so that queries find some in small samples as well. */
export const FIRST_PERSON_ID = 1000;
export const FIRST_AUCTION_ID = 1000;
export const FIRST_CATEGORY_ID = 10;
export const CATEGORIES = 5;

/** The hot one is among this many: the first auction, the first seller, the second bidder. */
export const HOT_GROUP = 100;
/** Who is not hot is among the last so many ... */
export const AUCTIONS_IN_FLIGHT = 100;
export const ACTIVE_PEOPLE = 1000;
/** ... and some that only come: references may be ahead of what they refer to. */
export const ID_LEAD = 10;

/** Bytes of an event on average, what pads them included. */
export const PERSON_BYTES = 200;
export const AUCTION_BYTES = 500;
export const BID_BYTES = 100;

export type EventTable = "person" | "auction" | "bid";
export const EVENT_TABLES: readonly EventTable[] = ["person", "auction", "bid"];

/** Which places in a cycle a table's events have. */
export const PLACES: { readonly [T in EventTable]: { readonly first: number; readonly end: number } } = {
  person: { first: 0, end: PEOPLE_PER_CYCLE },
  auction: { first: PEOPLE_PER_CYCLE, end: PEOPLE_PER_CYCLE + AUCTIONS_PER_CYCLE },
  bid: { first: PEOPLE_PER_CYCLE + AUCTIONS_PER_CYCLE, end: EVENTS_PER_CYCLE },
};

/** Times are to the millisecond, whichever unit a table keeps them in. */
const TIME: SqlType = { kind: "Timestamp", unit: "ms" };

export type EventColumn = { readonly name: string; readonly type: SqlType };

const column = (type: SqlType) => (name: string) => ({ name, type });
const [integer, text, time] = [column(BIGINT), column(VARCHAR), column(TIME)];

export const EVENT_COLUMNS: { readonly [T in EventTable]: readonly EventColumn[] } = {
  person: [
    integer("id"),
    ...["name", "emailAddress", "creditCard", "city", "state"].map(text),
    time("dateTime"),
    text("extra"),
  ],
  auction: [
    integer("id"),
    ...["itemName", "description"].map(text),
    ...["initialBid", "reserve"].map(integer),
    ...["dateTime", "expires"].map(time),
    ...["seller", "category"].map(integer),
    text("extra"),
  ],
  bid: [
    ...["auction", "bidder", "price"].map(integer),
    ...["channel", "url"].map(text),
    time("dateTime"),
    text("extra"),
  ],
};

/** What an event stream is a function of. */
export type EventModel = {
  readonly seed: number;
  /** Event time of the first event, in milliseconds since 1970. */
  readonly baseTime: number;
  /** Events in a second of event time. */
  readonly rate: number;
};

/** When an event happens, in milliseconds since 1970. */
export function eventTime({ baseTime, rate }: EventModel, number: number): number {
  return baseTime + Math.floor((number * 1000) / rate);
}
