import { countRows, type ResultRows } from "../../exec/table/result-rows.ts";
import { eachRow } from "../../exec/table/each-row.ts";
import { datumReader } from "../../exec/table/row-datums.ts";
import type { Sink } from "./sink.ts";

/** What an epoch changed. A row that changed is removed as it was and added as it is. */
export type CallbackRows<Row> = { readonly added: readonly Row[]; readonly removed: readonly Row[] };

/** Functions that take what a job puts out. The next epoch waits until their promises resolve; one that fails ends the job. */
export type SinkCallbacks<Row> = {
  /** The last epoch that was committed before the job of this name began; 0 by default: all of them come again after a crash. */
  readonly open?: ((job: string) => number | Promise<number>) | undefined;
  /** The rows of an epoch, sorted; not called for epochs without any. */
  readonly write: (epoch: number, rows: CallbackRows<Row>) => void | Promise<void>;
  /** The epoch is over, one without rows included. */
  readonly commit?: ((epoch: number) => void | Promise<void>) | undefined;
  readonly close?: (() => void | Promise<void>) | undefined;
};

/** Makes JavaScript rows of those of a query. */
export type DecodeRows<Row> = (rows: ResultRows) => readonly Row[] | Promise<readonly Row[]>;

/** A sink of functions. */
export class CallbackSink<Row> implements Sink {
  readonly ordered = true;
  private readonly decode: DecodeRows<Row>;
  private readonly callbacks: SinkCallbacks<Row>;

  constructor(decode: DecodeRows<Row>, callbacks: SinkCallbacks<Row>) {
    this.decode = decode;
    this.callbacks = callbacks;
  }

  async open(job: string): Promise<number> {
    return (await this.callbacks.open?.(job)) ?? 0;
  }

  async write(epoch: number, rows: ResultRows): Promise<void> {
    if (countRows(rows) === 0) return;
    const read = datumReader(rows, rows.columns.at(-1)!);
    const weights = eachRow(rows, (row) => Number(read(row)));
    const values = await this.decode({ ...rows, columns: rows.columns.slice(0, -1) });
    const added: Row[] = [];
    const removed: Row[] = [];
    values.forEach((value, i) => {
      const weight = weights[i]!;
      for (let n = Math.abs(weight); n > 0; n--) (weight > 0 ? added : removed).push(value);
    });
    await this.callbacks.write(epoch, { added, removed });
  }

  async commit(epoch: number): Promise<void> {
    await this.callbacks.commit?.(epoch);
  }

  async close(): Promise<void> {
    await this.callbacks.close?.();
  }
}
