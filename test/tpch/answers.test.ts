/** The 22 queries at SF 0.01 against the reference answers, under the configuration of HEADRACE_TEST_CONFIG. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkAnswer } from "../../tpch/answers/check.ts";
import { QUERY_COUNT, query } from "../../tpch/queries/queries.ts";
import { configName, connectEngine, readConfig } from "../support/engine.ts";
import type { TestSession } from "../support/session.ts";
import { defineTables, tpchData } from "../support/tpch-data.ts";

const SCALE_FACTOR = 0.01;
const numbers = Array.from({ length: QUERY_COUNT }, (_, i) => i + 1);

// Without join ordering and pushed predicates most of them are cross products of whole tables.
describe.skipIf(configName === "optimizer-off").each(["TABLE", "VIEW"] as const)(
  `TPC-H under ${configName}, each table a %s`,
  (kind) => {
    let session: TestSession;
    beforeAll(async () => {
      session = await connectEngine(await readConfig());
      await defineTables(session, await tpchData(SCALE_FACTOR), kind);
    }, 120_000);
    afterAll(() => session.close());

    it.each(numbers)("Q%i", async (number) => {
      const { columns = [], rows = [] } = (await session.execute(query(number))).at(-1) ?? {};
      const result = { columns: columns.map(({ name }) => name), rows };
      expect(checkAnswer(number, SCALE_FACTOR, result)).toBeUndefined();
    });
  },
);
