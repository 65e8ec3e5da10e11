/** Queries of the scripts in test/slt with the tables that they read: the corpus of the prefix oracle. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { connect, type Session } from "headrace";
import type { TestResult, TestSession } from "../../support/session.ts";
import { parseSlt } from "../../support/slt/parse.ts";
import { runSlt } from "../../support/slt/run.ts";
import { quoted, type Tables } from "./oracle.ts";

/** Queries of one script that find the same tables, by name and columns. */
export type Group = {
  readonly script: string;
  /** Makes the views, macros and settings that the script has made before. */
  readonly setup: readonly string[];
  /** Values are texts. */
  readonly tables: Tables;
  readonly queries: readonly string[];
};

const SCRIPTS = join(import.meta.dirname, "../../slt");
/** What other tests are about: files, connectors, statements that write. */
const LEFT_OUT = /^(errors|explain|files|streaming|dml)\//;
const QUERY = /^\s*(SELECT|WITH|FROM|\()/i;
const SETUP =
  /^\s*(CREATE\s+(OR\s+REPLACE\s+)?(TEMP\w*\s+)?(VIEW|MACRO|FUNCTION|TYPE)|DROP\s+(VIEW|MACRO|FUNCTION)|SET|RESET)\b/i;
/** What depends on more than rows. */
const VARYING =
  /\b(random|now|today|uuid|gen_random_uuid|get_current\w*|current_\w+|nextval|currval|rowid|information_schema|duckdb_\w+|pragma_\w+|read_\w+|glob|tablesample|sample|show|describe|getvariable|\w*_scan)\b|'[^']*\.(csv|parquet|json)'/i;

export async function corpusScripts(): Promise<string[]> {
  const files = await readdir(SCRIPTS, { recursive: true });
  return files.filter((file) => file.endsWith(".slt") && !LEFT_OUT.test(file)).sort();
}

/** @param rows the most that are taken of a table */
export async function readGroups(script: string, rows: number): Promise<readonly Group[]> {
  const session = await connect({ workers: 1, temporal: "string" });
  const reader = new Reader(session, script, rows);
  try {
    await runSlt(parseSlt(await readFile(join(SCRIPTS, script), "utf8")), reader, {
      engines: new Set(["headrace", "default"]),
      tolerance: 0,
      checkMessages: false,
      checkPlans: false,
      variables: new Map(),
    });
    return reader.groups();
  } finally {
    await session.close();
  }
}

type Table = Tables[string];
type Draft = {
  readonly setup: readonly string[];
  readonly tables: Record<string, Table>;
  readonly queries: Set<string>;
};

/** Runs a script's statements and takes down its queries. */
class Reader implements TestSession {
  private readonly session: Session;
  private readonly script: string;
  private readonly most: number;
  private readonly setup: string[] = [];
  private readonly drafts = new Map<string, Draft>();
  /** As of the last statement. */
  private tables: Map<string, Table> | undefined;

  constructor(session: Session, script: string, most: number) {
    this.session = session;
    this.script = script;
    this.most = most;
  }

  async execute(sql: string): Promise<readonly TestResult[]> {
    if (QUERY.test(sql)) {
      if (!VARYING.test(sql)) await this.take(sql);
      return [];
    }
    const results = await this.session.execute(sql);
    if (SETUP.test(sql)) this.setup.push(sql);
    this.tables = undefined;
    return results;
  }

  close(): Promise<void> {
    return this.session.close();
  }

  groups(): readonly Group[] {
    return [...this.drafts.values()].map(({ setup, tables, queries }) => ({
      script: this.script,
      setup,
      tables,
      queries: [...queries],
    }));
  }

  private async take(sql: string): Promise<void> {
    this.tables ??= await this.read();
    const text = [sql, ...this.setup].join("\n");
    if (![...this.tables.keys()].some((name) => mentions(text, name))) return;
    const key = JSON.stringify([this.setup, [...this.tables].map(([name, { schema }]) => [name, schema])]);
    let draft = this.drafts.get(key);
    if (draft === undefined) this.drafts.set(key, (draft = { setup: [...this.setup], tables: {}, queries: new Set() }));
    // What the script deletes and adds between the queries does not matter: the more rows the better.
    for (const [name, table] of this.tables)
      if ((draft.tables[name]?.rows.length ?? -1) < table.rows.length) draft.tables[name] = table;
    draft.queries.add(sql);
  }

  private async read(): Promise<Map<string, Table>> {
    const names = await this.session
      .sql("SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema = 'main'")
      .collect({ rows: "array" });
    const tables = new Map<string, Table>();
    for (const [name] of names as unknown as [string][]) {
      const schema = await this.session.sql(`SELECT * FROM ${quoted(name)}`).schema();
      // Which member a text is of is not known.
      if (schema.some(({ type }) => /\bUNION\(/.test(type))) continue;
      const rows = await this.session
        .sql(`SELECT COLUMNS(*)::VARCHAR FROM ${quoted(name)} LIMIT ${this.most}`)
        .collect();
      tables.set(name, { schema: Object.fromEntries(schema.map((column) => [column.name, column.type])), rows });
    }
    return tables;
  }
}

/** The group with some of its queries, from all over the script, and the tables that these read. */
export function thinned(group: Group, most: number): Group {
  const step = Math.max(1, group.queries.length / most);
  const queries = group.queries.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step));
  const text = [...queries, ...group.setup].join("\n");
  const tables = Object.fromEntries(Object.entries(group.tables).filter(([name]) => mentions(text, name)));
  return { ...group, tables, queries };
}

function mentions(text: string, name: string): boolean {
  const escaped = name.replaceAll(/[^\w]/g, String.raw`\$&`);
  return new RegExp(String.raw`(^|\W)${escaped}($|\W)`, "i").test(text);
}
