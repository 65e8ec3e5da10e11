/** PRIMARY KEY and UNIQUE: the keys of a table's rows as a set, kept up from statement to statement. */
import { HeadraceError } from "../../error.ts";
import type { ResultRows } from "../../exec/table/result-rows.ts";
import type { TableVersion } from "../../exec/table/table-version.ts";
import type { UniqueRule } from "../../planner/catalog/table-definition.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { formatDatum } from "../../planner/types/literals.ts";
import { sourceOf, type Table } from "../catalog.ts";
import type { StatementContext } from "../context.ts";
import { execute } from "../engine.ts";
import { datumReader } from "../../exec/table/row-datums.ts";
import type { Reader } from "../../exec/table/row-fields.ts";
import { visitRows } from "./visit-rows.ts";

/** Equal values have equal keys, as Set compares. */
export type Key = string | number | bigint | boolean;

/**
 * The keys of one version of a table. Statements move it from version to version; when it is found to belong to another one (after
 * ROLLBACK, ALTER) it is made anew.
 */
export class KeyIndex {
  readonly rule: UniqueRule;
  private version: TableVersion | undefined;
  private keys: Set<Key> = new Set();

  constructor(rule: UniqueRule) {
    this.rule = rule;
  }

  /** Whether two rows of the table have the same key. The index then has the table's keys. */
  async findDuplicate(ctx: StatementContext, table: Table): Promise<boolean> {
    this.version = undefined;
    this.keys = new Set();
    const rows = table.version.rows > 0 ? await this.read(ctx, table) : 0;
    this.version = table.version;
    return rows > this.keys.size;
  }

  /** The keys of the table's rows. */
  async open(ctx: StatementContext, table: Table): Promise<ReadonlySet<Key>> {
    if (this.version === table.version) return this.keys;
    this.keys = new Set();
    if (table.version.rows > 0) await this.read(ctx, table);
    this.version = table.version;
    return this.keys;
  }

  /** Takes part in a change that has been made: `next` follows the version whose keys it has. */
  move(from: TableVersion, next: TableVersion, removed: Iterable<Key>, added: Iterable<Key>): void {
    if (this.version !== from) return;
    for (const key of removed) this.keys.delete(key);
    for (const key of added) this.keys.add(key);
    this.version = next;
  }

  /** Returns the number of rows that have a key. */
  private async read(ctx: StatementContext, table: Table): Promise<number> {
    const source = sourceOf(table);
    const columns = this.rule.columns.map((ordinal, id) => {
      const { name, type, nullable } = source.schema[ordinal] as (typeof source.schema)[number];
      return { column: { id, name, type, nullable }, ordinal };
    });
    const plan = { kind: "Scan", source, alias: table.name.name, columns, filters: [] } as const;
    const query = { plan, columns: columns.map(({ column }) => column) };
    const result = await execute(ctx.runtime, ctx.options, query, [], ctx.signal, false);
    try {
      const read = keyReader(
        result.rows,
        columns.map((_, i) => i),
      );
      let count = 0;
      await visitRows(ctx, result.rows, (row) => {
        const key = read(row);
        if (key === undefined) return;
        this.keys.add(key);
        count++;
      });
      return count;
    } finally {
      result.release();
    }
  }
}

/** Reads the key in some columns of a row; undefined: one of them is NULL, so that it collides with nothing. */
export function keyReader(rows: ResultRows, columns: readonly number[]): Reader<Key | undefined> {
  const readers = columns.map((index) => {
    const column = rows.columns[index];
    if (column === undefined) throw new RangeError(`column ${index}`);
    return datumReader(rows, column);
  });
  const [read] = readers;
  if (read !== undefined && readers.length === 1) return (row) => keyOf(read(row));
  return (row) => {
    let key = "";
    for (const each of readers) {
      const part = keyOf(each(row));
      if (part === undefined) return undefined;
      const text = String(part);
      key += `${text.length}:${text}`;
    }
    return key;
  };
}

function keyOf(value: Datum): Key | undefined {
  switch (typeof value) {
    case "bigint":
      return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
    case "object":
      if (value === null) return undefined;
      return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part));
    default:
      return value;
  }
}

/** `id: 1, name: x` of a row. */
export function describeKey(
  table: Table,
  rule: UniqueRule,
  rows: ResultRows,
  columns: readonly number[],
  row: number,
): string {
  return columns
    .map((index, i) => {
      const column = rows.columns[index] as (typeof rows.columns)[number];
      const value = datumReader(rows, column)(row);
      return `${table.definition.columns[rule.columns[i] as number]?.name}: ${value === null ? "NULL" : formatDatum(value, column.type)}`;
    })
    .join(", ");
}

export function duplicateKey(table: Table, rule: UniqueRule, key: string): HeadraceError {
  const kind = rule.primary ? "PRIMARY KEY" : "UNIQUE";
  return new HeadraceError("constraint", `${kind} constraint failed: ${table.name.name} has the key (${key}) twice`);
}

/** Rows that are there already break a constraint to be added. */
export function notUnique({ definition, name }: Table, rule: UniqueRule): HeadraceError {
  const columns = rule.columns.map((ordinal) => definition.columns[ordinal]?.name).join(", ");
  return new HeadraceError("constraint", `${name.name} has rows that agree in (${columns})`);
}
