import type { RecordBatch } from "apache-arrow";
import { HeadraceError } from "../../error.ts";
import type { ProviderHandle, ProviderRequest } from "../../exec/schedule/provider-chunks.ts";
import type { ColumnStatistics, SourceColumn, TableSource } from "../../planner/catalog/catalog.ts";
import type { Pushdown, SourceFilter } from "../../planner/catalog/source-filter.ts";
import { laneOf } from "../../planner/types/lane.ts";
import type { SqlType } from "../../planner/types/types.ts";
import { sqlType } from "../sql-type.ts";
import { providerBatches } from "./provider-batches.ts";

/** SQL types of columns by name, e.g. { id: "BIGINT", name: "VARCHAR NOT NULL" }. */
export type TableSchema = Readonly<Record<string, string>>;

/** What a query asks of a provider. */
export type ScanRequest = {
  /** The columns that it reads; others need not be there. */
  readonly columns: readonly string[];
  /** The conditions that `pushdown` takes, exactly or inexactly. */
  readonly filters: readonly SourceFilter[];
  /** No more rows than this are looked at. */
  readonly limit: number | undefined;
  /** Aborted when no further rows are looked at. */
  readonly signal: AbortSignal;
};

/** Row objects, arrays of values in the order of the schema, arrays of both, or Arrow record batches. */
export type ProvidedRows = Readonly<Record<string, unknown>> | readonly unknown[] | RecordBatch;

/** A table whose rows a program provides while queries read them. Values are row values, as in results. */
export type TableProvider = {
  readonly schema: TableSchema;
  /** About how many rows there are: for the optimizer. */
  readonly statistics?: { readonly rows?: number | undefined } | undefined;
  /** Which conditions it applies itself. Without it: none. */
  readonly pushdown?: ((filter: SourceFilter) => Pushdown) | undefined;
  /** The rows, for one reading; asked for as the query gets on. Its `return` is called where a query needs no more. */
  readonly scan: (request: ScanRequest) => AsyncIterable<ProvidedRows> | Iterable<ProvidedRows>;
};

/** What the planner assumes of a provider that does not say. */
const UNKNOWN_ROWS = 100_000;

/** The provider as a source of scans. Throws `bind`, `syntax` for a schema that is none. */
export function providerSource(name: string, provider: TableProvider): TableSource {
  const columns = Object.entries(provider.schema).map(([column, text]) => describeColumn(column, text));
  return sourceOf(name, columns, provider);
}

export type ProviderColumn = { readonly name: string; readonly type: SqlType; readonly nullable: boolean };

export function sourceOf(
  name: string,
  columns: readonly ProviderColumn[],
  { statistics, pushdown, scan }: Omit<TableProvider, "schema">,
): TableSource {
  if (columns.length === 0) throw new HeadraceError("bind", `the table ${name} has no columns`);
  const schema = columns.map(({ name: column, type, nullable }): SourceColumn => {
    return { name: column, type, nullable, lane: laneOf(type), dictionary: false };
  });
  const handle: ProviderHandle = {
    dictionarySize: () => undefined,
    stable: false,
    scan: ({ ordinals, filters, limit, signal }: ProviderRequest) => {
      const read = ordinals.map((ordinal) => ({ ordinal, column: schema[ordinal] as SourceColumn }));
      const request = { columns: read.map(({ column }) => column.name), filters, limit, signal };
      return providerBatches(name, read, limit ?? Infinity, () => scan(request));
    },
  };
  return {
    kind: "provider",
    name,
    schema,
    statistics: { rows: statistics?.rows ?? UNKNOWN_ROWS, trust: "hint", columns: schema.map(() => UNKNOWN_COLUMN) },
    handle,
    ...(pushdown === undefined ? {} : { pushdown }),
  };
}

const UNKNOWN_COLUMN: ColumnStatistics = {
  min: undefined,
  max: undefined,
  nullCount: undefined,
  distinct: undefined,
  averageBytes: undefined,
};

/** `VARCHAR NOT NULL` as type and nullability. */
export function describeColumn(name: string, text: string): ProviderColumn {
  const type = text.replace(/\s+not\s+null\s*$/i, "");
  return { name, type: sqlType(type), nullable: type === text };
}
