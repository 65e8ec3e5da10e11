/** What providers and table functions yield, as columns. */
import type { RecordBatch } from "apache-arrow";
import { HeadraceError } from "../../error.ts";
import type { ProviderBatch } from "../../exec/schedule/provider-chunks.ts";
import { ColumnBuilder } from "../../exec/table/column-builder.ts";
import type { SourceColumn } from "../../planner/catalog/catalog.ts";
import { messageOf, showValue } from "../../planner/functions/host/javascript.ts";
import { datumOfJs } from "../../planner/types/js-input.ts";
import { typeName } from "../../planner/types/types.ts";
import { arrowColumn } from "./arrow-column.ts";
import { isRecordBatch } from "./arrow-input.ts";
import type { ProvidedRows } from "./table-provider.ts";

/** A column that a scan reads, and where it stands in rows that are arrays. */
export type ReadColumn = { readonly ordinal: number; readonly column: SourceColumn };

type Provided = AsyncIterable<ProvidedRows> | Iterable<ProvidedRows>;

/** Rows of a batch where they come one by one: of the first, which may be all that is looked at, and at most. */
const FIRST_ROWS = 256;
const BATCH_ROWS = 16_384;
/** A batch with so much text in a column is full. */
const BATCH_TEXT_BYTES = 16 * 2 ** 20;
/** Rows that are converted column by column. */
const RUN_ROWS = 1024;
/** How long rows that come one by one are collected. */
const LONGEST_COLLECT_MS = 20;

/** Errors carry the table's name. At most about `limit` rows are asked for. Stops the provider's iteration when it is stopped itself. */
export async function* providerBatches(
  table: string,
  columns: readonly ReadColumn[],
  limit: number,
  open: () => Provided,
): AsyncGenerator<ProviderBatch> {
  const rows = new RowCollector(table, columns, limit);
  try {
    const provided = open();
    // An await for each row costs more than the row.
    if (Symbol.iterator in provided && !(Symbol.asyncIterator in provided)) {
      for (const item of Array.isArray(provided) ? runsOf(provided as readonly ProvidedRows[]) : provided) {
        const batches = rows.offer(isPromise(item) ? await item : item);
        if (batches === undefined) continue;
        yield* batches;
        if (rows.isEnough) return;
      }
    } else {
      for await (const item of provided) {
        const batches = rows.offer(item);
        if (batches === undefined) continue;
        yield* batches;
        if (rows.isEnough) return;
      }
    }
  } catch (error) {
    if (error instanceof HeadraceError) throw error;
    throw new HeadraceError("function", `the table ${table} failed: ${messageOf(error)}`, { cause: error });
  }
  yield* rows.rest();
}

function isPromise(value: ProvidedRows): value is ProvidedRows & PromiseLike<ProvidedRows> {
  return isRow(value) && "then" in value && typeof value.then === "function";
}

/** The items of an array, those rows of one kind that follow each other together. */
function* runsOf(items: readonly ProvidedRows[]): Generator<ProvidedRows> {
  for (let first = 0; first < items.length;) {
    const item = items[first] as ProvidedRows;
    let end = first + 1;
    if (isRow(item) && !isBatch(item)) {
      const prototype: unknown = Object.getPrototypeOf(item);
      while (end < items.length && end - first < RUN_ROWS && isAnother(items[end] as ProvidedRows, prototype)) end++;
    }
    yield end === first + 1 ? item : items.slice(first, end);
    first = end;
  }
}

function isAnother(item: ProvidedRows, prototype: unknown): boolean {
  return isRow(item) && Object.getPrototypeOf(item) === prototype && !(Array.isArray(item) && isBatch(item));
}

function isBatch(item: ProvidedRows): boolean {
  return isRecordBatch(item) || isPromise(item) || (Array.isArray(item) && (item.length === 0 || isRow(item[0])));
}

function isRow(value: unknown): boolean {
  return typeof value === "object" && value !== null && !(value instanceof Date) && !(value instanceof Uint8Array);
}

class RowCollector {
  private count = 0;
  private total = 0;
  private size = FIRST_ROWS;
  private startedAt = 0;
  private builders: readonly ColumnBuilder[];
  private readonly table: string;
  private readonly columns: readonly ReadColumn[];
  private readonly limit: number;

  constructor(table: string, columns: readonly ReadColumn[], limit: number) {
    this.table = table;
    this.columns = columns;
    this.limit = limit;
    this.builders = this.makeBuilders();
  }

  get isEnough(): boolean {
    return this.total >= this.limit;
  }

  /** The batches that an item completes, if any. */
  offer(item: ProvidedRows): Iterable<ProviderBatch> | undefined {
    if (this.count === 0) this.startedAt = performance.now();
    // An array of rows, or one row that is an array of values.
    if (Array.isArray(item) && (item.length === 0 || isRow(item[0]))) return this.offerRows(item);
    if (isRecordBatch(item)) return this.offerBatch(item);
    this.add(item);
    return this.isDue() ? [this.take()] : undefined;
  }

  rest(): Iterable<ProviderBatch> {
    return this.count === 0 ? [] : [this.take()];
  }

  private *offerRows(rows: readonly unknown[]): Generator<ProviderBatch> {
    for (let next = 0; next < rows.length;) {
      const end = Math.min(rows.length, next + this.size - this.count, next + RUN_ROWS);
      this.addRun(rows, next, end);
      next = end;
      if (this.isFull()) yield this.take();
    }
    if (this.count > 0 && this.isDue()) yield this.take();
  }

  private *offerBatch(batch: RecordBatch): Generator<ProviderBatch> {
    yield* this.rest();
    this.total += batch.numRows;
    yield arrowBatch(this.table, this.columns, batch);
  }

  private isFull(): boolean {
    return this.count >= this.size || this.builders.some(({ textBytes }) => textBytes > BATCH_TEXT_BYTES);
  }

  private isDue(): boolean {
    const { count } = this;
    if (count >= this.size || this.total + count >= this.limit) return true;
    // The clock takes as long as a short row.
    if (count > FIRST_ROWS && (count & 15) !== 0) return false;
    return this.isFull() || performance.now() - this.startedAt > LONGEST_COLLECT_MS;
  }

  private add(row: unknown): void {
    const { columns, builders, count } = this;
    const isArray = this.checkRow(row);
    for (let i = 0; i < columns.length; i++) {
      const { ordinal, column } = columns[i] as ReadColumn;
      const value = (row as RowValues)[isArray ? ordinal : column.name];
      if (!(builders[i] as ColumnBuilder).set(count, value)) throw this.wrong(column, count, value);
    }
    this.count++;
  }

  /** Adds rows from `first` to `end`, which fit, column by column. */
  private addRun(rows: readonly unknown[], first: number, end: number): void {
    let arrays = 0;
    for (let i = first; i < end; i++) if (this.checkRow(rows[i])) arrays++;
    const [start, length] = [this.count, end - first];
    if (arrays > 0 && arrays < length) {
      for (let i = first; i < end; i++) this.add(rows[i]);
      return;
    }
    this.columns.forEach(({ ordinal, column }, k) => {
      const { set } = this.builders[k] as ColumnBuilder;
      const key = arrays > 0 ? ordinal : column.name;
      for (let i = 0; i < length; i++) {
        const value = (rows[first + i] as RowValues)[key];
        if (!set(start + i, value)) throw this.wrong(column, start + i, value);
      }
    });
    this.count += length;
  }

  /** Whether it is an array. Throws `type` where it is no row. */
  private checkRow(row: unknown): boolean {
    if (typeof row !== "object" || row === null)
      throw new HeadraceError("type", `the table ${this.table} provides ${showValue(row)} as a row`);
    return Array.isArray(row);
  }

  private take(): ProviderBatch {
    const { count, size } = this;
    const batch = { rows: count, columns: this.builders.map((builder) => builder.take(count)) };
    this.total += count;
    this.count = 0;
    this.size = Math.min(BATCH_ROWS, size * 2);
    if (this.size > size) this.builders = this.makeBuilders();
    return batch;
  }

  private makeBuilders(): readonly ColumnBuilder[] {
    return this.columns.map(({ column }) => new ColumnBuilder(column.type, this.size, datumOfJs));
  }

  private wrong({ name, type }: SourceColumn, row: number, value: unknown): HeadraceError {
    return new HeadraceError(
      "type",
      `the table ${this.table} provides ${showValue(value)} in column "${name}" of row ${this.total + row + 1}, which is no ${typeName(type)}`,
    );
  }
}

type RowValues = { readonly [key: string | number]: unknown };

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
