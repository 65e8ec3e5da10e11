import type { ResultRows } from "../../exec/table/result-rows.ts";
import type { SqlType } from "../../planner/types/types.ts";

export type SinkColumn = { readonly name: string; readonly type: SqlType };

/**
 * Where the changes of a continuous query go. An epoch's changes are written and then committed, which is atomic: after a crash an
 * epoch is there whole or not at all. Epochs that were committed before a crash are computed again with the same rows in the same
 * order, and skipped.
 */
export interface Sink {
  /** Whether an epoch's rows have to come in the same order whenever it is computed: they are sorted by all columns then. */
  readonly ordered: boolean;
  /** Rows can only be added: the table has no place for those that are taken back. */
  readonly appendOnly?: boolean;
  /** The last epoch that was committed by the job of this name, 0 if none was. Removes what epochs without commit have left. */
  open(job: string): Promise<number>;
  /** Changed rows of an epoch; the last column is the weight. Called once in an epoch, and not for those without changes. */
  write(epoch: number, rows: ResultRows): Promise<void>;
  /** Makes the epoch visible, whole. */
  commit(epoch: number): Promise<void>;
  close(): Promise<void>;
}
