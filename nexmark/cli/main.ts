/** `headrace nexmark gen` and `headrace nexmark run`. */
import { UsageError } from "../../src/cli/options.ts";

/** Returns the exit code. */
export async function nexmark(argv: readonly string[]): Promise<number> {
  const [command, ...args] = argv;
  switch (command) {
    case "gen":
      return (await import("./gen.ts")).gen(args);
    case undefined:
    case "help":
    case "--help":
    case "-h":
      process.stdout.write(HELP);
      return 0;
    default:
      throw new UsageError(`unknown command "nexmark ${command}": use gen`);
  }
}

const HELP = `Usage: headrace nexmark gen --events N [--out DIR] [--format csv|parquet|ndjson] [--seed S] [--rate EPS]

gen writes the people, auctions and bids among the first N events of the Nexmark benchmark.

  --events N      events, such as 20000, 500k or 20M
  --out DIR       where gen writes (default data/nexmark-<N>)
  --format F      of the generated files (default parquet)
  --seed S        other seeds make other events (default 0)
  --rate EPS      events in a second of event time (default 10000)
`;
