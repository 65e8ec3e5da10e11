import type { Sample } from "../../planner/physical/plan.ts";

/** How many rows in a run share a draw of a system sample. */
const SYSTEM_RUN = 2048;

/**
 * Moves the addresses of the picked rows to the front of `rows`, in their order, and returns how many they are. The same seed
 * picks the same positions.
 */
export function pickRows(
  rows: Uint32Array,
  { method, size, unit, offset, seed }: Pick<Sample, "method" | "size" | "unit" | "offset" | "seed">,
): number {
  const share = Math.min(1, size / 100);
  const draw = randomNumbers(seed);
  switch (method) {
    case "first": {
      const wanted = unit === "percent" ? Math.floor(rows.length * share) : size;
      const first = Math.min(offset, rows.length);
      rows.copyWithin(0, first);
      return Math.min(wanted, rows.length - first);
    }
    case "reservoir": {
      const wanted = Math.min(rows.length, unit === "percent" ? Math.floor(rows.length * share) : size);
      return keep(rows, (i, kept) => draw() * (rows.length - i) < wanted - kept);
    }
    case "systematic": {
      const wanted = Math.min(rows.length, size);
      const step = rows.length / wanted;
      const start = draw() * step;
      return keep(rows, (i, kept) => kept < wanted && i === Math.min(rows.length - 1, Math.floor(start + kept * step)));
    }
    case "bernoulli":
      return keep(rows, () => draw() < share);
    case "system": {
      let taken = false;
      return keep(rows, (i) => {
        if (i % SYSTEM_RUN === 0) taken = draw() < share;
        return taken;
      });
    }
  }
}

function keep(rows: Uint32Array, wanted: (i: number, kept: number) => boolean): number {
  let kept = 0;
  for (let i = 0; i < rows.length; i++) if (wanted(i, kept)) rows[kept++] = rows[i] as number;
  return kept;
}

/** Numbers from 0 up to 1, by a seed (mulberry32) or not. */
function randomNumbers(seed: number | undefined): () => number {
  if (seed === undefined) return Math.random;
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}
