import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HeadraceError } from "../../../src/error.ts";
import * as types from "../../../src/planner/types/types.ts";
import { findConnector, openSource } from "../../../src/streaming/connectors/connectors.ts";
import type { Position, Positions, Source } from "../../../src/streaming/connectors/source.ts";
import { Bench, type Columns, type TextRow } from "./support.ts";

let bench: Bench;
beforeEach(() => (bench = new Bench()));
afterEach(() => bench.expectEmpty());

const open = (columns: Columns, options: Record<string, string | number>, name = "datagen"): Promise<Source> =>
  openSource(name, bench.table(columns, options), bench.context(columns));

const EVERYTHING: Columns = {
  tiny: types.TINYINT,
  small: types.USMALLINT,
  int: types.INTEGER,
  uint: types.UINTEGER,
  big: types.BIGINT,
  ubig: types.UBIGINT,
  huge: types.HUGEINT,
  bool: types.BOOLEAN,
  real: types.REAL,
  double: types.DOUBLE,
  price: types.decimal(12, 2),
  wide: types.decimal(30, 4),
  text: types.VARCHAR,
  blob: types.BLOB,
  uuid: types.UUID,
  day: types.DATE,
  time: types.TIME,
  ts: types.TIMESTAMP,
  color: { kind: "Enum", values: ["red", "green", "blue"] },
};

describe("datagen", () => {
  it("gives the same rows however they are cut", async () => {
    const options = {
      "number-of-rows": 1000,
      partitions: 3,
      seed: 7,
      "fields.text.length": 9,
      "fields.blob.length": 3,
    };
    const whole = await bench.drain(await open(EVERYTHING, options), 1e6);
    const pieces = await bench.drain(await open(EVERYTHING, options), 17);
    const byText = (rows: readonly TextRow[]): string[] => rows.map((row) => JSON.stringify(row)).sort();
    expect(byText(pieces[0])).toEqual(byText(whole[0]));
    expect(whole[0].length).toBe(1000);
    expect(new Set(byText(whole[0])).size).toBe(1000);
    expect(pieces[1]).toEqual(whole[1]);
    expect([...whole[1]]).toEqual([
      ["0/3", 334],
      ["1/3", 333],
      ["2/3", 333],
    ]);
  });

  it("replays what it gave", async () => {
    const columns = { a: types.BIGINT, s: types.VARCHAR };
    const source = await open(columns, { "fields.s.length": 10 });
    const all = await bench.read(source, "0/1", 0, 70_000);
    expect(await bench.read(source, "0/1", 65_530, 65_540)).toEqual(all.slice(65_530, 65_540));
    expect(await bench.read(await open(columns, { "fields.s.length": 10 }), "0/1", 1, 3)).toEqual(all.slice(1, 3));
    expect(await bench.read(await open(columns, { "fields.s.length": 10, seed: 1 }), "0/1", 1, 3)).not.toEqual(
      all.slice(1, 3),
    );
  });

  it("stays within bounds and reaches them", async () => {
    const columns = { i: types.INTEGER, b: types.BIGINT, p: types.decimal(10, 2), d: types.DOUBLE, u: types.UUID };
    const source = await open(columns, {
      "number-of-rows": 2000,
      "fields.i.min": -2,
      "fields.i.max": 2,
      "fields.b.min": "-5000000001",
      "fields.b.max": "-5000000000",
      "fields.p.min": "0.50",
      "fields.p.max": "0.52",
      "fields.d.min": 10,
      "fields.d.max": 11,
    });
    const [rows] = await bench.drain(source, 1e6);
    const distinct = (i: number): string[] => [...new Set(rows.map((row) => row[i]!))].sort();
    expect(distinct(0)).toEqual(["-1", "-2", "0", "1", "2"]);
    expect(distinct(1)).toEqual(["-5000000000", "-5000000001"]);
    expect(distinct(2)).toEqual(["0.50", "0.51", "0.52"]);
    const doubles = rows.map((row) => Number(row[3]));
    expect(Math.min(...doubles)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...doubles)).toBeLessThan(11);
    expect(Math.max(...doubles)).toBeGreaterThan(10.99);
    for (const [, , , , uuid] of rows) expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
  });

  it("counts in sequences, which end", async () => {
    const columns = { n: types.BIGINT, s: types.VARCHAR, ts: types.TIMESTAMP, p: types.decimal(5, 1), day: types.DATE };
    const source = await open(columns, {
      "fields.n.kind": "sequence",
      "fields.n.start": 5,
      "fields.n.end": 7,
      "fields.s.kind": "sequence",
      "fields.ts.start": "2024-01-01 00:00:00",
      "fields.ts.step": "1 min",
      "fields.p.kind": "sequence",
      "fields.day.kind": "sequence",
      "fields.day.start": "2024-02-28",
    });
    const { to, ended, finished } = await source.advance(new Map(), 100);
    expect([ended, [...finished]]).toEqual([true, ["0/1"]]);
    expect(await bench.readEpoch(source, new Map(), to)).toEqual([
      ["5", "0", "2024-01-01 00:00:00", "0.0", "2024-02-28"],
      ["6", "1", "2024-01-01 00:01:00", "1.0", "2024-02-29"],
      ["7", "2", "2024-01-01 00:02:00", "2.0", "2024-03-01"],
    ]);
  });

  it("makes NULLs at the rate asked for", async () => {
    const columns = { a: types.INTEGER, s: types.VARCHAR };
    const source = await open(columns, {
      "number-of-rows": 4000,
      "fields.a.null-rate": "0.25",
      "fields.s.null-rate": 1,
    });
    const [rows] = await bench.drain(source, 1e6);
    const nulls = rows.filter(([a]) => a === null).length;
    expect(nulls).toBeGreaterThan(850);
    expect(nulls).toBeLessThan(1150);
    expect(rows.every(([, s]) => s === null)).toBe(true);
  });

  it("keeps to its rate", async () => {
    const columns = { n: types.BIGINT, ts: types.TIMESTAMP };
    const source = await open(columns, { "rows-per-second": 200 }, "rate");
    let at: Positions = new Map<string, Position>();
    const start = performance.now();
    while (Number(at.get("0/1") ?? 0) < 20) {
      at = (await source.advance(at, 5)).to;
      await source.wait(at, AbortSignal.timeout(5000));
    }
    expect(performance.now() - start).toBeGreaterThan(85);
    // Event time goes at the same pace.
    expect((await bench.read(source, "0/1", 19, 20))[0]![1]).toBe("1970-01-01 00:00:00.095");
    const aborted = performance.now();
    await (await open(columns, { "number-of-rows": 0 })).wait(new Map(), AbortSignal.timeout(20));
    expect(performance.now() - aborted).toBeLessThan(800);
  });

  it("refuses positions of another number of partitions", async () => {
    const source = await open({ n: types.BIGINT }, { partitions: 2 });
    await expect(source.advance(new Map([["0/1", 5]]), 10)).rejects.toThrow(/it has 2 partitions now/);
  });
});

describe("options", () => {
  const columns = { a: types.BIGINT, price: types.decimal(5, 2), l: types.listOf(types.BIGINT) };
  it.each([
    [
      { "rows-per-secnd": 1 },
      'the table "t" has an unknown option "rows-per-secnd"',
      'did you mean "rows-per-second"?',
    ],
    [{ "fields.prize.min": 1 }, 'unknown option "fields.prize.min"', 'did you mean "fields.price.min"?'],
    [{ "rows-per-second": "many" }, 'must be a whole number, not "many"', undefined],
    [{ partitions: 0 }, 'the option "partitions" of the table "t" must be 1 or more, not "0"', undefined],
    [{ "fields.a.kind": "sequense" }, "must be one of random, sequence", 'did you mean "sequence"?'],
    [{ "fields.price.max": "1000" }, 'must be a value of type DECIMAL(5,2), not "1000"', undefined],
    [{ "fields.a.min": 3, "fields.a.max": 2 }, "no more than the maximum", undefined],
    [{ "fields.a.kind": "sequence", "fields.a.step": "1 s" }, "only timestamps have steps of time", undefined],
    [{}, "datagen for columns of type BIGINT[] is not supported", undefined],
  ])("%j is refused", async (options, message, hint) => {
    const error = await findConnector("datagen", bench.table(columns, options as Record<string, string>)).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(HeadraceError);
    expect((error as HeadraceError).message).toContain(message);
    expect((error as HeadraceError).hint).toBe(hint);
  });

  it("connectors are found by name", async () => {
    await expect(findConnector("datagn", bench.table({}))).rejects.toMatchObject({
      code: "bind",
      hint: 'did you mean "datagen"?',
    });
    await expect(openSource("blackhole", bench.table({}), bench.context({}))).rejects.toThrow(
      'nothing can be read from "t": blackhole is a sink',
    );
    expect((await findConnector("Print", bench.table({}))).name).toBe("print");
  });
});
