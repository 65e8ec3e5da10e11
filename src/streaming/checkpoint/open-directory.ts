/** What is found in a directory of checkpoints, and made where there is none. */
import { join } from "node:path";
import { HeadraceError } from "../../error.ts";
import type { CheckpointOptions } from "./checkpoints.ts";
import { ChunkStore } from "./chunk-store.ts";
import { asDamage, damaged, isDamage } from "./damage.ts";
import { DirectoryLock, isLockFile } from "./directory-lock.ts";
import { EpochLog, LOG_NAME } from "./epoch-log.ts";
import { type FileSystem, isSystemError, removeIfThere } from "./file-system.ts";
import { filesOf, type Manifest, manifestNumber, readManifest } from "./manifest.ts";
import { CHUNKS, JOURNALS, TEMPORARY } from "./names.ts";
import { savepointNumber } from "./savepoint.ts";

/** A savepoint that a job begins with. */
export type Origin = { readonly directory: string; readonly manifest: Manifest };

type Manifests = {
  /** Whole ones, the newest last. */
  readonly good: readonly Manifest[];
  readonly damage: readonly HeadraceError[];
  /** The numbers of all. */
  readonly numbers: readonly number[];
};

export type OpenDirectory = Manifests & {
  readonly lock: DirectoryLock;
  readonly log: EpochLog;
  readonly store: ChunkStore;
  /** Undefined: the job did not begin with a savepoint, or has a checkpoint of its own. */
  readonly origin: Origin | undefined;
  /** No checkpoint or savepoint has a number above it. */
  readonly lastNumber: number;
};

/** Errors as `Checkpoints.open`. */
export async function openDirectory(
  files: FileSystem,
  directory: string,
  { job, memory, from }: CheckpointOptions,
): Promise<OpenDirectory> {
  await files.makeDirectory(directory);
  await refuseStrangers(files, directory);
  const lock = await DirectoryLock.acquire(files, directory, job);
  let log: EpochLog | undefined;
  try {
    const found = await readManifests(files, directory);
    const origin = found.numbers.length > 0 || from === undefined ? undefined : await openOrigin(files, from);
    log = await openLog(files, directory, job, found, origin);
    const store = await ChunkStore.open(files, join(directory, CHUNKS), memory);
    const { good, damage } = withoutMissing(store, found);
    await tidy(files, directory);
    // Whether a damaged manifest refers to a chunk is not known.
    if (damage.length === 0) await store.retain(new Set(good.flatMap((manifest) => [...filesOf(manifest)])));
    const savepoints = (await files.list(directory)).map((name) => savepointNumber(name) ?? 0);
    const lastNumber = Math.max(0, ...found.numbers, ...savepoints);
    return { lock, log, store, origin, good, damage, numbers: found.numbers, lastNumber };
  } catch (error) {
    await log?.close().catch(() => undefined);
    await lock.release().catch(() => undefined);
    throw error;
  }
}

/** Nothing is written to, or removed from, a directory that is not one of checkpoints. */
async function refuseStrangers(files: FileSystem, directory: string): Promise<void> {
  const names = await files.list(directory);
  if (names.includes(LOG_NAME)) return;
  const isOurs = (name: string): boolean =>
    isLockFile(name) ||
    name === CHUNKS ||
    name === JOURNALS ||
    name === `${LOG_NAME}${TEMPORARY}` ||
    manifestNumber(name) !== undefined ||
    savepointNumber(name) !== undefined;
  const stranger = names.find((name) => !isOurs(name));
  if (stranger !== undefined)
    throw new HeadraceError("io", `"${directory}" is not a directory of checkpoints: it has "${stranger}" in it`, {
      hint: "name a directory that does not exist, or an empty one",
    });
}

async function readManifests(files: FileSystem, directory: string): Promise<Manifests> {
  const numbers = (await files.list(directory)).map(manifestNumber).filter((number) => number !== undefined);
  numbers.sort((a, b) => a - b);
  const good: Manifest[] = [];
  const damage: HeadraceError[] = [];
  for (const number of numbers) {
    try {
      good.push(await readManifest(files, directory, number));
    } catch (error) {
      if (!isDamage(error)) throw error;
      damage.push(error);
    }
  }
  return { good, damage, numbers };
}

async function openOrigin(files: FileSystem, directory: string): Promise<Origin> {
  const { good, damage } = await readManifests(files, directory);
  const manifest = good.at(-1);
  if (manifest !== undefined) return { directory, manifest };
  throw damage[0] ?? new HeadraceError("io", `"${directory}" is not a savepoint: it has no checkpoint in it`);
}

async function openLog(
  files: FileSystem,
  directory: string,
  job: string,
  { numbers }: Manifests,
  origin: Origin | undefined,
): Promise<EpochLog> {
  let log: EpochLog;
  try {
    log = await EpochLog.open(files, directory);
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
    if (numbers.length > 0) throw asDamage(join(directory, LOG_NAME), error);
    return EpochLog.create(files, directory, job, origin?.manifest.epoch ?? 0);
  }
  const problem = problemOf(log, directory, job, origin);
  if (problem === undefined) return log;
  await log.close();
  throw problem;
}

function problemOf(
  log: EpochLog,
  directory: string,
  job: string,
  origin: Origin | undefined,
): HeadraceError | undefined {
  if (log.job !== job)
    return new HeadraceError("io", `"${directory}" has the checkpoints of the job "${log.job}", not of "${job}"`, {
      hint: "give each job a directory of its own, or begin from a savepoint of the other one",
    });
  if (origin === undefined || origin.manifest.epoch === log.base) return undefined;
  return new HeadraceError("io", `the job in "${directory}" did not begin with the savepoint "${origin.directory}"`, {
    hint: "begin from a savepoint in a new directory",
  });
}

function withoutMissing(store: ChunkStore, { good, damage }: Manifests): Pick<Manifests, "good" | "damage"> {
  const missing = new Map(
    good.map((manifest) => [manifest, [...filesOf(manifest)].find((file) => !store.has(file))] as const),
  );
  const errors = [...new Set(missing.values())]
    .filter((file) => file !== undefined)
    .map((file) => damaged(join(store.directory, file), "the file is missing"));
  return {
    good: good.filter((manifest) => missing.get(manifest) === undefined),
    damage: [...damage, ...errors],
  };
}

/** Removes what was begun and not finished. */
async function tidy(files: FileSystem, directory: string): Promise<void> {
  for (const name of await files.list(directory)) {
    if (!name.endsWith(TEMPORARY)) continue;
    if (savepointNumber(name.slice(0, -TEMPORARY.length)) !== undefined) await files.removeTree(join(directory, name));
    else await removeIfThere(files, join(directory, name));
  }
}
