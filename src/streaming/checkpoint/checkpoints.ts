import type { SharedMemory } from "../../exec/memory/shared-memory.ts";
import type { TableVersion } from "../../exec/table/table-version.ts";
import type { HeadraceError } from "../../error.ts";
import type { FileSystem } from "./file-system.ts";
import type { EpochRecord, Snapshot } from "./snapshot.ts";

export type CheckpointOptions = {
  /** The job's name: a directory belongs to one. */
  readonly job: string;
  /** Where states lie. */
  readonly memory: SharedMemory;
  /** A savepoint to begin with; read as long as the directory has no checkpoint of its own. */
  readonly from?: string | undefined;
  /** Checkpoints that stay (2 by default): an older one serves when the newest is damaged. */
  readonly keep?: number | undefined;
  readonly files?: FileSystem | undefined;
};

/** A state as it is written: a version of a fixed table. */
export type NamedState = {
  /** Unique in the job. */
  readonly name: string;
  /** What computes the state, in any words: equal fingerprints mean that states can stand in for each other. */
  readonly fingerprint: string;
  readonly version: TableVersion;
};

/** A state that a job would like to find in a checkpoint. */
export type WantedState = {
  readonly name: string;
  readonly fingerprint: string;
  /** A fixed table without rows: its columns. */
  readonly layout: TableVersion;
};

/**
 * A state for which job and checkpoint do not agree: `new`, wanted but not there; `changed`, there under another fingerprint or
 * with other columns; `unused`, there but not wanted.
 */
export type Mismatch = { readonly kind: "new" | "changed" | "unused"; readonly name: string };

export type CheckpointInfo = Snapshot & {
  readonly number: number;
  readonly states: readonly { readonly name: string; readonly fingerprint: string; readonly rows: number }[];
};

export type Recovered = Snapshot & {
  readonly number: number;
  /** By name, those that match. The caller releases them. */
  readonly states: ReadonlyMap<string, TableVersion>;
  /** The job decides what becomes of it: a new state has missed all epochs so far. */
  readonly mismatches: readonly Mismatch[];
  /** Why newer checkpoints were passed over: worth a warning. */
  readonly damage: readonly HeadraceError[];
};

export type Written = {
  readonly number: number;
  /** Of the files that are new, the manifest left out. */
  readonly bytes: number;
  /** The oldest checkpoint that is kept: sources may forget what lies before its positions, and nothing else. */
  readonly oldest: Snapshot;
  /** What could not be tidied up; the checkpoint is good, and the next one tries again. */
  readonly warnings: readonly HeadraceError[];
};

/**
 * A job's checkpoints in a directory of its own. Methods may be called at any time, also while others run: they take turns.
 *
 *     const checkpoints = await openCheckpoints(directory, { job, memory });
 *     const recovered = await checkpoints.recover(wanted);
 *     for (const record of await checkpoints.log.recordsAfter(recovered?.epoch ?? checkpoints.log.base, committed)) // replay
 *     for (;;) {
 *       await checkpoints.log.append(record); // then read, compute, and commit to the sinks
 *       if (due) void checkpoints.write({ epoch, positions, watermarks, states }); // epochs go on meanwhile
 *     }
 *
 * All workers share the states in one memory, so how many there are makes no difference to a checkpoint: a job may be restored
 * with any number of them.
 */
export interface Checkpoints {
  readonly log: EpochLog;

  /** The newest checkpoint, as far as one can tell without reading its states. */
  latest(): CheckpointInfo | undefined;

  /**
   * The states of the newest checkpoint that is whole; undefined: there is none yet. Throws `format` when all that there are are
   * damaged, `unsupported` when one is of a newer version, and `out_of_memory`; no memory stays allocated then.
   */
  recover(wanted: readonly WantedState[]): Promise<Recovered | undefined>;

  /**
   * Makes a checkpoint, writing chunks that none before has. The versions are retained until it is done. When it fails (`io`: the
   * disk is full, ...) the checkpoints before are as they were, and the next attempt may succeed. Drops what is no longer needed:
   * older checkpoints, their chunks, and records of the log up to the oldest checkpoint that is kept.
   */
  write(snapshot: Snapshot, states: readonly NamedState[]): Promise<Written>;

  /**
   * Copies the newest checkpoint to a directory that stands by itself and stays until somebody removes it; `path` must not exist
   * (`savepoint-<number>` in the job's own directory by default). Returns the path. It can be moved, and given as `from`.
   */
  savepoint(path?: string): Promise<string>;

  /** Waits for what is under way and lets other jobs have the directory. */
  close(): Promise<void>;
}

/** The epochs since the oldest checkpoint, on disk before their rows are read. */
export interface EpochLog {
  /** Records begin with the epoch behind this one; 0: with the first. */
  readonly base: number;
  /** The last epoch of which there is a record, `base` if there is none. */
  readonly last: number;

  /**
   * Returns when the record is on disk. Its epoch must be the one behind `last`. Throws `io`; the epoch was not logged then, and
   * can be tried again, unless the message says that the log must be opened anew.
   */
  append(record: EpochRecord): Promise<void>;

  /**
   * The records of all epochs behind `epoch`, in order.
   *
   * @param committed the last epoch that a sink has committed: a log that ends before it has lost a record (`format`)
   */
  recordsAfter(epoch: number, committed?: number): Promise<readonly EpochRecord[]>;
}
