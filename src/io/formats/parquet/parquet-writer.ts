import { AtomicFile } from "../../stores/atomic-file.ts";
import { encodeFooter, MAGIC, type PlacedRowGroup } from "./write-footer.ts";
import type { EncodedRowGroup } from "./write-row-group.ts";
import { writeElements, type WriteField } from "./write-schema.ts";

/**
 * Puts encoded row groups into one file, in the order of the calls. The file appears under its name, whole, when
 * `finish` returns; until then a temporary file lies beside it, which `abort` removes.
 */
export class ParquetFileWriter {
  readonly path: string;
  private readonly fields: readonly WriteField[];
  private readonly file: AtomicFile;
  private readonly rowGroups: PlacedRowGroup[] = [];

  private constructor(fields: readonly WriteField[], file: AtomicFile) {
    this.path = file.path;
    this.fields = fields;
    this.file = file;
  }

  /** Throws `io`, or `unsupported` for a field whose type cannot be written. */
  static async create(path: string, fields: readonly WriteField[]): Promise<ParquetFileWriter> {
    for (const field of fields) writeElements(field);
    const file = await AtomicFile.create(path);
    const writer = new ParquetFileWriter(fields, file);
    try {
      await file.write(MAGIC);
    } catch (error) {
      await file.abort();
      throw error;
    }
    return writer;
  }

  /** Call again only after the promise resolved. Row groups without rows are left out. */
  async append(rowGroup: EncodedRowGroup): Promise<void> {
    if (rowGroup.rows === 0) return;
    this.rowGroups.push({ rows: rowGroup.rows, columns: rowGroup.columns, offset: this.file.size });
    await this.file.write(rowGroup.bytes);
  }

  /** Completes the file and gives it its name. Returns its size in bytes. */
  async finish(keyValue?: ReadonlyMap<string, string>): Promise<number> {
    await this.file.write(encodeFooter(this.fields, this.rowGroups, keyValue));
    await this.file.finish();
    return this.file.size;
  }

  abort(): Promise<void> {
    return this.file.abort();
  }
}
