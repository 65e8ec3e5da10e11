import type { SharedMemory } from "../../exec/memory/shared-memory.ts";
import type { SpilledChunk } from "../../exec/table/spilled-chunks.ts";
import { Turns } from "../../exec/table/slices.ts";
import { type Chunk, type SharedExtent, type TableVersion, withChunks } from "../../exec/table/table-version.ts";
import type { Lane } from "../../planner/types/lane.ts";
import { typeName } from "../../planner/types/types.ts";
import type { Spill } from "../spill.ts";
import type { Mismatch, WantedState } from "./checkpoints.ts";
import { readChunks } from "./chunk-reader.ts";
import type { FileSystem } from "./file-system.ts";
import type { ChunkFileInfo, ChunkPlace, Manifest, SavedState } from "./manifest.ts";

export type Restored = {
  readonly states: ReadonlyMap<string, TableVersion>;
  readonly mismatches: readonly Mismatch[];
  /** Where all chunks of the states are. */
  readonly places: ReadonlyMap<Chunk, ChunkPlace>;
};

type RestoreContext = {
  readonly files: FileSystem;
  readonly memory: SharedMemory;
  readonly directory: string;
  /** Takes what memory has no room for. */
  readonly spill: Spill | undefined;
};

/** Reads the states of a checkpoint that a job wants. Chunks that states share are shared again. Errors as `readChunks`. */
export async function restoreStates(
  { files, memory, directory, spill }: RestoreContext,
  manifest: Manifest,
  wanted: readonly WantedState[],
): Promise<Restored> {
  const { matches, mismatches } = match(manifest, wanted);
  const extents: SharedExtent[] = [];
  const moved = new Map<Chunk, SpilledChunk>();
  try {
    const turns = new Turns();
    const loaded = new Map<string, ReadonlyMap<number, Chunk>>();
    for (const [id, { info, lanes, indices }] of neededFiles(matches)) {
      const before = extents.length;
      const chunks = await readChunks({ files, directory, memory, extents, turns }, info, lanes, [...indices]);
      loaded.set(id, chunks);
      if (spill?.isDue !== true) continue;
      for (const chunk of await spill.write(lanes, [...chunks.values()])) moved.set(chunk.origin, chunk);
      for (const { address, bytes } of extents.splice(before)) memory.release(address, bytes);
    }
    const places = new Map<Chunk, ChunkPlace>();
    const states = new Map<string, TableVersion>();
    for (const { name, saved, layout } of matches) {
      const chunks = saved.chunks.map((place) => {
        const chunk = loaded.get(place.file.id)!.get(place.index)!;
        places.set(chunk, place);
        return chunk;
      });
      const spilled = chunks.flatMap((chunk) => moved.get(chunk) ?? []);
      const inMemory = chunks.filter((chunk) => !moved.has(chunk));
      states.set(name, withChunks(layout, inMemory, spilled));
    }
    return { states, mismatches, places };
  } catch (error) {
    for (const { address, bytes } of extents) memory.release(address, bytes);
    for (const file of new Set([...moved.values()].map((chunk) => chunk.file))) file.close();
    throw error;
  }
}

type Match = { readonly name: string; readonly saved: SavedState; readonly layout: TableVersion };

/** States are found by their fingerprints, those of the same name first. */
function match(
  { states }: Manifest,
  wanted: readonly WantedState[],
): { readonly matches: readonly Match[]; readonly mismatches: readonly Mismatch[] } {
  const unused = new Set(states);
  const matches: Match[] = [];
  const mismatches: Mismatch[] = [];
  for (const { name, fingerprint, layout } of wanted) {
    const fitting = states.filter((state) => state.fingerprint === fingerprint && hasTypes(layout, state.types));
    const saved = fitting.find((state) => state.name === name) ?? fitting[0];
    if (saved === undefined) mismatches.push({ kind: "new", name });
    else {
      matches.push({ name, saved, layout });
      unused.delete(saved);
    }
  }
  for (const { name } of unused) mismatches.push({ kind: "unused", name });
  return { matches, mismatches };
}

function hasTypes({ columns }: TableVersion, types: readonly string[]): boolean {
  return columns.length === types.length && columns.every(({ type }, i) => typeName(type) === types[i]);
}

type NeededFile = {
  readonly info: ChunkFileInfo;
  readonly lanes: readonly Lane[];
  readonly indices: Set<number>;
};

function neededFiles(matches: readonly Match[]): ReadonlyMap<string, NeededFile> {
  const needed = new Map<string, NeededFile>();
  for (const { saved, layout } of matches) {
    for (const { file, index } of saved.chunks) {
      const known = needed.get(file.id);
      if (known !== undefined) known.indices.add(index);
      else {
        const lanes = layout.columns.map(({ lane }) => lane);
        needed.set(file.id, { info: file, lanes, indices: new Set([index]) });
      }
    }
  }
  return needed;
}
