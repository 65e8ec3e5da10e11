/** The 22 queries in the DataFrame API at SF 0.01: the plans of their SQL, and the reference answers. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Session } from "../../src/index.ts";
import { checkAnswer } from "../../tpch/answers/check.ts";
import { FRAMES } from "../../tpch/dataframe/queries.ts";
import { query } from "../../tpch/queries/queries.ts";
import { defineTables, tpchData } from "../support/tpch-data.ts";

const SCALE_FACTOR = 0.01;

/** A filter of groups stands above their names, HAVING below them: one Project more. */
const OTHER_PLAN: ReadonlySet<number> = new Set([11]);

/** A column of the subquery is called otherwise, so that fewer have the same name: the operators are the same. */
const OTHER_NAMES: ReadonlySet<number> = new Set([15]);

let db: Session;

/** The tree of operators, with the kinds of joins and aggregates and the tables of scans. */
function operators(plan: string): string {
  const words = /^([│├└─ ]*)((?:HashJoin|HashAggregate|TableScan) \w+|\w+).*$/gm;
  return plan.replaceAll(words, "$1$2");
}

/** Columns that are called the same are numbered as they come up: a HAVING makes fewer columns than a filter of groups. */
function numbered(plan: string): string {
  const numbers = new Map<string, number>();
  return plan.replaceAll(/#(\d+)/g, (_, id: string) => {
    if (!numbers.has(id)) numbers.set(id, numbers.size + 1);
    return `#${numbers.get(id)}`;
  });
}

beforeAll(async () => {
  db = await connect({ workers: 2, temporal: "string" });
  await defineTables(db, await tpchData(SCALE_FACTOR), "TABLE");
}, 120_000);
afterAll(() => db.close());

describe.each(FRAMES.map((frame, i) => [i + 1, frame] as const))("Q%i", (number, frame) => {
  it.skipIf(OTHER_PLAN.has(number))("has the plan of its SQL", async () => {
    const [plan, same] = [await frame(db).explain(), await db.sql(query(number)).explain()];
    const comparable = OTHER_NAMES.has(number) ? operators : numbered;
    expect(comparable(plan)).toBe(comparable(same));
  });

  it("gives the answer", async () => {
    const columns = (await frame(db).schema()).map(({ name }) => name);
    const rows = await frame(db).collect({ rows: "array" });
    expect(checkAnswer(number, SCALE_FACTOR, { columns, rows })).toBeUndefined();
  });
});
