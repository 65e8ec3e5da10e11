import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { instantiateKernels, loadKernels } from "../../src/exec/kernels/kernels.ts";
import { type DecodeContext, decodeColumn, type DecodeOptions } from "../../src/io/formats/parquet/decode-column.ts";
import { runAtOnce } from "../../src/exec/table/slices.ts";
import { openParquet, type ParquetFile } from "../../src/io/formats/parquet/parquet-file.ts";
import type { ParquetField } from "../../src/io/formats/parquet/schema.ts";
import type { RandomAccess } from "../../src/io/stores/file.ts";
import { CheckedAllocator } from "./checked-allocator.ts";
import { columnValues, type Value } from "./column-values.ts";

export type CheckedContext = DecodeContext & { readonly allocator: CheckedAllocator };

export function checkedContext(): CheckedContext {
  const allocator = new CheckedAllocator();
  return { allocator, kernels: instantiateKernels(loadKernels(), allocator.memory) };
}

/** A file's bytes in memory, where nothing can be read outside of them. */
export function fileOf(bytes: Uint8Array, path = "memory.parquet"): RandomAccess {
  return {
    path,
    size: bytes.length,
    readAt: (target, position) => {
      if (position < 0 || position + target.length > bytes.length) throw new RangeError(`read at ${position}`);
      target.set(bytes.subarray(position, position + target.length));
    },
  };
}

/** All columns without nesting of a file, decoded; also checks that nothing stays allocated. */
export function readColumns(
  file: RandomAccess,
  context: CheckedContext,
  options: DecodeOptions = {},
): { file: ParquetFile; columns: Value[][]; encoded: string[] } {
  const encoded = new Set<string>();
  const parquet = runAtOnce(openParquet(file));
  const columns: Value[][] = parquet.schema.map(() => []);
  for (const group of parquet.rowGroups) {
    parquet.schema.forEach(({ leaf }, i) => {
      const chunk = group.columns[i];
      if (leaf === undefined || chunk === undefined) return;
      const vector = decodeColumn(file, chunk, leaf, context, options);
      if (vector.dictionary !== undefined) encoded.add(leaf.name);
      for (const value of columnValues(vector, context.allocator)) columns[i]?.push(value);
      for (const { address, bytes } of vector.extents) context.allocator.release(address, bytes);
      if (context.allocator.live.size > 0) throw new Error(`column ${leaf.name} leaks`);
    });
  }
  return { file: parquet, columns, encoded: [...encoded] };
}

export type TestDatabase = {
  readonly directory: string;
  readonly run: (sql: string) => Promise<void>;
  readonly columns: (sql: string) => Promise<Value[][]>;
  readonly path: (name: string) => string;
  readonly close: () => void;
};

/** DuckDB with a temporary directory. */
export async function testDatabase(): Promise<TestDatabase> {
  const directory = mkdtempSync(join(tmpdir(), "headrace-parquet-"));
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  await connection.run("SET threads = 1");
  return {
    directory,
    run: async (sql) => void (await connection.run(sql)),
    columns: async (sql) => (await connection.runAndReadAll(sql)).getColumns() as Value[][],
    path: (name) => join(directory, name),
    close: () => {
      connection.closeSync();
      instance.closeSync();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What DuckDB reads from a file, in the conventions of `columnValues`. */
export async function duckdbColumns(
  db: TestDatabase,
  path: string,
  schema: readonly ParquetField[],
): Promise<Value[][]> {
  const list = schema.map((field) => canonical(field)).join(", ");
  const columns = await db.columns(`SELECT ${list} FROM read_parquet('${path}')`);
  return columns.map((column, i) => {
    const kind = schema[i]?.type.kind;
    const is64 = schema[i]?.leaf !== undefined && BIG_LANES.includes(schema[i].leaf.lane);
    return column.map((value) => {
      if (value === null) return null;
      if (kind === "Varchar" || kind === "Blob" || kind === "Json") {
        return Buffer.from(String(value), "hex").toString("latin1");
      }
      if (kind === "Uuid") return BigInt.asIntN(128, BigInt(`0x${String(value).replaceAll("-", "")}`));
      return is64 ? BigInt(value) : typeof value === "bigint" ? Number(value) : value;
    });
  });
}

const BIG_LANES: readonly string[] = ["i64", "u64", "i128"];

function canonical({ name, type }: ParquetField): string {
  const column = `"${name}"`;
  switch (type.kind) {
    case "Decimal":
      return `replace(${column}::VARCHAR, '.', '')::HUGEINT`;
    case "Date":
      return `${column} - DATE '1970-01-01'`;
    case "Time":
      return `epoch_us(${column})`;
    case "Timestamp":
      return type.unit === "ns" ? `epoch_ns(${column})` : `epoch_us(${column})`;
    case "TimestampTz":
      return `epoch_us(${column})`;
    case "Varchar":
    case "Json":
      return `hex(encode(${column}::VARCHAR))`;
    case "Blob":
      return `hex(${column})`;
    case "Uuid":
      return `${column}::VARCHAR`;
    case "Interval":
      return `(12 * extract('year' FROM ${column}) + extract('month' FROM ${column})) || 'm' || extract('day' FROM ${column}) || 'd' ||
        (epoch_us(${column} - to_months((12 * extract('year' FROM ${column}) + extract('month' FROM ${column}))::INTEGER) - to_days(extract('day' FROM ${column})::INTEGER))) || 'us'`;
    default:
      return column;
  }
}
