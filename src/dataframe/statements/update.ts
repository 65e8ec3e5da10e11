import { countRows, type ResultRows } from "../../exec/table/result-rows.ts";
import type { TableVersion } from "../../exec/table/table-version.ts";
import { bindUpdate } from "../../planner/bind/update.ts";
import type { BoundStatement, KeyColumns } from "../../planner/logical/statement.ts";
import type { Update } from "../../sql/ast.ts";
import type { Table } from "../catalog.ts";
import { bindPart, type RunContext, type StatementResult } from "../context.ts";
import { execute } from "../engine.ts";
import { describeKey, duplicateKey, type Key, keyReader } from "./keys.ts";
import { change, changedRows, failChecks, returning, selectColumns, selectRows } from "./write.ts";

export async function update(ctx: RunContext, node: Update): Promise<StatementResult> {
  const bound = bindPart(ctx, node, (binder) => bindUpdate(binder, node));
  const table = ctx.catalog.table(bound.table);
  const answer = returning(ctx, node, table);
  const updated = await applyUpdate(ctx, bound, table, []);
  try {
    const answered = await answer?.(updated.rows);
    ctx.catalog.set({ ...table, version: updated.version });
    updated.commit(table.version, []);
    return answered ?? { kind: "ok", rowCount: updated.count };
  } finally {
    updated.release();
  }
}

type UpdatedTable = {
  readonly version: TableVersion;
  readonly count: number;
  /** The rows as they are now, all the table's columns, where RETURNING wants them. */
  readonly rows: readonly ResultRows[];
  /** Tells the keys of version `from`, to which `added` have come. */
  readonly commit: (from: TableVersion, added: readonly (readonly Key[])[]) => void;
  readonly release: () => void;
};

/** A version with the update made, nothing else. `inserted`: keys that the table has already got in the same statement. */
export async function applyUpdate(
  ctx: RunContext,
  bound: Extract<BoundStatement, { kind: "Update" }>,
  table: Table,
  inserted: readonly (readonly Key[])[],
): Promise<UpdatedTable> {
  const result = await execute(ctx.runtime, ctx.options, bound, ctx.parameters, ctx.signal, false);
  try {
    failChecks(result.rows, bound.checks, table.name.name);
    const changed = changedRows(result.rows);
    const rows = selectRows(result.rows, changed.rows);
    const moves = new Map<number, KeyChange>();
    for (const keys of bound.keys) {
      const i = table.definition.unique.indexOf(keys.rule);
      moves.set(i, await changeKeys(ctx, table, keys, rows, inserted[i] ?? []));
    }
    const version = await change(ctx, table, changed, { rows, fields: bound.fields });
    return {
      version,
      count: countRows(rows),
      rows: bound.row === undefined ? [] : [selectColumns(rows, bound.row)],
      commit: (from, added) => {
        for (const [i, index] of table.keys.entries()) {
          const keys = moves.get(i);
          index.move(from, version, keys?.removed ?? [], [...(keys?.added ?? []), ...(added[i] ?? [])]);
        }
      },
      release: result.release,
    };
  } catch (error) {
    result.release();
    throw error;
  }
}

type KeyChange = { readonly removed: ReadonlySet<Key>; readonly added: ReadonlySet<Key> };

/** What becomes of a constraint's keys; throws `constraint` where two rows would have the same one. */
async function changeKeys(
  ctx: RunContext,
  table: Table,
  { rule, before, after }: KeyColumns,
  rows: ResultRows,
  inserted: readonly Key[],
): Promise<KeyChange> {
  const index = table.keys[table.definition.unique.indexOf(rule)];
  if (index === undefined) throw new RangeError("a constraint without keys");
  const keys = await index.open(ctx, ctx.catalog.table(table.name));
  const [readOld, readNew] = [keyReader(rows, before), keyReader(rows, after)];
  const removed = new Set<Key>();
  const added = new Set<Key>(inserted);
  for (const row of addresses(rows)) {
    const key = readOld(row);
    if (key !== undefined) removed.add(key);
  }
  for (const row of addresses(rows)) {
    const key = readNew(row);
    if (key === undefined) continue;
    if (added.has(key) || (keys.has(key) && !removed.has(key)))
      throw duplicateKey(table, rule, describeKey(table, rule, rows, after, row));
    added.add(key);
  }
  return { removed, added };
}

function* addresses({ segments, stride }: ResultRows): Generator<number> {
  for (const { address, rows } of segments) for (let i = 0; i < rows; i++) yield address + i * stride;
}
