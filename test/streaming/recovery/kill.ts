/** Runs jobs in processes that are killed, and compares what they have written with what one wrote that lived. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RecoveryJob } from "./jobs.ts";

/** What a run has written: files by name, and each row with its weights added up. */
export type Output = { readonly files: ReadonlyMap<string, string>; readonly rows: ReadonlyMap<string, number> };

export type Undisturbed = Output & {
  /** Milliseconds from the start of the process until its job ran. */
  readonly readyMs: number;
  /** What it began from. */
  readonly savepoint: string | undefined;
};

export type Killed = {
  /** How often the process was killed. */
  readonly kills: number;
  /** How often its newest checkpoint was damaged then, so that it had to take the one before. */
  readonly damages: number;
  /** What differs from the undisturbed run; undefined: nothing. */
  readonly difference: string | undefined;
};

const WORKERS = [1, 2, 4] as const;
const EPOCHS_PER_CHECKPOINT = 7;
const LOOK_MS = 3;

export async function runUndisturbed(job: RecoveryJob, folder: string): Promise<Undisturbed> {
  const savepoint = job.before === undefined ? undefined : join(folder, "savepoint");
  if (job.before !== undefined) {
    const before = { ...job.before, epochs: 40, savepoint };
    const config = {
      statements: job.statements(folder),
      before,
      options: optionsOf(job, folder, undefined),
      workers: 2,
    };
    await runProcess(job, folder, config, job.feed?.(folder), undefined);
    rmSync(join(folder, "checkpoints"), { recursive: true });
  }
  const { readyMs } = await runProcess(job, folder, configOf(job, folder, savepoint, 2), job.feed?.(folder), undefined);
  return { ...outputOf(folder), readyMs, savepoint };
}

/**
 * Kills a job at random moments, `random` giving numbers from 0 to 1, until it has come to its end; after `mostKills` nobody disturbs
 * it. Leaves nothing in `folder`.
 */
export async function runKilled(
  job: RecoveryJob,
  folder: string,
  expected: Undisturbed,
  random: () => number,
  mostKills: number,
): Promise<Killed> {
  const feed = job.feed?.(folder);
  let damages = 0;
  let workers: number = WORKERS[Math.floor(random() * WORKERS.length)]!;
  for (let kills = 0; ; kills++) {
    const moment = kills === mostKills ? undefined : momentIn(folder, expected, random);
    const { ended } = await runProcess(job, folder, configOf(job, folder, expected.savepoint, workers), feed, moment);
    if (ended) {
      const difference = differenceOf(job, expected, outputOf(folder));
      if (difference === undefined) rmSync(folder, { recursive: true });
      return { kills, damages, difference };
    }
    if (random() < 0.25 && damageCheckpoint(folder, random)) damages++;
    const others = WORKERS.filter((count) => count !== workers);
    workers = others[Math.floor(random() * others.length)]!;
  }
}

/** Flips a bit of the newest checkpoint if there is another one. */
function damageCheckpoint(folder: string, random: () => number): boolean {
  const path = join(folder, "checkpoints");
  const numbers = (existsSync(path) ? readdirSync(path) : []).flatMap((name) => {
    const digits = /^checkpoint-(\d+)\.json$/.exec(name)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
  if (numbers.length < 2) return false;
  const newest = join(path, `checkpoint-${Math.max(...numbers)}.json`);
  const bytes = readFileSync(newest);
  bytes[Math.floor(random() * bytes.length)]! ^= 1 << Math.floor(random() * 8);
  writeFileSync(newest, bytes);
  return true;
}

/** Whether it is time, so many milliseconds after the start of the process. */
type Moment = (elapsedMs: number) => boolean;

/** Some time while the process gets ready or goes on from its checkpoint, or when it has put out so many files and a bit. */
function momentIn(folder: string, { files, readyMs }: Undisturbed, random: () => number): Moment {
  if (random() < 0.3) {
    const at = random() * readyMs * 1.5;
    return (elapsedMs) => elapsedMs >= at;
  }
  const before = filesIn(folder).length;
  const target = before + Math.floor(random() * (files.size - before) * 0.9);
  const delay = random() * 30;
  let reached: number | undefined;
  return (elapsedMs) => {
    if (reached === undefined && filesIn(folder).length > target) reached = elapsedMs;
    return reached !== undefined && elapsedMs >= reached + delay;
  };
}

type Run = { readonly ended: boolean; readonly readyMs: number };

function optionsOf(job: RecoveryJob, folder: string, from: string | undefined): object {
  const checkpoint = { directory: join(folder, "checkpoints"), epochs: EPOCHS_PER_CHECKPOINT };
  return {
    name: "job",
    epoch: job.epochRows === undefined ? { ms: 5 } : { rows: job.epochRows },
    checkpoint: from === undefined ? checkpoint : { ...checkpoint, from, upgrade: "keep" },
  };
}

const configOf = (job: RecoveryJob, folder: string, from: string | undefined, workers: number): object => {
  mkdirSync(folder, { recursive: true });
  const { select, merges, calls } = job;
  const files = calls === true ? join(folder, "files") : undefined;
  return { statements: job.statements(folder), select, merges, files, options: optionsOf(job, folder, from), workers };
};

/** Throws with what it said when a process fails. */
function runProcess(
  job: RecoveryJob,
  folder: string,
  config: object,
  feed: (() => void) | undefined,
  moment: Moment | undefined,
): Promise<Run> {
  const program = join(import.meta.dirname, "program.mjs");
  const began = performance.now();
  const child = spawn(process.execPath, [program, JSON.stringify(config)], { stdio: ["ignore", "pipe", "pipe"] });
  const timer = setInterval(() => {
    feed?.();
    if (moment?.(performance.now() - began) === true) child.kill("SIGKILL");
  }, LOOK_MS);
  let readyMs = Infinity;
  let errors = "";
  child.stdout.on("data", () => (readyMs = performance.now() - began));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearInterval(timer);
      if (signal === "SIGKILL") resolve({ ended: false, readyMs });
      else if (code === 0) resolve({ ended: true, readyMs });
      else reject(new Error(`job "${job.name}" in ${folder} ended with ${code ?? signal}: ${errors}`));
    });
  });
}

/** Those that are to be seen; a sink's own begin with a dot. */
function filesIn(folder: string): string[] {
  const path = join(folder, "files");
  return existsSync(path)
    ? readdirSync(path)
        .filter((name) => !name.startsWith("."))
        .sort()
    : [];
}

function outputOf(folder: string): Output {
  const files = new Map<string, string>();
  const rows = new Map<string, number>();
  for (const name of filesIn(folder)) {
    const text = readFileSync(join(folder, "files", name), "utf8");
    files.set(name, text);
    for (const line of text.split("\n").filter((part) => part !== "")) addLine(rows, line);
  }
  return { files, rows };
}

/** The last value of a line is its weight. */
function addLine(rows: Map<string, number>, line: string): void {
  const values = Object.entries(JSON.parse(line) as Readonly<Record<string, unknown>>);
  const weight = Number(values.pop()![1]);
  const row = JSON.stringify(values);
  const sum = (rows.get(row) ?? 0) + weight;
  if (sum === 0) rows.delete(row);
  else rows.set(row, sum);
}

/** Epochs of as many rows make the same files, byte for byte; others the same rows in the end. */
function differenceOf(job: RecoveryJob, expected: Output, found: Output): string | undefined {
  const names = new Set([...expected.files.keys(), ...found.files.keys()]);
  for (const name of job.epochRows === undefined ? [] : [...names].sort()) {
    const [before, after] = [expected.files.get(name), found.files.get(name)];
    if (before === after) continue;
    if (before === undefined || after === undefined)
      return `${name} is ${after === undefined ? "missing" : "too much"}`;
    return `${name} differs`;
  }
  for (const row of new Set([...expected.rows.keys(), ...found.rows.keys()])) {
    const [before = 0, after = 0] = [expected.rows.get(row), found.rows.get(row)];
    if (before !== after) return `${row} is there ${after} times instead of ${before}`;
  }
  return undefined;
}
