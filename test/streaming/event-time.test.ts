/** Event time under the prefix oracle. */
import { describe, expect, it } from "vitest";
import { CASES, epochsOf, judgeEventTime } from "./prefix/event-time.ts";

describe.each(CASES)("$name", (one) => {
  it.each([1, 7, 40, 1000])("epochs of %i rows", async (size) => {
    const looks = new Set(
      Array.from({ length: epochsOf(size) }, (_, i) => i).filter(
        (epoch) => size > 1 || epoch % 15 === 0 || epoch === epochsOf(1) - 1,
      ),
    );
    expect(await judgeEventTime(one, { size, workers: 2, looks, seed: 3 })).toBe(undefined);
  });
});
