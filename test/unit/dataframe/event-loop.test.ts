/**
 * Long work on the calling thread is done in slices between which the event loop turns. How long a slice takes depends on the
 * machine; what this shows is that there are as many places to stop at as rows demand: the clock says at each that time is up.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Turns } from "../../../src/exec/table/slices.ts";
import { connect, type Session } from "../../../src/index.ts";

const ROWS = 40_000;
const COLUMNS = 5;

let db: Session;
let folder: string;

beforeAll(async () => {
  db = await connect({ workers: 2 });
  folder = mkdtempSync(join(tmpdir(), "headrace-event-loop-"));
  await db.execute(
    `CREATE TABLE t AS SELECT i, i % 7 AS k, 'text ' || i AS s, i / 4 AS d, [i, i + 1] AS l FROM range(${ROWS}) r(i)`,
  );
});
afterAll(async () => {
  await db.close();
  rmSync(folder, { recursive: true });
});

/** How often the work lets the event loop turn if it may not go on. */
async function turnsOf(work: () => Promise<unknown>): Promise<number> {
  const isDue = vi.spyOn(Turns.prototype, "isDue", "get").mockReturnValue(true);
  const take = vi.spyOn(Turns.prototype, "take");
  try {
    await work();
    return take.mock.calls.length;
  } finally {
    isDue.mockRestore();
    take.mockRestore();
  }
}

const copy = (target: string): Promise<unknown> => db.execute(`COPY t TO '${folder}/${target}'`);

describe("the event loop turns", () => {
  test.each<[what: string, most: number, work: () => Promise<unknown>]>([
    ["collect", 256, () => db.table("t").collect()],
    ["collect as arrays", 256, () => db.table("t").collect({ rows: "array" })],
    ["execute", 256, () => db.execute("SELECT * FROM t")],
    ["COPY TO CSV", 256, () => copy("t.csv")],
    ["COPY TO JSON", 256, () => copy("t.json")],
    ["nested values to Parquet", 256, () => copy("t.parquet")],
    ["CREATE TABLE AS", 4096 / COLUMNS, () => db.execute("CREATE OR REPLACE TABLE u AS SELECT * FROM t")],
    ["toArrow", ROWS / COLUMNS, () => db.table("t").toArrow()],
  ])("%s: a stop every %d rows at most", async (_, most, work) => {
    expect(await turnsOf(work)).toBeGreaterThanOrEqual(Math.floor(ROWS / most));
  });

  test("between the files of a pattern and the row groups of a footer", async () => {
    const [files, rows] = [60, 100];
    for (let i = 0; i < files; i++) writeFileSync(join(folder, `part-${i}.csv`), `a,b\n${i},1\n`);
    const pattern = `SELECT sum(a) FROM '${folder}/part-*.csv'`;
    expect(await turnsOf(() => db.execute(pattern))).toBeGreaterThanOrEqual(files);
    // They are known now, but must be looked at.
    expect(await turnsOf(() => db.execute(pattern))).toBeGreaterThanOrEqual(files);
    const parquet = join(folder, "groups.parquet");
    await db.table("t").write.parquet(parquet, { rowGroupSize: rows });
    const scan = (): Promise<unknown> => db.execute(`SELECT count(*) FROM '${parquet}'`);
    expect(await turnsOf(scan)).toBeGreaterThanOrEqual(ROWS / rows);
    expect(await turnsOf(scan)).toBeLessThan(ROWS / rows);
  });

  test("connecting sets up the parser in a turn of its own", async () => {
    const order: string[] = [];
    setImmediate(() => order.push("turn"));
    const session = await connect();
    order.push("connected");
    await session.close();
    expect(order).toEqual(["turn", "connected"]);
  });
});
