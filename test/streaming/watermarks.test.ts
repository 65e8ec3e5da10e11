/** Watermarks of rows, against the rule in exact arithmetic. */
import { expect, it } from "vitest";
import { TIMESTAMP } from "../../src/planner/types/types.ts";
import { Watermarks } from "../../src/streaming/time/watermarks.ts";
import { createRandom } from "./prefix/oracle.ts";

const LEAST = -(2n ** 63n);

it.each([
  { name: "of our time", around: 1_700_000_000_000_000n, spread: 20_000_000, delay: 4_000_000n },
  { name: "where doubles end", around: 2n ** 53n, spread: 40, delay: 7n },
  { name: "where doubles end below", around: -(2n ** 53n), spread: 40, delay: 7n },
  { name: "far away", around: 2n ** 62n, spread: 1000, delay: 5n },
  { name: "with a delay beyond doubles", around: 2n ** 53n, spread: 1000, delay: 3n * 2n ** 52n + 1n },
  { name: "around zero", around: 0n, spread: 5_000_000_000, delay: 0n },
])("are those of the rows before: times $name", ({ around, spread, delay }) => {
  const random = createRandom(3);
  const watermarks = new Watermarks(TIMESTAMP, delay);
  let greatest = LEAST + 1n;
  for (let batch = 0; batch < 20; batch++) {
    const count = random(30);
    const times = BigInt64Array.from({ length: count }, () => around + BigInt(random(spread) - Math.floor(spread / 2)));
    const valid = Array.from({ length: count }, () => random(5) > 0);
    const into = new BigInt64Array(count);
    const words = (values: BigInt64Array): Int32Array => new Int32Array(values.buffer);
    watermarks.assign("p", words(times), batch % 3 === 0 ? undefined : (row) => valid[row]!, words(into), count);
    const expected = Array.from(times, (time, row) => {
      const before = greatest;
      if ((batch % 3 === 0 || valid[row] === true) && time - delay > greatest) greatest = time - delay;
      return before;
    });
    expect([...into]).toEqual(expected);
    expect(watermarks.save().partitions["p"]).toBe(String(greatest));
  }
});
