/** The interactive shell: statements and dot commands, one after the other; Ctrl-C ends the query, not the shell. */
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { formatError, HeadraceError } from "../error.ts";
import { connect, type Progress, type Session } from "../index.ts";
import { completions } from "./completion.ts";
import { Editor } from "./editor/editor.ts";
import { History, historyPath } from "./editor/history.ts";
import { continuousQuery, printChanges } from "./changes.ts";
import { type Format, FORMATS, loadFormat } from "./formats/format.ts";
import type { CliOptions } from "./options.ts";
import { Output } from "./output.ts";
import { ProgressBar } from "./progress-bar.ts";
import { sessionOptions } from "./shell.ts";
import { splitStatements } from "./split.ts";

const HELP = `Statements end with a semicolon and may take several lines.

.help               this text
.tables, \\d         tables and views
.schema [T], \\d T   columns of a table
.mode FORMAT        ${FORMATS.join(", ")}
.maxrows N          rows that a table shows at most, 0 for all
.timer on|off       print the time of each statement
.read FILE          run a script
.output [FILE]      write results to a file; without one, to the terminal again
.quit, \\q           leave (also Ctrl-D)

Tab completes, Up and Down go through the history, Ctrl-R searches it. Alt-Enter begins a new line.
Ctrl-C cancels the running query, or clears the text.
`;

/** Runs until the input ends or `.quit`; the exit code. */
export async function runInteractive(options: CliOptions, version: string): Promise<number> {
  const shell = new Shell(await connect(sessionOptions(options)), options, await loadFormat(options.format));
  process.stdout.write(`headrace ${version}\nEnter .help for help; statements end with a semicolon.\n`);
  await shell.run();
  return 0;
}

class Shell {
  private readonly session: Session;
  private options: CliOptions;
  private format: Format;
  private output = new Output(process.stdout);
  private file: { readonly close: () => Promise<void> } | undefined;
  private running: AbortController | undefined;
  private leaving = false;

  constructor(session: Session, options: CliOptions, format: Format) {
    this.session = session;
    this.options = options;
    this.format = format;
  }

  async run(): Promise<void> {
    const editor = await Editor.open({
      input: process.stdin,
      output: process.stdout,
      history: new History(historyPath()),
      prompts: { first: "headrace> ", more: "     ...> " },
      colors: process.env["NO_COLOR"] === undefined && process.env["TERM"] !== "dumb",
      isComplete: (text) => text.trim() === "" || isCommand(text) || isComplete(text),
      complete: (before) => completions(this.session, before),
      onInterrupt: () => this.running?.abort(),
    });
    try {
      while (!this.leaving) {
        const text = await editor.read();
        if (text === undefined) break;
        await this.guarded(() => (isCommand(text) ? this.command(text.trim()) : this.script(text)));
      }
    } finally {
      editor.close();
      await this.file?.close();
      await this.session.close();
    }
  }

  /** Errors of statements and commands are printed; the shell goes on. */
  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.output.flush().catch(() => undefined);
      process.stderr.write(`${error instanceof HeadraceError ? formatError(error) : (error as Error).message}\n`);
    }
  }

  private async script(script: string): Promise<void> {
    for (const { text } of splitStatements(script)) {
      const started = performance.now();
      this.running = new AbortController();
      const bar = new ProgressBar(process.stderr);
      const { signal } = this.running;
      try {
        const onProgress = (progress: Progress): void => bar.update(progress);
        const options = { ...this.options, maxWidth: this.width() };
        const continuous = await continuousQuery(this.session, text);
        if (continuous !== undefined) await printChanges(continuous, this.format, this.output, options, signal);
        else {
          const results = await this.session.execute(text, undefined, { signal, onProgress });
          bar.clear();
          for (const result of results) if (result.kind === "rows") await this.format(result, this.output, options);
        }
      } finally {
        bar.clear();
        this.running = undefined;
      }
      await this.output.flush();
      if (this.options.timer) process.stderr.write(`Time: ${(performance.now() - started).toFixed(1)} ms\n`);
    }
  }

  private width(): number {
    return this.file === undefined ? process.stdout.columns : Infinity;
  }

  private async command(line: string): Promise<void> {
    const [name = "", ...words] = line.split(/\s+/);
    const argument = words.join(" ");
    switch (name) {
      case ".help":
      case "\\?":
        process.stdout.write(HELP);
        return;
      case ".quit":
      case ".exit":
      case "\\q":
        this.leaving = true;
        return;
      case ".tables":
        return this.script("SHOW TABLES");
      case ".schema":
      case "\\d":
        return this.script(argument === "" ? "SHOW TABLES" : `DESCRIBE ${argument}`);
      case ".mode": {
        const format = FORMATS.find((known) => known === argument);
        if (format === undefined) throw new Error(`the formats are ${FORMATS.join(", ")}`);
        this.format = await loadFormat(format);
        return;
      }
      case ".maxrows": {
        if (!/^\d+$/.test(argument)) throw new Error(".maxrows takes a number of rows");
        const rows = Number(argument);
        this.options = { ...this.options, maxRows: rows === 0 ? Infinity : rows };
        return;
      }
      case ".timer":
        if (argument !== "on" && argument !== "off") throw new Error(".timer takes on or off");
        this.options = { ...this.options, timer: argument === "on" };
        return;
      case ".read":
        return this.script(await readFile(argument, "utf8"));
      case ".output":
        return this.redirect(argument);
      default:
        throw new Error(`there is no command ${name}; .help lists them`);
    }
  }

  private async redirect(path: string): Promise<void> {
    await this.file?.close();
    this.file = undefined;
    if (path === "") {
      this.output = new Output(process.stdout);
      return;
    }
    const stream = createWriteStream(path);
    const output = new Output(stream);
    this.output = output;
    this.file = {
      close: async () => {
        await output.flush();
        await new Promise<void>((resolve) => stream.end(resolve));
      },
    };
  }
}

const isCommand = (text: string): boolean => /^\s*[.\\]/.test(text);

/** Whether a text ends with a semicolon that ends a statement. */
export function isComplete(text: string): boolean {
  // Another word then begins another statement.
  return splitStatements(`${text}\nx`).length > splitStatements(text).length;
}
