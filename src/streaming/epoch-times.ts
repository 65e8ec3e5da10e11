const KEPT = 1000;

/** What the last epochs took, in milliseconds. */
export class EpochTimes {
  private readonly times: number[] = [];
  private next = 0;

  add(ms: number): void {
    this.times[this.next] = ms;
    this.next = (this.next + 1) % KEPT;
  }

  /** 0 before the first epoch. */
  quantiles(): { readonly p50: number; readonly p99: number } {
    const sorted = this.times.toSorted((a, b) => a - b);
    const at = (quantile: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))] ?? 0;
    return { p50: at(0.5), p99: at(0.99) };
  }
}
