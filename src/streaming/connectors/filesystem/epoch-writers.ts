/** Writes an epoch's rows to a file. */
import type { Allocator } from "../../../exec/memory/allocator.ts";
import { OWNER_TABLES, type SharedMemory } from "../../../exec/memory/shared-memory.ts";
import { encodeColumns } from "../../../exec/table/encode-columns.ts";
import { runInSlices } from "../../../exec/table/slices.ts";
import { createTable, releaseVersion } from "../../../exec/table/table-version.ts";
import { ParquetFileWriter } from "../../../io/formats/parquet/parquet-writer.ts";
import { type ColumnInput, encodeRowGroup } from "../../../io/formats/parquet/write-row-group.ts";
import { isNested } from "../../../planner/types/nested.ts";
import type { FileSystem } from "../../checkpoint/file-system.ts";
import type { Row } from "../changes.ts";
import type { ConnectorContext } from "../connector.ts";
import type { SinkColumn } from "../sink.ts";

const LINES = 4096;

/** A new file of text, on disk when this returns but for its name. `header`: its first line. */
export async function writeText(
  files: FileSystem,
  path: string,
  header: string | undefined,
  parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const file = await files.open(path, "create");
  try {
    let position = 0;
    const put = async (bytes: Uint8Array): Promise<void> => {
      await file.write([bytes], position);
      position += bytes.length;
    };
    if (header !== undefined) await put(Buffer.from(`${header}\n`, "utf8"));
    for await (const part of parts) await put(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The lines of items, several at a time. */
export function* linesOf<T>(items: readonly T[], line: (item: T) => string): Generator<Uint8Array> {
  for (let first = 0; first < items.length; first += LINES)
    yield Buffer.from(
      `${items
        .slice(first, first + LINES)
        .map(line)
        .join("\n")}\n`,
      "utf8",
    );
}

export function allocatorOf(memory: SharedMemory): Allocator {
  return {
    memory: memory.memory,
    alloc: (bytes) => memory.allocate(bytes, OWNER_TABLES),
    release: (address, bytes) => memory.release(address, bytes),
  };
}

/** Rows of a row group: a chunk. */
const GROUP_ROWS = 65_536;

/** A new Parquet file, on disk when this returns but for its name. */
export async function writeParquet(
  files: FileSystem,
  path: string,
  columns: readonly SinkColumn[],
  rows: readonly Row[],
  { memory, kernels }: Pick<ConnectorContext, "memory" | "kernels">,
): Promise<void> {
  const allocator = allocatorOf(memory);
  const fields = columns.map(({ name, type }) => ({ name, type, nullable: true }));
  const empty = createTable(fields, { fixed: true });
  const writer = await ParquetFileWriter.create(path, fields);
  try {
    for (let first = 0; first < rows.length; first += GROUP_ROWS) {
      const group = rows.slice(first, first + GROUP_ROWS);
      const values = columns.map((_, i) => group.map((row) => row[i]!));
      const version = encodeColumns(memory, empty, group.length, values);
      try {
        const inputs = version.chunks[0]!.columns.map(({ data, validity }, i): ColumnInput => {
          const { type, lane } = version.columns[i]!;
          return isNested(type) ? { nested: values[i]! } : { vector: { lane, data, validity } };
        });
        await writer.append(await runInSlices(encodeRowGroup(fields, inputs, group.length, { allocator, kernels })));
      } finally {
        releaseVersion(memory, version);
      }
    }
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  const file = await files.open(path, "update");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
