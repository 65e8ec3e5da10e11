import type { TableSource } from "../planner/catalog/catalog.ts";
import type { BoundStatement } from "../planner/logical/statement.ts";
import type { CatalogState } from "./catalog.ts";
import type { QuerySource, UnboundQuery } from "./query-source.ts";

/** All that the meaning of a text depends on besides the text. Compared by identity. */
export type Circumstances = {
  readonly state: CatalogState;
  readonly schema: string;
  /** Counts changes of settings, variables and JavaScript functions. */
  readonly version: number;
};

type Entry = Circumstances & {
  readonly bound: BoundStatement;
  /** Files that the text names, by their key, with what they were. */
  readonly files: ReadonlyMap<string, TableSource>;
};

const MOST_ENTRIES = 128;
const LONGEST_TEXT = 32_768;

/**
 * Bound queries by their text and parameters, for programs that run the same query again and again: what is bound once is also
 * planned and compiled once (the plan's identity is the key of the other caches). Least recently used entries go first.
 */
export class PlanCache {
  private readonly entries = new Map<string, Entry>();

  /** `unchanged`: whether a file still is what it was. */
  get(
    key: string,
    now: Circumstances,
    unchanged: (key: string, source: TableSource) => boolean,
  ): BoundStatement | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    const { state, schema, version } = entry;
    if (state !== now.state || schema !== now.schema || version !== now.version) {
      this.entries.delete(key);
      return undefined;
    }
    // Perhaps they must only be looked at first.
    if (![...entry.files].every(([file, source]) => unchanged(file, source))) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.bound;
  }

  set(key: string, now: Circumstances, files: ReadonlyMap<string, TableSource>, bound: BoundStatement): void {
    if (key.length > LONGEST_TEXT) return;
    if (this.entries.size >= MOST_ENTRIES) this.entries.delete(this.entries.keys().next().value as string);
    const { state, schema, version } = now;
    this.entries.set(key, { state, schema, version, files, bound });
  }
}

/** A DataFrame's query before and after binding. */
export type BoundFrame = { readonly unbound: UnboundQuery; readonly bound: BoundStatement };

/** What became of DataFrames when they were bound last; it goes with them. `keeps`: rows were kept, see `StatementContext`. */
export type BoundFrames = WeakMap<
  QuerySource,
  Circumstances & Pick<Entry, "files"> & { readonly keeps: boolean; readonly frame: BoundFrame }
>;
