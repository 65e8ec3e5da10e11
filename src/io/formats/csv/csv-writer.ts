import { AtomicFile } from "../../stores/atomic-file.ts";
import { type CsvTextOptions, recordText } from "./record-text.ts";

export type CsvWriteOptions = CsvTextOptions & {
  readonly header: boolean;
  readonly compression: "none" | "gzip";
};

/** Writes records to a file that appears under its name, whole, when `finish` returns; `abort` leaves nothing. */
export class CsvFileWriter {
  private readonly file: AtomicFile;

  private constructor(file: AtomicFile) {
    this.file = file;
  }

  /** Throws `io`. */
  static async create(path: string, names: readonly string[], options: CsvWriteOptions): Promise<CsvFileWriter> {
    const writer = new CsvFileWriter(await AtomicFile.create(path, options.compression));
    if (options.header) await writer.append(Buffer.from(`${recordText(options)(names)}\n`, "utf8"));
    return writer;
  }

  /** Appends whole records. Call again only after the promise resolved. */
  append(records: Uint8Array): Promise<void> {
    return this.file.write(records);
  }

  finish(): Promise<void> {
    return this.file.finish();
  }

  abort(): Promise<void> {
    return this.file.abort();
  }
}
