/** What INSERT, UPDATE and DELETE have in common: checks of new rows, new versions, RETURNING. */
import { HeadraceError } from "../../error.ts";
import { appendInSteps, changeInSteps, type NewValues } from "../../exec/table/append-rows.ts";
import type { RowChange } from "../../exec/table/plan-chunks.ts";
import { countRows, type ResultRows } from "../../exec/table/result-rows.ts";
import { runInSlices } from "../../exec/table/slices.ts";
import { createTable, releaseVersion, retainVersion, type TableVersion } from "../../exec/table/table-version.ts";
import { bindQuery } from "../../planner/bind/query.ts";
import { typedResult } from "../../planner/bind/result.ts";
import type { CatalogSnapshot, TableSource } from "../../planner/catalog/catalog.ts";
import type { TableDefinition } from "../../planner/catalog/table-definition.ts";
import type { CheckColumn, QueryPlan } from "../../planner/logical/statement.ts";
import type { Delete, Insert, TableName as TableNode, Update } from "../../sql/ast.ts";
import { makeQueryStatement } from "../../sql/make.ts";
import { type Table, versionSource } from "../catalog.ts";
import { bindPart, type RunContext, type StatementContext, type StatementResult } from "../context.ts";
import { type BoundRows, rowsToStore } from "../engine.ts";
import { identifier, NO_SPAN, objectName, query, select } from "../expression/nodes.ts";
import { numberReader } from "../../exec/table/row-fields.ts";
import { visitRows } from "./visit-rows.ts";
import { runQuery } from "./query.ts";

/** The version of the table with the rows behind its own. */
export function append(ctx: RunContext, version: TableVersion, rows: ResultRows, name: string): Promise<TableVersion> {
  const { shared, instances } = ctx.runtime;
  const options = { name, chunkRows: ctx.options.config.chunkRows };
  return runInSlices(appendInSteps(shared, instances.kernels, version, rows, options), ctx.signal);
}

/** The same for all rows of a query, while it runs. */
export async function appendQuery(
  ctx: RunContext,
  version: TableVersion,
  rows: BoundRows,
  name: string,
  check: (rows: ResultRows) => Promise<void> = async () => undefined,
): Promise<{ readonly version: TableVersion; readonly rowCount: number }> {
  const { shared } = ctx.runtime;
  let current = version;
  let rowCount = 0;
  try {
    for await (const piece of rowsToStore(ctx, rows)) {
      await check(piece);
      const next = await append(ctx, current, piece, name);
      if (current !== version) releaseVersion(shared, current);
      current = next;
      rowCount += countRows(piece);
    }
  } catch (error) {
    if (current !== version) releaseVersion(shared, current);
    throw error;
  }
  return { version: current, rowCount };
}

/** All rows of a query as a table without constraints. The caller releases the version. */
export async function keepRows(ctx: RunContext, plan: BoundRows, name: string): Promise<TableVersion> {
  const empty = createTable(plan.columns.map((column) => ({ name: column.name, type: column.type, nullable: true })));
  try {
    const { version } = await appendQuery(ctx, empty, plan, name);
    if (version === empty) retainVersion(version);
    return version;
  } finally {
    releaseVersion(ctx.runtime.shared, empty);
  }
}

/** The version of the table with rows replaced, or without them. */
export function change(
  ctx: RunContext,
  { version, name }: Table,
  rows: RowChange,
  values: NewValues,
): Promise<TableVersion> {
  const { shared, instances } = ctx.runtime;
  const options = { name: name.name, chunkRows: ctx.options.config.chunkRows };
  return runInSlices(changeInSteps(shared, instances.kernels, version, rows, values, options), ctx.signal);
}

/** Rows by their numbers, which column 0 has: ascending, each once. */
export type ChangedRows = {
  readonly numbers: Float64Array;
  readonly addresses: Uint32Array;
  readonly rows: ResultRows;
};

export async function changedRows(ctx: StatementContext, rows: ResultRows): Promise<ChangedRows> {
  const count = countRows(rows);
  const numbers = new Float64Array(count);
  const addresses = new Uint32Array(count);
  const field = rows.columns[0]?.field;
  if (field === undefined) throw new RangeError("rows without numbers");
  const read = numberReader(rows.memory, field);
  let at = 0;
  let last = -1;
  let sorted = true;
  await visitRows(ctx, rows, (row) => {
    const number = read(row);
    sorted &&= number > last;
    last = number;
    numbers[at] = number;
    addresses[at++] = row;
  });
  if (sorted) return { numbers, addresses, rows };
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => (numbers[a] as number) - (numbers[b] as number) || a - b,
  );
  const unique = order.filter((i, k) => k === 0 || numbers[i] !== numbers[order[k - 1] as number]);
  const chosen = Uint32Array.from(unique, (i) => addresses[i] as number);
  return {
    numbers: Float64Array.from(unique, (i) => numbers[i] as number),
    addresses: chosen,
    rows: selectRows(rows, chosen),
  };
}

/** Throws `constraint` when a CHECK is FALSE for a row. */
export async function failChecks(
  ctx: StatementContext,
  rows: ResultRows,
  checks: readonly CheckColumn[],
  table: string,
): Promise<void> {
  const { i32, u8 } = rows.memory;
  for (const { index, text } of checks) {
    const field = rows.columns[index]?.field;
    if (field === undefined) throw new RangeError(`column ${index}`);
    const { offset, validOffset } = field;
    await visitRows(ctx, rows, (row) => {
      const isNull = validOffset !== undefined && u8[row + validOffset] === 0;
      if (isNull || i32[(row + offset) >>> 2] !== 0) return;
      throw new HeadraceError("constraint", `CHECK constraint failed: ${table} demands ${text}`);
    });
  }
}

/** The rows without some of their columns. */
export function selectColumns(rows: ResultRows, columns: readonly number[]): ResultRows {
  return { ...rows, columns: columns.map((index) => rows.columns[index] as (typeof rows.columns)[number]) };
}

/** Only the rows at these addresses, in this order. */
export function selectRows(rows: ResultRows, addresses: Iterable<number>): ResultRows {
  const segments: { address: number; rows: number }[] = [];
  for (const address of addresses) {
    const last = segments.at(-1);
    if (last !== undefined && last.address + last.rows * rows.stride === address) last.rows++;
    else segments.push({ address, rows: 1 });
  }
  return { ...rows, segments };
}

export function emptyVersion({ columns }: TableDefinition): TableVersion {
  return createTable(columns.map(({ name, type, notNull }) => ({ name, type, nullable: !notNull })));
}

type Writer = Insert | Update | Delete;

/** The name of the written rows in the query that RETURNING becomes. */
const WRITTEN = "written rows";

/** RETURNING, to be called with the rows before anything is changed; undefined when there is none. */
export type Returning = ((rows: readonly ResultRows[]) => Promise<StatementResult>) | undefined;

/** Binds the list of RETURNING; what is wrong with it shows before the statement does anything. */
export function returning(ctx: RunContext, node: Writer, table: Table): Returning {
  if (node.returning.length === 0) return undefined;
  const plan = (version: TableVersion): QueryPlan => bindReturning(ctx, node, table, version);
  plan(table.version);
  return async (rows) => {
    // A version of its own: a table of just these rows.
    const plain = {
      ...table.definition,
      columns: table.definition.columns.map((rule) => ({ ...rule, notNull: false })),
    };
    let version = emptyVersion(plain);
    const { shared } = ctx.runtime;
    try {
      for (const part of rows) {
        const next = await append(ctx, version, part, table.name.name);
        releaseVersion(shared, version);
        version = next;
      }
      if (ctx.part?.keep === undefined) return await runQuery(ctx, plan(version));
      await ctx.part.keep(plan(version));
      return { kind: "ok" };
    } finally {
      releaseVersion(shared, version);
    }
  };
}

function bindReturning(ctx: RunContext, node: Writer, table: Table, version: TableVersion): QueryPlan {
  const name = node.alias?.name ?? table.name.name;
  const alias = { kind: "TableAlias", name: identifier(name), columns: [], span: NO_SPAN } as const;
  const from: TableNode = { kind: "TableName", name: objectName(WRITTEN), alias, sample: undefined, span: NO_SPAN };
  const list = query(select([from], node.returning));
  const statement = makeQueryStatement(list, node.span);
  const source = versionSource(name, version);
  return bindPart(
    ctx,
    statement,
    (binder) => typedResult(binder, bindQuery(list, binder, undefined, undefined)),
    over(WRITTEN, source),
  );
}

/** A snapshot in which `name` is this table. */
export function over(name: string, source: TableSource): (snapshot: CatalogSnapshot) => CatalogSnapshot {
  return (snapshot) => ({
    ...snapshot,
    lookup: (parts) => (parts.length === 1 && parts[0] === name ? { kind: "table", source } : snapshot.lookup(parts)),
  });
}
