import { BIGINT } from "../types/types.ts";
import type { TableSource } from "./catalog.ts";

/** The rows of `range` and `generate_series`: `start`, `start + step`, ... The `handle` of a source of kind "function". */
export type Series = {
  readonly kind: "series";
  readonly start: bigint;
  readonly step: bigint;
  readonly count: number;
};

/** A BIGINT column of the name `name` from `start` to `stop`; `step` is not 0. */
export function seriesSource(name: string, start: bigint, stop: bigint, step: bigint, inclusive: boolean): TableSource {
  const distance = step > 0n ? stop - start : start - stop;
  const stride = step > 0n ? step : -step;
  const reached = distance < 0n ? 0n : distance / stride + (inclusive || distance % stride !== 0n ? 1n : 0n);
  const count = Number(reached);
  const last = start + step * (reached - 1n);
  const handle: Series = { kind: "series", start, step, count };
  return {
    kind: "function",
    name,
    schema: [{ name, type: BIGINT, nullable: false, lane: "i64", dictionary: false }],
    statistics: {
      rows: count,
      trust: "computed",
      columns: [
        {
          min: count === 0 ? undefined : step > 0n ? start : last,
          max: count === 0 ? undefined : step > 0n ? last : start,
          nullCount: 0,
          distinct: count,
          averageBytes: undefined,
        },
      ],
    },
    handle,
  };
}
