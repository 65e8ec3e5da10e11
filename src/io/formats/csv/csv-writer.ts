import { AtomicFile } from "../../stores/atomic-file.ts";

export type CsvWriteOptions = {
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
  readonly header: boolean;
  readonly nullText: string;
  readonly compression: "none" | "gzip";
};

/** Writes records to a file that appears under its name, whole, when `finish` returns; `abort` leaves nothing. */
export class CsvFileWriter {
  private readonly file: AtomicFile;
  private readonly options: CsvWriteOptions;
  private readonly special: RegExp;

  private constructor(file: AtomicFile, options: CsvWriteOptions) {
    this.file = file;
    this.options = options;
    const characters = [options.delimiter, options.quote].map((c) => c.replaceAll(/[\\\]^-]/g, "\\$&")).join("");
    this.special = new RegExp(`[\\r\\n${characters}]`);
  }

  /** Throws `io`. */
  static async create(path: string, names: readonly string[], options: CsvWriteOptions): Promise<CsvFileWriter> {
    const writer = new CsvFileWriter(await AtomicFile.create(path, options.compression), options);
    if (options.header) await writer.append([writer.record(names)]);
    return writer;
  }

  /** The text of a record; null is a missing value, and text that looks like one is quoted. */
  record(fields: readonly (string | null)[]): string {
    return fields.map((field) => this.field(field)).join(this.options.delimiter);
  }

  /** Appends texts of records. Call again only after the promise resolved. */
  async append(records: readonly string[]): Promise<void> {
    if (records.length > 0) await this.file.write(Buffer.from(`${records.join("\n")}\n`, "utf8"));
  }

  finish(): Promise<void> {
    return this.file.finish();
  }

  abort(): Promise<void> {
    return this.file.abort();
  }

  private field(field: string | null): string {
    const { nullText, quote, escape } = this.options;
    if (field === null) return nullText;
    if (field !== nullText && field !== "" && !this.special.test(field)) return field;
    const inner = escape === quote ? field : field.replaceAll(escape, escape + escape);
    return quote + inner.replaceAll(quote, escape + quote) + quote;
  }
}
