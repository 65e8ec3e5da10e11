/** The prefix oracle: after every epoch the changes so far add up to the query's result over the events so far. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { QUERY_NAMES } from "../../nexmark/queries/queries.ts";
import { NexmarkOracle } from "./oracle.ts";

/** Epochs of a larger number of events are looked at now and then. */
const MOST_LOOKS = 6;

let oracle: NexmarkOracle;
beforeAll(async () => {
  oracle = await NexmarkOracle.open();
});
afterAll(() => oracle.close());

describe.each([
  { rows: 1, events: 60, workers: 1 },
  { rows: 7, events: 700, workers: 2 },
  { rows: 1000, events: 3000, workers: 4 },
  { rows: 10_000, events: 3000, workers: 1 },
])("epochs of $rows of $events events, $workers workers", (run) => {
  it.each(QUERY_NAMES)(
    "%s",
    async (name) => {
      const epochs = Math.ceil(run.events / run.rows);
      const looks = new Set(Array.from({ length: MOST_LOOKS }, (_, i) => Math.ceil(((i + 1) * epochs) / MOST_LOOKS)));
      expect((await oracle.judge(name, { ...run, looks })).difference).toBe(undefined);
    },
    60_000,
  );
});
