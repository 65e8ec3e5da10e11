import { HeadraceError } from "../../error.ts";
import { createTable } from "../../exec/table/table-version.ts";
import type { CatalogEntry, TableSource } from "../../planner/catalog/catalog.ts";
import type { ComputedColumn, ConnectorTable, MetadataColumn } from "../../planner/logical/statement.ts";
import type {
  Connector,
  ConnectorContext,
  ConnectorTable as OutsideTable,
} from "../../streaming/connectors/connector.ts";
import { findConnector, openSink, openSource } from "../../streaming/connectors/connectors.ts";
import { OptionReader } from "../../streaming/connectors/options.ts";
import type { Sink } from "../../streaming/connectors/sink.ts";
import { BIGINT, type SqlType, VARCHAR } from "../../planner/types/types.ts";
import { Feed } from "../../streaming/feed.ts";
import type { Input } from "../../streaming/incremental/plan.ts";
import type { SourceInput } from "../../streaming/source-reader.ts";
import { streamSource } from "../../streaming/stream-source.ts";
import { ExtendedSource } from "../../streaming/connectors/extended-source.ts";
import type { StatementContext } from "../context.ts";
import { boundValue, type DerivedColumns, extending, neededBy } from "./derived-columns.ts";

/** A table of the outside, by what `CREATE TABLE ... WITH ('connector' = ...)` says of it. */
export type ConnectorEntry = {
  readonly kind: "connector";
  readonly name: ConnectorTable["name"];
  readonly table: ConnectorTable;
  /** Of a changelog of upserts: the column that says what a record does, and the table of the records. */
  readonly upserts: { readonly column: string; readonly records: ConnectorTable } | undefined;
  /** What the connector knows of records beside them. */
  readonly metadata: NonNullable<Connector["metadata"]>;
  /** Stands for its rows in plans: the columns that the outside has, those of metadata, and a computed one with the rows' time. */
  readonly source: TableSource;
};

/** Options that are not the connector's affair. */
const OWN_OPTIONS: readonly string[] = ["connector", "scan.watermark.idle-timeout"];

/** The schema of the rows as the outside has them, in the text of tables with computed columns. */
export const OUTSIDE_SCHEMA = "outside";

/** Throws `bind`, `unsupported` for what the connector refuses. */
export async function connectorEntry(table: ConnectorTable): Promise<ConnectorEntry> {
  const { name, metadata, watermark } = table;
  const connector = await findConnector(connectorName(table), outside(table));
  const known = Object.keys(connector.metadata ?? {});
  for (const { name: column, key } of metadata) {
    if (known.includes(key)) continue;
    const message = `the connector "${connector.name}" has no metadata '${key}' for the column "${column}"`;
    const hint = known.length === 0 ? "it has none at all" : `it has ${known.map((one) => `'${one}'`).join(", ")}`;
    throw new HeadraceError("unsupported", message, { hint });
  }
  const column = table.primaryKey.length === 0 ? undefined : connector.upserts?.(outside(table));
  const upserts = column === undefined ? undefined : { column, records: upsertRecords(table, column) };
  const { records } = upserts ?? { records: table };
  const insertOnly = upserts !== undefined || connector.changes?.(outside(table)) !== true;
  const time = computedTime(table);
  const given = [
    ...records.columns,
    ...records.metadata,
    ...(time === undefined ? [] : [time]),
    ...(upserts === undefined ? [] : [{ name: ROW_NUMBER, type: BIGINT }]),
  ];
  const options = { insertOnly, time: watermark?.column, key: table.primaryKey };
  return {
    kind: "connector",
    name,
    table,
    upserts,
    metadata: { ...connector.metadata, [PARTITION]: { type: VARCHAR, of: (partition) => partition } },
    source: streamSource(name.name, given, options),
  };
}

/** Where a record stands: of two of a key the one in the later partition counts, and there the one behind. */
const PARTITION = "$partition";
const ROW_NUMBER = "$number";

/** The table of a changelog of upserts as its records are: rows that are only added. */
function upsertRecords(table: ConnectorTable, column: string): ConnectorTable {
  const { columns, metadata, primaryKey, options } = table;
  const operation = { name: column, type: { kind: "Enum", values: ["u", "d"] }, notNull: true } as const;
  const rest = [...options].filter(([option]) => option !== "changelog" && option !== "changelog.column");
  return {
    ...table,
    // What goes has its key alone.
    columns: [...columns.map((one) => ({ ...one, notNull: primaryKey.includes(one.name) })), operation],
    metadata: [...metadata, { name: PARTITION, key: PARTITION, type: VARCHAR, position: 0 }],
    options: new Map(rest),
  };
}

/** The computed column that has the time of the rows. */
function computedTime({ computed, watermark }: ConnectorTable): ComputedColumn | undefined {
  return computed.find(({ name }) => name === watermark?.column);
}

/** All columns, those included that the outside does not have. */
export function connectorColumns({
  table,
}: ConnectorEntry): readonly { readonly name: string; readonly type: SqlType }[] {
  return inOrder(table, ({ name, type }) => ({ name, type }));
}

/** What queries see: the rows of the outside, or a view with what is computed of them. */
export function connectorRelation({ name, table, upserts, source }: ConnectorEntry): CatalogEntry {
  if (table.computed.length + table.metadata.length === 0 && upserts === undefined) return { kind: "table", source };
  const time = computedTime(table);
  const outputs = inOrder(table, (column) =>
    "text" in column && column !== time ? `${column.text} AS ${quoted(column.name)}` : quoted(column.name),
  );
  const rows = upserts === undefined ? outsideOf(name) : latestOf(name, table, upserts.column);
  const sql = `SELECT ${outputs.join(", ")} FROM ${rows}`;
  return { kind: "view", name: name.name, sql, columnNames: undefined };
}

/** The last record of each key, unless it takes the row away. */
function latestOf(name: ConnectorTable["name"], { primaryKey }: ConnectorTable, column: string): string {
  const order = `${quoted(PARTITION)} DESC, ${quoted(ROW_NUMBER)} DESC`;
  const rank = `row_number() OVER (PARTITION BY ${primaryKey.map(quoted).join(", ")} ORDER BY ${order}) AS "$rank"`;
  return `(SELECT *, ${rank} FROM ${outsideOf(name)}) WHERE "$rank" = 1 AND ${quoted(column)} = 'u'`;
}

function inOrder<T>(
  { columns, computed, metadata }: ConnectorTable,
  make: (column: ConnectorTable["columns"][number] | ComputedColumn | MetadataColumn) => T,
): readonly T[] {
  const all = columns.map(make);
  for (const column of [...computed, ...metadata].toSorted((a, b) => a.position - b.position))
    all.splice(column.position, 0, make(column));
  return all;
}

/** Opens the table for a query, which reads only some of its columns. */
export async function connectorInput(
  ctx: StatementContext,
  entry: ConnectorEntry,
  input: Input,
  needsTime: boolean,
): Promise<SourceInput> {
  const { shared: memory, instances } = ctx.runtime;
  const { source } = entry;
  const table = entry.upserts?.records ?? entry.table;
  const eventTime = source.stream!.eventTime?.ordinal;
  const wanted = new Set(input.ordinals);
  if (needsTime && eventTime !== undefined) wanted.add(eventTime);
  const derived = derivedColumns(ctx, entry, wanted);
  const plain = [...wanted].filter((ordinal) => ordinal < table.columns.length);
  // Rows without columns could not be counted.
  const ordinals = plain.length === 0 ? [0] : plain.toSorted((a, b) => a - b);
  const given = ordinals.map((ordinal) => ({ ordinal, ...table.columns[ordinal]! }));
  const layout = createTable(
    given.map(({ name, type }) => ({ name, type, nullable: true })),
    { fixed: true },
  );
  const context: ConnectorContext = { memory, kernels: instances.kernels, layout };
  const opened = await openSource(connectorName(table), outside(table), context);
  const { number, metadata, time } = derived;
  const extra = [...(number === undefined ? [] : [number]), ...metadata, ...(time === undefined ? [] : [time])];
  return {
    name: table.name.name,
    feed: new Feed(memory, input, needsTime ? table.watermark?.delay : undefined),
    source: extra.length === 0 ? opened : new ExtendedSource(opened, memory, extending(ctx, given, derived)),
    columns: new Map([...given, ...extra].map(({ ordinal }, i) => [ordinal, i])),
    idleMs: new OptionReader({ name: table.name.name, options: table.options }).duration("scan.watermark.idle-timeout"),
  };
}

/** Those of the wanted columns that the source does not read. Adds to these what they need. */
function derivedColumns(
  ctx: StatementContext,
  { name, table: written, upserts, metadata, source }: ConnectorEntry,
  wanted: Set<number>,
): DerivedColumns {
  const table = upserts?.records ?? written;
  const first = table.columns.length;
  const last = first + table.metadata.length;
  const computed = computedTime(table);
  let time: DerivedColumns["time"];
  if (computed !== undefined && wanted.has(last)) {
    const value = boundValue(ctx, source, `SELECT ${computed.text} FROM ${outsideOf(name)}`);
    for (const ordinal of neededBy(value)) wanted.add(ordinal);
    time = { ordinal: last, name: computed.name, type: computed.type, value };
  }
  const asked = table.metadata.flatMap(({ name: column, type, key }, i) => {
    return wanted.has(first + i) ? [{ ordinal: first + i, name: column, type, value: metadata[key]! }] : [];
  });
  const ordinal = last + (computed === undefined ? 0 : 1);
  const isNumbered = upserts !== undefined && wanted.has(ordinal);
  return { number: isNumbered ? { ordinal, name: ROW_NUMBER, type: BIGINT } : undefined, metadata: asked, time };
}

export function connectorSink(
  { runtime: { shared: memory, instances } }: StatementContext,
  { table }: ConnectorEntry,
): Promise<Sink> {
  const layout = createTable(
    table.columns.map(({ name, type }) => ({ name, type, nullable: true })),
    { fixed: true },
  );
  return openSink(connectorName(table), outside(table), { memory, kernels: instances.kernels, layout });
}

function outside({ name, columns, primaryKey, options }: ConnectorTable): OutsideTable {
  const own = [...options].filter(([option]) => !OWN_OPTIONS.includes(option));
  return { name: name.name, columns, primaryKey, options: new Map(own) };
}

const connectorName = ({ options }: ConnectorTable): string => options.get("connector") ?? "";

const outsideOf = ({ name }: ConnectorTable["name"]): string => `${quoted(OUTSIDE_SCHEMA)}.${quoted(name)}`;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
