import { parseArgs } from "node:util";
import { count } from "../../src/cli/options.ts";
import { generateTpch } from "../gen/generate.ts";
import type { OutputFormat } from "../gen/plan.ts";
import { defaultDirectory, oneOf, parsed, scaleFactor } from "./arguments.ts";
import { progressBar } from "./progress.ts";

const FORMATS: readonly OutputFormat[] = ["parquet", "csv", "tbl"];

export async function gen(argv: readonly string[]): Promise<number> {
  const { values } = parsed(() =>
    parseArgs({
      args: [...argv],
      options: {
        sf: { type: "string", default: "1" },
        out: { type: "string" },
        format: { type: "string", default: "parquet" },
        workers: { type: "string" },
      },
    }),
  );
  const sf = scaleFactor(values.sf);
  await generate({
    sf,
    directory: values.out ?? defaultDirectory(sf),
    format: oneOf("--format", values.format, FORMATS),
    workers: count("--workers", values.workers, 1),
  });
  return 0;
}

/** Generates with a progress bar on standard error; Ctrl-C removes what is unfinished. */
export async function generate(options: {
  readonly sf: number;
  readonly directory: string;
  readonly format: OutputFormat;
  readonly workers: number | undefined;
}): Promise<void> {
  const { sf, directory, format, workers } = options;
  const cancel = new AbortController();
  const onInterrupt = (): void => cancel.abort();
  process.once("SIGINT", onInterrupt);
  const bar = progressBar(`TPC-H SF ${sf} to ${directory}`);
  try {
    await generateTpch({
      scaleFactor: sf,
      directory,
      format,
      workers,
      signal: cancel.signal,
      onProgress: ({ table, rows, totalRows }) => bar.update(rows / totalRows, table),
    });
    bar.finish();
  } catch (error) {
    bar.abandon();
    if (cancel.signal.aborted) process.exit(130);
    throw error;
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}
