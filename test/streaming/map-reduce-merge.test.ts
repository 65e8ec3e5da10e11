/** Map-reduce-merge against the same in plain JavaScript, epoch by epoch. */
import { type Change, col, connect, type DataFrame, type HeadraceError, type Session, sum } from "headrace";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandom } from "./prefix/oracle.ts";

type Sale = { readonly city: string | null; readonly items: string | null; readonly amount: bigint | null };

const random = createRandom(11);
const pick = (list: readonly string[]): string => list[Math.min(random(list.length), random(list.length))]!;
const cities = ["Oslo", "Rome", "Łódź", "Bern", "Lima", "Cairo", ""];
const things = ["pen", "ink", "cup", "jar", "éclair"];
const SALES: readonly Sale[] = Array.from({ length: 1500 }, () => ({
  city: random(9) === 0 ? null : pick(cities),
  items: random(7) === 0 ? null : Array.from({ length: random(5) }, () => pick(things)).join(" "),
  amount: random(8) === 0 ? null : BigInt(random(1000) - 300),
}));

/** Every item of a sale is worth its amount; of each city and item the total, and how many epochs it came in. */
const TOTALS = {
  map: ({ city, items, amount }: Sale) =>
    (items ?? "")
      .split(" ")
      .flatMap((item) => (item === "" || amount === null ? [] : [[`${city}:${item}`, amount] as const])),
  reduce: (_key: string, values: readonly bigint[]) => values.reduce((a, b) => a + b),
  merge: (
    old: string | undefined,
    value: bigint,
    state: { epochs: number | null; total: bigint | null },
    key: string,
  ) => {
    if ((state.total === null) !== (old === undefined)) throw new Error(`${key} was ${old} without a state`);
    state.epochs = (state.epochs ?? 0) + 1;
    state.total = (state.total ?? 0n) + value;
    return `${state.total} in ${state.epochs}`;
  },
  key: "VARCHAR",
  value: "BIGINT",
  result: "VARCHAR",
  state: { epochs: "INTEGER", total: "BIGINT" },
} as const;

/** The same, without an engine. */
class Plain {
  readonly results = new Map<string, string>();
  private readonly states = new Map<string, { epochs: number | null; total: bigint | null }>();

  epoch(rows: readonly Sale[]): void {
    const values = new Map<string, bigint[]>();
    for (const row of rows)
      for (const [key, value] of TOTALS.map(row)) values.set(key, [...(values.get(key) ?? []), value]);
    for (const [key, list] of values) {
      const state = this.states.get(key) ?? { epochs: null, total: null };
      this.states.set(key, state);
      this.results.set(key, TOTALS.merge(this.results.get(key), TOTALS.reduce(key, list), state, key));
    }
  }

  get rows(): readonly (readonly unknown[])[] {
    return [...this.results].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }
}

const NEVER = { rows: 1e9, ms: 1e9 };
const SCHEMA = { city: "VARCHAR", items: "VARCHAR", amount: "BIGINT" };

let db: Session;
const reopen = async (workers: number): Promise<void> => {
  await db.close();
  db = await connect({ workers, config: { inlineRows: workers === 4 ? 0 : undefined, chunkRows: 64, morselRows: 50 } });
};
beforeEach(async () => {
  db = await connect({ workers: 2 });
});
afterEach(() => db.close());

const rowsOf = async (name: string): Promise<unknown[][]> => {
  const rows = await db.table(name).collect({ rows: "array" });
  return rows.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
};
const byText = (a: unknown, b: unknown): number => (String(a) < String(b) ? -1 : 1);
const errorOf = (query: Promise<unknown>): Promise<HeadraceError> =>
  query.then(
    () => expect.fail("it ended well"),
    (error: unknown) => error as HeadraceError,
  );

describe.each([
  { size: 1, rows: 60, workers: 2 },
  { size: 7, rows: 300, workers: 4 },
  { size: 1000, rows: 1500, workers: 1 },
  { size: 1500, rows: 1500, workers: 4 },
])("epochs of $size, $workers workers", ({ size, rows: most, workers }) => {
  it("give what plain JavaScript gives, as a view, as changes and in one epoch", async () => {
    await reopen(workers);
    const sales = db.stream<Sale>("sales", SCHEMA);
    const totals = db.table<Sale>("sales").mapReduceMerge(TOTALS);
    const view = await totals.materialize("totals", { epoch: NEVER });
    const leave = new AbortController();
    const changes = totals.subscribe({ epoch: NEVER, signal: leave.signal });
    const plain = new Plain();
    const shown = new Map<unknown, unknown>();
    let next = changes.next();
    for (let from = 0; from < most; from += size) {
      const rows = SALES.slice(from, Math.min(from + size, most));
      await sales.push(rows);
      const before = new Map(plain.results);
      plain.epoch(rows);
      const flushed = sales.flush();
      const same = [...plain.results].every(([key, result]) => before.get(key) === result);
      if (!same) {
        const { value } = await next;
        const { added, removed } = value as Change<{ key: string; result: string }>;
        for (const { key, result } of removed) {
          if (shown.get(key) !== result) throw new Error(`${key}: ${result} was not there`);
          shown.delete(key);
        }
        for (const { key, result } of added) {
          if (shown.has(key)) throw new Error(`${key} is there already`);
          shown.set(key, result);
        }
        next = changes.next();
      }
      await flushed;
      expect(new Map(shown)).toEqual(plain.results);
      expect(await rowsOf("totals")).toEqual(plain.rows);
    }
    await view.compact();
    expect(await rowsOf("totals")).toEqual(plain.rows);
    expect(view.stats().stateRows).toBe(2 * plain.results.size);
    leave.abort();
    await expect(next).rejects.toThrow("aborted");

    await db.register("all_sales", SALES.slice(0, most), { schema: SCHEMA });
    const whole = new Plain();
    whole.epoch(SALES.slice(0, most));
    const collected = await db.table<Sale>("all_sales").mapReduceMerge(TOTALS).sort("key").collect({ rows: "array" });
    expect(collected.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))).toEqual(whole.rows);
  }, 120_000);
});

type Numbers = { readonly k: number; readonly n: number };

/** Sums of `n` by `k`. */
const SUMS = {
  map: ({ k, n }: Numbers) => [[k, n] as const],
  reduce: (_key: number, values: readonly number[]) => values.reduce((a, b) => a + b),
  merge: (old: number | undefined, n: number): number | undefined => (old ?? 0) + n,
  key: "INTEGER",
  value: "INTEGER",
} as const;

describe("keys and values", () => {
  it("of times keep their microseconds; null is a key, but no value", async () => {
    const s = db.stream("s", { t: "VARCHAR", n: "INTEGER" });
    const sums = db.table<{ t: string; n: number }>("s").mapReduceMerge({
      map: ({ t, n }) => [[t, n]],
      reduce: (_key, values) => values.reduce((a, b) => a + b),
      merge: (old = 0, n) => old + n,
      key: "TIMESTAMP",
      value: "INTEGER",
    });
    const view = await sums.materialize("v", { epoch: NEVER });
    for (const n of [1, 2]) {
      await s.push([
        { t: "2024-01-01 00:00:00.000123", n },
        { t: "2024-01-01 00:00:00.000124", n: 10 * n },
        { t: "2024-01-01 00:00:00.000124", n: null },
        { t: null, n: 100 * n },
        { t: "2024-01-02", n: null },
      ]);
      await view.flush();
    }
    expect(await db.sql("SELECT key::VARCHAR, result FROM v ORDER BY key").collect({ rows: "array" })).toEqual([
      ["2024-01-01 00:00:00.000123", 3],
      ["2024-01-01 00:00:00.000124", 30],
      [null, 300],
    ]);
  });

  it("may be nested; functions get row values whatever `map` gave", async () => {
    const s = db.stream<Numbers>("s", { k: "INTEGER", n: "INTEGER" });
    const seen = db.table<Numbers>("s").mapReduceMerge({
      map: ({ k, n }) => new Map([[{ k, odd: k % 2 === 1 }, n]]),
      reduce: (key, values) => {
        if (typeof (key as { k: bigint }).k !== "bigint") throw new Error("a key");
        return values.reduce((a, b) => a + b, 0n);
      },
      merge: (old: unknown, n) => [...((old as bigint[] | undefined) ?? []), n],
      key: "STRUCT(k BIGINT, odd BOOLEAN)",
      value: "BIGINT",
      result: "BIGINT[]",
    });
    const view = await seen.materialize("v", { epoch: NEVER });
    for (const n of [1, 2]) {
      await s.push([
        { k: 1, n },
        { k: 1, n: 1 },
        { k: 2, n: 10 * n },
      ]);
      await view.flush();
    }
    expect(await db.sql("SELECT key.k, key.odd, result FROM v ORDER BY 1").collect({ rows: "array" })).toEqual([
      [1n, true, [2n, 3n]],
      [2n, false, [10n, 20n]],
    ]);
  });
});

it("keys without result and state are forgotten, those with a state are not", async () => {
  const s = db.stream<Numbers>("s", { k: "INTEGER", n: "INTEGER" });
  const balances = db
    .table<Numbers>("s")
    .mapReduceMerge({ ...SUMS, merge: (old = 0, n) => (old + n === 0 ? undefined : old + n) });
  const thirds = db.table<Numbers>("s").mapReduceMerge({
    ...SUMS,
    merge: (_old, n, state) => {
      state.times = (state.times ?? 0) + 1;
      if (n === 0) state.times = null;
      return state.times === 3 ? n : undefined;
    },
    state: { times: "INTEGER" },
  });
  const [open, third] = [
    await balances.materialize("balances", { epoch: NEVER }),
    await thirds.materialize("thirds", { epoch: NEVER }),
  ];
  const push = async (k: number, n: number): Promise<unknown> => {
    await s.push({ k, n });
    await s.flush();
    return [await rowsOf("balances"), await rowsOf("thirds")];
  };
  expect(await push(1, 5)).toEqual([[[1, 5]], []]);
  expect(await push(1, -5)).toEqual([[], []]);
  await open.compact();
  expect(open.stats().stateRows).toBe(0);
  expect(await push(1, 7)).toEqual([[[1, 7]], [[1, 7]]]);
  expect(await push(1, 7)).toEqual([[[1, 14]], []]);
  await third.compact();
  expect(third.stats().stateRows).toBe(1);
  expect(await push(1, 0)).toEqual([[[1, 14]], []]);
  await third.compact();
  expect(third.stats().stateRows).toBe(0);
});

it("functions may close over state, and run here then", async () => {
  const s = db.stream<Numbers>("s", { k: "INTEGER", n: "INTEGER" });
  const names = new Map([[1, "one"]]);
  const calls: unknown[] = [];
  const named = db.table<Numbers>("s").mapReduceMerge({
    ...SUMS,
    map: ({ k, n }) => [[names.get(k) ?? "other", n]],
    reduce: (_key, values) => values.reduce((a, b) => a + b),
    merge: (old: number | undefined, n, _state, key) => {
      calls.push([key, old, n]);
      return (old ?? 0) + n;
    },
    key: "VARCHAR",
  });
  const view = await named.materialize("v", { epoch: NEVER });
  for (const n of [1, 2]) {
    await s.push([1, 2, 3].map((k) => ({ k, n })));
    await view.flush();
  }
  expect(await rowsOf("v")).toEqual([
    ["one", 3],
    ["other", 6],
  ]);
  expect(calls.toSorted(byText)).toEqual(
    [
      ["one", undefined, 1],
      ["one", 1, 2],
      ["other", undefined, 2],
      ["other", 2, 4],
    ].toSorted(byText),
  );
  expect(await named.explain()).toContain("on the main thread, as it refers to");
});

describe("functions of rows, as rows come and go", () => {
  const rowsOfEpochs: readonly (readonly [come: readonly Numbers[], go: readonly Numbers[]])[] = [
    [
      [
        { k: 1, n: 2 },
        { k: 2, n: 0 },
        { k: 3, n: 1 },
      ],
      [],
    ],
    [
      [
        { k: 1, n: 1 },
        { k: 3, n: 4 },
        { k: 3, n: 1 },
      ],
      [],
    ],
    [
      [{ k: 2, n: 3 }],
      [
        { k: 3, n: 1 },
        { k: 1, n: 2 },
      ],
    ],
    [
      [],
      [
        { k: 3, n: 4 },
        { k: 3, n: 1 },
        { k: 2, n: 3 },
      ],
    ],
    [
      [],
      [
        { k: 1, n: 1 },
        { k: 2, n: 0 },
      ],
    ],
  ];
  const words = (rows: DataFrame<Numbers>): DataFrame<{ word: string }> =>
    rows.flatMap<{ word: string }>(({ k, n }) => Array.from({ length: n }, (_, i) => ({ word: `${k}-${i}` })), {
      schema: { word: "VARCHAR" },
    });
  const QUERIES: Readonly<Record<string, (rows: DataFrame<Numbers>) => DataFrame<object>>> = {
    flatMap: words,
    "flatMap, async": (rows) =>
      rows.flatMap<{ k: number }>(
        async function* ({ k }) {
          await Promise.resolve();
          yield { k };
        },
        { schema: { k: "INTEGER" } },
      ),
    "an aggregate of it": (rows) => words(rows).groupBy("word").count(),
    "of an aggregate": (rows) =>
      words(
        rows
          .groupBy("k")
          .agg({ n: sum("n") })
          .select("k", col("n").cast("INTEGER").as("n")) as DataFrame<Numbers>,
      ),
    mapReduce: (rows) =>
      rows.mapReduce<{ k: number; total: number }, number, number>({
        map: ({ k, n }) => [[k, n] as const],
        reduce: (k, values) => ({ k, total: values.reduce((a, b) => a + b) }),
        key: "INTEGER",
        value: "INTEGER",
        schema: { k: "INTEGER", total: "INTEGER" },
      }),
  };

  it.each(Object.entries(QUERIES))("%s", async (_name, query) => {
    const s = db.stream<Numbers>("s", { k: "INTEGER", n: "INTEGER" }, { changes: true });
    const view = await query(db.table<Numbers>("s")).materialize("v", { epoch: NEVER });
    const present: Numbers[] = [];
    for (const [come, go] of rowsOfEpochs) {
      await s.push(come);
      await s.remove(go);
      present.push(...come);
      for (const { k, n } of go)
        present.splice(
          present.findIndex((row) => row.k === k && row.n === n),
          1,
        );
      await view.flush();
      const sorted = (rows: readonly unknown[]): unknown[] => rows.toSorted(byText);
      await db.register("now", present, { schema: { k: "INTEGER", n: "INTEGER" } });
      const expected = await query(db.table<Numbers>("now")).collect({ rows: "array" });
      expect(sorted(await db.table("v").collect({ rows: "array" }))).toEqual(sorted(expected));
    }
    await view.compact();
    expect(view.stats().stateRows).toBe(0);
  });
});

describe("what is wrong", () => {
  const failing: readonly (readonly [what: string, options: object, message: string])[] = [
    [
      "a map that throws",
      {
        map: ({ k }: Numbers) => {
          if (k === 2) throw new RangeError("not two");
          return [];
        },
      },
      'the function mapReduceMerge.map({"k":2,"n":7}) failed: RangeError: not two',
    ],
    ["a map without pairs", { map: () => 5 }, "failed: it returned 5, which is no iterable of [key, value]"],
    [
      "a promise of pairs",
      { map: () => Promise.reject(new Error("late")) },
      "failed: it returned a promise, which is no iterable",
    ],
    ["pairs of one", { map: () => [[1]] }, "failed: it gave [1], which is no [key, value]"],
    ["a key of another type", { map: () => [["x", 1]] }, 'failed: it gave "x" as a key, which is no INTEGER'],
    ["a value of another type", { map: () => [[1, 2.5]] }, "failed: it gave 2.5 as a value, which is no INTEGER"],
    [
      "a value out of range",
      { map: () => [[1, 2 ** 31]] },
      "failed: it gave 2147483648 as a value, which is no INTEGER",
    ],
    [
      "a reduce that throws",
      {
        reduce: () => {
          throw new Error("no");
        },
      },
      "the function mapReduceMerge.reduce(2, [7,7]) failed: no",
    ],
    ["a reduce without a value", { reduce: () => undefined }, "reduce(2, [7,7]) failed: it gave undefined as a value"],
    [
      "a merge that throws",
      {
        merge: () => {
          throw new Error("never");
        },
      },
      "the function mapReduceMerge.merge(undefined, 14, 2) failed: never",
    ],
    [
      "a result of another type",
      { merge: () => "x" },
      'merge(undefined, 14, 2) failed: it returned "x", which is no INTEGER',
    ],
    ["a promise of a result", { merge: () => Promise.reject(new Error("late")) }, "failed: it returned a promise"],
    [
      "a state that was not declared",
      {
        merge: (_old: unknown, _n: unknown, state: Record<string, unknown>) => {
          state["n"] = 1;
          return 1;
        },
      },
      "merge(undefined, 14, 2) failed: Cannot add property n",
    ],
    [
      "a field that was not declared",
      {
        state: { n: "INTEGER" },
        merge: (_old: unknown, _n: unknown, state: Record<string, unknown>) => {
          state["m"] = 1;
          return 1;
        },
      },
      'failed: it set "m" of a state whose fields are n',
    ],
    [
      "a field of another type",
      {
        state: { n: "INTEGER" },
        merge: (_old: unknown, _n: unknown, state: Record<string, unknown>) => {
          state["n"] = "one";
          return 1;
        },
      },
      'failed: it set "n" of its state to "one", which is no INTEGER',
    ],
  ];

  it.each(failing)("%s fails the query, and says where", async (_what, options, message) => {
    await db.execute("CREATE TABLE t AS SELECT 2 AS k, 7 AS n FROM range(2)");
    const query = (table: string): DataFrame =>
      db.table<Numbers>(table).mapReduceMerge({ ...SUMS, ...options } as never);
    const error = await errorOf(query("t").collect());
    expect(error).toMatchObject({ code: "function" });
    expect(error.message).toContain(message);
    const s = db.stream<Numbers>("s", { k: "INTEGER", n: "INTEGER" });
    const view = await query("s").materialize("v", { epoch: NEVER });
    await s.push([
      { k: 2, n: 7 },
      { k: 2, n: 7 },
    ]);
    const late = await errorOf(view.flush());
    expect(late).toMatchObject({ code: "function" });
    expect(late.message).toContain(message);
    expect(await db.sql("SELECT 1 AS one").collect()).toEqual([{ one: 1 }]);
  });

  it("rows that may be taken back, batches and promises are refused by name", async () => {
    db.stream("changing", { k: "INTEGER", n: "INTEGER" }, { changes: true });
    db.stream("growing", { k: "INTEGER", n: "INTEGER" });
    await db.execute("CREATE TABLE t (k INTEGER, n INTEGER)");
    const counts = "SELECT k, count(*)::INTEGER AS n FROM growing GROUP BY k";
    for (const source of [db.table("changing"), db.table("t"), db.sql(counts)]) {
      expect(await errorOf((source as DataFrame<Numbers>).mapReduceMerge(SUMS).materialize("v"))).toMatchObject({
        code: "unsupported",
        message: "mapReduceMerge over rows that may be taken back cannot be kept up to date by a continuous query",
      });
    }
    expect(() => db.table<Numbers>("changing").mapReduceMerge(SUMS).subscribe()).toThrow("taken back");
    const batches = db.table("growing").mapBatches(() => [], { schema: { a: "INTEGER" } });
    await expect(batches.materialize("v")).rejects.toThrow(
      "mapBatches, a JavaScript function of batches, cannot be kept",
    );
    const promising = db.table<Numbers>("growing").mapReduceMerge({ ...SUMS, merge: async () => 1 } as never);
    await expect(promising.materialize("v")).rejects.toThrow("mapReduceMerge with an async function is not supported");
    expect(() => db.table<Numbers>("t").mapReduceMerge({ ...SUMS, value: "NUMERAL" } as never)).toThrow("NUMERAL");
  });

  it("its state is named", async () => {
    db.stream("growing", { k: "INTEGER", n: "INTEGER" });
    const plan = await db.table<Numbers>("growing").mapReduceMerge(SUMS).explain({ stage: "continuous" });
    expect(plan).toContain("State results of mapReduceMerge: one row a key");
  });
});
