/** The 22 queries with random parameters, against DuckDB over the same Parquet files. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareResults } from "../../tpch/answers/check.ts";
import { QUERY_COUNT, query, randomParameters } from "../../tpch/queries/queries.ts";
import { configName, connectEngine, readConfig } from "../support/engine.ts";
import { connectOracle } from "../support/oracle.ts";
import type { TestResult, TestSession } from "../support/session.ts";
import { defineTables, tpchData } from "../support/tpch-data.ts";

const SCALE_FACTOR = 0.01;
const SEEDS = Number(process.env["HEADRACE_TPCH_SEEDS"] ?? 20);
const numbers = Array.from({ length: QUERY_COUNT }, (_, i) => i + 1);

// Without join ordering and pushed predicates most of them are cross products of whole tables.
describe.skipIf(configName === "optimizer-off")(`TPC-H with ${SEEDS} random parameter sets`, () => {
  let session: TestSession;
  let oracle: TestSession;
  beforeAll(async () => {
    const directory = await tpchData(SCALE_FACTOR);
    session = await connectEngine(await readConfig());
    oracle = await connectOracle();
    await defineTables(session, directory, "VIEW");
    await defineTables(oracle, directory, "TABLE");
  }, 120_000);
  afterAll(async () => {
    await session.close();
    await oracle.close();
  });

  it.each(numbers)(
    "Q%i",
    async (number) => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const sql = query(number, randomParameters(number, seed, SCALE_FACTOR));
        const [ours, theirs] = await Promise.all([session.execute(sql), oracle.execute(sql)]);
        const difference = compareResults(number, toAnswer(ours), toAnswer(theirs));
        expect(difference, `seed ${seed}: ${sql}`).toBeUndefined();
      }
    },
    120_000,
  );
});

function toAnswer(results: readonly TestResult[]): { columns: string[]; rows: readonly (readonly unknown[])[] } {
  const { columns = [], rows = [] } = results.at(-1) ?? {};
  return { columns: columns.map(({ name }) => name), rows };
}
