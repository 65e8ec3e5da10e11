/**
 * Event time: rows come out of order, some of them late. After every epoch a continuous query's result is that of the rows so far
 * without the late ones, wherever epochs are cut; windows are put out once, when the watermark has passed them.
 */
import { connect, type Session } from "headrace";
import type { Config } from "./judge.ts";
import { createRandom, rowsOf } from "./oracle.ts";

type Row = { readonly id: number; readonly k: string; readonly v: number | null; readonly ts: Date };
/** A row with the watermark of its stream as it came, in milliseconds. */
type Marked = Row & { readonly wm: number };

const START = Date.UTC(2024, 0, 1);
const DELAY = 4_000;
const SCHEMA = { id: "INTEGER", k: "VARCHAR", v: "INTEGER", ts: "TIMESTAMP(3)" };
const WATERMARK = { column: "ts", delay: "4 seconds" };

function makeRows(seed: number, count: number): Row[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, id) => {
    const early = random(6) === 0 ? random(20_000) : random(3_000);
    const ts = new Date(START + Math.max(0, id * 400 - early));
    return { id, k: "abc"[random(3)]!, v: random(9) === 0 ? null : random(50), ts };
  });
}

/** The rule, written anew: a row's watermark is the latest time of the rows before it, less the delay. */
function mark(rows: readonly Row[]): { readonly rows: readonly Marked[]; readonly watermark: number } {
  let watermark = Number.NEGATIVE_INFINITY;
  const marked = rows.map((row) => {
    const wm = watermark;
    watermark = Math.max(watermark, row.ts.getTime() - DELAY);
    return { ...row, wm };
  });
  return { rows: marked, watermark };
}

/** The rows so far as a table that every query of the batch reads. */
async function load(batch: Session, name: string, rows: readonly Marked[]): Promise<void> {
  const time = (ms: number): string => (Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, -1) : "-infinity");
  const values = rows.map(
    ({ id, k, v, ts, wm }) =>
      `(${id}, '${k}', ${v ?? "NULL"}, TIMESTAMP_MS '${time(ts.getTime())}', TIMESTAMP_MS '${time(wm)}')`,
  );
  await batch.execute(
    `CREATE OR REPLACE TABLE ${name} (id INTEGER, k VARCHAR, v INTEGER, ts TIMESTAMP(3), wm TIMESTAMP(3))`,
  );
  if (values.length > 0) await batch.execute(`INSERT INTO ${name} VALUES ${values.join(", ")}`);
}

export type Case = {
  readonly name: string;
  /** Over the streams t and u; `late` stands for the condition that the batch leaves out late rows with. */
  readonly sql: (late: string) => string;
  readonly late: string;
  /** The column that tells when a row is final; none: the query has no windows. */
  readonly end?: string;
};

const WINDOW = "window_start, window_end";
export const CASES: readonly Case[] = [
  {
    name: "TUMBLE, sums",
    sql: (late) =>
      `SELECT ${WINDOW}, k, count(*) AS n, sum(v) AS s, max(v) AS m FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND) ${late} GROUP BY ${WINDOW}, k`,
    late: "WHERE window_end > wm",
    end: "window_end",
  },
  {
    name: "TUMBLE, aggregates that are computed anew",
    sql: (late) =>
      `SELECT ${WINDOW}, count(DISTINCT k) AS n, median(v) AS m, list(id ORDER BY id) AS l FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND) ${late} GROUP BY ${WINDOW}`,
    late: "WHERE window_end > wm",
    end: "window_end",
  },
  {
    name: "HOP",
    sql: (late) =>
      `SELECT ${WINDOW}, k, count(*) AS n FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND) ${late} GROUP BY ${WINDOW}, k`,
    late: "WHERE window_end > wm",
    end: "window_end",
  },
  {
    name: "CUMULATE",
    sql: (late) =>
      `SELECT ${WINDOW}, sum(v) AS s FROM CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND) ${late} GROUP BY ${WINDOW}`,
    late: "WHERE window_end > wm",
    end: "window_end",
  },
  {
    name: "SESSION",
    sql: (late) =>
      `SELECT ${WINDOW}, k, count(*) AS n, min(id) AS first FROM SESSION(TABLE ${late} PARTITION BY k, DESCRIPTOR(ts), INTERVAL '1' SECOND) GROUP BY ${WINDOW}, k`,
    late: "(SELECT * FROM t WHERE ts > wm)",
    end: "window_end",
  },
  {
    name: "the best of each window",
    sql: (late) => `SELECT window_end, k, n FROM (
        SELECT window_end, k, n, row_number() OVER (PARTITION BY window_end ORDER BY n DESC, k) AS r FROM (
          SELECT ${WINDOW}, k, count(*) AS n FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND) ${late} GROUP BY ${WINDOW}, k)) WHERE r <= 2`,
    late: "WHERE window_end > wm",
    end: "window_end",
  },
  {
    name: "a join of windows",
    sql: (late) => `SELECT a.window_end, a.k, a.n, b.m FROM
        (SELECT ${WINDOW}, k, count(*) AS n FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND) ${late} GROUP BY ${WINDOW}, k) a
        JOIN (SELECT ${WINDOW}, max(v) AS m FROM TUMBLE(TABLE u, DESCRIPTOR(ts), INTERVAL '5' SECOND) ${late} GROUP BY ${WINDOW}) b
        ON a.window_start = b.window_start AND a.window_end = b.window_end`,
    late: "WHERE window_end > wm",
    end: "window_end",
  },
  {
    name: "an outer join of windows",
    sql: (late) => `SELECT a.window_end, a.n, b.n AS other FROM
        (SELECT ${WINDOW}, count(*) AS n FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' SECOND) ${late} GROUP BY ${WINDOW}) a
        LEFT JOIN (SELECT ${WINDOW}, count(*) AS n FROM TUMBLE(TABLE u, DESCRIPTOR(ts), INTERVAL '1' SECOND) ${late} GROUP BY ${WINDOW}) b
        ON a.window_end = b.window_end`,
    late: "WHERE window_end > wm",
    end: "window_end",
  },
  {
    name: "windows in GROUP BY",
    sql: (late) =>
      `SELECT TUMBLE_END(ts, INTERVAL '5' SECOND) AS e, k, count(*) AS n FROM t ${late} GROUP BY TUMBLE(ts, INTERVAL '5' SECOND), k`,
    late: "WHERE time_bucket(INTERVAL '5' SECOND, ts) + INTERVAL '5' SECOND > wm",
    end: "e",
  },
  {
    name: "the first rows of each partition",
    sql: () =>
      "SELECT id, k, v FROM (SELECT id, k, v, row_number() OVER (PARTITION BY k ORDER BY v DESC, id) AS r FROM t) WHERE r <= 3",
    late: "",
  },
  {
    name: "the second row of each partition",
    sql: () =>
      "SELECT id, k FROM (SELECT id, k, row_number() OVER (PARTITION BY k ORDER BY v DESC, id) AS r FROM t) WHERE r = 2",
    late: "",
  },
  {
    name: "DISTINCT below a join",
    sql: () => "SELECT a.k, u.id FROM (SELECT DISTINCT k, v FROM t WHERE v < 9) a JOIN u ON a.k = u.k AND a.v = u.v",
    late: "",
  },
  {
    name: "the rows of the first ranks",
    sql: () =>
      "SELECT id, k, r FROM (SELECT id, k, dense_rank() OVER (PARTITION BY k ORDER BY v) AS r FROM t) WHERE r < 3 AND id % 2 = 0",
    late: "",
  },
  {
    name: "late rows, for a table of their own",
    sql: (late) =>
      late === "" ? "SELECT id, current_watermark(ts) AS wm FROM t WHERE ts <= current_watermark(ts)" : late,
    late: "SELECT id, wm FROM t WHERE ts <= wm",
  },
  {
    name: "a join within an interval",
    sql: (late) =>
      `SELECT t.id, u.id AS other FROM t JOIN u ON t.k = u.k AND u.ts BETWEEN t.ts - INTERVAL '2' SECOND AND t.ts + INTERVAL '1' SECOND ${late}`,
    late: "WHERE t.ts >= t.wm AND u.ts >= u.wm",
  },
];

const ROWS = 120;
/** Of a query whose rows do not grow with the input. */
const MOST_STATE = 400;

export type EventTimeRun = {
  readonly size: number;
  readonly workers: number;
  readonly looks: ReadonlySet<number>;
  readonly seed: number;
  readonly config?: Config;
};

/** How many epochs a run of this size has. */
export const epochsOf = (size: number): number => Math.ceil(ROWS / size);

/** What differs after some epoch; undefined: nothing. */
export async function judgeEventTime(
  { sql, late, end }: Case,
  { size, workers, looks, seed, config }: EventTimeRun,
): Promise<string | undefined> {
  const query = sql(late.startsWith("(") ? "t" : "");
  // All that is of no use goes at once.
  const db = await connect({ workers, temporal: "string", config: { compactedRows: size === 7 ? 1 : 16, ...config } });
  const batch = await connect({ workers: 1, temporal: "string" });
  try {
    const streams = { t: makeRows(seed, ROWS), u: makeRows(seed + 1, ROWS) };
    const t = db.stream("t", SCHEMA, { watermark: WATERMARK });
    const u = db.stream("u", SCHEMA, { watermark: WATERMARK });
    const options = { epoch: { rows: 1e9, ms: 1e9 } };
    const changes = await db.sql(query).materialize("changes", options);
    const final = end === undefined ? undefined : await db.sql(`${query} EMIT FINAL`).materialize("final", options);
    const usesBoth = query.includes(" u,") || query.includes("TABLE u");
    for (let epoch = 0; epoch < epochsOf(size); epoch++) {
      const seen = (epoch + 1) * size;
      await t.push(streams.t.slice(epoch * size, seen));
      await u.push(streams.u.slice(epoch * size, seen));
      await changes.flush();
      await final?.flush();
      if (!looks.has(epoch)) continue;
      const [left, right] = [mark(streams.t.slice(0, seen)), mark(streams.u.slice(0, seen))];
      await load(batch, "t", left.rows);
      await load(batch, "u", right.rows);
      const after = `after ${Math.min(seen, ROWS)} rows of each stream`;
      if (await isOther(db, "FROM changes", batch, sql(late))) return `${after} the changes differ`;
      if (end === undefined) continue;
      const watermark = new Date(Math.min(left.watermark, usesBoth ? right.watermark : left.watermark));
      const over = `SELECT * FROM (${sql(late)}) WHERE ${end} <= TIMESTAMP '${watermark.toISOString().slice(0, -1)}'`;
      if (await isOther(db, "FROM final", batch, over)) return `${after} the final rows differ`;
    }
    // What is over is forgotten.
    await changes.compact();
    await final?.compact();
    const left = final?.stats().stateRows ?? 0;
    return left < MOST_STATE ? undefined : `${left} rows of state are left`;
  } finally {
    await db.close();
    await batch.close();
  }
}

async function isOther(db: Session, sql: string, batch: Session, expected: string): Promise<boolean> {
  return (await rowsOf(db, sql)).join("\n") !== (await rowsOf(batch, expected)).join("\n");
}
