/** `headrace nexmark gen` and `headrace nexmark run`. */
import { UsageError } from "../../src/cli/options.ts";

/** Returns the exit code. */
export async function nexmark(argv: readonly string[]): Promise<number> {
  const [command, ...args] = argv;
  switch (command) {
    case "gen":
      return (await import("./gen.ts")).gen(args);
    case "run":
      return (await import("./run.ts")).run(args);
    case undefined:
    case "help":
    case "--help":
    case "-h":
      process.stdout.write(HELP);
      return 0;
    default:
      throw new UsageError(`unknown command "nexmark ${command}": use gen or run`);
  }
}

const HELP = `Usage: headrace nexmark gen --events N [--out DIR] [--format csv|parquet|ndjson] [--seed S] [--rate EPS]
       headrace nexmark run [--events N] [--query q0,q5] [--epoch ROWS|MS] [--workers N] [--seed S] [--rate EPS]
                            [--checkpoint DIR [--checkpoint-interval 10s]] [--memory-limit BYTES] [--json FILE]

gen writes the people, auctions and bids among the first N events of the Nexmark benchmark.
run keeps each of the 24 queries up to date over N events (default 1M), from the first to the last.

  --events N      events, such as 20000, 500k or 20M
  --out DIR       where gen writes (default data/nexmark-<N>)
  --format F      of the generated files (default parquet)
  --query LIST    queries to run (default all)
  --epoch E       events of an epoch, such as 10k, or its time, such as 50ms
  --workers N     threads (default one per core)
  --seed S        other seeds make other events (default 0)
  --rate EPS      events in a second of event time; run then makes them at that rate by the clock too, to see latencies
  --checkpoint DIR            checkpoints of each query, into DIR/<query>
  --checkpoint-interval T     the time between them (default 10s)
  --memory-limit BYTES        such as 512MB; what states need beside it goes to files (default 4GB)
  --json FILE     all figures
`;
