import type { Generated } from "../../src/streaming/connectors/nexmark/nexmark-source.ts";

/** Of a batch of events so many stand for all. */
const SAMPLES = 16;

/** How long events take from when they are due until what follows from them is committed. */
export class Latencies {
  private pending: Generated[] = [];
  private readonly samples: { readonly ms: number; readonly events: number }[] = [];

  /** Events of the epoch that is next committed. */
  add(events: Generated): void {
    this.pending.push(events);
  }

  /** An epoch was committed at `now`, by `performance.now`. */
  commit(now: number): void {
    for (const { rows, since, until } of this.pending) {
      for (let i = 0; i < SAMPLES; i++) {
        const due = since + ((until - since) * (i + 0.5)) / SAMPLES;
        this.samples.push({ ms: now - due, events: rows / SAMPLES });
      }
    }
    this.pending = [];
  }

  /** Milliseconds within which the given share of events was committed; 0 without events. */
  quantile(share: number): number {
    const sorted = this.samples.toSorted((a, b) => a.ms - b.ms);
    const wanted = share * sorted.reduce((sum, { events }) => sum + events, 0);
    let seen = 0;
    for (const { ms, events } of sorted) {
      seen += events;
      if (seen >= wanted) return ms;
    }
    return sorted.at(-1)?.ms ?? 0;
  }
}
