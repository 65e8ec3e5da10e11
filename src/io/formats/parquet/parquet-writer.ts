import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { ioError } from "../../stores/file.ts";
import { encodeFooter, MAGIC, type PlacedRowGroup } from "./write-footer.ts";
import type { EncodedRowGroup } from "./write-row-group.ts";
import { type WriteField, writeType } from "./write-schema.ts";

/**
 * Puts encoded row groups into one file, in the order of the calls. The file appears under its name, whole, when
 * `finish` returns; until then a temporary file lies beside it, which `abort` removes.
 */
export class ParquetFileWriter {
  readonly path: string;
  readonly #fields: readonly WriteField[];
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #rowGroups: PlacedRowGroup[] = [];
  #size = 0;

  private constructor(path: string, fields: readonly WriteField[], temporary: string, file: FileHandle) {
    this.path = path;
    this.#fields = fields;
    this.#temporary = temporary;
    this.#file = file;
  }

  /** Throws `io`, or `unsupported` for a field whose type cannot be written. */
  static async create(path: string, fields: readonly WriteField[]): Promise<ParquetFileWriter> {
    for (const field of fields) writeType(field.type);
    const temporary = `${path}.${process.pid}.${Date.now().toString(36)}.tmp`;
    let file: FileHandle;
    try {
      file = await open(temporary, "wx");
    } catch (cause) {
      throw ioError("write", path, cause);
    }
    const writer = new ParquetFileWriter(path, fields, temporary, file);
    await writer.#write(MAGIC);
    return writer;
  }

  /** Call again only after the promise resolved. Row groups without rows are left out. */
  async append(rowGroup: EncodedRowGroup): Promise<void> {
    if (rowGroup.rows === 0) return;
    this.#rowGroups.push({ rows: rowGroup.rows, columns: rowGroup.columns, offset: this.#size });
    await this.#write(rowGroup.bytes);
  }

  /** Completes the file and gives it its name. Returns its size in bytes. */
  async finish(keyValue?: ReadonlyMap<string, string>): Promise<number> {
    await this.#write(encodeFooter(this.#fields, this.#rowGroups, keyValue));
    try {
      await this.#file.close();
      await rename(this.#temporary, this.path);
    } catch (cause) {
      throw ioError("write", this.path, cause);
    }
    return this.#size;
  }

  async abort(): Promise<void> {
    await this.#file.close();
    await rm(this.#temporary, { force: true });
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      let done = 0;
      while (done < bytes.length) {
        const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, this.#size + done);
        done += bytesWritten;
      }
    } catch (cause) {
      throw ioError("write", this.path, cause);
    }
    this.#size += bytes.length;
  }
}
