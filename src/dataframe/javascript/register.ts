import type { Table } from "apache-arrow";
import { HeadraceError } from "../../error.ts";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import { arrowSchema, isArrowTable, isRecordBatch } from "./arrow-input.ts";
import { inferSchema } from "./infer-schema.ts";
import {
  describeColumn,
  type ProviderColumn,
  type ProvidedRows,
  providerSource,
  sourceOf,
  type TableProvider,
  type TableSchema,
} from "./table-provider.ts";

/** What can be a table: a provider, an array of rows, an apache-arrow Table, a stream (object mode), a generator or its function. */
export type TableInput =
  | TableProvider
  | readonly ProvidedRows[]
  | Table
  | AsyncIterable<ProvidedRows>
  | Iterable<ProvidedRows>
  | (() => AsyncIterable<ProvidedRows> | Iterable<ProvidedRows>);

export type RegisterOptions = {
  /** Of rows whose columns are not to be inferred. */
  readonly schema?: TableSchema | undefined;
};

/** Rows from which the columns of a stream are inferred. */
const SAMPLE_ROWS = 100;

/** The input as a source of scans; looks at the first rows of a stream without a schema. Throws `bind`, `type`. */
export async function tableInput(name: string, input: TableInput, { schema }: RegisterOptions): Promise<TableSource> {
  if (isProvider(input)) return providerSource(name, input);
  const given = schema && Object.entries(schema).map(([column, text]) => describeColumn(column, text));
  if (isArrowTable(input)) {
    const statistics = { rows: input.numRows };
    return sourceOf(name, given ?? arrowSchema(input), { statistics, scan: () => input.batches });
  }
  if (Array.isArray(input)) {
    const rows = input as readonly ProvidedRows[];
    return sourceOf(name, given ?? inferSchema(name, rows), { statistics: { rows: rows.length }, scan: () => rows });
  }
  if (typeof input === "function") {
    const open = input as () => AsyncIterable<ProvidedRows>;
    return sourceOf(name, given ?? inferred(name, await sample(open())), { scan: open });
  }
  return stream(name, input as AsyncIterable<ProvidedRows>, given);
}

function isProvider(input: TableInput): input is TableProvider {
  return "scan" in input && typeof input.scan === "function" && "schema" in input;
}

/** A stream can be read once; the rows that were looked at come first. */
async function stream(
  name: string,
  input: AsyncIterable<ProvidedRows>,
  given: Parameters<typeof sourceOf>[1] | undefined,
): Promise<TableSource> {
  if (!(Symbol.asyncIterator in input) && !(Symbol.iterator in input))
    throw new HeadraceError("bind", `what is registered as ${name} is no table`, {
      hint: "give a provider, an array of rows, an Arrow table, a stream or a generator",
    });
  const seen: Sample = given === undefined ? await sample(input, true) : { rows: [], items: [], rest: iterate(input) };
  const columns = given ?? inferred(name, seen);
  let isRead = false;
  async function* once(): AsyncGenerator<ProvidedRows> {
    if (isRead)
      throw new HeadraceError("bind", `the stream ${name} has been read already`, {
        hint: "register a function that makes it, to read it again",
      });
    isRead = true;
    yield* seen.items;
    yield* { [Symbol.asyncIterator]: () => seen.rest };
  }
  return sourceOf(name, columns, { scan: once });
}

type Sample = {
  readonly rows: readonly unknown[];
  readonly items: readonly ProvidedRows[];
  readonly rest: AsyncIterator<ProvidedRows>;
};

function inferred(name: string, { items, rows }: Sample): readonly ProviderColumn[] {
  const [first] = items;
  return isRecordBatch(first) ? arrowSchema(first) : inferSchema(name, rows);
}

/** The first rows; `keep`: the iteration will go on. */
async function sample(input: AsyncIterable<ProvidedRows> | Iterable<ProvidedRows>, keep = false): Promise<Sample> {
  const rest = iterate(input);
  const items: ProvidedRows[] = [];
  const rows: unknown[] = [];
  while (rows.length < SAMPLE_ROWS) {
    const next = await rest.next();
    if (next.done === true) break;
    items.push(next.value);
    if (isRecordBatch(next.value)) break;
    if (Array.isArray(next.value)) rows.push(...(next.value as readonly unknown[]));
    else rows.push(next.value);
  }
  if (!keep) await rest.return?.(undefined);
  return { rows, items, rest };
}

async function* iterate(input: AsyncIterable<ProvidedRows> | Iterable<ProvidedRows>): AsyncGenerator<ProvidedRows> {
  yield* input;
}
