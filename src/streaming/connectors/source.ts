import type { TableVersion } from "../../exec/table/table-version.ts";

/** How far a partition has been read: any JSON value, so that it can be logged; what it means is the source's affair. */
export type Position = string | number | boolean | null | readonly Position[] | { readonly [key: string]: Position };

/** Positions by partition; a partition that is not in it stands at its beginning. */
export type Positions = ReadonlyMap<string, Position>;

export type Advance = {
  /** What can be read now: at least `from`, and no more than the limit beyond it. */
  readonly to: Positions;
  /** Partitions of which nothing will come beyond `to`: they hold no watermark back any more. */
  readonly finished: ReadonlySet<string>;
  /** Nothing will ever come after `to`, of no partition. */
  readonly ended: boolean;
};

export type SourceRows = {
  /** Rows in the layout of a fixed table of the source's columns. Whoever gets them releases the version. */
  readonly rows: TableVersion;
  /** One change of multiplicity for each row; undefined: all rows are added. */
  readonly weights: BigInt64Array | undefined;
};

/**
 * Where the rows of a stream come from. Reading is in two steps, so that the boundaries of an epoch can be logged before its rows
 * are seen: `advance` says how far it would go, `read` gives the rows between two positions, the same ones in the same order
 * whenever it is asked. A source that cannot go back to a position (a socket) keeps a journal.
 */
export interface Source {
  /** Called once, before all others, with the positions from which it goes on: those of a checkpoint, or none. */
  begin?(from: Positions): Promise<void>;
  /**
   * Looks how far one can read beyond `from`, about `limit` rows at most (a source says what it counts). Throws `io` when a position
   * is no longer there, such as behind the end of a file that shrank.
   */
  advance(from: Positions, limit: number): Promise<Advance>;
  /** The rows of one partition behind `from` (undefined: its beginning) up to `to`, in partition order. */
  read(partition: string, from: Position | undefined, to: Position): AsyncIterable<SourceRows>;
  /** A number for the first row behind a position: it grows with each row by one, and with positions by at least as much. */
  firstRow?(from: Position | undefined): bigint;
  /** Resolves when `advance` may go beyond `from`, when `signal` aborts, or after some time. */
  wait(from: Positions, signal: AbortSignal): Promise<void>;
  /** Positions up to here are in a checkpoint: what is older will not be asked for again. */
  release?(positions: Positions): Promise<void>;
  close(): Promise<void>;
}
