/** A child process that judges cases, replaced when it dies or does not answer. */
import { type ChildProcess, fork } from "node:child_process";
import { setupStatements } from "./generate/database.ts";
import type { Case, EngineName } from "./cases.ts";
import type { Answer, Request, Verdict } from "./messages.ts";

export class Runner {
  private child: ChildProcess | undefined;
  private readonly timeout: number;
  private readonly onVerdict: (() => void) | undefined;

  /** `timeout`: milliseconds for one case. `onVerdict` is called after each. */
  constructor(timeout: number, onVerdict?: () => void) {
    this.timeout = timeout;
    this.onVerdict = onVerdict;
  }

  /** Runs a case. Never fails: what takes the engine down is a verdict too. */
  async judge({ tables, tree, order, render }: Case): Promise<Verdict> {
    const child = (this.child ??= await startChild());
    const executions = render(tree, tables);
    const ordered = order !== undefined && executions[0].sql.endsWith(order);
    const request: Request = {
      setup: setupStatements(tables),
      tables: tables.map(({ name }) => name),
      executions,
      ordered,
    };
    const { verdict, lost } = await ask(child, request, this.timeout);
    this.onVerdict?.();
    if (lost) {
      child.kill("SIGKILL");
      this.child = undefined;
    }
    return verdict;
  }

  close(): void {
    this.child?.kill("SIGKILL");
    this.child = undefined;
  }
}

function startChild(): Promise<ChildProcess> {
  const execArgv = ["--import", "tsx"];
  const child = fork(new URL("./child.ts", import.meta.url), {
    execArgv,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return new Promise((done, fail) => {
    child.once("message", () => {
      child.removeAllListeners();
      done(child);
    });
    child.once("exit", (code) => fail(new Error(`the test process ended with code ${code} before its first case`)));
  });
}

type Asked = { readonly verdict: Verdict; readonly lost: boolean };

function ask(child: ChildProcess, request: Request, timeout: number): Promise<Asked> {
  return new Promise((done) => {
    let engine: EngineName = "headrace";
    const finish = (verdict: Verdict, lost: boolean): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      done({ verdict, lost });
    };
    const lose = (what: "crash" | "hang", detail: string): void =>
      engine === "duckdb"
        ? finish({ kind: "both errors", detail: `${what} of DuckDB: ${detail}` }, true)
        : finish({ kind: "finding", what, detail, signature: `${what}: ${detail}` }, true);
    const timer = setTimeout(() => lose("hang", `no end after ${timeout} ms`), timeout);
    child.on("message", (answer: Answer) => {
      if (answer.kind === "running") ({ engine } = answer);
      else finish(answer.verdict, false);
    });
    child.once("exit", (code, signal) => lose("crash", `the process ended (${signal ?? `code ${code}`})`));
    child.send(request);
  });
}
