/** Small epochs beside large states, which look up the rows that they need. */
import { connect, type Session } from "headrace";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Runtime } from "../../src/exec/schedule/runtime.ts";

const SCHEMA = { k: "BIGINT", s: "VARCHAR", v: "INTEGER" } as const;
/** More rows than a state is scanned for, in one chunk. */
const MANY = 20_000;
/** As often an index has to be wanted, and some. */
const EPOCHS = 8;

type Row = { readonly k: number | null; readonly s: string | null; readonly v: number };

const many: readonly Row[] = Array.from({ length: MANY }, (_, i) => ({
  k: i % 100 === 7 ? null : (i * 7919) % 15_013,
  s: i % 90 === 5 ? null : `text of ${i % 16_000}`,
  v: i % 11,
}));
const few = (epoch: number): readonly Row[] =>
  Array.from({ length: 10 }, (_, i) => ({ ...many[(i * 1009 + epoch * 13) % MANY]!, v: 100 + epoch }));

let db: Session;
beforeEach(async () => {
  db = await connect({ workers: 2 });
});
afterEach(() => db.close());

const usedBytes = (): number => (db as unknown as { runtime: Runtime }).runtime.shared.usedBytes;

/** Follows a query while its tables get a few rows now and then, and lose some; it has to give what the query gives. */
async function follow(sql: string): Promise<{ readonly indexBytes: number }> {
  await db.execute(`
    CREATE TABLE a (k BIGINT, s VARCHAR, v INTEGER);
    INSERT INTO a SELECT if(i % 100 = 7, NULL, i * 7919 % 15013), if(i % 90 = 5, NULL, 'text of ' || i % 16000), i % 11
      FROM range(${MANY}) r (i);
    CREATE TABLE b AS FROM a WHERE v < 5`);
  const view = await db.sql(sql).materialize("followed");
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const name = epoch % 2 === 0 ? "a" : "b";
    const rows = few(epoch).map(({ k, s, v }) => `(${k ?? "NULL"}, ${s === null ? "NULL" : `'${s}'`}, ${v})`);
    await db.execute(`INSERT INTO ${name} VALUES ${rows.join(", ")}; DELETE FROM ${name} WHERE k = ${epoch}`);
    if (epoch % 3 !== 2) continue;
    const kept = await db.sql("FROM followed ORDER BY ALL").collect({ rows: "array" });
    expect(kept).toEqual(await db.sql(`FROM (${sql}) ORDER BY ALL`).collect({ rows: "array" }));
  }
  await view.flush();
  const { indexBytes } = view.stats();
  await view.stop();
  return { indexBytes };
}

it.each([
  "SELECT k, count(*) AS n, sum(v) AS s FROM a GROUP BY k",
  "SELECT k % 500 AS g, median(v) AS m FROM a GROUP BY k % 500",
  "SELECT s, max(k) AS m, count(DISTINCT v) AS n FROM a GROUP BY s",
  "SELECT DISTINCT k, s FROM a",
  "SELECT x.k, x.v, y.v AS w FROM a x JOIN b y ON x.k = y.k AND x.v < y.v",
  "SELECT x.k, x.s, y.v FROM a x LEFT JOIN b y ON x.k = y.k AND x.s = y.s",
  "SELECT x.k, y.k AS l FROM a x FULL JOIN b y ON x.s IS NOT DISTINCT FROM y.s AND x.k = y.k",
  "SELECT k, v FROM a x WHERE NOT EXISTS (SELECT 1 FROM b y WHERE y.k = x.k AND y.v > x.v)",
  "SELECT k, s, v FROM (SELECT *, row_number() OVER (PARTITION BY k ORDER BY v DESC, s) AS r FROM a) WHERE r <= 2",
  "SELECT k FROM a EXCEPT SELECT k FROM b",
])("%s", async (sql) => {
  const { indexBytes } = await follow(sql);
  expect(indexBytes).toBeGreaterThan(0);
});

it("have no indexes where epochs are large", async () => {
  const stream = db.stream("a", SCHEMA);
  const view = await db.sql("SELECT k, count(*) AS n FROM a GROUP BY k").materialize("counts");
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    await stream.push(many.slice(epoch * 1000));
    await view.flush();
  }
  expect(view.stats().indexBytes).toBe(0);
  await view.stop();
});

it("scan for a key that many rows have", async () => {
  const stream = db.stream("a", SCHEMA);
  const view = await db.sql("SELECT k, median(v) AS m FROM a GROUP BY k").materialize("medians");
  await stream.push(many.map((row) => ({ ...row, k: 1 })));
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    await stream.push([{ k: 1, s: null, v: 5 }]);
    await view.flush();
  }
  expect(await db.sql("FROM medians").collect()).toEqual([{ k: 1n, m: 5 }]);
  await view.stop();
});

it("leave nothing behind", async () => {
  await db.execute("SELECT 1");
  const before = usedBytes();
  const stream = db.stream("a", SCHEMA);
  const view = await db.sql("SELECT x.k, y.v FROM a x JOIN a y ON x.k = y.k").materialize("pairs");
  await stream.push([...many]);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    await stream.push([...few(epoch)]);
    await view.flush();
  }
  expect(view.stats().indexBytes).toBeGreaterThan(0);
  await db.execute("DROP MATERIALIZED VIEW pairs");
  expect(usedBytes()).toBe(before);
});
