import type { Writable } from "node:stream";
import type { ResultRows } from "../../exec/table/result-rows.ts";
import { formatDatum } from "../../planner/types/literals.ts";
import { decodeChanges, keyOrdinals, type Row, updatesOf } from "./changes.ts";
import type { Connector, ConnectorTable } from "./connector.ts";
import { OptionReader } from "./options.ts";
import type { Sink, SinkColumn } from "./sink.ts";

export type PrintOptions = {
  /** Where lines go. */
  readonly stream: Writable;
  /** Stands before every line. */
  readonly identifier?: string | undefined;
};

/**
 * Prints a line for every change, as Flink does: `+I[1, a]` for a row that is new, `-D[1, a]` for one that is gone, `-U[1, a]` and
 * `+U[1, b]` for one that changed, which only a primary key can tell. An epoch's lines come at its commit; after a crash they may
 * come again.
 */
export class PrintSink implements Sink {
  readonly ordered = true;
  private readonly columns: readonly SinkColumn[];
  private readonly key: readonly number[];
  private readonly stream: Writable;
  private readonly prefix: string;
  private lines: string[] = [];

  constructor({ columns, primaryKey }: ConnectorTable, { stream, identifier = "" }: PrintOptions) {
    this.columns = columns;
    this.key = keyOrdinals(columns, primaryKey);
    this.stream = stream;
    this.prefix = identifier === "" ? "" : `${identifier}> `;
  }

  async open(): Promise<number> {
    return 0;
  }

  async write(_epoch: number, rows: ResultRows): Promise<void> {
    for (const { before, after } of updatesOf(await decodeChanges(rows), this.columns, this.key)) {
      const changed = before !== undefined && after !== undefined;
      if (before !== undefined) this.lines.push(this.line(changed ? "-U" : "-D", before));
      if (after !== undefined) this.lines.push(this.line(changed ? "+U" : "+I", after));
    }
  }

  async commit(): Promise<void> {
    const lines = this.lines;
    this.lines = [];
    if (lines.length === 0) return;
    const { stream } = this;
    await new Promise<void>((resolve, reject) => {
      stream.write(`${lines.join("\n")}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }

  async close(): Promise<void> {}

  private line(kind: string, row: Row): string {
    const values = row.map((value, i) => (value === null ? "null" : formatDatum(value, this.columns[i]!.type)));
    return `${this.prefix}${kind}[${values.join(", ")}]`;
  }
}

export const print: Connector = {
  name: "print",
  options: ["print-identifier", "standard-error"],
  check: (table) => void printOptions(table),
  sink: async (table) => new PrintSink(table, printOptions(table)),
};

function printOptions(table: ConnectorTable): PrintOptions {
  const options = new OptionReader(table);
  const stream = options.boolean("standard-error") === true ? process.stderr : process.stdout;
  return { stream, identifier: options.text("print-identifier") };
}
