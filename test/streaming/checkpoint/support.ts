import { OWNER_TABLES, SharedMemory } from "../../../src/exec/memory/shared-memory.ts";
import { encodeColumns } from "../../../src/exec/table/encode-columns.ts";
import { createTable, withChunks, releaseVersion, type TableVersion } from "../../../src/exec/table/table-version.ts";
import type { Datum } from "../../../src/planner/expr/expr.ts";
import { BIGINT, listOf, type SqlType, VARCHAR } from "../../../src/planner/types/types.ts";
import { Checkpoints, type Recovered, type WantedState } from "../../../src/streaming/checkpoint/checkpoints.ts";
import type { EpochRecord, Snapshot } from "../../../src/streaming/checkpoint/snapshot.ts";
import type { Value } from "../../support/column-values.ts";
import { tableColumn } from "../../support/table-values.ts";
import type { FileSystem } from "../../../src/streaming/checkpoint/file-system.ts";
import type { SimulatedFiles } from "./simulated-files.ts";

export function newMemory(): SharedMemory {
  const memory = SharedMemory.create(2 ** 31);
  memory.startPoisoning();
  return memory;
}

export function fixedTable(types: readonly SqlType[]): TableVersion {
  return createTable(
    types.map((type, i) => ({ name: `c${i}`, type, nullable: true })),
    { fixed: true },
  );
}

/** All values, by column. */
export function valuesOf(memory: SharedMemory, version: TableVersion): Value[][] {
  return version.columns.map((_, i) => tableColumn(memory, version, i));
}

export const tablePages = (memory: SharedMemory): number => memory.pagesOf(OWNER_TABLES);

/** Frees what a job that came to a sudden end has left. */
export function forget(memory: SharedMemory): void {
  memory.releaseOwner(OWNER_TABLES);
}

/** Two versions' chunks one behind the other; takes their references. */
export function concatenated(memory: SharedMemory, a: TableVersion, b: TableVersion): TableVersion {
  const both = withChunks(a, [...a.chunks, ...b.chunks]);
  releaseVersion(memory, a);
  releaseVersion(memory, b);
  return both;
}

const LAYOUT = fixedTable([BIGINT, VARCHAR, listOf(VARCHAR)]);

/** A job of three states that anybody can foretell. `log`: every epoch adds; `last`: another value each time; `none`: no rows. */
export const WANTED: readonly WantedState[] = ["log", "last", "none"].map((name) => ({
  name,
  fingerprint: `of ${name}`,
  layout: LAYOUT,
}));

export function recordOf(epoch: number): EpochRecord {
  return {
    epoch,
    boundaries: new Map([["bids", new Map([["p0", { from: epoch === 1 ? undefined : epoch - 1, to: epoch }]])]]),
    processingTime: BigInt(epoch) * 1_000_000n,
    watermarks: new Map([["bids", new Map([["p0", BigInt(epoch) - 4n]])]]),
    memo: { text: `epoch ${epoch}` },
  };
}

export function snapshotOf(epoch: number): Snapshot {
  return {
    epoch,
    positions: new Map([["bids", new Map([["p0", epoch]])]]),
    watermarks: new Map([["bids", new Map([["p0", BigInt(epoch)]])]]),
    memo: [epoch],
  };
}

function rowsOf(epoch: number): Datum[][] {
  const rows = Array.from({ length: 3 }, (_, i) => epoch * 10 + i);
  return [
    rows.map((n) => (n % 7 === 0 ? null : BigInt(n))),
    rows.map((n) => (n % 5 === 0 ? null : "x".repeat(n % 4) + n)),
    rows.map((n) => (n % 3 === 0 ? null : ["a", null, String(n)])),
  ];
}

function lanesOf(memory: SharedMemory, columns: readonly (readonly Datum[])[]): Value[][] {
  const version = encodeColumns(memory, LAYOUT, columns[0]!.length, columns);
  try {
    return valuesOf(memory, version);
  } finally {
    releaseVersion(memory, version);
  }
}

/** What the states hold at the end of an epoch, by name, as `valuesOf` tells. */
export function expectedStates(memory: SharedMemory, epoch: number): Map<string, Value[][]> {
  const all: Datum[][] = [[], [], []];
  for (let e = 1; e <= epoch; e++) rowsOf(e).forEach((values, i) => all[i]!.push(...values));
  return new Map([
    ["log", lanesOf(memory, all)],
    ["last", lanesOf(memory, epoch === 0 ? [[], [], []] : rowsOf(epoch))],
    ["none", [[], [], []]],
  ]);
}

/** The job: keeps its states in memory and its checkpoints where it is told. */
export class TestJob {
  readonly memory: SharedMemory;
  readonly checkpoints: Checkpoints;
  readonly recovered: Recovered | undefined;
  readonly states: Map<string, TableVersion> = new Map<string, TableVersion>();
  epoch: number;

  private constructor(memory: SharedMemory, checkpoints: Checkpoints, recovered: Recovered | undefined) {
    this.memory = memory;
    this.checkpoints = checkpoints;
    this.recovered = recovered;
    this.epoch = recovered?.epoch ?? 0;
    for (const { name } of WANTED) this.states.set(name, recovered?.states.get(name) ?? withChunks(LAYOUT, []));
  }

  /** Recovers, and computes again what the log knows of. */
  static async start(
    memory: SharedMemory,
    files: FileSystem,
    committed = 0,
    more: { readonly from?: string; readonly directory?: string } = {},
  ): Promise<TestJob> {
    const options = { job: "test", memory, files, from: more.from };
    const checkpoints = await Checkpoints.open(more.directory ?? "/job", options);
    let job: TestJob | undefined;
    try {
      job = new TestJob(memory, checkpoints, await checkpoints.recover(WANTED));
      for (const { epoch } of await checkpoints.log.recordsAfter(job.epoch, committed)) job.compute(epoch);
      return job;
    } catch (error) {
      await (job === undefined ? checkpoints.close() : job.stop()).catch(() => undefined);
      throw error;
    }
  }

  async runEpoch(): Promise<void> {
    const epoch = this.epoch + 1;
    await this.checkpoints.log.append(recordOf(epoch));
    this.compute(epoch);
  }

  compute(epoch: number): void {
    const delta = encodeColumns(this.memory, LAYOUT, 3, rowsOf(epoch));
    // Both share its chunk.
    delta.lifetime.references++;
    this.states.set("log", concatenated(this.memory, this.states.get("log")!, delta));
    releaseVersion(this.memory, this.states.get("last")!);
    this.states.set("last", delta);
    this.epoch = epoch;
  }

  async checkpoint(): Promise<void> {
    const states = WANTED.map(({ name, fingerprint }) => ({ name, fingerprint, version: this.states.get(name)! }));
    await this.checkpoints.write(snapshotOf(this.epoch), states);
  }

  values(): Map<string, Value[][]> {
    return new Map([...this.states].map(([name, version]) => [name, valuesOf(this.memory, version)]));
  }

  /** Lets go of memory and directory. */
  async stop(): Promise<void> {
    for (const version of this.states.values()) releaseVersion(this.memory, version);
    await this.checkpoints.close();
  }
}

/** The lock as one that a process has left that is no more. */
export function killHolder(files: SimulatedFiles): void {
  for (const [path, bytes] of files.contents()) {
    if (!path.includes("/LOCK") || bytes.length === 0) continue;
    try {
      files.replace(path, Buffer.from(JSON.stringify({ ...JSON.parse(bytes.toString()), started: "0" })));
    } catch {
      // Torn: it never was a lock.
    }
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
