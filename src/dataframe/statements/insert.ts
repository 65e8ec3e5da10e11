import { HeadraceError } from "../../error.ts";
import type { ResultRows } from "../../exec/table/result-rows.ts";
import { releaseVersion, type TableVersion } from "../../exec/table/table-version.ts";
import { bindError } from "../../planner/bind/context.ts";
import { bindInsert } from "../../planner/bind/insert.ts";
import { targetColumn, writeTarget } from "../../planner/bind/target.ts";
import { bindUpdate } from "../../planner/bind/update.ts";
import type { UniqueRule } from "../../planner/catalog/table-definition.ts";
import type { BoundStatement } from "../../planner/logical/statement.ts";
import type { Assignment, Expression, Insert, OnConflict, TableName, Update } from "../../sql/ast.ts";
import { type Table, versionSource } from "../catalog.ts";
import { bindPart, type RunContext, type StatementResult } from "../context.ts";
import { execute } from "../engine.ts";
import { binary, columnRef, identifier, NO_SPAN, objectName } from "../expression/nodes.ts";
import { describeKey, duplicateKey, type Key, keyReader } from "./keys.ts";
import { applyUpdate } from "./update.ts";
import { insertIntoConnector } from "./insert-into-connector.ts";
import { append, appendQuery, emptyVersion, failChecks, over, returning, selectColumns, selectRows } from "./write.ts";
import { visitRows } from "./visit-rows.ts";

export async function insert(ctx: RunContext, node: Insert): Promise<StatementResult> {
  const written = node.table.parts.map(({ name }) => name);
  const target = ctx.catalog.find("table", written);
  if (target?.kind === "connector") return insertIntoConnector(ctx, node, target);
  const { bound, conflict } = bindPart(ctx, node, (binder) => ({
    bound: bindInsert(binder, node),
    conflict: node.onConflict && conflictTarget(binder, node, node.onConflict),
  }));
  const table = ctx.catalog.table(bound.table);
  const answer = returning(ctx, node, table);
  if (table.keys.length === 0 && answer === undefined) {
    const { version, rowCount } = await appendQuery(ctx, table.version, bound, bound.table.name, (rows) =>
      failChecks(ctx, rows, bound.checks, bound.table.name),
    );
    if (version !== table.version) ctx.catalog.set({ ...table, version });
    return { kind: "ok", rowCount };
  }
  const result = await execute(ctx.runtime, ctx.options, bound, ctx.parameters, ctx.signal, false);
  try {
    const rows = selectColumns(
      result.rows,
      table.definition.columns.map((_, i) => i),
    );
    const sorted = await sortByKeys(ctx, table, rows, conflict);
    // Of rows that give way nobody asks whether they keep to the rules.
    await failChecks(ctx, selectRows(result.rows, sorted.fresh), bound.checks, bound.table.name);
    if (node.onConflict !== undefined && node.onConflict.action !== "nothing" && sorted.known.length > 0)
      return await upsert(ctx, node, table, rows, sorted, conflict as ConflictTarget, answer);
    const answered = await answer?.([selectRows(rows, sorted.fresh)]);
    const version = await append(ctx, table.version, selectRows(rows, sorted.fresh), bound.table.name);
    replace(ctx, table, version, sorted.added);
    return answered ?? { kind: "ok", rowCount: sorted.fresh.length };
  } finally {
    result.release();
  }
}

function replace(ctx: RunContext, table: Table, version: TableVersion, added: readonly (readonly Key[])[]): void {
  for (const [i, index] of table.keys.entries()) index.move(table.version, version, [], added[i] ?? []);
  ctx.catalog.set({ ...table, version });
}

/** Which unique constraints a conflict may be with; undefined: any. */
type ConflictTarget = { readonly rules: readonly UniqueRule[] };

function conflictTarget(
  binder: Parameters<typeof bindInsert>[0],
  node: Insert,
  { target, targetWhere, action, span }: OnConflict,
): ConflictTarget {
  const table = writeTarget(binder, node.table);
  const { unique } = table.definition;
  if (targetWhere !== undefined)
    throw new HeadraceError("unsupported", "a condition on the target of ON CONFLICT is not supported yet", { span });
  if (unique.length === 0)
    throw bindError(binder, `table "${table.name.name}" has no UNIQUE or PRIMARY KEY constraint to conflict with`, {
      span,
    });
  if (target.length === 0) {
    if (action !== "nothing" && unique.length > 1)
      throw bindError(binder, "ON CONFLICT needs its columns where a table has several unique constraints", { span });
    return { rules: unique };
  }
  const ordinals = target.map((column) => targetColumn(binder, table, column));
  const rules = unique.filter(({ columns }) => {
    return columns.length === ordinals.length && columns.every((ordinal) => ordinals.includes(ordinal));
  });
  if (rules.length === 0)
    throw bindError(binder, "the columns of ON CONFLICT are those of no unique constraint", { span });
  return { rules };
}

type SortedRows = {
  /** Addresses of the rows to insert. */
  readonly fresh: readonly number[];
  /** Addresses of rows whose keys a row of the table has. */
  readonly known: readonly number[];
  /** The keys of the fresh rows, by constraint. */
  readonly added: readonly (readonly Key[])[];
};

/** Throws `constraint` for a key that there is already, unless the statement says what then. */
async function sortByKeys(
  ctx: RunContext,
  table: Table,
  rows: ResultRows,
  conflict: ConflictTarget | undefined,
): Promise<SortedRows> {
  const sets: ReadonlySet<Key>[] = [];
  for (const index of table.keys) sets.push(await index.open(ctx, table));
  const readers = table.keys.map(({ rule }) => keyReader(rows, rule.columns));
  const seen = table.keys.map(() => new Set<Key>());
  const fresh: number[] = [];
  const known: number[] = [];
  await visitRows(ctx, rows, (row) => {
    const keys = readers.map((read) => read(row));
    for (const [i, key] of keys.entries()) {
      if (key === undefined) continue;
      const { rule } = table.keys[i] as (typeof table.keys)[number];
      const isOld = sets[i]?.has(key) === true;
      if (!isOld && seen[i]?.has(key) !== true) continue;
      if (conflict?.rules.includes(rule) !== true)
        throw duplicateKey(table, rule, describeKey(table, rule, rows, rule.columns, row));
      if (isOld) known.push(row);
      return;
    }
    for (const [i, key] of keys.entries()) if (key !== undefined) seen[i]?.add(key);
    fresh.push(row);
  });
  return { fresh, known, added: seen.map((keys) => [...keys]) };
}

const EXCLUDED = "excluded";

/** ON CONFLICT DO UPDATE: an UPDATE ... FROM the rows that conflict, under the name `excluded`. */
async function upsert(
  ctx: RunContext,
  node: Insert,
  table: Table,
  rows: ResultRows,
  { fresh, known, added }: SortedRows,
  conflict: ConflictTarget,
  answer: ReturnType<typeof returning>,
): Promise<StatementResult> {
  const { shared } = ctx.runtime;
  const rule = conflict.rules[0] as UniqueRule;
  const read = keyReader(rows, rule.columns);
  // Of several rows for one key the first one counts.
  const first = new Map<Key | undefined, number>();
  for (const row of known) if (!first.has(read(row))) first.set(read(row), row);
  const excluded = await append(ctx, emptyVersion(withoutRules(table)), selectRows(rows, first.values()), EXCLUDED);
  let inserted: TableVersion | undefined;
  try {
    const statement = updateOf(node, table, rule);
    const bound = bindPart(
      ctx,
      statement,
      (binder) => bindUpdate(binder, statement, { qualifiedFrom: true }),
      over(EXCLUDED, versionSource(EXCLUDED, excluded)),
    ) satisfies Extract<BoundStatement, { kind: "Update" }>;
    inserted = await append(ctx, table.version, selectRows(rows, fresh), table.name.name);
    const between = { ...table, version: inserted };
    // The new rows stand behind the old ones, whose numbers stay.
    const both = answer && ((changed: readonly ResultRows[]) => answer([selectRows(rows, fresh), ...changed]));
    const updated = await applyUpdate(ctx, bound, between, added, both);
    updated.commit(table.version, added);
    ctx.catalog.set({ ...table, version: updated.version });
    return updated.answer ?? { kind: "ok", rowCount: fresh.length + updated.count };
  } finally {
    releaseVersion(shared, excluded);
    if (inserted !== undefined) releaseVersion(shared, inserted);
  }
}

function withoutRules({ definition }: Table): Table["definition"] {
  return { ...definition, columns: definition.columns.map((rule) => ({ ...rule, notNull: false })) };
}

/** `UPDATE t SET ... FROM excluded WHERE t.key = excluded.key AND ...`. */
function updateOf(node: Insert, table: Table, rule: UniqueRule): Update {
  const { columns } = table.definition;
  const conflict = node.onConflict as OnConflict;
  const alias = node.alias?.name ?? table.name.name;
  const from: TableName = {
    kind: "TableName",
    name: objectName(EXCLUDED),
    alias: undefined,
    sample: undefined,
    span: NO_SPAN,
  };
  const equal = rule.columns.map((ordinal) => {
    const name = columns[ordinal]?.name ?? "";
    return binary("=", columnRef(alias, name), columnRef(EXCLUDED, name));
  });
  const operands: readonly Expression[] = conflict.where === undefined ? equal : [...equal, conflict.where];
  const [only] = operands;
  const where: Expression | undefined =
    operands.length === 1 ? only : { kind: "Logical", operator: "AND", operands, span: NO_SPAN };
  return {
    kind: "Update",
    with: undefined,
    table: node.table,
    alias: node.alias,
    set: conflict.action === "update" ? conflict.set : replacedColumns(node, table),
    from: [from],
    where,
    returning: node.returning,
    span: conflict.span,
  };
}

/** OR REPLACE sets the columns that the statement gives, those of keys apart. */
function replacedColumns(node: Insert, table: Table): readonly Assignment[] {
  const { columns, unique } = table.definition;
  const keyed = new Set(unique.flatMap((rule) => rule.columns));
  const given = new Set(node.columns.map(({ name }) => name.toLowerCase()));
  return columns.flatMap(({ name, generated }, i): Assignment[] => {
    if (keyed.has(i) || generated !== undefined) return [];
    if (given.size > 0 && !given.has(name.toLowerCase())) return [];
    const column = { kind: "ObjectName", parts: [identifier(name)], span: NO_SPAN } as const;
    return [{ kind: "Assignment", columns: [column], value: columnRef(EXCLUDED, name), span: NO_SPAN }];
  });
}
