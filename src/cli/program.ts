/** What the command `headrace` does. */
import { readFile } from "node:fs/promises";
import { HELP, UsageError, parseOptions } from "./options.ts";
import type { CliOptions, Input } from "./options.ts";
import { Output, OutputClosed } from "./output.ts";

/** Runs the command with its arguments. Returns the exit code. */
export async function program(argv: readonly string[]): Promise<number> {
  const output = new Output(process.stdout);
  process.removeAllListeners("warning").on("warning", ({ message }) => process.stderr.write(`Warning: ${message}\n`));
  try {
    const code = await run(argv, output);
    await output.flush();
    return code;
  } catch (error) {
    if (error instanceof OutputClosed) return 0;
    process.stderr.write(`${await describe(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function run(argv: readonly string[], output: Output): Promise<number> {
  // The benchmarks stand above the shell and are loaded for their own commands only.
  if (argv[0] === "tpch") return (await import("../../tpch/cli/main.ts")).tpch(argv.slice(1));
  if (argv[0] === "nexmark") return (await import("../../nexmark/cli/main.ts")).nexmark(argv.slice(1));
  const options = parseOptions(argv);
  if (options.help) await output.write(HELP);
  else if (options.version) await output.write(`headrace ${await version()}\n`);
  else if (options.inputs.length === 0 && process.stdin.isTTY && process.stdout.isTTY) {
    return (await import("./interactive.ts")).runInteractive(options, await version());
  } else {
    const scripts = await readScripts(options);
    return (await import("./shell.ts")).runScripts(scripts, options, output);
  }
  return 0;
}

async function readScripts({ inputs }: CliOptions): Promise<string[]> {
  if (inputs.length > 0) return Promise.all(inputs.map(readInput));
  if (process.stdin.isTTY) {
    throw new UsageError(
      "the interactive shell needs a terminal for its output: pass SQL with -c, in a file, or on standard input",
    );
  }
  return [await readStandardInput()];
}

async function readInput(input: Input): Promise<string> {
  if (input.kind === "command") return input.sql;
  if (input.path === "-") return readStandardInput();
  try {
    return await readFile(input.path, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read ${input.path}: ${(error as Error).message}`);
  }
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

async function version(): Promise<string> {
  const text = await readFile(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

async function describe(error: unknown): Promise<string> {
  if (error instanceof UsageError) return `${error.message}\nTry headrace --help.`;
  const { HeadraceError, formatError } = await import("../error.ts");
  if (error instanceof HeadraceError) return formatError(error);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
