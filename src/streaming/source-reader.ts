import type { Boundaries, EpochRecord } from "./checkpoint/snapshot.ts";
import type { Position, Positions, Source } from "./connectors/source.ts";
import type { Feed, FeedRows } from "./feed.ts";
import type { SavedWatermarks } from "./time/watermarks.ts";

/** A stream whose rows are read from a source. */
export type SourceInput = {
  /** Unique in the query. */
  readonly name: string;
  readonly feed: Feed;
  readonly source: Source;
  /** Where the source's rows have the stream's columns, by ordinal of the stream. */
  readonly columns: ReadonlyMap<number, number>;
  /** A partition without rows for so many milliseconds does not hold the watermark back; undefined: it always does. */
  readonly idleMs: number | undefined;
};

/** What an epoch reads, by source. */
export type EpochPlan = {
  readonly isNew: boolean;
  /** Sources that had come to their end, and have rows again. */
  readonly reopened: readonly SourceInput[];
  readonly sources: ReadonlyMap<SourceInput, SourcePlan>;
};

type SourcePlan = {
  readonly boundaries: ReadonlyMap<string, Boundaries>;
  readonly ended: boolean;
  /** Partitions that do not hold the watermark back. */
  readonly idle: readonly string[];
};

/** What is saved of sources: positions and the state of watermarks, by source. */
export type SavedSources = {
  readonly positions: ReadonlyMap<string, Positions>;
  readonly feeds: {
    readonly [name: string]: { readonly watermarks: SavedWatermarks | undefined; readonly ended: boolean };
  };
};

/** Reads the sources of a query, epoch by epoch. */
export class SourceReader {
  readonly inputs: readonly SourceInput[];
  private readonly limit: number;
  private readonly wake: () => void;
  private readonly positions = new Map<SourceInput, Map<string, Position>>();
  /** When a partition had its last rows, in milliseconds. */
  private readonly lastRows = new Map<SourceInput, Map<string, number>>();
  private readonly finished = new Set<SourceInput>();
  /** Those that had ended when the job ended, and of which nothing was read since: there may be more by now. */
  private readonly over = new Set<SourceInput>();
  private readonly stopping = new AbortController();
  private watching = false;
  /** Whether there may be more of what had ended. */
  private mayGoOn = false;

  constructor(inputs: readonly SourceInput[], limit: number, wake: () => void) {
    this.inputs = inputs;
    this.limit = limit;
    this.wake = wake;
    for (const input of inputs) {
      this.positions.set(input, new Map());
      this.lastRows.set(input, new Map());
    }
  }

  /** Nothing comes any more. */
  get ended(): boolean {
    return this.finished.size === this.inputs.length;
  }

  /** The same for sure. */
  get endedForGood(): boolean {
    return this.ended && !this.mayGoOn;
  }

  /** How far the next epoch goes. */
  async next(): Promise<EpochPlan> {
    const sources = new Map<SourceInput, SourcePlan>();
    const reopened: SourceInput[] = [];
    let isNew = false;
    for (const input of this.inputs) {
      if (this.finished.has(input) && !this.over.has(input)) continue;
      const from = this.positions.get(input)!;
      const { to, finished, ended } = await input.source.advance(from, this.limit);
      const boundaries = new Map<string, Boundaries>();
      for (const [partition, position] of to) {
        if (!from.has(partition) || !samePosition(position, from.get(partition)!))
          boundaries.set(partition, { from: from.get(partition), to: position });
      }
      if (this.over.has(input)) {
        if (!ended) this.finished.delete(input);
        if (boundaries.size === 0) continue;
        reopened.push(input);
      }
      const idle = [...new Set([...finished, ...this.idleOf(input, boundaries)])];
      const before = input.feed.watermarks?.idlePartitions ?? [];
      isNew ||= boundaries.size > 0 || ended || idle.some((partition) => !before.includes(partition));
      sources.set(input, { boundaries, ended, idle });
    }
    this.mayGoOn = false;
    return { isNew, reopened, sources };
  }

  /** The same as it was logged. */
  planOf({ boundaries, memo }: EpochRecord): EpochPlan {
    const { ended, idle } = memo as unknown as {
      readonly ended: readonly string[];
      readonly idle: { readonly [name: string]: readonly string[] };
    };
    const sources = this.inputs.map((input): [SourceInput, SourcePlan] => [
      input,
      {
        boundaries: boundaries.get(input.name) ?? new Map<string, Boundaries>(),
        ended: ended.includes(input.name),
        idle: idle[input.name] ?? [],
      },
    ]);
    return { isNew: true, reopened: [], sources: new Map(sources) };
  }

  /** Reads what was planned, into the lists of the feeds. */
  async read({ sources }: EpochPlan, into: Map<Feed, FeedRows[]>): Promise<void> {
    for (const [{ feed, source, columns }, { boundaries, idle }] of sources) {
      const list = into.get(feed) ?? [];
      into.set(feed, list);
      if (boundaries.size > 0) feed.watermarks?.reopen();
      for (const partition of boundaries.keys()) feed.watermarks?.addPartition(partition);
      for (const [partition, { from, to }] of boundaries) {
        for await (const { rows, weights } of source.read(partition, from, to))
          list.push({ partition, rows, columns, weight: weights });
      }
      feed.watermarks?.setIdle(idle);
    }
  }

  /** What was planned has been read. */
  finish({ sources }: EpochPlan): void {
    const now = Date.now();
    for (const [input, { boundaries, ended }] of sources) {
      for (const [partition, { to }] of boundaries) {
        this.positions.get(input)!.set(partition, to);
        this.lastRows.get(input)!.set(partition, now);
      }
      if (boundaries.size > 0) {
        this.over.delete(input);
        this.finished.delete(input);
      }
      if (!ended) continue;
      this.finished.add(input);
      input.feed.watermarks?.end();
    }
  }

  /** Calls `wake` when there may be something to read. */
  watch(): void {
    const open = this.inputs.filter((input) => !this.finished.has(input));
    if (this.watching || open.length === 0) return;
    this.watching = true;
    const round = new AbortController();
    const { signal } = round;
    const stop = (): void => round.abort();
    this.stopping.signal.addEventListener("abort", stop, { once: true });
    void Promise.race(open.map((input) => input.source.wait(this.positions.get(input)!, signal)))
      .catch(() => undefined) // the next `advance` says what is wrong
      .then(() => {
        this.stopping.signal.removeEventListener("abort", stop);
        round.abort();
        this.watching = false;
        if (!this.stopping.signal.aborted) this.wake();
      });
  }

  stop(): void {
    this.stopping.abort();
  }

  save(): SavedSources {
    return {
      positions: new Map(this.inputs.map((input) => [input.name, new Map(this.positions.get(input))])),
      feeds: Object.fromEntries(
        this.inputs.map((input) => [
          input.name,
          { watermarks: input.feed.watermarks?.save(), ended: this.finished.has(input) },
        ]),
      ),
    };
  }

  restore({ positions, feeds }: SavedSources): void {
    for (const input of this.inputs) {
      const known = positions.get(input.name);
      const feed = feeds[input.name];
      // A query that was changed may read others from their beginning.
      if (known === undefined || feed === undefined) continue;
      this.positions.set(input, new Map(known));
      if (feed.watermarks !== undefined) input.feed.watermarks?.restore(feed.watermarks);
      if (feed.ended) this.finished.add(input);
    }
  }

  /** All epochs that were logged have been read again: what had ended then may have got more since. */
  goOn(): void {
    for (const input of this.finished) this.over.add(input);
    this.mayGoOn = this.finished.size > 0;
  }

  /** What was restored is where the sources go on. */
  async begin(): Promise<void> {
    for (const input of this.inputs) await input.source.begin?.(this.positions.get(input)!);
  }

  /** Positions up to here are in the oldest checkpoint that is kept. */
  async release(positions: ReadonlyMap<string, Positions>): Promise<void> {
    for (const { name, source } of this.inputs) await source.release?.(positions.get(name) ?? new Map());
  }

  async close(): Promise<void> {
    this.stopping.abort();
    for (const { source } of this.inputs) await source.close();
  }

  private idleOf(input: SourceInput, boundaries: ReadonlyMap<string, Boundaries>): readonly string[] {
    const { idleMs } = input;
    if (idleMs === undefined) return [];
    const now = Date.now();
    return [...this.lastRows.get(input)!].flatMap(([partition, last]) =>
      !boundaries.has(partition) && now - last > idleMs ? [partition] : [],
    );
  }
}

function samePosition(a: Position, b: Position): boolean {
  return a === b || (typeof a === "object" && JSON.stringify(a) === JSON.stringify(b));
}
