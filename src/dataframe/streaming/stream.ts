import { HeadraceError } from "../../error.ts";
import type { SharedMemory } from "../../exec/memory/shared-memory.ts";
import { encodeColumns } from "../../exec/table/encode-columns.ts";
import { releaseVersion, type TableVersion } from "../../exec/table/table-version.ts";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { IntervalValue } from "../../planner/expr/expr.ts";
import { castDatum } from "../../planner/types/convert.ts";
import { INTERVAL, VARCHAR } from "../../planner/types/types.ts";
import type { Attachment, PushedInput } from "../../streaming/continuous-query.ts";
import { localFiles } from "../../streaming/checkpoint/local-files.ts";
import { Feed } from "../../streaming/feed.ts";
import type { Input } from "../../streaming/incremental/plan.ts";
import { JournaledStream, type PushedRows, weightsOf } from "../../streaming/journaled-stream.ts";
import type { SourceInput } from "../../streaming/source-reader.ts";
import { type StreamColumn, streamSource } from "../../streaming/stream-source.ts";
import { microsPerUnit } from "../../streaming/time/bound.ts";
import { datumsOf } from "./stream-rows.ts";

export type StreamOptions = {
  /** Rows may be taken back: `remove`. Queries over streams that only grow need less state. */
  readonly changes?: boolean | undefined;
  /**
   * Event time: rows come at most so long after rows with a later time in `column`, a TIMESTAMP; `delay` is an interval such as
   * "4 seconds". Windows of time are final when the watermark, the latest time less the delay, has passed them; what comes later
   * for them is left out.
   */
  readonly watermark?: { readonly column: string; readonly delay: string } | undefined;
};

/**
 * Rows that come as time goes by, from `push`. Continuous queries read it by its name and see what is pushed after they began;
 * queries that want an end refuse it.
 */
export class Stream<Row extends object = Record<string, unknown>> {
  readonly name: string;
  /** @internal */
  readonly source: TableSource;
  /** @internal */
  readonly columns: readonly StreamColumn[];
  private readonly changes: boolean;
  private readonly memory: SharedMemory;
  /** The queries that read it, by their feeds. */
  private readonly readers = new Map<Feed, Reader>();
  /** Of the watermark, in microseconds. */
  private readonly delay: bigint | undefined;

  /** @internal Use `db.stream`. */
  constructor(
    name: string,
    columns: readonly StreamColumn[],
    { changes = false, watermark }: StreamOptions,
    memory: SharedMemory,
  ) {
    this.name = name;
    this.columns = columns;
    this.changes = changes;
    this.memory = memory;
    const time = watermark === undefined ? undefined : timeColumn(columns, watermark);
    this.delay = time?.delay;
    this.source = streamSource(name, columns, { insertOnly: !changes, time: time?.name });
  }

  /**
   * Adds rows, one or several. Resolves when the queries that read the stream can take more: a caller that waits cannot run ahead
   * of them. Jobs with checkpoints have the rows on disk by then. Throws `type` naming row and column for values that do not fit; then none of the rows is added.
   */
  push(rows: Row | readonly Row[]): Promise<void> {
    return this.send(rows, 1);
  }

  /** Takes rows back, each one time. Only for streams with `changes`. */
  remove(rows: Row | readonly Row[]): Promise<void> {
    if (!this.changes) {
      throw new HeadraceError("unsupported", `the stream "${this.name}" only grows`, {
        hint: "make it with { changes: true }",
      });
    }
    return this.send(rows, -1);
  }

  /** Resolves when everything pushed so far is in the results of all queries. */
  async flush(): Promise<void> {
    await Promise.all([...this.readers.values()].map((reader) => reader.flush()));
  }

  /** @internal How a query reads the stream. */
  input(input: Input, needsTime: boolean): PushedInput {
    const feed = this.feedOf(input, needsTime);
    feed.watermarks?.addPartition(PARTITION);
    return {
      feed,
      attach: (query) =>
        this.readers.set(feed, {
          push: ({ version, count, weight }) =>
            query.add(feed, {
              partition: PARTITION,
              rows: version,
              columns: this.ordinals(),
              weight: weightsOf(weight, count),
            }),
          flush: () => query.flush(),
        }),
      detach: () => this.readers.delete(feed),
    };
  }

  /** @internal The same for a query that goes on after a crash. `path`: where it keeps a journal of the stream. */
  journaledInput(input: Input, needsTime: boolean, path: string): JournaledInput {
    const feed = this.feedOf(input, needsTime);
    const layout = this.source.handle as TableVersion;
    let source: JournaledStream;
    return {
      open: async () => {
        source = await JournaledStream.open(localFiles, path, this.memory, layout, this);
        return { name: this.name, feed, source, columns: this.ordinals(), idleMs: undefined };
      },
      attach: (query) =>
        this.readers.set(feed, {
          push: async (rows) => {
            query.check();
            await source.push(rows);
          },
          flush: () => query.flush(),
        }),
      detach: () => this.readers.delete(feed),
    };
  }

  private feedOf(input: Input, needsTime: boolean): Feed {
    return new Feed(this.memory, input, needsTime ? this.delay : undefined);
  }

  private ordinals(): ReadonlyMap<number, number> {
    return new Map(this.columns.map((_, ordinal) => [ordinal, ordinal]));
  }

  private async send(rows: Row | readonly Row[], weight: 1 | -1): Promise<void> {
    const list = (Array.isArray(rows) ? rows : [rows]) as readonly Row[];
    if (list.length === 0) return;
    const columns = datumsOf(this.columns, list, this.name);
    const version = encodeColumns(this.memory, this.source.handle as TableVersion, list.length, columns);
    const pushed = { count: list.length, columns, version, weight };
    try {
      await Promise.all([...this.readers.values()].map((reader) => reader.push(pushed)));
    } finally {
      releaseVersion(this.memory, version);
    }
  }
}

/** A query that reads the stream. */
type Reader = { readonly push: (rows: PushedRows) => Promise<void>; readonly flush: () => Promise<void> };

/** A stream as a source, and what lets it have the rows. */
export type JournaledInput = Attachment & { readonly open: () => Promise<SourceInput> };

/** What is pushed is in one order. */
const PARTITION = "0";

/** Throws `bind` and `type` for a column or a delay that are none. */
function timeColumn(
  columns: readonly StreamColumn[],
  { column, delay }: NonNullable<StreamOptions["watermark"]>,
): { readonly name: string; readonly delay: bigint } {
  const found = columns.find(({ name }) => name.toLowerCase() === column.toLowerCase());
  if (found === undefined) {
    throw new HeadraceError("bind", `the stream has no column "${column}" for a watermark`, {
      hint: `the columns are ${columns.map(({ name }) => name).join(", ")}`,
    });
  }
  if (microsPerUnit(found.type) === undefined)
    throw new HeadraceError("type", `the column "${column}" is no TIMESTAMP, which a watermark needs`);
  const interval = castDatum(delay, VARCHAR, INTERVAL) as IntervalValue;
  const micros = BigInt(interval.days) * 86_400_000_000n + interval.micros;
  if (interval.months !== 0 || micros < 0n)
    throw new HeadraceError("type", `the delay "${delay}" of a watermark is no length of time`, {
      hint: "such as '4 seconds'",
    });
  return { name: found.name, delay: micros };
}
