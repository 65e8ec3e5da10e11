import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type Session } from "../../../src/index.ts";
import { aggregateFunctions } from "../../../src/planner/functions/registry.ts";

/** What the documentation shows is what the engine answers. */
describe("examples of the aggregates", () => {
  let session: Session;
  beforeAll(async () => {
    session = await connect({ workers: 1, config: { inlineRows: 1e9 } });
  });
  afterAll(() => session.close());

  for (const { name, examples } of aggregateFunctions()) {
    test.each(examples.map(([sql, result]) => [sql, result] as const))(`${name}: %s`, async (sql, result) => {
      const [answer] = await session.execute(`SELECT (${sql})::VARCHAR`);
      expect(answer?.kind === "rows" ? answer.rows : undefined).toEqual([[result]]);
    });
  }
});

test("every aggregate has an example", () => {
  expect(
    aggregateFunctions()
      .filter(({ examples }) => examples.length === 0)
      .map(({ name }) => name),
  ).toEqual([]);
});
