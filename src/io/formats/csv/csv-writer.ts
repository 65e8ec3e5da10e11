import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { ioError } from "../../stores/file.ts";

export type CsvWriteOptions = { readonly delimiter: string; readonly header: boolean; readonly nullText: string };

/** Writes records to a file that appears under its name, whole, when `finish` returns; `abort` leaves nothing. */
export class CsvFileWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #options: CsvWriteOptions;
  readonly #special: RegExp;

  private constructor(path: string, temporary: string, file: FileHandle, options: CsvWriteOptions) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
    this.#options = options;
    this.#special = new RegExp(`["\\r\\n${options.delimiter.replaceAll(/[\\\]^-]/g, "\\$&")}]`);
  }

  /** Throws `io`. */
  static async create(path: string, names: readonly string[], options: CsvWriteOptions): Promise<CsvFileWriter> {
    const temporary = `${path}.${process.pid}.${Date.now().toString(36)}.tmp`;
    let file: FileHandle;
    try {
      file = await open(temporary, "wx");
    } catch (cause) {
      throw ioError("write", path, cause);
    }
    const writer = new CsvFileWriter(path, temporary, file, options);
    if (options.header) await writer.append([names]);
    return writer;
  }

  /** Appends records; null is a missing value, and text that looks like one is quoted. Call again only after the promise resolved. */
  async append(records: readonly (readonly (string | null)[])[]): Promise<void> {
    const { delimiter } = this.#options;
    const lines = records.map((fields) => fields.map((field) => this.#field(field)).join(delimiter));
    if (lines.length === 0) return;
    try {
      await this.#file.write(`${lines.join("\n")}\n`);
    } catch (cause) {
      throw ioError("write", this.#path, cause);
    }
  }

  async finish(): Promise<void> {
    try {
      await this.#file.close();
      await rename(this.#temporary, this.#path);
    } catch (cause) {
      throw ioError("write", this.#path, cause);
    }
  }

  async abort(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
  }

  #field(field: string | null): string {
    const { nullText } = this.#options;
    if (field === null) return nullText;
    return field === nullText || field === "" || this.#special.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
  }
}
