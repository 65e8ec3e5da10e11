import { AtomicFile } from "../../stores/atomic-file.ts";
import { type CsvTextOptions, recordText } from "./record-text.ts";

export type CsvWriteOptions = CsvTextOptions & {
  readonly header: boolean;
  readonly compression: "none" | "gzip";
};

/** Writes records to a file that appears under its name, whole, when `finish` returns; `abort` leaves nothing. */
export class CsvFileWriter {
  private readonly file: AtomicFile;
  /** The text of a record. */
  readonly record: (fields: readonly (string | null)[]) => string;

  private constructor(file: AtomicFile, options: CsvWriteOptions) {
    this.file = file;
    this.record = recordText(options);
  }

  /** Throws `io`. */
  static async create(path: string, names: readonly string[], options: CsvWriteOptions): Promise<CsvFileWriter> {
    const writer = new CsvFileWriter(await AtomicFile.create(path, options.compression), options);
    if (options.header) await writer.append([writer.record(names)]);
    return writer;
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
}
