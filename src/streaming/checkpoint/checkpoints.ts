import { join } from "node:path";
import { HeadraceError } from "../../error.ts";
import type { SharedMemory } from "../../exec/memory/shared-memory.ts";
import { releaseVersion, retainVersion, type TableVersion } from "../../exec/table/table-version.ts";
import { typeName } from "../../planner/types/types.ts";
import type { ChunkStore } from "./chunk-store.ts";
import { isDamage } from "./damage.ts";
import type { DirectoryLock } from "./directory-lock.ts";
import type { EpochLog } from "./epoch-log.ts";
import { type FileSystem, removeIfThere } from "./file-system.ts";
import { localFiles } from "./local-files.ts";
import { filesOf, type Manifest, manifestName, writeManifest } from "./manifest.ts";
import { CHUNKS, TEMPORARY } from "./names.ts";
import { openDirectory, type OpenDirectory, type Origin } from "./open-directory.ts";
import { restoreStates } from "./restore-states.ts";
import { isThere, savepointName, writeSavepoint } from "./savepoint.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Spill } from "../spill.ts";
import { Turnstile } from "./turnstile.ts";

const KEEP = 2;

export type CheckpointOptions = {
  /** The job's name: a directory belongs to one. */
  readonly job: string;
  /** Where states lie. */
  readonly memory: SharedMemory;
  /** Where states go that memory has no room for. */
  readonly spill?: Spill | undefined;
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

/** A state for which job and checkpoint do not agree: `new`, wanted but not there; `unused`, there but not wanted. */
export type Mismatch = { readonly kind: "new" | "unused"; readonly name: string };

export type CheckpointInfo = Snapshot & {
  readonly number: number;
  readonly states: readonly { readonly name: string; readonly fingerprint: string; readonly rows: number }[];
};

export type Recovered = Snapshot & {
  readonly number: number;
  /** Those that match, by the names of those wanted. The caller releases them. */
  readonly states: ReadonlyMap<string, TableVersion>;
  /** The job decides what becomes of it: a new state has missed all epochs so far. */
  readonly mismatches: readonly Mismatch[];
  /** What is wrong with the others, those that are newer and were passed over among them: worth a warning. */
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
 *     const checkpoints = await Checkpoints.open(directory, { job, memory });
 *     const recovered = await checkpoints.recover(wanted);
 *     for (const record of await checkpoints.log.recordsAfter(recovered?.epoch ?? 0, committed)) // replay
 *     for (;;) {
 *       await checkpoints.log.append(record); // then read, compute, and commit to the sinks
 *       if (due) void checkpoints.write({ epoch, positions, watermarks }, states); // epochs go on meanwhile
 *     }
 *
 * All workers share the states in one memory, so how many there are makes no difference to a checkpoint: a job may be restored
 * with any number of them.
 *
 * | path | content |
 * |---|---|
 * | `LOCK` | who uses the directory (`directory-lock.ts`) |
 * | `epochs.log` | what epochs read (`epoch-log.ts`) |
 * | `chunks/<id>` | rows of states (`chunk-file.ts`) |
 * | `checkpoint-<n>.json` | what a checkpoint consists of (`manifest.ts`); there when all of it is |
 * | `journals/<stream>/` | rows that were pushed (`streaming/journal.ts`) |
 * | `savepoint-<n>/` | manifest and chunks of a checkpoint, again |
 */
export class Checkpoints {
  /** On disk before the rows of an epoch are read. */
  readonly log: EpochLog;
  private readonly directory: string;
  private readonly files: FileSystem;
  private readonly memory: SharedMemory;
  private readonly spill: Spill | undefined;
  private readonly keep: number;
  private readonly lock: DirectoryLock;
  private readonly store: ChunkStore;
  private readonly origin: Origin | undefined;
  /** Those that are whole as far as we know, the newest last. */
  private good: Manifest[];
  private readonly damage: HeadraceError[];
  /** Numbers of all manifests in the directory. */
  private readonly numbers: Set<number>;
  private lastNumber: number;
  private readonly turns = new Turnstile();
  private closed = false;

  private constructor(directory: string, options: CheckpointOptions, files: FileSystem, found: OpenDirectory) {
    this.directory = directory;
    this.files = files;
    this.memory = options.memory;
    this.spill = options.spill;
    this.keep = options.keep ?? KEEP;
    this.lock = found.lock;
    this.log = found.log;
    this.store = found.store;
    this.origin = found.origin;
    this.good = [...found.good];
    this.damage = [...found.damage];
    this.numbers = new Set(found.numbers);
    this.lastNumber = found.lastNumber;
  }

  /**
   * Makes the directory if it is not there. Throws `io` when it is another job's, in use, not of checkpoints, or cannot be written;
   * `format` when the log is damaged, `unsupported` when something is of a newer version.
   */
  static async open(directory: string, options: CheckpointOptions): Promise<Checkpoints> {
    const files = options.files ?? localFiles;
    return new Checkpoints(directory, options, files, await openDirectory(files, directory, options));
  }

  /** The newest checkpoint, as far as one can tell without reading its states. */
  latest(): CheckpointInfo | undefined {
    return this.good.at(-1) ?? this.origin?.manifest;
  }

  /**
   * The states of the newest checkpoint that is whole; undefined: there is none yet. Throws `format` when all that there are are
   * damaged, `unsupported` when one is of a newer version, and `out_of_memory`; no memory stays allocated then.
   */
  recover(wanted: readonly WantedState[]): Promise<Recovered | undefined> {
    return this.inTurn(async () => {
      while (this.good.length > 0) {
        const manifest = this.good.at(-1)!;
        try {
          return await this.restore(manifest, this.store.directory, wanted);
        } catch (error) {
          if (!isDamage(error)) throw error;
          this.damage.push(error);
          this.good.pop();
        }
      }
      if (this.origin !== undefined) {
        const { manifest, directory } = this.origin;
        return this.restore(manifest, join(directory, CHUNKS), wanted);
      }
      if (this.damage.length === 0 && this.log.base === 0) return undefined;
      const reasons = this.damage.map(({ message }) => message);
      throw new HeadraceError(
        "format",
        `no checkpoint in "${this.directory}" is whole: ${reasons.join("; ") || "they are missing"}`,
        { hint: "begin in another directory, from a savepoint or from the start of the sources" },
      );
    });
  }

  /**
   * Makes a checkpoint, writing chunks that none before has. The versions are retained until it is done. When it fails (`io`: the
   * disk is full, ...) the checkpoints before are as they were, and the next attempt may succeed. Drops what is no longer needed:
   * older checkpoints, their chunks, and records of the log up to the oldest checkpoint that is kept.
   */
  async write(snapshot: Snapshot, states: readonly NamedState[]): Promise<Written> {
    if (new Set(states.map(({ name }) => name)).size < states.length) throw new RangeError("two states of one name");
    if (!states.every(({ version }) => version.fixed)) throw new RangeError("a state that is not of a fixed table");
    for (const { version } of states) retainVersion(version);
    try {
      return await this.inTurn(async () => {
        const bytes = await this.writeAll(snapshot, states);
        const warnings = await this.tidy();
        return { number: this.lastNumber, bytes, oldest: this.good[0]!, warnings };
      });
    } finally {
      for (const { version } of states) releaseVersion(this.memory, version);
    }
  }

  /**
   * Copies the newest checkpoint to a directory that stands by itself and stays until somebody removes it; `path` must not exist
   * (`savepoint-<number>` in the job's own directory by default). Returns the path. It can be moved, and given as `from`.
   */
  savepoint(path?: string): Promise<string> {
    return this.inTurn(async () => {
      const manifest = this.good.at(-1);
      if (manifest === undefined)
        throw new HeadraceError("io", `no savepoint of the job "${this.log.job}": it has no checkpoint yet`);
      const target = path ?? join(this.directory, savepointName(manifest.number));
      if (await isThere(this.files, target)) {
        if (path === undefined) return target;
        throw new HeadraceError("io", `cannot write the savepoint "${target}": something is there`);
      }
      await writeSavepoint(this.files, manifest, this.store.directory, target);
      return target;
    });
  }

  /** Waits for what is under way and lets other jobs have the directory. When it fails it may be called again. */
  close(): Promise<void> {
    return this.turns.take(async () => {
      this.closed = true;
      try {
        await this.log.close();
      } finally {
        await this.lock.release();
      }
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.turns.take(async () => {
      if (this.closed) throw new HeadraceError("cancelled", `the checkpoints in "${this.directory}" are closed`);
      return work();
    });
  }

  private async restore(manifest: Manifest, chunks: string, wanted: readonly WantedState[]): Promise<Recovered> {
    const { files, memory, spill } = this;
    const context = { files, memory, spill, directory: chunks };
    const { states, mismatches, places } = await restoreStates(context, manifest, wanted);
    if (chunks === this.store.directory) this.store.learn(places);
    const { number, epoch, positions, watermarks, memo } = manifest;
    return { number, epoch, positions, watermarks, memo, states, mismatches, damage: [...this.damage] };
  }

  /** Returns the bytes of new files. */
  private async writeAll(snapshot: Snapshot, states: readonly NamedState[]): Promise<number> {
    const { epoch, positions, watermarks, memo } = snapshot;
    const before = this.latest()?.epoch ?? 0;
    if (epoch < before || epoch > this.log.last)
      throw new RangeError(`a checkpoint of epoch ${epoch}, not in ${before} to ${this.log.last}`);
    const number = ++this.lastNumber;
    const writer = this.store.writer();
    try {
      for (const { version } of states) await writer.add(version);
      await writer.finish();
      const manifest: Manifest = {
        number,
        job: this.log.job,
        epoch,
        positions,
        watermarks,
        memo,
        states: states.map(({ name, fingerprint, version }) => ({
          name,
          fingerprint,
          rows: version.rows,
          types: version.columns.map(({ type }) => typeName(type)),
          chunks: [...version.spilled.map(({ origin }) => origin), ...version.chunks].map((chunk) =>
            writer.placeOf(chunk),
          ),
        })),
      };
      this.numbers.add(number);
      await writeManifest(this.files, this.directory, manifest);
      this.store.learn(writer.made);
      this.good.push(manifest);
      return writer.bytes;
    } catch (error) {
      await writer.abandon();
      await this.withdraw(number, writer.begun).catch(() => undefined);
      throw error;
    }
  }

  /** Removes what a checkpoint that failed has left: its manifest for good before the files that it refers to. */
  private async withdraw(number: number, chunkFiles: readonly string[]): Promise<void> {
    const path = join(this.directory, manifestName(number));
    await removeIfThere(this.files, `${path}${TEMPORARY}`);
    if (this.numbers.has(number)) {
      await removeIfThere(this.files, path);
      await this.files.syncDirectory(this.directory);
      this.numbers.delete(number);
    }
    await this.store.remove(chunkFiles);
  }

  /** Drops what the newest checkpoints do not need. Returns what went wrong. */
  private async tidy(): Promise<readonly HeadraceError[]> {
    this.good = this.good.slice(-this.keep);
    const warnings: HeadraceError[] = [];
    const attempt = async (work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof HeadraceError)) throw error;
        warnings.push(error);
      }
    };
    await attempt(async () => {
      const kept = new Set(this.good.map(({ number }) => number));
      const old = [...this.numbers].filter((number) => !kept.has(number));
      for (const number of old) {
        await removeIfThere(this.files, join(this.directory, manifestName(number)));
        this.numbers.delete(number);
      }
      if (old.length > 0) await this.files.syncDirectory(this.directory);
      this.damage.length = 0;
      await this.store.retain(new Set(this.good.flatMap((manifest) => [...filesOf(manifest)])));
    });
    await attempt(() => this.log.truncateBefore(this.good[0]!.epoch + 1));
    return warnings;
  }
}
