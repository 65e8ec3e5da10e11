/** What providers and table functions yield, as columns of constants. */
import type { RecordBatch } from "apache-arrow";
import { HeadraceError } from "../../error.ts";
import type { ProviderBatch } from "../../exec/schedule/provider-chunks.ts";
import type { SourceColumn } from "../../planner/catalog/catalog.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { messageOf, showValue } from "../../planner/functions/host/javascript.ts";
import { datumOfJs } from "../../planner/types/js-input.ts";
import { typeName } from "../../planner/types/types.ts";
import { arrowColumn, isRecordBatch } from "./arrow-input.ts";
import type { ProvidedRows } from "./table-provider.ts";

/** A column that a scan reads, and where it stands in rows that are arrays. */
export type ReadColumn = { readonly ordinal: number; readonly column: SourceColumn };

/** Rows of a batch where they come one by one: of the first, which may be all that is looked at, and at most. */
const FIRST_ROWS = 256;
const BATCH_ROWS = 8192;
/** How long rows that come one by one are collected. */
const LONGEST_COLLECT_MS = 20;

/** Errors carry the table's name. At most about `limit` rows are asked for. Stops the provider's iteration when it is stopped itself. */
export async function* providerBatches(
  table: string,
  columns: readonly ReadColumn[],
  limit: number,
  open: () => AsyncIterable<ProvidedRows> | Iterable<ProvidedRows>,
): AsyncGenerator<ProviderBatch> {
  const rows = new RowCollector(table, columns);
  const started = { at: performance.now() };
  try {
    for await (const item of open()) {
      if (isRecordBatch(item)) {
        if (rows.count > 0) yield rows.take();
        yield arrowBatch(table, columns, item);
        continue;
      }
      if (rows.count === 0) started.at = performance.now();
      // An array of rows, or one row that is an array of values.
      if (Array.isArray(item) && (item.length === 0 || isRow(item[0]))) {
        for (const row of item) {
          rows.add(row);
          if (rows.isFull) yield rows.take();
        }
      } else rows.add(item);
      const isLate = performance.now() - started.at > LONGEST_COLLECT_MS;
      const isEnough = rows.provided >= limit;
      if (rows.isFull || ((isLate || isEnough) && rows.count > 0)) yield rows.take();
      if (isEnough) return;
    }
  } catch (error) {
    if (error instanceof HeadraceError) throw error;
    throw new HeadraceError("function", `the table ${table} failed: ${messageOf(error)}`, { cause: error });
  }
  if (rows.count > 0) yield rows.take();
}

function isRow(value: unknown): boolean {
  return typeof value === "object" && value !== null && !(value instanceof Date) && !(value instanceof Uint8Array);
}

class RowCollector {
  count = 0;
  private total = 0;
  private size = FIRST_ROWS;
  private values: Datum[][];
  private readonly table: string;
  private readonly columns: readonly ReadColumn[];

  constructor(table: string, columns: readonly ReadColumn[]) {
    this.table = table;
    this.columns = columns;
    this.values = columns.map(() => []);
  }

  get isFull(): boolean {
    return this.count >= this.size;
  }

  get provided(): number {
    return this.total + this.count;
  }

  add(row: unknown): void {
    if (typeof row !== "object" || row === null)
      throw new HeadraceError("type", `the table ${this.table} provides ${showValue(row)} as a row`);
    const isArray = Array.isArray(row);
    for (const [i, { ordinal, column }] of this.columns.entries()) {
      const value: unknown = isArray ? row[ordinal] : (row as Readonly<Record<string, unknown>>)[column.name];
      const datum = datumOfJs(value ?? null, column.type);
      if (datum === undefined) throw this.wrong(column, value);
      (this.values[i] as Datum[]).push(datum);
    }
    this.count++;
  }

  take(): ProviderBatch {
    const batch = { rows: this.count, columns: this.values };
    this.total += this.count;
    this.count = 0;
    this.size = Math.min(BATCH_ROWS, this.size * 2);
    this.values = this.columns.map(() => []);
    return batch;
  }

  private wrong({ name, type }: SourceColumn, value: unknown): HeadraceError {
    const row = this.total + this.count + 1;
    return new HeadraceError(
      "type",
      `the table ${this.table} provides ${showValue(value)} in column "${name}" of row ${row}, which is no ${typeName(type)}`,
    );
  }
}

function arrowBatch(table: string, columns: readonly ReadColumn[], batch: RecordBatch): ProviderBatch {
  return {
    rows: batch.numRows,
    columns: columns.map(({ column }) => {
      const vector = batch.getChild(column.name);
      if (vector === null)
        throw new HeadraceError("type", `the table ${table} provides a batch without its column "${column.name}"`);
      return arrowColumn(vector, column.type, (value) => {
        return new HeadraceError(
          "type",
          `the table ${table} provides ${showValue(value)} in column "${column.name}", which is no ${typeName(column.type)}`,
        );
      });
    }),
  };
}
