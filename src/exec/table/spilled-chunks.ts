import type { Indexed } from "./key-index.ts";
import type { Bounds } from "./statistics.ts";
import type { Chunk } from "./table-version.ts";

/** A chunk whose columns lie in a file, as `column-vectors.ts` says. */
export type SpilledChunk = {
  readonly rows: number;
  readonly file: SpillFile;
  readonly columns: readonly SpilledColumn[];
  /** What it was in memory, where it is no more: the name by which others may know it. */
  readonly origin: Chunk;
};

/** Sizes are bytes; the vectors follow each other from `position` on. */
export type SpilledColumn = {
  readonly position: number;
  readonly data: number;
  readonly validity: number;
  readonly strings: number;
  readonly values: number;
  readonly zone: Bounds | undefined;
};

/** Stays open as long as some version refers to it. */
export type SpillFile = Indexed & {
  /** For the threads of this process. */
  readonly descriptor: number;
  references: number;
  /** Throws `io`. */
  readonly read: (position: number, bytes: number) => Promise<Uint8Array>;
  readonly close: () => void;
};
