/** First rows of a stream to which rows are only added: those behind them are not kept. */
import { connect, type Session } from "headrace";
import { afterEach, beforeEach, expect, it } from "vitest";

const SCHEMA = { id: "INTEGER", k: "INTEGER", s: "VARCHAR" } as const;
const EPOCHS = 30;
const ROWS = 200;

let db: Session;
beforeEach(async () => {
  db = await connect({ workers: 2, config: { compactedRows: 100 } });
});
afterEach(() => db.close());

/** Many ties, a few NULLs, equal rows. */
const rowsOf = (epoch: number): { id: number; k: number | null; s: string }[] =>
  Array.from({ length: ROWS }, (_, i) => {
    const at = epoch * ROWS + i;
    return { id: at % 977, k: at % 41 === 3 ? null : (at * 7919) % 503, s: `s${at % 13}` };
  });

it.each([
  { sql: "SELECT id, k, s FROM t ORDER BY k DESC LIMIT 5", bounded: true },
  { sql: "SELECT id, k, s FROM t ORDER BY k NULLS FIRST, s DESC LIMIT 7 OFFSET 9", bounded: true },
  { sql: "SELECT id + 1 AS next FROM t ORDER BY s, k LIMIT 10", bounded: true },
  { sql: "SELECT id, k FROM t LIMIT 6", bounded: true },
  { sql: "SELECT id, k FROM t WHERE k > 100 ORDER BY k LIMIT 0", bounded: true },
  {
    sql: "SELECT id FROM (SELECT id, k FROM t ORDER BY k, id, s LIMIT 50) WHERE k >= 2 ORDER BY id LIMIT 3",
    bounded: true,
  },
  { sql: "SELECT id FROM (SELECT * FROM t ORDER BY k DESC, id, s) WHERE id % 2 = 0 LIMIT 4", bounded: true },
  { sql: "SELECT count(*) AS n FROM (SELECT * FROM t LIMIT 10 OFFSET 395)", bounded: true },
  { sql: "SELECT id, k FROM t ORDER BY k, id, s OFFSET 5980", bounded: false },
  { sql: "SELECT max(k) AS m FROM (SELECT k FROM t ORDER BY k NULLS LAST, id LIMIT 20)", bounded: true },
  {
    sql: "SELECT * FROM (SELECT id, k, row_number() OVER (ORDER BY k DESC, id, s) AS r FROM t) WHERE r <= 6",
    bounded: true,
  },
  { sql: "SELECT * FROM (SELECT id, rank() OVER (ORDER BY k) AS r FROM t) WHERE r < 3", bounded: true },
])("$sql", async ({ sql, bounded }) => {
  const stream = db.stream("t", SCHEMA);
  const view = await db.sql(sql).materialize("followed");
  await db.execute("CREATE TABLE all_t (id INTEGER, k INTEGER, s VARCHAR)");
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const rows = rowsOf(epoch);
    await stream.push(rows);
    await view.flush();
    const values = rows.map(({ id, k, s }) => `(${id}, ${k ?? "NULL"}, '${s}')`).join(", ");
    await db.execute(`INSERT INTO all_t VALUES ${values}`);
    const actual = await db.sql("FROM followed ORDER BY ALL").collect({ rows: "array" });
    // Ties are broken by the rest of the row: by all of its columns, as they are in the stream.
    const whole = sql.replaceAll(/\bt\b/g, "(FROM all_t ORDER BY ALL)");
    expect(actual).toEqual(await db.sql(`FROM (${whole}) ORDER BY ALL`).collect({ rows: "array" }));
  }
  expect(view.stats().stateRows < 1000).toBe(bounded);
  await view.stop();
});
