/** `headrace tpch gen` and `headrace tpch run`. */
import { UsageError } from "../../src/cli/options.ts";

/** Returns the exit code. */
export async function tpch(argv: readonly string[]): Promise<number> {
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
      throw new UsageError(`unknown command "tpch ${command}": use gen or run`);
  }
}

const HELP = `Usage: headrace tpch gen [--sf S] [--out DIR] [--format parquet|csv|tbl] [--workers N]
       headrace tpch run [--sf S] [--data DIR] [--from memory|parquet] [--query 1,3] [--runs N] [--workers N]
                         [--check] [--compare duckdb,duckdb-wasm,polars] [--json FILE]

gen writes the eight TPC-H tables at scale factor S (default 1).
run times the 22 queries at scale factor S (default 0.1); it generates the data first where there is none.

  --sf S          scale factor
  --out DIR       where gen writes (default data/tpch-sf<S>)
  --data DIR      Parquet files for run (default data/tpch-sf<S>)
  --format F      of the generated files (default parquet)
  --from F        memory: the tables are loaded before the queries run (default); parquet: every query reads the files
  --query LIST    queries to run (default all)
  --runs N        timed runs of each query after an untimed one (default 5); the median counts
  --workers N     threads, the same for every engine (default one per core)
  --check         compare with the reference answers; exit code 1 when one differs
  --compare LIST  engines to run interleaved with headrace in the same process; their packages must be installed
  --json FILE     every sample, with versions
`;
