import { microsPerUnit, type Time } from "./bound.ts";
import type { SqlType } from "../../planner/types/types.ts";

/** Times that a double holds exactly are compared as one; all of 285 years around 1970 in microseconds. */
const isExact = (time: number): boolean => Math.abs(time) < Number.MAX_SAFE_INTEGER;
/** TIMESTAMP '-infinity'. */
const NONE = 1n - 2n ** 63n;
const WORD = 4_294_967_296;

/**
 * The watermarks of a stream: a row's is the greatest time of the rows before it in its partition, less the delay, or what the stream
 * as a whole had reached when the epoch began, whichever is later. It depends on the order of the rows and not on the size of epochs.
 */
export class Watermarks {
  private readonly type: SqlType;
  /** In units of the type. */
  private readonly delay: bigint;
  /** The greatest time so far, less the delay, by partition. */
  private readonly partitions = new Map<string, bigint>();
  private idle: ReadonlySet<string> = new Set<string>();
  private floor: bigint = NONE;
  private ended = false;

  /** @param delay in microseconds */
  constructor(type: SqlType, delay: bigint) {
    const { times, by } = microsPerUnit(type)!;
    this.type = type;
    this.delay = (delay * by + times - 1n) / times;
  }

  /** A partition that holds the watermark back from now on, until it has rows. */
  addPartition(partition: string): void {
    if (!this.partitions.has(partition)) this.partitions.set(partition, NONE);
  }

  /** Partitions without rows for long do not hold the watermark back. */
  setIdle(partitions: readonly string[]): void {
    this.idle = new Set(partitions);
  }

  get idlePartitions(): readonly string[] {
    return [...this.idle];
  }

  /** Nothing comes any more. */
  end(): void {
    this.ended = true;
  }

  /** Something comes after all. */
  reopen(): void {
    this.ended = false;
  }

  /**
   * Writes the watermark of each of the next rows of a partition.
   *
   * @param times the rows' times, two words of 32 bits each, the low one first
   * @param isValid whether a row has a time; undefined: all have one
   * @param into in the same form; undefined: nobody asks
   */
  assign(
    partition: string,
    times: Int32Array,
    isValid: ((row: number) => boolean) | undefined,
    into: Int32Array | undefined,
    count: number,
  ): void {
    let exact = this.partitions.get(partition) ?? NONE;
    if (this.floor > exact) exact = this.floor;
    const delay = isExact(Number(this.delay)) ? Number(this.delay) : Number.NaN;
    let current = Number(exact);
    let ahead = false; // `exact` is to become `current`: BigInts of every row would be garbage
    let [low, high] = words(exact);
    for (let row = 0; row < count; row++) {
      if (into !== undefined) {
        into[2 * row] = low;
        into[2 * row + 1] = high;
      }
      if (isValid !== undefined && !isValid(row)) continue;
      const time = times[2 * row + 1]! * WORD + (times[2 * row]! >>> 0);
      const mark = time - delay;
      if (isExact(time) && isExact(mark) && isExact(current)) {
        if (mark <= current) continue;
        ahead = true;
        current = mark;
        high = Math.floor(mark / WORD);
        low = mark - high * WORD;
        continue;
      }
      if (ahead) exact = BigInt(current);
      ahead = false;
      const value = ((BigInt(times[2 * row + 1]!) << 32n) | BigInt(times[2 * row]! >>> 0)) - this.delay;
      if (value <= exact) continue;
      exact = value;
      current = Number(value);
      [low, high] = words(value);
    }
    if (ahead) exact = BigInt(current);
    this.partitions.set(partition, exact);
  }

  /** The least watermark of the partitions that are not idle, in microseconds. */
  current(): Time {
    if (this.ended) return "end";
    let low: bigint | undefined;
    for (const [partition, time] of this.partitions) {
      if (!this.idle.has(partition) && (low === undefined || time < low)) low = time;
    }
    if (low !== undefined && low > this.floor) this.floor = low;
    if (this.floor === NONE) return "none";
    const { times, by } = microsPerUnit(this.type)!;
    return (this.floor * times) / by;
  }

  /** What goes into a checkpoint. */
  save(): SavedWatermarks {
    return {
      floor: String(this.floor),
      partitions: Object.fromEntries([...this.partitions].map(([name, time]) => [name, String(time)])),
      idle: [...this.idle],
      ended: this.ended,
    };
  }

  restore(saved: SavedWatermarks): void {
    this.floor = BigInt(saved.floor);
    this.ended = saved.ended;
    for (const [name, time] of Object.entries(saved.partitions)) this.partitions.set(name, BigInt(time));
    this.idle = new Set(saved.idle);
  }
}

export type SavedWatermarks = {
  readonly floor: string;
  readonly partitions: { readonly [partition: string]: string };
  readonly idle: readonly string[];
  readonly ended: boolean;
};

function words(value: bigint): [number, number] {
  return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
}
