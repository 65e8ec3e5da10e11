/** A child process that judges cases, replaced when it dies or does not answer. */
import { type ChildProcess, fork } from "node:child_process";
import { setupStatements } from "./generate/database.ts";
import type { Case } from "./cases.ts";
import type { Request, Verdict } from "./messages.ts";

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
    const executions = render(tree);
    const ordered = order !== undefined && executions[0].sql.endsWith(order);
    const request: Request = { setup: setupStatements(tables), executions, ordered };
    const verdict = await ask(child, request, this.timeout);
    this.onVerdict?.();
    if (verdict.kind === "finding" && (verdict.what === "crash" || verdict.what === "hang")) {
      child.kill("SIGKILL");
      this.child = undefined;
    }
    return verdict;
  }

  close(): void {
    this.child?.kill();
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

function ask(child: ChildProcess, request: Request, timeout: number): Promise<Verdict> {
  return new Promise((done) => {
    const finish = (verdict: Verdict): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      done(verdict);
    };
    const lost = (what: "crash" | "hang", detail: string): void =>
      finish({ kind: "finding", what, detail, signature: `${what}: ${detail}` });
    const timer = setTimeout(() => lost("hang", `no end after ${timeout} ms`), timeout);
    child.once("message", (verdict: Verdict) => finish(verdict));
    child.once("exit", (code, signal) => lost("crash", `the process ended (${signal ?? `code ${code}`})`));
    child.send(request);
  });
}
