import { HeadraceError } from "../error.ts";
import type { CatalogEntry, CatalogSnapshot, TableSource } from "../planner/catalog/catalog.ts";
import type { TableName } from "../planner/logical/plan.ts";
import { type TableVersion, releaseVersion } from "../exec/table/table-version.ts";
import type { SharedMemory } from "../exec/memory/shared-memory.ts";

const DEFAULT_SCHEMA = "main";

type Table = { readonly kind: "table"; readonly name: string; readonly version: TableVersion };
type View = {
  readonly kind: "view";
  readonly name: string;
  readonly sql: string;
  readonly columnNames: readonly string[] | undefined;
};

/** A session's tables and views. Names keep their spelling and match in any case. */
export class Catalog {
  private readonly entries = new Map<string, Table | View>();
  private readonly memory: SharedMemory;

  constructor(memory: SharedMemory) {
    this.memory = memory;
  }

  /** What names mean now; `files` are the sources of paths that the statement names. */
  snapshot(files: ReadonlyMap<string, TableSource>): CatalogSnapshot {
    const entries = new Map(this.entries);
    return {
      lookup: (name) => {
        const [path] = name;
        const file = name.length === 1 && path !== undefined ? files.get(path) : undefined;
        if (file !== undefined) return { kind: "table", source: file };
        const entry = entries.get(keyOf(name));
        return entry && describe(entry);
      },
      names: () => [...entries.values()].map(({ name }) => name),
    };
  }

  get(name: TableName): Table | View | undefined {
    return this.entries.get(keyOf([name.schema, name.name]));
  }

  view(parts: readonly string[]): View | undefined {
    const entry = this.entries.get(keyOf(parts));
    return entry?.kind === "view" ? entry : undefined;
  }

  tables(): readonly { readonly name: string; readonly kind: "table" | "view" }[] {
    return [...this.entries.values()].map(({ name, kind }) => ({ name, kind }));
  }

  /** Puts a table in the place of an older version of it, of another table, or of nothing. */
  setTable(name: TableName, version: TableVersion): void {
    const old = this.get(name);
    this.entries.set(keyOf([name.schema, name.name]), { kind: "table", name: name.name, version });
    if (old?.kind === "table") releaseVersion(this.memory, old.version);
  }

  setView(name: TableName, sql: string, columnNames: readonly string[] | undefined): void {
    this.drop(name);
    this.entries.set(keyOf([name.schema, name.name]), { kind: "view", name: name.name, sql, columnNames });
  }

  drop(name: TableName): void {
    const old = this.get(name);
    this.entries.delete(keyOf([name.schema, name.name]));
    if (old?.kind === "table") releaseVersion(this.memory, old.version);
  }

  clear(): void {
    for (const entry of this.entries.values()) if (entry.kind === "table") releaseVersion(this.memory, entry.version);
    this.entries.clear();
  }

  /** The table that INSERT writes to. */
  table(name: TableName): Table {
    const entry = this.get(name);
    if (entry?.kind === "table") return entry;
    throw new HeadraceError(
      "bind",
      entry === undefined ? `there is no table "${name.name}"` : `"${name.name}" is a view`,
    );
  }
}

function keyOf(parts: readonly string[]): string {
  const names = parts.map((part) => part.toLowerCase());
  if (names.length === 3 && names[0] === "memory") names.shift();
  if (names.length === 2 && names[0] === DEFAULT_SCHEMA) names.shift();
  return names.join(".");
}

function describe(entry: Table | View): CatalogEntry {
  if (entry.kind === "view") return entry;
  const { name, version } = entry;
  return {
    kind: "table",
    source: { kind: "memory", name, schema: version.schema, statistics: version.statistics, handle: version },
  };
}
