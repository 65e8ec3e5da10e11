import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { count, UsageError } from "../../src/cli/options.ts";
import type { EpochOptions } from "../../src/index.ts";
import { parsed } from "../../tpch/cli/arguments.ts";
import { HEADER, rates, reportLine } from "../bench/report.ts";
import { type QueryReport, runQuery, type RunOptions } from "../bench/run-query.ts";
import { QUERY_NAMES } from "../queries/queries.ts";
import { duration, eventCount, integer } from "./arguments.ts";

/** Of event time, where events come as fast as they are taken: the published runs have it. */
const DEFAULT_RATE = 10_000_000;
const DEFAULT_CHECKPOINT = "10s";

/** Returns the exit code: 1 when a query fails. */
export async function run(argv: readonly string[]): Promise<number> {
  const { values } = parsed(() =>
    parseArgs({
      args: [...argv],
      options: {
        events: { type: "string", default: "1M" },
        query: { type: "string" },
        epoch: { type: "string" },
        workers: { type: "string" },
        "memory-limit": { type: "string" },
        checkpoint: { type: "string" },
        "checkpoint-interval": { type: "string" },
        rate: { type: "string" },
        seed: { type: "string", default: "0" },
        json: { type: "string" },
      },
    }),
  );
  const queries = queryNames(values.query);
  const { checkpoint: directory, rate } = values;
  if (directory === undefined && values["checkpoint-interval"] !== undefined)
    throw new UsageError("--checkpoint-interval needs --checkpoint DIR");
  const taken = queries.find((query) => directory !== undefined && existsSync(join(directory, query)));
  if (taken !== undefined) throw new UsageError(`--checkpoint: there is ${join(directory!, taken)} already`);
  const options: RunOptions = {
    events: eventCount("--events", values.events),
    seed: integer("--seed", values.seed),
    rate: rate === undefined ? DEFAULT_RATE : eventCount("--rate", rate),
    paced: rate !== undefined,
    workers: count("--workers", values.workers, 1) ?? availableParallelism(),
    memoryLimit: values["memory-limit"],
    epoch: values.epoch === undefined ? undefined : epochOptions(values.epoch),
    checkpoint:
      directory === undefined
        ? undefined
        : {
            directory,
            ms: duration("--checkpoint-interval", values["checkpoint-interval"] ?? DEFAULT_CHECKPOINT),
          },
  };
  const pace = options.paced ? `, ${options.rate.toLocaleString("en")} a second` : "";
  const workers = `${options.workers} ${options.workers === 1 ? "worker" : "workers"}`;
  process.stdout.write(`Nexmark, ${options.events.toLocaleString("en")} events${pace}, ${workers}\n${HEADER}\n`);
  const reports: QueryReport[] = [];
  const failures: { readonly query: string; readonly failure: string }[] = [];
  for (const query of queries) {
    try {
      const report = await runQuery(query, options);
      reports.push(report);
      process.stdout.write(`${reportLine(report, options)}\n`);
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      failures.push({ query, failure });
      process.stdout.write(`${query.padStart(6)} ${failure}\n`);
    }
  }
  if (values.json !== undefined) {
    const document = {
      date: new Date().toISOString(),
      node: process.version,
      processor: cpus()[0]?.model,
      options,
      queries: reports.map((report) => ({ ...report, eventsPerSecondAndCore: rates(report, options) })),
      failures,
    };
    await writeFile(values.json, `${JSON.stringify(document, null, 1)}\n`);
  }
  return failures.length === 0 ? 0 : 1;
}

function queryNames(text: string | undefined): readonly string[] {
  if (text === undefined) return QUERY_NAMES;
  return text.split(",").map((part) => {
    const name = part
      .trim()
      .toLowerCase()
      .replace(/^(?=\d)/, "q");
    if (!QUERY_NAMES.includes(name)) throw new UsageError(`--query: Nexmark has q0 to q23, not "${part.trim()}"`);
    return name;
  });
}

/** A number of events, or a time such as 50ms. */
function epochOptions(text: string): EpochOptions {
  return /(ms|s)$/i.test(text) ? { ms: duration("--epoch", text) } : { rows: eventCount("--epoch", text) };
}
