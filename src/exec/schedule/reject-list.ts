import type { Reject } from "../worker/rejects.ts";

const MOST_KEPT = 100_000;

/** Records that the latest query which collects such has left out of its files. */
export class RejectList {
  /** Changes with the contents. */
  version = 0;
  private query = 0;
  private rejects: Reject[] = [];

  /** A scan of this query collects: what earlier queries left out is forgotten. */
  begin(query: number): void {
    if (query === this.query) return;
    this.query = query;
    this.rejects = [];
    this.version++;
  }

  add(query: number, rejects: readonly Reject[]): void {
    if (query !== this.query || rejects.length === 0) return;
    this.rejects.push(...rejects.slice(0, MOST_KEPT - this.rejects.length));
    this.version++;
  }

  /** In the order of their files and lines. */
  all(): readonly Reject[] {
    return this.rejects.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
  }
}
