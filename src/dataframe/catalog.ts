import { HeadraceError } from "../error.ts";
import type { SharedMemory } from "../exec/memory/shared-memory.ts";
import { releaseVersion, retainVersion, type TableVersion } from "../exec/table/table-version.ts";
import type { CatalogEntry, CatalogSnapshot, Macro, TableSource } from "../planner/catalog/catalog.ts";
import type { TableDefinition } from "../planner/catalog/table-definition.ts";
import type { TableName } from "../planner/logical/statement.ts";
import { type SqlType, typeName } from "../planner/types/types.ts";
import type { MacroOverload } from "../sql/ast.ts";
import type { KeyIndex } from "./statements/keys.ts";
import type { ContinuousQuery } from "../streaming/continuous-query.ts";
import {
  connectorColumns,
  type ConnectorEntry,
  connectorRelation,
  OUTSIDE_SCHEMA,
} from "./streaming/connector-table.ts";
import type { Job } from "./streaming/job.ts";
import { jobRows } from "./streaming/job-rows.ts";
import type { Stream } from "./streaming/stream.ts";
import { type MaterializedView, STATE_SCHEMA } from "./streaming/materialized-view.ts";
import { systemRows, systemTable } from "./system-tables.ts";

export type Table = {
  readonly kind: "table";
  readonly name: TableName;
  readonly definition: TableDefinition;
  readonly version: TableVersion;
  /** By position of the unique constraint. */
  readonly keys: readonly KeyIndex[];
};
export type View = {
  readonly kind: "view";
  readonly name: TableName;
  readonly sql: string;
  readonly columnNames: readonly string[] | undefined;
};
/** A table whose rows a program provides. */
export type Provided = { readonly kind: "provider"; readonly name: TableName; readonly source: TableSource };
/** `address`: of its state, see `functions/host/sequence.ts`. */
export type SequenceEntry = { readonly kind: "sequence"; readonly name: TableName; readonly address: number };
export type MacroEntry = {
  readonly kind: "macro" | "table macro";
  readonly name: TableName;
  readonly overloads: readonly MacroOverload[];
};
export type TypeEntry = { readonly kind: "type"; readonly name: TableName; readonly type: SqlType };
/** `unique`: a constraint of the table's definition was added for it. */
export type IndexEntry = {
  readonly kind: "index";
  readonly name: TableName;
  readonly table: TableName;
  readonly unique: boolean;
};
export type Entry = Table | View | Provided | ConnectorEntry | SequenceEntry | MacroEntry | TypeEntry | IndexEntry;
export type EntryKind = Entry["kind"];

/** Everything a session knows, immutable: a change makes a new state. `schemas`: spellings by lower-case name. */
export type CatalogState = {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly schemas: ReadonlyMap<string, string>;
};

const RELATIONS: ReadonlySet<EntryKind> = new Set(["table", "view", "provider", "connector"]);
const DATABASES: ReadonlySet<string> = new Set(["memory", "temp", "system"]);
const FIRST_SCHEMAS = new Map([["main", "main"]]);

/** A session's tables, views and all else that has a name. Names keep their spelling and match in any case. */
export class Catalog {
  private readonly memory: SharedMemory;
  private state: CatalogState = { entries: new Map(), schemas: FIRST_SCHEMAS };
  /** What ROLLBACK goes back to. */
  private saved: CatalogState | undefined;
  /** The schema of names without one. */
  schema = "main";
  /** By lower-case name. These are no part of transactions. */
  readonly streams: Map<string, Stream> = new Map();
  readonly materialized: Map<string, MaterializedView> = new Map();
  readonly jobs: Map<string, Job> = new Map();
  /** Continuous queries that run. */
  readonly queries: Set<ContinuousQuery> = new Set();

  constructor(memory: SharedMemory) {
    this.memory = memory;
  }

  get current(): CatalogState {
    return this.state;
  }

  /** What names mean now, or in another state; `files` are the sources of paths that the statement names. */
  snapshot(files: ReadonlyMap<string, TableSource>, state: CatalogState = this.state): CatalogSnapshot {
    const { schema } = this;
    const find = <K extends EntryKind>(kind: K, parts: readonly string[]): Extract<Entry, { kind: K }> | undefined => {
      const entry = lookup(state, schema, kind, parts);
      return entry?.kind === kind ? (entry as Extract<Entry, { kind: K }>) : undefined;
    };
    return {
      lookup: (name) => {
        const [path] = name;
        const file = name.length === 1 && path !== undefined ? files.get(path) : undefined;
        if (file !== undefined) return { kind: "table", source: file };
        const entry = lookup(state, schema, "table", name);
        if (entry?.kind === "table") return describe(entry);
        if (entry?.kind === "provider") return { kind: "table", source: entry.source };
        if (entry?.kind === "connector") return connectorRelation(entry);
        if (name[0] === OUTSIDE_SCHEMA) {
          const outside = lookup(state, schema, "connector", name.slice(1));
          if (outside?.kind === "connector") return { kind: "table", source: outside.source };
        }
        if (entry?.kind === "view") return { ...entry, name: entry.name.name };
        return this.live(name) ?? systemTable(state, name);
      },
      names: () => [
        ...[...state.entries.values()].flatMap(({ kind, name }) => (RELATIONS.has(kind) ? [name.name] : [])),
        ...[...this.streams.values(), ...this.materialized.values()].map(({ name }) => name),
      ],
      relations: () => [
        ...[...state.entries.values()].flatMap((entry) =>
          RELATIONS.has(entry.kind) ? [{ ...entry.name, columns: columnsOf(entry) }] : [],
        ),
        ...[...this.streams.values()].map(({ name, source }) => ({ schema: "main", name, columns: shown(source) })),
        ...[...this.materialized.values()].map(({ name }) => ({ schema: "main", name, columns: [] })),
      ],
      schemas: () => [...state.schemas.values()].toSorted(),
      systemRows: (fn, args) => (fn === "jobs" ? jobRows(this.jobs.values()) : systemRows(state, schema, fn, args)),
      macro: (name, kind): Macro | undefined => {
        const entry = find(kind === "scalar" ? "macro" : "table macro", name);
        return entry && { name: entry.name.name, overloads: entry.overloads };
      },
      sequence: (name) => {
        const entry = find("sequence", name);
        return entry && { name: entry.name.name, address: entry.address };
      },
      type: (name) => find("type", name)?.type,
    };
  }

  private refuseIfRead({ name, version }: Table): void {
    for (const view of this.materialized.values()) {
      if (!view.reads(version)) continue;
      throw new HeadraceError("bind", `the materialized view "${view.name}" reads the table "${name.name}"`, {
        hint: `DROP MATERIALIZED VIEW ${view.name} first`,
      });
    }
  }

  /** Tells the committed version of the table, or of the rows of the materialized view, that now has this one. */
  follow(version: TableVersion): () => TableVersion | undefined {
    for (const [key, entry] of this.state.entries) {
      if (entry.kind !== "table" || entry.version !== version) continue;
      return () => {
        const now = (this.saved ?? this.state).entries.get(key);
        return now?.kind === "table" ? now.version : undefined;
      };
    }
    for (const [key, view] of this.materialized)
      if (view.version === version) return () => this.materialized.get(key)?.version;
    throw new HeadraceError("internal", "a table is not in the catalog");
  }

  /** After a statement has written: materialized views show it when this resolves. */
  async refresh(): Promise<void> {
    if (this.queries.size === 0 || this.inTransaction) return;
    for (const query of this.queries) query.tableWritten();
    // Views read views.
    const views = (): readonly MaterializedView[] => [...this.materialized.values()];
    while (views().some((view) => view.isBehind)) for (const view of views()) await view.refresh();
  }

  /** Streams, views that continuous queries keep, and the rows of these. */
  private live(name: readonly string[]): CatalogEntry | undefined {
    const key = name.at(-1)!.toLowerCase();
    if (name.length === 2 && name[0] === STATE_SCHEMA) {
      const version = this.materialized.get(key)?.version;
      return version && { kind: "table", source: versionSource(name[1]!, version) };
    }
    if (name.length !== 1) return undefined;
    const stream = this.streams.get(key);
    if (stream !== undefined) return { kind: "table", source: stream.source };
    const view = this.materialized.get(key);
    return view && { kind: "view", name: view.name, sql: view.sql, columnNames: undefined };
  }

  /** The thing of exactly this name; tables and views share their names. */
  get(kind: EntryKind, name: TableName): Entry | undefined {
    return this.state.entries.get(keyOf(kind, name));
  }

  /** What a name in a statement means. */
  find(kind: EntryKind, parts: readonly string[]): Entry | undefined {
    return lookup(this.state, this.schema, kind, parts);
  }

  table(name: TableName): Table {
    const entry = this.get("table", name);
    if (entry?.kind === "table") return entry;
    throw new HeadraceError("bind", `there is no table "${name.name}"`);
  }

  relations(): readonly (Table | View)[] {
    return relations(this.state);
  }

  /** Puts an entry in the place of another one or of nothing; a table's version is then the catalog's. */
  set(entry: Entry): void {
    const key = keyOf(entry.kind, entry.name);
    const old = this.state.entries.get(key);
    if (!this.state.schemas.has(entry.name.schema.toLowerCase()) && entry.name.schema !== "temp")
      throw new HeadraceError("bind", `there is no schema "${entry.name.schema}"`);
    if (old?.kind === "table" && !(entry.kind === "table" && sameColumns(old.version, entry.version)))
      this.refuseIfRead(old);
    this.state = { ...this.state, entries: new Map(this.state.entries).set(key, entry) };
    if (old?.kind === "table") releaseVersion(this.memory, old.version);
  }

  /** Other facts about a table of the same name and version. */
  redefine(table: Table): void {
    this.state = { ...this.state, entries: new Map(this.state.entries).set(keyOf("table", table.name), table) };
  }

  delete(entry: Entry): void {
    if (entry.kind === "table") this.refuseIfRead(entry);
    const entries = new Map(this.state.entries);
    entries.delete(keyOf(entry.kind, entry.name));
    this.state = { ...this.state, entries };
    if (entry.kind === "table") releaseVersion(this.memory, entry.version);
  }

  hasSchema(name: string): boolean {
    return this.state.schemas.has(name.toLowerCase());
  }

  createSchema(name: string): void {
    this.state = { ...this.state, schemas: new Map(this.state.schemas).set(name.toLowerCase(), name) };
  }

  dropSchema(name: string): void {
    const schemas = new Map(this.state.schemas);
    schemas.delete(name.toLowerCase());
    this.state = { ...this.state, schemas };
  }

  /** What `work` changes stays only if it succeeds. */
  async atomic<T>(work: () => Promise<T>): Promise<T> {
    const { state, schema } = this;
    for (const version of versionsOf(state)) retainVersion(version);
    try {
      const result = await work();
      this.release(state);
      return result;
    } catch (error) {
      this.release(this.state);
      this.state = state;
      this.schema = schema;
      throw error;
    }
  }

  get inTransaction(): boolean {
    return this.saved !== undefined;
  }

  begin(): void {
    this.saved = this.state;
    for (const version of versionsOf(this.saved)) retainVersion(version);
  }

  commit(): void {
    if (this.saved !== undefined) this.release(this.saved);
    this.saved = undefined;
  }

  rollback(): void {
    if (this.saved === undefined) return;
    this.release(this.state);
    this.state = this.saved;
    this.saved = undefined;
    if (!this.hasSchema(this.schema)) this.schema = "main";
  }

  clear(): void {
    this.commit();
    this.release(this.state);
    this.state = { entries: new Map(), schemas: FIRST_SCHEMAS };
  }

  private release(state: CatalogState): void {
    for (const version of versionsOf(state)) releaseVersion(this.memory, version);
  }
}

/** Those of views are not known. */
function columnsOf(entry: Entry): readonly { readonly name: string; readonly type: SqlType }[] {
  switch (entry.kind) {
    case "table":
      return entry.definition.columns;
    case "provider":
      return shown(entry.source);
    case "connector":
      return connectorColumns(entry);
    default:
      return [];
  }
}

const shown = ({ schema }: TableSource): TableSource["schema"] => schema.filter(({ hidden }) => hidden !== true);

function relations({ entries }: CatalogState): readonly (Table | View)[] {
  return [...entries.values()].filter((entry) => entry.kind === "table" || entry.kind === "view");
}

function versionsOf({ entries }: CatalogState): readonly TableVersion[] {
  return [...entries.values()].flatMap((entry) => (entry.kind === "table" ? [entry.version] : []));
}

function keyOf(kind: EntryKind, { schema, name }: TableName): string {
  return `${RELATIONS.has(kind) ? "table" : kind} ${schema.toLowerCase()}.${name.toLowerCase()}`;
}

/** Temporary things first, then those of the session's schema, then those of `main`. */
function lookup(
  { entries, schemas }: CatalogState,
  current: string,
  kind: EntryKind,
  parts: readonly string[],
): Entry | undefined {
  const name = parts.at(-1) ?? "";
  const at = (schema: string): Entry | undefined => entries.get(keyOf(kind, { schema, name }));
  const [first = "", second = ""] = parts;
  switch (parts.length) {
    case 1:
      return at("temp") ?? at(current) ?? at("main");
    case 2: {
      const found = schemas.has(first.toLowerCase()) || first.toLowerCase() === "temp" ? at(first) : undefined;
      return found ?? (first.toLowerCase() === "memory" ? at("main") : undefined);
    }
    case 3:
      if (first.toLowerCase() === "temp") return second.toLowerCase() === "main" ? at("temp") : undefined;
      return DATABASES.has(first.toLowerCase()) ? at(second) : undefined;
    default:
      return undefined;
  }
}

function sameColumns(a: TableVersion, b: TableVersion): boolean {
  const describeColumns = ({ columns }: TableVersion): string =>
    columns.map(({ name, type }) => `${name} ${typeName(type)}`).join();
  return describeColumns(a) === describeColumns(b);
}

function describe(table: Table): CatalogEntry {
  return { kind: "table", source: sourceOf(table), table: { name: table.name, definition: table.definition } };
}

/** What a scan of the table's present version reads. */
export function sourceOf({ name, version }: Table): TableSource {
  return versionSource(name.name, version);
}

export function versionSource(name: string, version: TableVersion): TableSource {
  return { kind: "memory", name, schema: version.schema, statistics: version.statistics, handle: version };
}
