import { HeadraceError } from "../../error.ts";
import { createTable } from "../../exec/table/table-version.ts";
import type { CatalogEntry, TableSource } from "../../planner/catalog/catalog.ts";
import type { ConnectorTable } from "../../planner/logical/statement.ts";
import type { ConnectorContext, ConnectorTable as OutsideTable } from "../../streaming/connectors/connector.ts";
import { findConnector, openSink, openSource } from "../../streaming/connectors/connectors.ts";
import { OptionReader } from "../../streaming/connectors/options.ts";
import type { Sink } from "../../streaming/connectors/sink.ts";
import type { SqlType } from "../../planner/types/types.ts";
import { Feed } from "../../streaming/feed.ts";
import type { Input } from "../../streaming/incremental/plan.ts";
import type { SourceInput } from "../../streaming/source-reader.ts";
import { streamSource } from "../../streaming/stream-source.ts";
import type { StatementContext } from "../context.ts";

/** A table of the outside, by what `CREATE TABLE ... WITH ('connector' = ...)` says of it. */
export type ConnectorEntry = {
  readonly kind: "connector";
  readonly name: ConnectorTable["name"];
  readonly table: ConnectorTable;
  /** Stands for its rows in plans: the columns that the outside has. */
  readonly source: TableSource;
};

/** Options that are not the connector's affair. */
const OWN_OPTIONS: readonly string[] = ["connector", "scan.watermark.idle-timeout"];

/** The schema of the rows as the outside has them, in the text of tables with computed columns. */
export const OUTSIDE_SCHEMA = "outside";

/** Throws `bind`, `unsupported` for what the connector refuses. */
export async function connectorEntry(table: ConnectorTable): Promise<ConnectorEntry> {
  const { name, columns, computed, watermark } = table;
  const connector = await findConnector(connectorName(table), outside(table));
  if (watermark !== undefined && computed.some((column) => sameName(column.name, watermark.column)))
    throw new HeadraceError("unsupported", `the watermark is on the computed column "${watermark.column}"`, {
      hint: "let the connector give the column, or push rows with db.stream()",
    });
  const insertOnly = connector.changes?.(outside(table)) !== true;
  const time = columns.find((column) => watermark !== undefined && sameName(column.name, watermark.column));
  const source = streamSource(name.name, columns, { insertOnly, time: time?.name, key: table.primaryKey });
  return { kind: "connector", name, table, source };
}

/** All columns, those included that are computed. */
export function connectorColumns({
  table,
}: ConnectorEntry): readonly { readonly name: string; readonly type: SqlType }[] {
  const columns: { readonly name: string; readonly type: SqlType }[] = [...table.columns];
  for (const column of table.computed.toSorted((a, b) => a.position - b.position))
    columns.splice(column.position, 0, column);
  return columns;
}

/** What queries see: the rows of the outside, or a view with what is computed of them. */
export function connectorRelation({ name, table, source }: ConnectorEntry): CatalogEntry {
  if (table.computed.length === 0) return { kind: "table", source };
  const outputs = table.columns.map((column) => quoted(column.name));
  for (const { name: column, text, position } of table.computed.toSorted((a, b) => a.position - b.position))
    outputs.splice(position, 0, `${text} AS ${quoted(column)}`);
  const sql = `SELECT ${outputs.join(", ")} FROM ${quoted(OUTSIDE_SCHEMA)}.${quoted(name.name)}`;
  return { kind: "view", name: name.name, sql, columnNames: undefined };
}

/** Opens the table for a query, which reads only some of its columns. */
export async function connectorInput(
  { runtime: { shared: memory, instances } }: StatementContext,
  { table, source }: ConnectorEntry,
  input: Input,
  needsTime: boolean,
): Promise<SourceInput> {
  const time = source.stream!.eventTime?.ordinal;
  const wanted = new Set(input.ordinals.filter((ordinal) => ordinal < table.columns.length));
  if (needsTime && time !== undefined) wanted.add(time);
  // Rows without columns could not be counted.
  if (wanted.size === 0) wanted.add(0);
  const ordinals = [...wanted].toSorted((a, b) => a - b);
  const columns = ordinals.map((ordinal) => table.columns[ordinal]!);
  const layout = createTable(
    columns.map(({ name, type }) => ({ name, type, nullable: true })),
    { fixed: true },
  );
  const context: ConnectorContext = { memory, kernels: instances.kernels, layout };
  return {
    name: table.name.name,
    feed: new Feed(memory, input, needsTime ? table.watermark?.delay : undefined),
    source: await openSource(connectorName(table), outside(table), context),
    columns: new Map(ordinals.map((ordinal, i) => [ordinal, i])),
    idleMs: new OptionReader({ name: table.name.name, options: table.options }).duration("scan.watermark.idle-timeout"),
  };
}

export function connectorSink(
  { runtime: { shared: memory, instances } }: StatementContext,
  { table, source }: ConnectorEntry,
): Promise<Sink> {
  const layout = source.handle as ConnectorContext["layout"];
  return openSink(connectorName(table), outside(table), { memory, kernels: instances.kernels, layout });
}

function outside({ name, columns, primaryKey, options }: ConnectorTable): OutsideTable {
  const own = [...options].filter(([option]) => !OWN_OPTIONS.includes(option));
  return { name: name.name, columns, primaryKey, options: new Map(own) };
}

const connectorName = ({ options }: ConnectorTable): string => options.get("connector") ?? "";

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
