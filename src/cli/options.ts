import { parseArgs } from "node:util";
import { FORMATS } from "./formats/format.ts";
import type { FormatName } from "./formats/format.ts";

/** Where SQL comes from, in the order of the command line. */
export type Input =
  | { readonly kind: "command"; readonly sql: string }
  | { readonly kind: "file"; readonly path: string };

export type CliOptions = {
  readonly inputs: readonly Input[];
  readonly format: FormatName;
  readonly workers: number | undefined;
  readonly memoryLimit: string | undefined;
  readonly timer: boolean;
  /** Rows that the table format shows at most; Infinity for all. */
  readonly maxRows: number;
  /** Terminal columns that a table takes at most; Infinity where output is no terminal. */
  readonly maxWidth: number;
  readonly help: boolean;
  readonly version: boolean;
};

/** A wrong command line: exit code 2. */
export class UsageError extends Error {}

export const HELP: string = `Usage: headrace [options] [file.sql ...]
       headrace tpch gen|run [options]
       headrace nexmark gen|run [options]

Runs SQL from -c and files in the order given, else a script from standard input; in a terminal, the
interactive shell.
Results go to standard output, everything else to standard error.

  -c, --command SQL    run SQL; may be repeated
  -f, --format NAME    ${FORMATS.join(", ")} (default table)
      --max-rows N     rows that a table shows at most (default 40, 0 for all)
      --timer          print the time of each statement
      --workers N      worker threads (default: one per core)
      --memory-limit S memory for all queries, such as 2GB
  -h, --help           this text
  -V, --version        the version

A file named - is standard input. Exit code: 0 ok, 1 an error in SQL or data, 2 wrong usage, 130 interrupted.
`;

const DEFAULT_MAX_ROWS = 40;

export function parseOptions(argv: readonly string[]): CliOptions {
  const { values, tokens } = parse(argv);
  const inputs: Input[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") inputs.push({ kind: "file", path: token.value });
    if (token.kind === "option" && token.name === "command") inputs.push({ kind: "command", sql: token.value ?? "" });
  }
  const format = values.format ?? "table";
  if (!isFormat(format)) throw new UsageError(`unknown format "${format}": use one of ${FORMATS.join(", ")}`);
  const maxRows = count("--max-rows", values["max-rows"], 0) ?? DEFAULT_MAX_ROWS;
  return {
    inputs,
    format,
    workers: count("--workers", values.workers, 1),
    memoryLimit: values["memory-limit"],
    timer: values.timer ?? false,
    maxRows: maxRows === 0 ? Infinity : maxRows,
    maxWidth: process.stdout.isTTY ? process.stdout.columns : Infinity,
    help: values.help ?? false,
    version: values.version ?? false,
  };
}

const OPTIONS = {
  command: { type: "string", short: "c", multiple: true },
  format: { type: "string", short: "f" },
  workers: { type: "string" },
  "memory-limit": { type: "string" },
  "max-rows": { type: "string" },
  timer: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const;

type Parsed = ReturnType<
  typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true; tokens: true; args: string[] }>
>;

function parse(argv: readonly string[]): Parsed {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, tokens: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function isFormat(name: string): name is FormatName {
  return (FORMATS as readonly string[]).includes(name);
}

/** A whole number of at least `least`. */
export function count(option: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`${option} needs a whole number of at least ${least}, not "${text}"`);
  }
  return value;
}
