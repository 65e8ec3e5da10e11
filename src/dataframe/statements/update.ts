import { countRows, type ResultRows } from "../../exec/table/result-rows.ts";
import type { TableVersion } from "../../exec/table/table-version.ts";
import { bindUpdate } from "../../planner/bind/update.ts";
import type { BoundStatement, KeyColumns } from "../../planner/logical/statement.ts";
import type { Update } from "../../sql/ast.ts";
import type { Table } from "../catalog.ts";
import { bindPart, type RunContext, type StatementResult } from "../context.ts";
import { execute } from "../engine.ts";
import { describeKey, duplicateKey, type Key, keyReader } from "./keys.ts";
import { change, changedRows, failChecks, type Returning, returning, selectColumns } from "./write.ts";
import { visitRows } from "./visit-rows.ts";

export async function update(ctx: RunContext, node: Update): Promise<StatementResult> {
  const bound = bindPart(ctx, node, (binder) => bindUpdate(binder, node));
  const table = ctx.catalog.table(bound.table);
  const answer = returning(ctx, node, table);
  const updated = await applyUpdate(ctx, bound, table, [], answer);
  ctx.catalog.set({ ...table, version: updated.version });
  updated.commit(table.version, []);
  return updated.answer ?? { kind: "ok", rowCount: updated.count };
}

type UpdatedTable = {
  readonly version: TableVersion;
  readonly count: number;
  readonly answer: StatementResult | undefined;
  /** Tells the keys of version `from`, to which `added` have come. */
  readonly commit: (from: TableVersion, added: readonly (readonly Key[])[]) => void;
};

/** A version with the update made; the caller puts it into the catalog at once. `inserted`: keys that the table has already got in the same statement. */
export async function applyUpdate(
  ctx: RunContext,
  bound: Extract<BoundStatement, { kind: "Update" }>,
  table: Table,
  inserted: readonly (readonly Key[])[],
  respond: Returning,
): Promise<UpdatedTable> {
  const result = await execute(ctx.runtime, ctx.options, bound, ctx.parameters, ctx.signal, false);
  try {
    await failChecks(ctx, result.rows, bound.checks, table.name.name);
    const { numbers, addresses, rows } = await changedRows(ctx, result.rows);
    const moves = new Map<number, KeyChange>();
    for (const keys of bound.keys) {
      const i = table.definition.unique.indexOf(keys.rule);
      moves.set(i, await changeKeys(ctx, table, keys, rows, inserted[i] ?? []));
    }
    const answer = await respond?.([selectColumns(rows, bound.row ?? [])]);
    const version = await change(ctx, table, { numbers, rows: addresses }, { rows, fields: bound.fields });
    return {
      version,
      count: countRows(rows),
      answer,
      commit: (from, added) => {
        for (const [i, index] of table.keys.entries()) {
          const keys = moves.get(i);
          index.move(from, version, keys?.removed ?? [], [...(keys?.added ?? []), ...(added[i] ?? [])]);
        }
      },
    };
  } finally {
    result.release();
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
  await visitRows(ctx, rows, (row) => {
    const key = readOld(row);
    if (key !== undefined) removed.add(key);
  });
  await visitRows(ctx, rows, (row) => {
    const key = readNew(row);
    if (key === undefined) return;
    if (added.has(key) || (keys.has(key) && !removed.has(key)))
      throw duplicateKey(table, rule, describeKey(table, rule, rows, after, row));
    added.add(key);
  });
  return { removed, added };
}
