/** What EXPLAIN ANALYZE tells of a run. */

export type StepTime = {
  readonly name: string;
  readonly ms: number;
  readonly morsels: number;
  readonly workers: number;
};

/** What a scan of Parquet files did not have to decode. */
export type ScanPruning = {
  readonly rowGroups: number;
  /** Row groups that the footer's statistics exclude, or the values in the path of their file. */
  readonly byStatistics: number;
  readonly byBloomFilters: number;
  /** Data pages of row groups that are read in part; and of these, those that are not read. */
  readonly pages: number;
  readonly byPageIndex: number;
};

/** What happened, for EXPLAIN ANALYZE. */
export type RunProfile = {
  readonly steps: readonly StepTime[];
  /** Rows by plan node and worker. */
  readonly rows: ReadonlyMap<number, readonly number[]>;
  /** By plan node. */
  readonly pruning: ReadonlyMap<number, ScanPruning>;
  readonly compileMs: number;
  readonly totalMs: number;
  readonly peakBytes: number;
  /** JavaScript functions that the code may call, the executor's own ones apart. */
  readonly hosts: readonly string[];
  readonly interpreted: boolean;
};

/** Allocation, cancellation and errors: called rarely, never per row. */
export const OWN_HOSTS: ReadonlySet<string> = new Set([
  "alloc",
  "allocMorsel",
  "allocRows",
  "grow",
  "fail",
  "checkCancelled",
  "wildAccess",
]);

/** Makes one entry for each step of those from `first` on, however often they ran. */
export function sumTimes(times: StepTime[], first: number): void {
  const sums = new Map<string, StepTime>();
  for (const time of times.splice(first)) {
    const sum = sums.get(time.name);
    const both = sum && { ...time, ms: sum.ms + time.ms, morsels: sum.morsels + time.morsels };
    sums.set(time.name, both ?? time);
  }
  times.push(...sums.values());
}
