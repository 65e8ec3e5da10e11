import { describe, expect, test } from "vitest";
import { next, pick, skip } from "../../../tpch/gen/random.ts";

const MODULUS = 2147483647n;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n, square = (square * square) % MODULUS) {
    if ((left & 1n) === 1n) result = (result * square) % MODULUS;
  }
  return result;
}

describe("the Lehmer generator", () => {
  test("next is exact over its whole range", () => {
    for (const state of [1, 2, 16807, 65535, 65536, 1073741824, 2147483645, 2147483646]) {
      expect(next(state)).toBe(Number((BigInt(state) * 16807n) % MODULUS));
    }
    let state = 1;
    for (let i = 0; i < 10_000; i++) state = next(state);
    expect(state).toBe(1043618065); // Park and Miller's check value
  });

  test("skip equals as many steps", () => {
    let state = 933588178;
    for (let steps = 0; steps < 200; steps++, state = next(state)) expect(skip(933588178, steps)).toBe(state);
  });

  test("skip is exact for the rows of the largest scale factors", () => {
    for (const steps of [2 ** 31, 2 ** 32 + 1, 45_000_000_000 * 14, Number.MAX_SAFE_INTEGER]) {
      const expected = (power(16807n, BigInt(steps)) * 1808217256n) % MODULUS;
      expect(skip(1808217256, steps)).toBe(Number(expected));
    }
  });

  test("pick covers its range", () => {
    expect(pick(1, 7)).toBe(0);
    expect(pick(2147483646, 7)).toBe(6);
  });
});
