/** Runs one query as a job over generated events, from their first to their last. */
import { channel } from "node:diagnostics_channel";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type EpochOptions, type Session } from "../../src/index.ts";
import { GENERATED_CHANNEL, type Generated } from "../../src/streaming/connectors/nexmark/nexmark-source.ts";
import { countChar, queryTexts, sideInput, tableDefinitions } from "../queries/queries.ts";
import { Latencies } from "./latencies.ts";

export type RunOptions = {
  readonly events: number;
  readonly seed: number;
  /** Events in a second of event time. */
  readonly rate: number;
  /** Events come at that rate by the clock as well, instead of as fast as they are taken. */
  readonly paced: boolean;
  readonly workers: number;
  readonly epoch: EpochOptions | undefined;
  /** As `connect` takes it. */
  readonly memoryLimit?: string | undefined;
  /** A directory for the checkpoints of each query, and the milliseconds between them. */
  readonly checkpoint: { readonly directory: string; readonly ms: number } | undefined;
};

export type QueryReport = {
  readonly query: string;
  /** From the start of the job to its end. */
  readonly ms: number;
  /** Of that, what passed in the generator, while nothing else was done. */
  readonly generatorMs: number;
  /** What all threads of the process computed meanwhile, the generator included: hardly depends on what else the machine does. */
  readonly cpuMs: number;
  readonly epochs: number;
  /** From when an event was due until its epoch was committed. */
  readonly latencyMs: { readonly p50: number; readonly p99: number };
  /** At the end of the last epoch. */
  readonly stateRows: number;
  readonly stateBytes: number;
  /** In files. */
  readonly spilledBytes: number;
  /** Changes that were put out. */
  readonly outputRows: number;
  /** The most that the process took during the run. */
  readonly rssBytes: number;
};

const RSS_INTERVAL_MS = 50;

/** Throws what ends the job. */
export async function runQuery(query: string, options: RunOptions): Promise<QueryReport> {
  const directory = await mkdtemp(join(tmpdir(), "headrace-nexmark-"));
  const session = await connect({ workers: options.workers, memoryLimit: options.memoryLimit });
  try {
    return await runJob(session, query, directory, options);
  } finally {
    await session.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function runJob(
  session: Session,
  query: string,
  directory: string,
  { events, seed, rate, paced, epoch, checkpoint }: RunOptions,
): Promise<QueryReport> {
  const places = { sideInput: join(directory, "side-input.csv"), output: join(directory, "output") };
  await writeFile(places.sideInput, sideInput());
  const source = {
    "events.num": String(events),
    "first-event.rate": String(rate),
    seed: String(seed),
    "rate.limited": String(paced),
  };
  const { definitions, select } = queryTexts(query, places);
  session.createFunction("count_char", { args: ["VARCHAR", "VARCHAR"], returns: "BIGINT", fn: countChar });
  await session.execute(`${tableDefinitions(source)}\n${definitions}`);
  if (checkpoint !== undefined) await mkdir(join(checkpoint.directory, query), { recursive: true });

  const latencies = new Latencies();
  let [generatorMs, outputRows, rssBytes] = [0, 0, process.memoryUsage.rss()];
  const generated = channel(GENERATED_CHANNEL);
  const onGenerated = (message: unknown): void => {
    generatorMs += (message as Generated).ms;
    latencies.add(message as Generated);
  };
  generated.subscribe(onGenerated);
  const timer = setInterval(() => (rssBytes = Math.max(rssBytes, process.memoryUsage.rss())), RSS_INTERVAL_MS);
  const began = performance.now();
  const cpu = process.cpuUsage();
  try {
    const job = await session.sql(select).insertInto(`nexmark_${query}`, {
      epoch,
      checkpoint: checkpoint && { directory: join(checkpoint.directory, query), ms: checkpoint.ms },
      onEpoch: ({ changedRows }) => {
        latencies.commit(performance.now());
        outputRows += changedRows;
      },
    });
    await job.done;
    const ms = performance.now() - began;
    const { user, system } = process.cpuUsage(cpu);
    const cpuMs = (user + system) / 1000;
    const { epochs, stateRows, stateBytes, spilledBytes } = job.stats();
    const latencyMs = { p50: latencies.quantile(0.5), p99: latencies.quantile(0.99) };
    const states = { stateRows, stateBytes, spilledBytes };
    return { query, ms, generatorMs, cpuMs, epochs, latencyMs, ...states, outputRows, rssBytes };
  } finally {
    clearInterval(timer);
    generated.unsubscribe(onGenerated);
  }
}
