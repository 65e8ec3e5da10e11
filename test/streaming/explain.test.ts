/** EXPLAIN of statements that start continuous queries: the plan that would run, with what its states keep. Nothing starts. */
import { mkdtemp, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Session } from "headrace";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
let db: Session;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "headrace-explain-"));
  db = await connect({ workers: 1 });
  await db.execute(`
    CREATE TABLE bids (auction BIGINT, price BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '4' SECOND)
      WITH ('connector' = 'datagen');
    CREATE TABLE counts (till TIMESTAMP(3), n BIGINT)
      WITH ('connector' = 'filesystem', 'path' = '${join(folder, "counts")}', 'format' = 'csv')`);
});

afterEach(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

const WINDOWS =
  "SELECT window_end, count(*) FROM TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY window_start, window_end";

async function explain(statement: string): Promise<Map<string, string>> {
  const [result] = await db.execute(statement);
  if (result?.kind !== "rows") throw new Error("EXPLAIN gives rows");
  return new Map(result.rows.map(([stage, text]) => [String(stage), String(text)]));
}

const lines = (plan: string | undefined, ...beginnings: readonly string[]): string[] =>
  (plan ?? "").split("\n").filter((line) => beginnings.some((beginning) => line.startsWith(beginning)));

test("INSERT INTO a table with a connector: windows once, without a state of the result", async () => {
  const plan = (await explain(`EXPLAIN INSERT INTO counts ${WINDOWS}`)).get("continuous");
  expect(lines(plan, "Emit", "Input", "State", "Warning")).toEqual([
    "Emit windows",
    "Input bids [ts, $watermark]",
    "State sums of Aggregate: one row a group while window_start >= watermark of bids - 9.999999 s",
  ]);
  // Files are the same whenever an epoch is computed.
  expect(plan).toContain("Sort till, n");
  expect(existsSync(join(folder, "counts"))).toBe(false);
  expect(await db.sql("SELECT count(*) AS n FROM (SHOW JOBS)").collect()).toEqual([{ n: 0n }]);
});

test("the mode that the statement writes", async () => {
  await db.execute("CREATE TABLE out (till TIMESTAMP(3), n BIGINT) WITH ('connector' = 'print')");
  const modes = ["CHANGES", "FINAL"].map(async (mode) => {
    const plan = await explain(`EXPLAIN INSERT INTO out ${WINDOWS} EMIT ${mode}`);
    return lines(plan.get("continuous"), "Emit");
  });
  expect(await Promise.all(modes)).toEqual([["Emit changes"], ["Emit final"]]);
});

test("CREATE MATERIALIZED VIEW: the view's own rows are no warning, those of a join are", async () => {
  const view = await explain(
    "EXPLAIN CREATE MATERIALIZED VIEW v (one, other) AS SELECT a.price, b.price FROM bids a JOIN bids b ON a.auction = b.auction",
  );
  expect(lines(view.get("continuous"), "Emit", "Input", "State", "Warning")).toEqual([
    "Emit changes",
    "Input bids [auction, price]",
    "State left side: all rows",
    "State right side: all rows",
    "State result: all rows",
    'Warning: the state "left side" grows with the input: nothing bounds it',
    'Warning: the state "right side" grows with the input: nothing bounds it',
  ]);
  await expect(db.sql("FROM v").collect()).rejects.toMatchObject({ code: "bind" });
  const json = await explain(`EXPLAIN (FORMAT JSON) CREATE MATERIALIZED VIEW v AS ${WINDOWS} EMIT FINAL`);
  expect(JSON.parse(json.get("continuous") ?? "")).toMatchObject({
    emit: "final",
    inputs: [{ name: "bids", late_rows_left_out: false }],
    states: [{ name: "sums of Aggregate", bounded: true }, { name: "result" }],
    warnings: [],
  });
});

test("the other stages are those of its query", async () => {
  const stages = await explain("EXPLAIN (LOGICAL, CONTINUOUS) INSERT INTO counts (n) SELECT auction FROM bids");
  expect([...stages.keys()]).toEqual(["logical_plan", "continuous"]);
  expect(stages.get("logical_plan")).toBe("Project NULL AS till, auction AS n\n└─ Scan bids [auction]");
});

test("what the statement would refuse is refused", async () => {
  const refused = (statement: string): Promise<unknown> => explain(`EXPLAIN ${statement}`).catch((error) => error);
  expect(await refused("INSERT INTO counts SELECT ts, auction, price FROM bids")).toMatchObject({ code: "bind" });
  expect(await refused(`INSERT INTO counts ${WINDOWS} EMIT CHANGES`)).toMatchObject({
    code: "unsupported",
    message: expect.stringContaining("the query takes rows back"),
  });
  expect(await refused("INSERT INTO bids SELECT 1, 2, now()::TIMESTAMP")).toMatchObject({ code: "bind" });
  expect(await refused("INSERT INTO counts SELECT ts, auction FROM bids RETURNING n")).toMatchObject({
    code: "unsupported",
  });
  expect(await refused("CREATE MATERIALIZED VIEW v AS SELECT random() FROM bids")).toMatchObject({
    code: "unsupported",
    message: expect.stringContaining("random()"),
    span: { start: 7, end: 15 },
  });
  expect(await refused("CREATE VIEW v AS SELECT 1")).toMatchObject({ code: "unsupported" });
  await expect(explain(`EXPLAIN ANALYZE INSERT INTO counts ${WINDOWS}`)).rejects.toMatchObject({
    code: "unsupported",
    message: "EXPLAIN ANALYZE of a continuous query is not supported",
  });
});
