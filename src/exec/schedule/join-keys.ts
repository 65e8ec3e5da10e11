import type { Bound } from "../codegen/prune.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";

export type KeyRange = { readonly min: bigint; readonly max: bigint };

/** The keys of an empty table: every chunk lies outside. */
const NO_KEYS: KeyRange = { min: 2n ** 64n, max: -(2n ** 64n) };

/** Least and greatest key of the join tables of a query that are built, where they are integers. */
export class JoinKeys {
  private readonly ranges = new Map<number, KeyRange | undefined>();

  note(table: number, rows: number, range: KeyRange | undefined): void {
    this.ranges.set(table, rows === 0 ? NO_KEYS : range);
  }

  /** What they say of the column that is compared with them. */
  boundsOf(table: number, ordinal: number): readonly Bound[] {
    const keys = this.ranges.get(table);
    if (keys === undefined) return [];
    return [
      { ordinal, op: ">=", value: keys.min },
      { ordinal, op: "<=", value: keys.max },
    ];
  }
}

/** Least and greatest key over the local blocks of all threads, which have them at `offset`; undefined when there is none. */
export function readKeyRange({ i64 }: SharedMemory, locals: ReadonlySet<number>, offset: number): KeyRange | undefined {
  let min = 2n ** 63n - 1n;
  let max = -(2n ** 63n);
  for (const local of locals) {
    const at = (local + offset) / 8;
    const [low, high] = [i64[at] as bigint, i64[at + 1] as bigint];
    if (low < min) min = low;
    if (high > max) max = high;
  }
  return min > max ? undefined : { min, max };
}
