import { sleep } from "./connectors/sleep.ts";
import type { Advance, Position, Positions } from "./connectors/source.ts";
import type { Journal } from "./journal.ts";

const IDLE_MS = 1000;

/** The one partition of a source that reads what it gets from a journal: positions are offsets in that. */
export class JournalPartition {
  private readonly journal: Journal;
  private readonly name: string;
  /** Ends a `wait`: something has come. */
  wake: () => void = () => undefined;

  constructor(journal: Journal, name: string) {
    this.journal = journal;
    this.name = name;
  }

  /** Where reading begins behind these positions. */
  startOf(from: Positions): number {
    return this.startAt(from.get(this.name));
  }

  startAt(position: Position | undefined): number {
    return (position as number | undefined) ?? this.journal.start;
  }

  /** From these positions to the offset `end`. */
  advanced(from: Positions, end: number): Advance {
    const to = new Map(from);
    if (end > this.startOf(from)) to.set(this.name, end);
    return { to, finished: new Set(), ended: false };
  }

  async wait(from: Positions, signal: AbortSignal): Promise<void> {
    if (this.journal.end > this.startOf(from)) return;
    const woken = new Promise<void>((resolve) => (this.wake = resolve));
    const timeout = new AbortController();
    await Promise.race([woken, sleep(IDLE_MS, AbortSignal.any([signal, timeout.signal]))]);
    timeout.abort();
  }

  /** What lies before these positions is not needed any more. */
  async release(positions: Positions): Promise<void> {
    if (positions.has(this.name)) await this.journal.release(this.startOf(positions));
  }
}
