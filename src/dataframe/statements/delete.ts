import { bindDelete } from "../../planner/bind/update.ts";
import { writeTarget } from "../../planner/bind/target.ts";
import type { Delete, Truncate } from "../../sql/ast.ts";
import type { Table } from "../catalog.ts";
import { bindPart, type RunContext, type StatementResult } from "../context.ts";
import { execute } from "../engine.ts";
import { type Key, keyReader } from "./keys.ts";
import { change, changedRows, emptyVersion, returning, selectColumns } from "./write.ts";
import { visitRows } from "./visit-rows.ts";

export async function remove(ctx: RunContext, node: Delete): Promise<StatementResult> {
  const bound = bindPart(ctx, node, (binder) => bindDelete(binder, node));
  const table = ctx.catalog.table(bound.table);
  const answer = returning(ctx, node, table);
  const all = node.where === undefined && node.using.length === 0;
  if (all && answer === undefined && ctx.part === undefined) return clear(ctx, table);
  const result = await execute(ctx.runtime, ctx.options, bound, ctx.parameters, ctx.signal, false);
  try {
    const { numbers, rows } = await changedRows(ctx, result.rows);
    const answered = await answer?.([selectColumns(rows, bound.row ?? [])]);
    const removed = table.keys.map((): Key[] => []);
    for (const [i, keys] of removed.entries()) {
      const read = keyReader(rows, bound.keys[i]?.before ?? []);
      await visitRows(ctx, rows, (row) => {
        const key = read(row);
        if (key !== undefined) keys.push(key);
      });
    }
    const version = await change(ctx, table, { numbers, rows: undefined }, { rows, fields: [] });
    for (const [i, index] of table.keys.entries()) index.move(table.version, version, removed[i] ?? [], []);
    ctx.catalog.set({ ...table, version });
    return answered ?? { kind: "ok", rowCount: numbers.length };
  } finally {
    result.release();
  }
}

/** TRUNCATE. */
export function truncate(ctx: RunContext, node: Truncate): StatementResult {
  const { name } = bindPart(ctx, node, (binder) => writeTarget(binder, node.table));
  return clear(ctx, ctx.catalog.table(name));
}

function clear(ctx: RunContext, table: Table): StatementResult {
  ctx.catalog.set({ ...table, version: emptyVersion(table.definition) });
  return { kind: "ok", rowCount: table.version.rows };
}
