/** The generator makes the events that Nexmark describes, and the same ones however they are read. */
import { beforeAll, describe, expect, it } from "vitest";
import { eventRows } from "../../nexmark/gen/event-rows.ts";
import { SharedMemory } from "../../src/exec/memory/shared-memory.ts";
import { createTable, releaseVersion } from "../../src/exec/table/table-version.ts";
import type { Positions } from "../../src/streaming/connectors/source.ts";
import {
  ACTIVE_PEOPLE,
  AUCTIONS_IN_FLIGHT,
  EVENT_COLUMNS,
  EVENT_TABLES,
  type EventModel,
  type EventTable,
  FIRST_AUCTION_ID,
  FIRST_PERSON_ID,
  HOT_GROUP,
  ID_LEAD,
} from "../../src/streaming/connectors/nexmark/model.ts";
import { NexmarkSource } from "../../src/streaming/connectors/nexmark/nexmark-source.ts";
import { nexmarkOptions } from "../../src/streaming/connectors/nexmark/options.ts";
import { tableColumn } from "../support/table-values.ts";

const MODEL: EventModel = { seed: 42, baseTime: Date.UTC(2020, 0, 1), rate: 1000 };
const EVENTS = 100_000;

type Row = { readonly [column: string]: unknown };

function rowsOf(table: EventTable, model: EventModel = MODEL, events: number = EVENTS): Row[] {
  const names = EVENT_COLUMNS[table].map(({ name }) => name);
  return [...eventRows(table, model, events)].flat().map((row) => Object.fromEntries(names.map((n, i) => [n, row[i]])));
}

const numbers = (rows: readonly Row[], column: string): number[] => rows.map((row) => Number(row[column]));
const share = (values: readonly boolean[]): number => values.filter(Boolean).length / values.length;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const integers = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

describe("events", () => {
  const [person, auction, bid] = EVENT_TABLES.map((table) => rowsOf(table)) as [Row[], Row[], Row[]];

  it("are one person, three auctions and 46 bids of fifty", () => {
    expect([person.length, auction.length, bid.length]).toEqual([2000, 6000, 92_000]);
    expect(EVENT_TABLES.map((table) => rowsOf(table, MODEL, 53).length)).toEqual([2, 5, 46]);
  });

  it("number people and auctions from 1000", () => {
    expect(numbers(person, "id")).toEqual(integers(FIRST_PERSON_ID, 2000));
    expect(numbers(auction, "id")).toEqual(integers(FIRST_AUCTION_ID, 6000));
  });

  it("have the time of their number", () => {
    expect(numbers(person, "dateTime")).toEqual(integers(0, 2000).map((i) => MODEL.baseTime + i * 50));
    expect(numbers(bid, "dateTime").slice(44, 48)).toEqual([48, 49, 54, 55].map((ms) => MODEL.baseTime + ms));
  });

  it("refer to what is there, or will be soon", () => {
    const near = (value: number, first: number, last: number, active: number): boolean =>
      value >= first + Math.max(0, last - Math.max(active, HOT_GROUP)) && value <= first + last + ID_LEAD;
    const lost = bid.filter((row, i) => {
      const cycle = Math.floor(i / 46);
      return (
        !near(Number(row["auction"]), FIRST_AUCTION_ID, cycle * 3 + 2, AUCTIONS_IN_FLIGHT) ||
        !near(Number(row["bidder"]), FIRST_PERSON_ID, cycle, ACTIVE_PEOPLE)
      );
    });
    expect(lost).toEqual([]);
    const seller = (row: Row, i: number): boolean =>
      near(Number(row["seller"]), FIRST_PERSON_ID, Math.floor(i / 3), ACTIVE_PEOPLE);
    expect(auction.every(seller)).toBe(true);
  });

  it("prefer one of the last hundred", () => {
    const hot = (rows: readonly Row[], column: string, first: number, last: (i: number) => number): number =>
      share(numbers(rows, column).map((value, i) => value - first === Math.floor(last(i) / HOT_GROUP) * HOT_GROUP));
    // Who is not hot by choice may be it by chance, a hundredth of the time.
    expect(hot(bid, "auction", FIRST_AUCTION_ID, (i) => Math.floor(i / 46) * 3 + 2)).toBeCloseTo(0.5, 1.5);
    expect(hot(bid, "bidder", FIRST_PERSON_ID + 1, (i) => Math.floor(i / 46))).toBeCloseTo(0.75, 1.5);
    expect(hot(auction, "seller", FIRST_PERSON_ID, (i) => Math.floor(i / 3))).toBeCloseTo(0.75, 1.5);
    const channels = bid.map((row) => ["Google", "Facebook", "Baidu", "Apple"].includes(String(row["channel"])));
    expect(share(channels)).toBeCloseTo(0.5, 2);
  });

  it("spread others evenly", () => {
    // Far from the beginning, over those in flight and the lead.
    const rows = bid.map((row, i) => Number(row["auction"]) - FIRST_AUCTION_ID - (Math.floor(i / 46) * 3 + 2));
    const counts = new Map<number, number>();
    for (const distance of rows.slice(46_000)) counts.set(distance, (counts.get(distance) ?? 0) + 1);
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual(integers(-AUCTIONS_IN_FLIGHT, 111));
    expect(Math.min(...counts.values())).toBeGreaterThan(100);
  });

  it("have prices uniform by magnitude", () => {
    const magnitudes = numbers(bid, "price").map((price) => Math.floor(Math.log10(price)));
    for (let magnitude = 2; magnitude < 8; magnitude++) {
      expect(share(magnitudes.map((value) => value === magnitude))).toBeCloseTo(1 / 6, 1.5);
    }
    expect(Math.min(...numbers(bid, "price"))).toBeGreaterThanOrEqual(100);
    expect(Math.max(...numbers(bid, "price"))).toBeLessThanOrEqual(100_000_000);
    expect(auction.every((row) => Number(row["reserve"]) > Number(row["initialBid"]))).toBe(true);
  });

  it("let auctions last as long as it takes to begin a hundred others, on average", () => {
    const lengths = auction.map((row) => Number(row["expires"]) - Number(row["dateTime"]));
    expect(mean(lengths)).toBeGreaterThan(1600);
    expect(mean(lengths)).toBeLessThan(1740);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(1);
    expect(new Set(numbers(auction, "category"))).toEqual(new Set([10, 11, 12, 13, 14]));
  });

  it("are padded to sizes that are right on average", () => {
    const bytes = (row: Row): number =>
      Object.values(row).reduce<number>((sum, value) => sum + (typeof value === "string" ? value.length : 8), 0);
    expect(Math.abs(mean(person.map((row) => bytes(row) - 8)) - 200)).toBeLessThan(1);
    // The reference forgets a time and a number.
    expect(Math.abs(mean(auction.map((row) => bytes(row) - 8)) - 500)).toBeLessThan(2);
    expect(Math.abs(mean(bid.map((row) => 32 + String(row["extra"]).length)) - 100)).toBeLessThan(1);
    expect(new Set(bid.map((row) => String(row["extra"]).length))).toEqual(new Set(integers(54, 28)));
    expect(bid.every((row) => /^[a-z]+$/.test(String(row["extra"])))).toBe(true);
  });

  it("have texts of their kinds", () => {
    const all = (rows: readonly Row[], column: string, pattern: RegExp): void => {
      expect(rows.filter((row) => !pattern.test(String(row[column]))).slice(0, 3)).toEqual([]);
    };
    all(person, "name", /^[A-Z][a-z]+ [A-Z][a-z]+$/);
    all(person, "emailAddress", /^[a-z ]+@[a-z ]+\.com$/);
    all(person, "creditCard", /^\d{4} \d{4} \d{4} \d{4}$/);
    all(person, "state", /^(AZ|CA|ID|OR|WA|WY)$/);
    all(auction, "itemName", /^[a-z]([a-z ]{0,17}[a-z])?$/);
    all(auction, "description", /^[a-z]([a-z ]{0,97}[a-z])?$/);
    all(bid, "channel", /^(Google|Facebook|Baidu|Apple|channel-\d{1,4})$/);
    all(
      bid,
      "url",
      /^https:\/\/www\.nexmark\.com\/[a-z_]{3,4}\/[a-z_]{3,4}\/[a-z_]{3,4}\/item\.htm\?query=1(&channel_id=\d+)?$/,
    );
    const others = bid.filter((row) => String(row["channel"]).startsWith("channel-"));
    expect(share(others.map((row) => String(row["url"]).includes("channel_id=")))).toBeCloseTo(0.9, 1.5);
    const urls = new Map(bid.map((row) => [row["channel"], row["url"]]));
    expect(bid.every((row) => urls.get(row["channel"]) === row["url"])).toBe(true);
  });

  it("are a function of the seed", () => {
    expect(rowsOf("bid", MODEL, 500)).toEqual(bid.slice(0, 460));
    const other = rowsOf("bid", { ...MODEL, seed: 43 }, 500);
    for (const column of ["auction", "bidder", "price", "channel", "extra"]) {
      expect(other.map((row) => row[column])).not.toEqual(bid.slice(0, 460).map((row) => row[column]));
    }
  });

  it("stay the same from version to version", () => {
    expect(bid.slice(0, 2)).toMatchInlineSnapshot(`
      [
        {
          "auction": 1012n,
          "bidder": 1001n,
          "channel": "Apple",
          "dateTime": 2020-01-01T00:00:00.004Z,
          "extra": "tdbokbldxhgwftzdjwttgpbfdltuqirnkzkhlhjpogizaoijlzksmmnevrhwti",
          "price": 354n,
          "url": "https://www.nexmark.com/ekhm/tkf_/cqr/item.htm?query=1",
        },
        {
          "auction": 1011n,
          "bidder": 1001n,
          "channel": "Facebook",
          "dateTime": 2020-01-01T00:00:00.005Z,
          "extra": "gbaponbfuthxkixfewrqbanckteyadtovuhqteanspaezifujpzxuyquvszoxyybjbimokxdbk",
          "price": 539n,
          "url": "https://www.nexmark.com/hfc/zwq/_hzi/item.htm?query=1",
        },
      ]
    `);
    expect(auction[5999]).toMatchInlineSnapshot(`
      {
        "category": 11n,
        "dateTime": 2020-01-01T00:01:39.953Z,
        "description": "cmg z",
        "expires": 2020-01-01T00:01:42.968Z,
        "extra": "edcntgduosmqghbpomhrrsdenwpbddnaviaydncnmongjhjxgptetnwsujwzxxcpoxenybezoyvetwfpzyanjyxokfbwayvnqocmvszgwpnrvlkaskaciuatbtkmcsehtiijkjzonkbmanwxvuyqmddwaokgshpdrjnnhgeyqldxbxaeoalcwbwdrotsmeyhzxmletmorefzreydycmuntwzbtfvgdtpwcvsyyrvrrefhkwoupgfvdyqlmrmsnggmjzcrrfysnmhrlqnerzzjkkuclbamwalfvynrgmjmmafrrqkccaekiavtzqzagwtgpcyeiehuomnunztlnsfdvjvlyotklgjompnkfpphjnoanubyrchflpmshdaidcnmvywysaxmjxuflkjqgtrwhsesjyafqddaudmcnaukmmvhongmktinihcofyhksopztdnrsgnzybacfgnrzxyyhmochimlhdtsxyoipmalgbme",
        "id": 6999n,
        "initialBid": 71837212n,
        "itemName": "kobixylhx  trny",
        "reserve": 71902473n,
        "seller": 2998n,
      }
    `);
    expect(person[1999]).toMatchInlineSnapshot(`
      {
        "city": "San Francisco",
        "creditCard": "7327 3508 1295 9610",
        "dateTime": 2020-01-01T00:01:39.950Z,
        "emailAddress": "ufgsmz@cmz.com",
        "extra": "rxvakwqexonlchzvyckzuyyslhdbbnrpkoorjtbhmxtcoblqivpoobdycienxymbssymmwpoipgchdlkvdhcfxvakxwbznpysbklwzwopucskektyeendcrqghynnmfygxxvourmpbwhwkmnpyxrmiqyancz",
        "id": 2999n,
        "name": "Julie Walton",
        "state": "ID",
      }
    `);
  });
});

describe("the source", () => {
  let memory: SharedMemory;
  beforeAll(() => {
    memory = SharedMemory.create(2 ** 28);
    memory.startPoisoning();
  });

  const open = (table: EventTable, options: Record<string, string> = {}, read?: readonly string[]): NexmarkSource => {
    const columns = EVENT_COLUMNS[table].filter(({ name }) => read?.includes(name) ?? true);
    const given = new Map(
      Object.entries({
        table,
        seed: String(MODEL.seed),
        "first-event.rate": "1000",
        "base-time": "2020-01-01T00:00:00Z",
        "events.num": "5000",
        ...options,
      }),
    );
    const layout = createTable(
      columns.map((column) => ({ ...column, nullable: true })),
      { fixed: true },
    );
    const parsed = nexmarkOptions({ name: "t", columns, primaryKey: [], options: given });
    return new NexmarkSource(parsed, memory, layout);
  };

  const read = async (source: NexmarkSource, from: Positions, to: Positions): Promise<unknown[][]> => {
    const rows: unknown[][] = [];
    for (const [partition, position] of to) {
      for await (const { rows: version } of source.read(partition, from.get(partition), position)) {
        const columns = version.columns.map((_, i) => tableColumn(memory, version, i));
        for (let row = 0; row < version.rows; row++) rows.push(columns.map((column) => column[row]));
        releaseVersion(memory, version);
      }
    }
    return rows;
  };

  /** As the lanes of the source's layout hold it. */
  const expected = (table: EventTable, events = 5000): unknown[][] =>
    [...eventRows(table, MODEL, events)]
      .flat()
      .map((row) => row.map((value) => (value instanceof Date ? BigInt(value.getTime()) : value)));

  const key = (row: readonly unknown[]): string => row.join("|");

  it.each(EVENT_TABLES)("gives the rows of %s", async (table) => {
    expect(await read(open(table), new Map(), new Map([["0/1", 5000]]))).toEqual(expected(table));
  });

  it("gives the same rows whichever range is read", async () => {
    for (const table of EVENT_TABLES) {
      const source = open(table);
      const rows: unknown[][] = [];
      let from: Positions = new Map();
      for (const limit of [0, 1, 1, 2, 3, 44, 1, 49, 50, 7, 100, 1000, 10_000]) {
        const { to } = await source.advance(from, limit);
        rows.push(...(await read(source, from, to)));
        from = to;
      }
      expect(rows).toEqual(expected(table));
      expect((await source.advance(from, 10)).ended).toBe(true);
    }
  });

  it("goes on in step over partitions", async () => {
    const all = expected("bid");
    const source = open("bid", { partitions: "3" });
    let from: Positions = new Map();
    let events = 0;
    for (const limit of [1, 60, 3, 100, 777, 5000]) {
      const { to } = await source.advance(from, limit);
      const before = new Set(expected("bid", events).map(key));
      events = Math.min(events + limit, 5000);
      const now = new Set(expected("bid", events).map(key));
      const rows = await read(source, from, to);
      expect(new Set(rows.map(key))).toEqual(new Set([...now].filter((row) => !before.has(row))));
      from = to;
    }
    expect(events).toBe(5000);
    await expect(source.advance(new Map([["0/2", 7]]), 1)).rejects.toThrow('no partition "0/2"');
    expect([...from.values()]).toEqual([1700, 1650, 1650]);
    expect(await read(source, new Map(), new Map([["1/3", 50]]))).toEqual(all.slice(46, 92));
  });

  it("shuffles neighbours", async () => {
    for (const table of EVENT_TABLES) {
      const rows = await read(open(table, { "out-of-order": "70" }), new Map(), new Map([["0/1", 5000]]));
      expect(rows.map(key).sort()).toEqual(expected(table).map(key).sort());
    }
    const rows = await read(open("bid", { "out-of-order": "70" }), new Map(), new Map([["0/1", 5000]]));
    expect(rows).not.toEqual(expected("bid"));
    const times = rows.map((row) => Number(row[5]));
    const late = times.map((time, i) => Math.max(0, ...times.slice(Math.max(0, i - 70), i)) - time);
    expect(Math.max(...late)).toBeGreaterThan(30);
    expect(Math.max(...late)).toBeLessThan(70);
  });

  it("gives the columns that are read", async () => {
    const source = open("bid", {}, ["price", "extra"]);
    const rows = await read(source, new Map(), new Map([["0/1", 200]]));
    expect(rows).toEqual(expected("bid", 200).map((row) => [row[2], row[6]]));
  });

  it("counts beyond 32 bits", async () => {
    const first = 50 * 2 ** 34;
    const source = open("auction", { "events.num": "0" });
    const rows = await read(source, new Map([["0/1", first]]), new Map([["0/1", first + 50]]));
    const ids = rows.map(([id]) => id);
    expect(ids).toEqual([0n, 1n, 2n].map((i) => 1000n + 3n * 2n ** 34n + i));
    expect(rows[2]![5]).toBe(BigInt(MODEL.baseTime) + BigInt(first + 3));
  });

  it("gives rows when they are due", async () => {
    const source = open("bid", { "rate.limited": "true", "first-event.rate": "10000" });
    const begun = performance.now();
    let from: Positions = new Map();
    for (;;) {
      const { to, ended } = await source.advance(from, 1000);
      const passed = performance.now() - begun;
      expect(Number(to.get("0/1"))).toBeLessThanOrEqual(passed * 10 + 1);
      from = to;
      if (ended) break;
      await source.wait(from, new AbortController().signal);
    }
    expect(performance.now() - begun).toBeGreaterThanOrEqual(499);
  });

  it("leaves no memory behind", async () => {
    const used = memory.usedBytes;
    await read(open("bid"), new Map(), new Map([["0/1", 5000]]));
    expect(memory.usedBytes).toBe(used);
  });

  it("names what is wrong with options and columns", () => {
    expect(() => open("bid", { table: "bids" })).toThrow(
      'the option "table" of the table "t" must be one of person, auction, bid, not "bids"',
    );
    expect(() => open("bid", { "first-event.rate": "0" })).toThrow('must be 1 or more, not "0"');
    expect(() => open("bid", { seed: "1e3" })).toThrow("must be a whole number");
    expect(() => open("bid", { "base-time": "now" })).toThrow("a time such as");
    expect(() => open("bid", { "out-of-order": "953" })).toThrow("no multiple of 953");
    expect(() => open("bid", { "out-of-order": "2000000" })).toThrow("1000000 at most");
    expect(() => open("bid", { "rate.limited": "yes" })).toThrow("true or false");
    expect(() => open("bid", { table: "person" })).toThrow('has a column "auction"');
    expect(() =>
      nexmarkOptions({
        name: "t",
        columns: [{ name: "price", type: { kind: "Double" } }],
        primaryKey: [],
        options: new Map([["table", "bid"]]),
      }),
    ).toThrow('"price" of "t" is no DOUBLE');
    expect(() => nexmarkOptions({ name: "t", columns: [], primaryKey: [], options: new Map() })).toThrow(
      'needs the option "table"',
    );
  });
});
