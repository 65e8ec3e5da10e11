import { HeadraceError, toHeadraceError } from "../error.ts";
import { releaseVersion, type TableVersion } from "../exec/table/table-version.ts";
import type { SharedMemory } from "../exec/memory/shared-memory.ts";
import type { Checkpoints, Mismatch, NamedState, Recovered, WantedState } from "./checkpoint/checkpoints.ts";
import type { EpochRecord } from "./checkpoint/snapshot.ts";
import type { Position } from "./connectors/source.ts";
import type { EpochPlan, SavedSources } from "./source-reader.ts";
import type { FoundQuery, Upgrade } from "./upgrade.ts";

export type CheckpointInterval = {
  /** A checkpoint after so many milliseconds (10,000 by default) ... */
  readonly ms?: number | undefined;
  /** ... or so many epochs. */
  readonly epochs?: number | undefined;
};

/** All that a query needs to go on from where it is. */
export type QueryState = SavedSources & {
  readonly epoch: number;
  /** Processing time of the last epoch, in microseconds. */
  readonly now: bigint;
  readonly states: readonly NamedState[];
};

export type RecoveredQuery = SavedSources & {
  readonly epoch: number;
  readonly now: bigint;
  readonly states: ReadonlyMap<string, TableVersion>;
  /** Where the checkpoint is another query's. */
  readonly upgrade: Upgrade | undefined;
  /** Whether the first record is that of the upgrade. */
  readonly upgradeIsLogged: boolean;
  /** Epochs after the checkpoint, to be done again with the same rows. */
  readonly records: readonly EpochRecord[];
};

/** What a query is known by over restarts. */
export type QueryIdentity = {
  readonly output: string;
  /** The session's time zone; undefined: it does not matter. */
  readonly zone: string | undefined;
  /** How it goes on with a checkpoint. Throws `unsupported`. */
  readonly upgrade: (found: FoundQuery) => Upgrade | undefined;
  /** Streams whose watermarks it needs. */
  readonly timed: readonly string[];
};

type Memo = {
  readonly now: string;
  readonly feeds: SavedSources["feeds"];
  readonly output: string;
  readonly zone: string | null;
};

const DEFAULT_MS = 10_000;

/** What makes a query survive a crash: the boundaries of each epoch, logged before its rows are read, and checkpoints. */
export class Durability {
  private readonly checkpoints: Checkpoints;
  private readonly memory: SharedMemory;
  private readonly interval: CheckpointInterval;
  /** The last epoch that the query's sink has committed. */
  private readonly committed: number;
  private readonly identity: QueryIdentity;
  private readonly onReleased: (positions: SavedSources["positions"]) => Promise<void>;
  private lastEpoch = 0;
  private lastTime = performance.now();
  private number: number | undefined;
  private writing: Promise<unknown> | undefined;
  private failure: Error | undefined;

  constructor(
    checkpoints: Checkpoints,
    memory: SharedMemory,
    interval: CheckpointInterval,
    committed: number,
    identity: QueryIdentity,
    onReleased: (positions: SavedSources["positions"]) => Promise<void>,
  ) {
    this.checkpoints = checkpoints;
    this.memory = memory;
    this.interval = interval;
    this.committed = committed;
    this.identity = identity;
    this.onReleased = onReleased;
  }

  /** Number of the last checkpoint. */
  get last(): number | undefined {
    return this.number;
  }

  /** Undefined: there is nothing to go on from. Throws `unsupported` when the query is not the one of the checkpoint. */
  async recover(wanted: readonly WantedState[]): Promise<RecoveredQuery | undefined> {
    const found = await this.checkpoints.recover(wanted);
    const { log } = this.checkpoints;
    const releaseStates = (): void => {
      for (const version of found?.states.values() ?? []) releaseVersion(this.memory, version);
    };
    const records = await log.recordsAfter(found?.epoch ?? log.base, this.committed).catch((error: unknown) => {
      releaseStates();
      throw error;
    });
    for (const { message } of found?.damage ?? [])
      process.emitWarning(`an older checkpoint is taken: ${message}`, { code: "HEADRACE_CHECKPOINT" });
    if (found === undefined) {
      if (records.length === 0) return undefined;
      const nothing = { epoch: 0, now: 0n, states: new Map(), positions: new Map(), feeds: {} };
      return { ...nothing, upgrade: undefined, upgradeIsLogged: false, records };
    }
    const memo = found.memo as unknown as Memo;
    const upgradeIsLogged = records[0] !== undefined && isUpgrade(records[0]);
    let upgrade: Upgrade | undefined;
    try {
      upgrade = this.upgradeOf(found, memo, upgradeIsLogged);
      if (upgrade?.putsOut === true && records.length > 0 && !upgradeIsLogged) throw notAtRest();
    } catch (error) {
      releaseStates();
      throw error;
    }
    this.number = found.number;
    this.lastEpoch = found.epoch;
    const { epoch, states, positions } = found;
    return { epoch, now: BigInt(memo.now), states, positions, feeds: memo.feeds, upgrade, upgradeIsLogged, records };
  }

  /** Throws `unsupported` where the query cannot go on with the checkpoint. */
  private upgradeOf({ mismatches, positions }: Recovered, memo: Memo, isLogged: boolean): Upgrade | undefined {
    const { output, zone, upgrade, timed } = this.identity;
    if (zone !== undefined && memo.zone !== null && zone !== memo.zone) {
      throw new HeadraceError(
        "unsupported",
        `the checkpoint is of a session in the time zone ${memo.zone}, not ${zone}`,
        {
          hint: `SET timezone = '${memo.zone}'`,
        },
      );
    }
    const namesOf = (kind: Mismatch["kind"]): readonly string[] =>
      mismatches.flatMap((mismatch) => (mismatch.kind === kind ? [mismatch.name] : []));
    return upgrade({
      missing: namesOf("new"),
      unused: namesOf("unused"),
      sameOutput: memo.output === output,
      sources: new Set(positions.keys()),
      withoutTime: timed.filter((name) => memo.feeds[name] !== undefined && memo.feeds[name].watermarks === undefined),
      tableIsEmpty: this.committed === 0 || isLogged,
    });
  }

  /** Returns when it is on disk that the epoch has the result as of the checkpoint before. */
  async logUpgrade(epoch: number, now: bigint): Promise<void> {
    const memo = { ended: [], idle: {}, upgrade: true };
    await this.checkpoints.log.append({
      epoch,
      boundaries: new Map(),
      processingTime: now,
      watermarks: new Map(),
      memo,
    });
  }

  /** Returns when it is on disk what the epoch reads. */
  async log(epoch: number, now: bigint, { sources }: EpochPlan): Promise<void> {
    const plans = [...sources];
    await this.checkpoints.log.append({
      epoch,
      boundaries: new Map(plans.map(([{ name }, { boundaries }]) => [name, boundaries])),
      processingTime: now,
      watermarks: new Map(),
      memo: {
        ended: plans.flatMap(([{ name }, { ended }]) => (ended ? [name] : [])),
        idle: Object.fromEntries(plans.map(([{ name }, { idle }]) => [name, idle])),
      },
    });
  }

  /** Writes a checkpoint where it is time for one; epochs go on meanwhile. Throws what the one before it has met. */
  async checkpointWhenDue(epoch: number, state: () => QueryState): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    if (this.writing !== undefined) return;
    const {
      ms = this.interval.epochs === undefined ? DEFAULT_MS : Number.POSITIVE_INFINITY,
      epochs = Number.POSITIVE_INFINITY,
    } = this.interval;
    if (performance.now() - this.lastTime < ms && epoch - this.lastEpoch < epochs) return;
    this.writing = this.write(state()).then(
      () => (this.writing = undefined),
      (error: unknown) => {
        this.writing = undefined;
        this.failure = toHeadraceError(error, "");
      },
    );
  }

  async checkpoint(state: QueryState): Promise<void> {
    await this.writing;
    if (state.epoch > this.lastEpoch || this.number === undefined) await this.write(state);
  }

  /** Writes a checkpoint though there may be one of the epoch: of another query. */
  async replace(state: QueryState): Promise<void> {
    await this.writing;
    await this.write(state);
  }

  async savepoint(state: QueryState, path: string | undefined): Promise<string> {
    await this.checkpoint(state);
    return this.checkpoints.savepoint(path);
  }

  async close(): Promise<void> {
    await this.writing;
    await this.checkpoints.close();
  }

  private async write({ epoch, now, states, positions, feeds }: QueryState): Promise<void> {
    const { output, zone = null } = this.identity;
    const memo = { now: String(now), feeds, output, zone } satisfies Memo as unknown as Position;
    this.lastEpoch = epoch;
    const { number, oldest } = await this.checkpoints.write({ epoch, positions, watermarks: new Map(), memo }, states);
    this.number = number;
    this.lastTime = performance.now();
    await this.onReleased(oldest.positions);
  }
}

const isUpgrade = ({ memo }: EpochRecord): boolean =>
  (memo as { readonly upgrade?: boolean } | undefined)?.upgrade === true;

function notAtRest(): HeadraceError {
  return new HeadraceError("unsupported", "the job of the checkpoint was interrupted: epochs were begun after it", {
    hint: "start it once more as it was, and stop it, or begin from a savepoint",
  });
}
