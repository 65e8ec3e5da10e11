import { HeadraceError } from "../../error.ts";

/** How far a running query is. */
export type Progress = {
  /** What is done now, as EXPLAIN ANALYZE names it. */
  readonly step: string;
  /** Steps that are done, and all of them. A recursion is one step. */
  readonly stepsDone: number;
  readonly steps: number;
  /** Parts of the present step's input that are begun or done, and all of them. */
  readonly morselsDone: number;
  readonly morsels: number;
  /** Of the steps, from 0 to 1: not of the time, since steps differ. */
  readonly fraction: number;
};

export type OnProgress = (progress: Progress) => void;

const INTERVAL_MS = 100;

/** Tells a listener now and then how far a query is. It costs the query nothing: the workers' own counter is read. */
export class ProgressReporter {
  private readonly listener: OnProgress;
  private readonly read: () => Progress;
  private readonly onFailure: () => void;
  private readonly timer: NodeJS.Timeout;
  /** What the listener threw. */
  failure: HeadraceError | undefined;

  /** @param onFailure the listener has thrown */
  constructor(listener: OnProgress, read: () => Progress, onFailure: () => void) {
    this.listener = listener;
    this.read = read;
    this.onFailure = onFailure;
    this.timer = setInterval(() => this.tell(read()), INTERVAL_MS);
  }

  /** `finished`: the query ended well. */
  end(finished: boolean): void {
    clearInterval(this.timer);
    if (finished) {
      const last = this.read();
      this.tell({ ...last, stepsDone: last.steps, morselsDone: last.morsels, fraction: 1 });
    }
  }

  private tell(progress: Progress): void {
    if (this.failure !== undefined) return;
    try {
      this.listener(progress);
    } catch (error) {
      const message = `the listener of progress failed: ${error instanceof Error ? error.message : String(error)}`;
      this.failure = new HeadraceError("function", message, { cause: error });
      this.onFailure();
    }
  }
}
