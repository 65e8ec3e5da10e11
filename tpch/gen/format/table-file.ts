/** One output file: encoded ranges in row order. A file with its real name is always complete. */
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { ParquetFileWriter } from "../../../src/io/formats/parquet/parquet-writer.ts";
import type { EncodedRowGroup } from "../../../src/io/formats/parquet/write-row-group.ts";
import type { OutputFormat } from "../plan.ts";
import type { TableName } from "../schema.ts";
import { delimitedHeader, type DelimitedFormat } from "./delimited.ts";
import { parquetFields } from "./parquet.ts";

/** A range's bytes, which follow those of the range before. Text has no `columns`. */
export type EncodedRange = EncodedRowGroup;

/** One of `finish` and `abort` ends it. */
export type TableFile = {
  append(range: EncodedRange): Promise<void>;
  finish(): Promise<unknown>;
  abort(): Promise<void>;
};

export async function createTableFile(directory: string, table: TableName, format: OutputFormat): Promise<TableFile> {
  const path = join(directory, `${table}.${format}`);
  return format === "parquet"
    ? ParquetFileWriter.create(path, parquetFields(table))
    : TextFile.create(path, table, format);
}

class TextFile implements TableFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  static async create(path: string, table: TableName, format: DelimitedFormat): Promise<TextFile> {
    const temporary = `${path}.${process.pid}.tmp`;
    const file = await open(temporary, "w");
    await file.appendFile(delimitedHeader(table, format));
    return new TextFile(path, temporary, file);
  }

  async append({ bytes }: EncodedRange): Promise<void> {
    await this.#file.appendFile(bytes);
  }

  async finish(): Promise<void> {
    await this.#file.close();
    await rename(this.#temporary, this.#path);
  }

  async abort(): Promise<void> {
    await this.#file.close();
    await rm(this.#temporary, { force: true });
  }
}
