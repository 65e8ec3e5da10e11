import { AsyncLocalStorage } from "node:async_hooks";
import { HeadraceError } from "../../error.ts";
import { eachRowInSlices } from "../../exec/table/each-row.ts";
import { countRows, type ResultRows } from "../../exec/table/result-rows.ts";
import { datumReader } from "../../exec/table/row-datums.ts";
import { withoutWeight } from "./changes.ts";
import type { Sink } from "./sink.ts";

/** What an epoch changed. A row that changed is removed as it was and added as it is. */
export type Change<Row = Record<string, unknown>> = {
  readonly epoch: number;
  readonly added: readonly Row[];
  readonly removed: readonly Row[];
};

export type ChangeContext = {
  /** Aborted when the job is to stop: it waits until the function is done, which may as well give up and throw. */
  readonly signal: AbortSignal;
};

export type ChangeCallback<Row = Record<string, unknown>> = (
  change: Change<Row>,
  context: ChangeContext,
) => void | Promise<void>;

/**
 * Functions that take what a job puts out, one call after the other. The next epoch waits until their promises resolve; what they
 * throw ends the job.
 */
export type ChangeSink<Row = Record<string, unknown>> = {
  /** The last epoch that was committed before the job of this name began; 0 by default: epochs since its last checkpoint come again. */
  readonly open?: ((job: string) => number | Promise<number>) | undefined;
  /** The changes of an epoch, those without any left out. An epoch that comes again has the same changes in the same order. */
  readonly write: ChangeCallback<Row>;
  /** The epoch is over, one without changes included. */
  readonly commit?: ((epoch: number) => void | Promise<void>) | undefined;
  /** The job has ended. */
  readonly close?: (() => void | Promise<void>) | undefined;
};

/** Makes JavaScript rows of those of a query. */
export type DecodeRows<Row> = (rows: ResultRows) => readonly Row[] | Promise<readonly Row[]>;

/** The changes of an epoch, of rows whose last column is the weight; undefined: there are none. */
export async function changeOf<Row>(
  epoch: number,
  rows: ResultRows,
  decode: DecodeRows<Row>,
): Promise<Change<Row> | undefined> {
  if (countRows(rows) === 0) return undefined;
  const read = datumReader(rows, rows.columns.at(-1)!);
  const weights = await eachRowInSlices(rows, (row) => Number(read(row)));
  const values = await decode(withoutWeight(rows));
  const added: Row[] = [];
  const removed: Row[] = [];
  values.forEach((value, i) => {
    const weight = weights[i]!;
    for (let n = Math.abs(weight); n > 0; n--) (weight > 0 ? added : removed).push(value);
  });
  return added.length + removed.length === 0 ? undefined : { epoch, added, removed };
}

/** A sink of functions. */
export class CallbackSink<Row> implements Sink {
  readonly ordered = true;
  private readonly decode: DecodeRows<Row>;
  private readonly functions: ChangeSink<Row>;
  private readonly stopping = new AbortController();
  /** Tells what functions do from what others do meanwhile. */
  private readonly inside = new AsyncLocalStorage<{ isRunning: boolean }>();

  constructor(decode: DecodeRows<Row>, functions: ChangeSink<Row>) {
    this.decode = decode;
    this.functions = functions;
  }

  async open(job: string): Promise<number> {
    const committed = (await this.called("open", `of job "${job}"`, () => this.functions.open?.(job))) ?? 0;
    if (Number.isSafeInteger(committed) && committed >= 0) return committed;
    throw new HeadraceError("function", `open of job "${job}" gave ${String(committed)}, which is no epoch`);
  }

  async write(epoch: number, rows: ResultRows): Promise<void> {
    const change = await changeOf(epoch, rows, this.decode);
    if (change === undefined) return;
    const { signal } = this.stopping;
    await this.called("write", `of epoch ${epoch}`, () => this.functions.write(change, { signal }));
  }

  async commit(epoch: number): Promise<void> {
    await this.called("commit", `of epoch ${epoch}`, () => this.functions.commit?.(epoch));
  }

  async close(): Promise<void> {
    await this.called("close", "of the sink", () => this.functions.close?.());
  }

  stop(): void {
    this.stopping.abort();
  }

  /** Whether the caller is one of the functions, or was called by one. */
  isCalling(): boolean {
    return this.inside.getStore()?.isRunning === true;
  }

  private async called<T>(name: string, what: string, call: () => T | Promise<T>): Promise<T> {
    // What a function leaves behind, such as a timer, is not the function.
    const running = { isRunning: true };
    try {
      return await this.inside.run(running, call);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new HeadraceError("function", `${name} ${what} failed: ${message}`, { cause: error });
    } finally {
      running.isRunning = false;
    }
  }
}
