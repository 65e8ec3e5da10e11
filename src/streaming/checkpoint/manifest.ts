/** `checkpoint-<n>.json`: what a checkpoint consists of. */
import { join } from "node:path";
import { asDamage, damaged } from "./damage.ts";
import { type FileSystem, readWhole, removeIfThere, writeWhole } from "./file-system.ts";
import { sealJson, unsealJson } from "./sealed-json.ts";
import { type Snapshot, snapshotFromJson, snapshotToJson } from "./snapshot.ts";

const FORMAT = 1;
const NAME = /^checkpoint-([1-9]\d{0,14})\.json$/;

/** A file in `chunks`, as it was written. */
export type ChunkFileInfo = {
  /** Its name. */
  readonly id: string;
  readonly bytes: number;
  /** Of its header, which has those of all that follows. */
  readonly checksum: number;
};

/** Where a chunk lies: its number in a file. */
export type ChunkPlace = { readonly file: ChunkFileInfo; readonly index: number };

export type SavedState = {
  readonly name: string;
  readonly fingerprint: string;
  readonly rows: number;
  /** Types of the columns, as SQL. */
  readonly types: readonly string[];
  /** In the order of the table. */
  readonly chunks: readonly ChunkPlace[];
};

export type Manifest = Snapshot & {
  /** Of the checkpoint. */
  readonly number: number;
  readonly job: string;
  readonly states: readonly SavedState[];
};

export const manifestName = (number: number): string => `checkpoint-${number}.json`;

/** The number of the checkpoint whose manifest has this name; undefined: it is none. */
export function manifestNumber(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** All files that the manifest refers to. */
export function filesOf(manifest: Manifest): ReadonlySet<string> {
  return new Set(manifest.states.flatMap(({ chunks }) => chunks.map(({ file }) => file.id)));
}

/** Returns when the manifest is there to stay; when it fails it may be there or not. */
export async function writeManifest(files: FileSystem, directory: string, manifest: Manifest): Promise<void> {
  const path = join(directory, manifestName(manifest.number));
  const temporary = `${path}.tmp`;
  await removeIfThere(files, temporary);
  await writeWhole(files, temporary, sealJson(FORMAT, toJson(manifest)));
  await files.rename(temporary, path);
  await files.syncDirectory(directory);
}

/** Throws `format` for damage, `unsupported` for the manifest of a newer version. */
export async function readManifest(files: FileSystem, directory: string, number: number): Promise<Manifest> {
  const path = join(directory, manifestName(number));
  let bytes: Buffer;
  try {
    bytes = await readWhole(files, path);
  } catch (error) {
    throw asDamage(path, error);
  }
  const manifest = fromJson(unsealJson(bytes, FORMAT, path));
  if (manifest.number !== number) throw damaged(path, `it is of checkpoint ${manifest.number}`);
  return manifest;
}

/** Chunks of one file that follow each other are written as `[file, first, last]`. */
type Run = readonly [file: number, first: number, last: number];

type ManifestJson = {
  readonly number: number;
  readonly job: string;
  readonly snapshot: unknown;
  readonly files: readonly ChunkFileInfo[];
  readonly states: readonly (Omit<SavedState, "chunks"> & { readonly chunks: readonly Run[] })[];
};

function toJson(manifest: Manifest): ManifestJson {
  const files = new Map<string, { readonly index: number; readonly file: ChunkFileInfo }>();
  const states = manifest.states.map(({ chunks, ...state }) => {
    const runs: [number, number, number][] = [];
    for (const { file, index } of chunks) {
      const known = files.get(file.id) ?? { index: files.size, file };
      files.set(file.id, known);
      const run = runs.at(-1);
      if (run !== undefined && run[0] === known.index && run[2] === index - 1) run[2] = index;
      else runs.push([known.index, index, index]);
    }
    return { ...state, chunks: runs };
  });
  return {
    number: manifest.number,
    job: manifest.job,
    snapshot: snapshotToJson(manifest),
    files: [...files.values()].map(({ file }) => file),
    states,
  };
}

function fromJson(json: unknown): Manifest {
  const { number, job, snapshot, files, states } = json as ManifestJson;
  return {
    ...snapshotFromJson(snapshot),
    number,
    job,
    states: states.map(({ chunks, ...state }) => ({
      ...state,
      chunks: chunks.flatMap(([file, first, last]) =>
        Array.from({ length: last - first + 1 }, (_, i) => ({ file: files[file] as ChunkFileInfo, index: first + i })),
      ),
    })),
  };
}
