/** A campaign: many seeds under some oracles, each in a process of its own, with results that outlive an interruption. */
import { type ChildProcess, fork } from "node:child_process";
import type { Oracle } from "./cases.ts";
import { appendRecord, isOf, readRecords, type SeedRecord, type Version } from "./results.ts";
import type { SeedMessage, SeedTask } from "./seed-process.ts";

/** So many cases of an oracle under one seed. */
export type Job = { readonly oracle: Oracle; readonly seed: number; readonly queries: number };

export type CampaignOptions = {
  readonly jobs: readonly Job[];
  /** How many of them run at a time. */
  readonly parallel: number;
  /** The file of records: jobs that it has in this version are not run again. */
  readonly results: string;
  readonly version: Version;
  /** Where the scripts of failures go. */
  readonly folder: string;
  /** Milliseconds for one case, and for making one failure small. */
  readonly timeout: number;
  readonly shrinkMs: number;
  /** Milliseconds without a sign from a seed's process after which it counts as hanging. */
  readonly silence: number;
  readonly report: (text: string) => void;
  /** Ends the campaign; what runs then is not recorded. */
  readonly signal?: AbortSignal | undefined;
  /** The module that a seed's process runs. */
  readonly entry?: URL | undefined;
};

/** Runs what is not recorded yet. Never fails because of a job: a process that ends early or hangs is a finding. */
export async function runCampaign(options: CampaignOptions): Promise<void> {
  const { jobs, parallel, results, version, report } = options;
  const recorded = (await readRecords(results)).filter((record) => isOf(record, version));
  const waiting = jobs.filter((job) => !recorded.some((record) => isSameJob(record, job)));
  if (waiting.length < jobs.length) report(`${jobs.length - waiting.length} of ${jobs.length} seeds are recorded\n`);
  const known = new Set(recorded.flatMap(({ findings }) => Object.keys(findings)));
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const record = await runJob(job, [...known], options);
      if (record === undefined) return;
      await appendRecord(results, record);
      for (const signature of Object.keys(record.findings)) known.add(signature);
      report(`${summary(record)}\n`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
}

const isSameJob = (record: SeedRecord, { oracle, seed, queries }: Job): boolean =>
  record.oracle === oracle && record.seed === seed && record.queries === queries;

/** The record of a job that ran to its end, whatever the end; undefined when it was aborted. */
async function runJob(job: Job, known: readonly string[], options: CampaignOptions): Promise<SeedRecord | undefined> {
  const { version, folder, timeout, shrinkMs, silence, report, signal, entry } = options;
  const started = performance.now();
  const child = fork(entry ?? new URL("./seed-process.ts", import.meta.url), {
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // A group of its own: an interruption at the keyboard is the campaign's business, and the end takes its children along.
    detached: true,
  });
  const task: SeedTask = { ...job, folder, timeout, shrinkMs, known };
  child.send(task);
  let cases = 0;
  const message = await lastMessage(child, silence, signal, (sign) => {
    if (sign.kind === "progress") cases = sign.cases;
    else if (sign.kind === "report") report(sign.text);
  });
  child.removeAllListeners();
  killGroup(child);
  if (message === "aborted") return undefined;
  const seconds = Math.round((performance.now() - started) / 1000);
  const common = { ...job, version, seconds };
  if (typeof message === "object") return { ...common, ...message.counts };
  const finding = `${message} after ${cases} cases`;
  return {
    ...common,
    ...{ cases, same: 0, bothErrors: 0, unsupported: 0 },
    ...{ findings: { [finding]: 1 }, reasons: {} },
  };
}

/** Milliseconds in which a process starts on a busy machine. */
const START = 60_000;

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

type Done = Extract<SeedMessage, { kind: "done" }>;

/** What a seed's process says at its end, or how it ended instead. */
function lastMessage(
  child: ChildProcess,
  silence: number,
  signal: AbortSignal | undefined,
  onSign: (message: SeedMessage) => void,
): Promise<Done | string> {
  return new Promise((done) => {
    const hang = (): void => done(`hang: no sign of the seed's process in ${silence} ms`);
    let timer = setTimeout(hang, START + silence);
    const finish = (end: Done | string): void => {
      clearTimeout(timer);
      done(end);
    };
    child.on("message", (message: SeedMessage) => {
      clearTimeout(timer);
      timer = setTimeout(hang, silence);
      if (message.kind === "done") finish(message);
      else onSign(message);
    });
    child.once("error", (error) => finish(`crash: ${error.message}`));
    child.once("exit", (code, by) => finish(`crash: the seed's process ended (${by ?? `code ${code}`})`));
    signal?.addEventListener("abort", () => finish("aborted"), { once: true });
    if (signal?.aborted === true) finish("aborted");
  });
}

function summary({ oracle, seed, seconds, cases, same, bothErrors, unsupported, findings }: SeedRecord): string {
  const found = Object.values(findings).reduce((sum, count) => sum + count, 0);
  return `${oracle} seed ${seed}: ${cases} cases, ${same} the same, ${bothErrors} errors on both sides, ${unsupported} unsupported, ${found === 0 ? "no finding" : `${found} FINDINGS`}, ${seconds} s`;
}
