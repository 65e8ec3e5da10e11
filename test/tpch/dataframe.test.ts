/** The 22 queries in the DataFrame API at SF 0.01: the plans of their SQL, and the reference answers. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Session } from "../../src/index.ts";
import { checkAnswer } from "../../tpch/answers/check.ts";
import { FRAMES } from "../../tpch/dataframe/queries.ts";
import { query } from "../../tpch/queries/queries.ts";
import { defineTables, tpchData } from "../support/tpch-data.ts";

const SCALE_FACTOR = 0.01;

let db: Session;

/**
 * Columns that are called the same are numbered as they come up: a HAVING makes fewer columns than a filter of groups. What SQL calls a
 * common table expression is a DataFrame that is read twice.
 */
function comparable(plan: string): string {
  const numbers = new Map<string, number>();
  const unnamed = plan.replaceAll(/(Materialize|MaterializedScan) [\w ]+#/g, "$1 #");
  return unnamed.replaceAll(/#(\d+)/g, (_, id: string) => {
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
  it("has the plan of its SQL", async () => {
    const [plan, same] = [await frame(db).explain(), await db.sql(query(number)).explain()];
    expect(comparable(plan)).toBe(comparable(same));
  });

  it("gives the answer", async () => {
    const columns = (await frame(db).schema()).map(({ name }) => name);
    const rows = await frame(db).collect({ rows: "array" });
    expect(checkAnswer(number, SCALE_FACTOR, { columns, rows })).toBeUndefined();
  });
});
