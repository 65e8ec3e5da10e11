/**
 * Rows of streams with a watermark that are taken back: after every epoch the result is that of the rows so far, and when all are gone
 * nothing is left, though they go under other watermarks than they came with.
 */
import { connect } from "headrace";
import { expect, it } from "vitest";
import { Batch, createRandom, planEpochs, pushEpoch, rowsOf, type Tables } from "./prefix/oracle.ts";

const SCHEMA = { id: "INTEGER", k: "INTEGER", ts: "TIMESTAMP" };

function makeRows(seed: number): object[] {
  const random = createRandom(seed);
  return Array.from({ length: 40 }, (_, id) => {
    const ts = new Date(Date.UTC(2024, 0, 1) + random(60_000)).toISOString().slice(0, -1);
    return { id, k: random(6), ts };
  });
}

const JOINED = "TABLE (SELECT t.ts, t.id, u.id AS other FROM t JOIN u ON t.k = u.k)";

it.each([
  // A join below the windows, or a window function: rows are kept before it shows whether they are late.
  [
    "1 second",
    `SELECT window_end, count(*) AS n FROM HOP(${JOINED}, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND) GROUP BY window_start, window_end`,
  ],
  [
    "1 second",
    `SELECT window_end, list(id ORDER BY id, other) AS l FROM CUMULATE(${JOINED}, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND) GROUP BY window_start, window_end`,
  ],
  [
    "1 second",
    "SELECT window_end, count(*) AS n FROM HOP(TABLE (SELECT t.ts FROM t LEFT JOIN u ON t.k = u.k AND t.id < u.id), DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND) GROUP BY window_start, window_end",
  ],
  [
    "1 second",
    "SELECT window_end, max(r) AS r FROM HOP(TABLE (SELECT ts, row_number() OVER (PARTITION BY k ORDER BY id) AS r FROM t), DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND) GROUP BY window_start, window_end",
  ],
  // Rows are kept without their watermark.
  [
    "1 hour",
    "SELECT window_end, k, count(*) AS n, min(id) AS first FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND) GROUP BY window_start, window_end, k",
  ],
  [
    "1 hour",
    "SELECT window_end, count(*) AS n FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '2' SECOND) GROUP BY window_start, window_end, k",
  ],
  [
    "1 hour",
    "SELECT t.id, u.id AS other FROM t JOIN u ON t.k = u.k AND u.ts BETWEEN t.ts - INTERVAL '5' SECOND AND t.ts",
  ],
  [
    "1 hour",
    "SELECT a.id, b.id AS other FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND) a LEFT JOIN TUMBLE(TABLE u, DESCRIPTOR(ts), INTERVAL '5' SECOND) b ON a.window_end = b.window_end AND a.window_start = b.window_start AND a.k = b.k",
  ],
])("a delay of %s: %s", async (delay, sql) => {
  const db = await connect({ workers: 2, temporal: "string", config: { compactedRows: 8 } });
  const tables: Tables = { t: { schema: SCHEMA, rows: makeRows(1) }, u: { schema: SCHEMA, rows: makeRows(2) } };
  const batch = await Batch.open(tables);
  try {
    const options = { changes: true, watermark: { column: "ts", delay } };
    const streams = new Map(["t", "u"].map((name) => [name, db.stream(name, SCHEMA, options)]));
    const view = await db.sql(sql).materialize("v");
    for (const epoch of planEpochs(tables, [1, 7, 20], 0.2, createRandom(3))) {
      await pushEpoch(streams, epoch);
      await view.flush();
      batch.take(epoch);
      expect(await rowsOf(db, "FROM v")).toEqual(await batch.rows(sql));
    }
    await view.compact();
    expect(view.stats().stateRows).toBe(0);
  } finally {
    await db.close();
    await batch.close();
  }
});
