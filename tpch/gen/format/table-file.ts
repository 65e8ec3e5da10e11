/** One output file: a header, encoded ranges in row order, and what the format puts at the end. */
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { OutputFormat } from "../plan.ts";
import type { TableName } from "../schema.ts";
import { delimitedHeader } from "./delimited.ts";

/** The bytes of a range, which follow those of the range before. */
export type EncodedRange = { readonly rows: number; readonly bytes: Uint8Array<ArrayBuffer> };

/** Written under a temporary name, so that a file with the real name is always complete. */
export class TableFile {
  readonly table: TableName;
  readonly #path: string;
  readonly #file: FileHandle;

  private constructor(table: TableName, path: string, file: FileHandle) {
    this.table = table;
    this.#path = path;
    this.#file = file;
  }

  static async create(directory: string, table: TableName, format: OutputFormat): Promise<TableFile> {
    const path = join(directory, `${table}.${format}`);
    const created = new TableFile(table, path, await open(temporary(path), "w"));
    await created.#write(delimitedHeader(table, format));
    return created;
  }

  async append({ bytes }: EncodedRange): Promise<void> {
    await this.#write(bytes);
  }

  async finish(): Promise<void> {
    await this.#file.close();
    await rename(temporary(this.#path), this.#path);
  }

  async discard(): Promise<void> {
    await this.#file.close();
    await rm(temporary(this.#path), { force: true });
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#file.appendFile(bytes);
  }
}

function temporary(path: string): string {
  return `${path}.partial`;
}
