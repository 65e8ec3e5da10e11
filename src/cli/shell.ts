/** Runs scripts statement by statement and prints what they return. */
import { HeadraceError, formatError } from "../error.ts";
import type { ConnectOptions, Session } from "../index.ts";
import { continuousQuery, keepHeapSmall, printChanges } from "./changes.ts";
import { loadFormat } from "./formats/format.ts";
import type { CliOptions } from "./options.ts";
import type { Output } from "./output.ts";
import { splitStatements } from "./split.ts";
import type { Statement } from "./split.ts";

const INTERRUPTED = 130;

/** Runs `scripts` in one session and returns the exit code: 0, 1 after the first error, 130 after Ctrl-C. */
export async function runScripts(scripts: readonly string[], options: CliOptions, output: Output): Promise<number> {
  const [{ connect }, format] = await Promise.all([import("../index.ts"), loadFormat(options.format)]);
  const session = await connect(sessionOptions(options));
  let isInterrupted = false;
  const onInterrupt = (): void => {
    isInterrupted = true;
    void interrupt(session);
  };
  process.on("SIGINT", onInterrupt);
  try {
    for (const script of scripts) {
      for (const statement of splitStatements(script)) {
        const started = performance.now();
        const continuous = await continuousQuery(session, statement.text);
        if (continuous !== undefined)
          await inScript(script, statement, () => printChanges(continuous, format, output, options));
        else
          for (const result of await inScript(script, statement, () => session.execute(statement.text)))
            if (result.kind === "rows") await format(result, output, options);
        await output.flush();
        if (isInterrupted) return INTERRUPTED;
        if (options.timer) process.stderr.write(`Time: ${(performance.now() - started).toFixed(1)} ms\n`);
      }
    }
    // Jobs that the scripts have started run to their ends, or until Ctrl-C.
    const jobs = session.jobs();
    if (jobs.length > 0) keepHeapSmall();
    for (const job of jobs) await job.done;
    return isInterrupted ? INTERRUPTED : 0;
  } catch (error) {
    // What ended because of it needs no words.
    if (isInterrupted) return INTERRUPTED;
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
async function inScript<T>(script: string, { text, start }: Statement, execute: () => Promise<T>): Promise<T> {
  try {
    return await execute();
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
  process.once("SIGINT", () => process.exit(INTERRUPTED));
  const deadline = new Promise((resolve) => setTimeout(resolve, 1000));
  await Promise.race([session.close(), deadline]).catch(() => undefined);
  process.exit(INTERRUPTED);
}
