/** Runs scripts statement by statement and prints what they return. */
import { setFlagsFromString } from "node:v8";
import { HeadraceError, formatError } from "../error.ts";
import type { ConnectOptions, Session, StatementResult } from "../index.ts";
import { loadFormat } from "./formats/format.ts";
import type { CliOptions } from "./options.ts";
import type { Output } from "./output.ts";
import { splitStatements } from "./split.ts";
import type { Statement } from "./split.ts";

/** What lives of V8's heap is an epoch's; without a word it lets garbage grow to four times that, up and down over minutes. */
const HEAP_GROWTH = 30;

/** Runs `scripts` in one session and returns the exit code: 0, or 1 after the first error. */
export async function runScripts(scripts: readonly string[], options: CliOptions, output: Output): Promise<number> {
  const [{ connect }, format] = await Promise.all([import("../index.ts"), loadFormat(options.format)]);
  const session = await connect(sessionOptions(options));
  const onInterrupt = (): void => void interrupt(session);
  process.on("SIGINT", onInterrupt);
  try {
    for (const script of scripts) {
      for (const statement of splitStatements(script)) {
        const started = performance.now();
        for (const result of await execute(session, script, statement)) {
          if (result.kind === "rows") await format(result, output, options);
        }
        await output.flush();
        if (options.timer) process.stderr.write(`Time: ${(performance.now() - started).toFixed(1)} ms\n`);
      }
    }
    // Jobs that the scripts have started run to their ends, or until Ctrl-C.
    const jobs = session.jobs();
    if (jobs.length > 0) setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`);
    for (const job of jobs) await job.done;
    return 0;
  } catch (error) {
    if (!(error instanceof HeadraceError)) throw error;
    await output.flush();
    process.stderr.write(`${formatError(error)}\n`);
    if (error.code === "internal" && error.cause instanceof Error) process.stderr.write(`${error.cause.stack}\n`);
    return 1;
  } finally {
    process.off("SIGINT", onInterrupt);
    await session.close();
  }
}

/** Temporal values come as exact text: a Date would drop the microseconds. */
export function sessionOptions({ workers, memoryLimit }: CliOptions): ConnectOptions {
  return { workers, memoryLimit, temporal: "string" };
}

/** An error's span is moved from its statement to the whole script, so that its line number is the file's. */
async function execute(session: Session, script: string, { text, start }: Statement): Promise<StatementResult[]> {
  try {
    return await session.execute(text);
  } catch (error) {
    // The place may be in another text: that of a view, say.
    if (!(error instanceof HeadraceError) || error.span === undefined || error.sql !== text) throw error;
    const span = { start: error.span.start + start, end: error.span.end + start };
    throw new HeadraceError(error.code, error.message, { span, hint: error.hint, sql: script, cause: error });
  }
}

/** Ctrl-C: closing the session cancels its query and removes its temporary files; a second Ctrl-C does not wait. */
async function interrupt(session: Session): Promise<void> {
  process.stderr.write("interrupted\n");
  process.once("SIGINT", () => process.exit(130));
  const deadline = new Promise((resolve) => setTimeout(resolve, 1000));
  await Promise.race([session.close(), deadline]).catch(() => undefined);
  process.exit(130);
}
