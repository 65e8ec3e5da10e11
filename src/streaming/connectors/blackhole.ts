import { countRows, type ResultRows } from "../../exec/table/result-rows.ts";
import type { Connector } from "./connector.ts";
import type { Sink } from "./sink.ts";

/** Takes everything and keeps nothing. */
export class BlackholeSink implements Sink {
  readonly ordered = false;
  /** Changed rows so far. */
  rows = 0;

  async open(): Promise<number> {
    return 0;
  }

  async write(_epoch: number, rows: ResultRows): Promise<void> {
    this.rows += countRows(rows);
  }

  async commit(): Promise<void> {}

  async close(): Promise<void> {}
}

export const blackhole: Connector = {
  name: "blackhole",
  options: [],
  check: () => undefined,
  sink: async () => new BlackholeSink(),
};
