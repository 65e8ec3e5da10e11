import { expect, it } from "vitest";
import { decodeObjects } from "../../../src/dataframe/results/rows.ts";
import * as types from "../../../src/planner/types/types.ts";
import { CallbackSink } from "../../../src/streaming/connectors/callback.ts";
import { Bench } from "./support.ts";

it("functions get rows as objects, and the next epoch waits for them", async () => {
  const bench = new Bench();
  const columns = { id: types.BIGINT, name: types.VARCHAR };
  const seen: unknown[] = [];
  const sink = new CallbackSink((rows) => decodeObjects(rows, { bigint: "number" }), {
    open: async (job) => (job === "known" ? 7 : 0),
    write: async ({ epoch, added, removed }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push({ epoch, added: added.map((row) => ({ ...row })), removed: removed.map((row) => ({ ...row })) });
    },
    commit: (epoch) => void seen.push(epoch),
    close: () => void seen.push("closed"),
  });
  expect(await sink.open("known")).toBe(7);
  expect(await sink.open("other")).toBe(0);
  await bench.epoch(sink, 8, columns, [
    [1n, "a", 2n],
    [2n, null, -1n],
  ]);
  await bench.epoch(sink, 9, columns, []);
  await sink.close();
  expect(seen).toEqual([
    {
      epoch: 8,
      added: [
        { id: 1, name: "a" },
        { id: 1, name: "a" },
      ],
      removed: [{ id: 2, name: null }],
    },
    8,
    9,
    "closed",
  ]);
});
