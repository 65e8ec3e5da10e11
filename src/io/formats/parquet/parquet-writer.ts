import { AtomicFile } from "../../stores/atomic-file.ts";
import { writeChecksums } from "./index-checksums.ts";
import type { Place } from "./metadata.ts";
import { encodeFooter, MAGIC, type PlacedChunk, type PlacedRowGroup } from "./write-footer.ts";
import { encodeColumnIndex, encodeOffsetIndex } from "./write-page-index.ts";
import type { EncodedRowGroup } from "./write-row-group.ts";
import { writeElements, type WriteField, writeLeaves, type WriteType, writeType } from "./write-schema.ts";

/** A column chunk in the file whose page index is still to be written. */
type WrittenChunk = Omit<PlacedChunk, "columnIndex" | "offsetIndex"> & {
  readonly columnIndex: Uint8Array | undefined;
  readonly offsetIndex: Uint8Array;
};

type WrittenRowGroup = { readonly rows: number; readonly offset: number; readonly columns: readonly WrittenChunk[] };

/**
 * Puts encoded row groups into one file, in the order of the calls. The file appears under its name, whole, when
 * `finish` returns; until then a temporary file lies beside it, which `abort` removes.
 */
export class ParquetFileWriter {
  readonly path: string;
  private readonly fields: readonly WriteField[];
  private readonly file: AtomicFile;
  /** By column chunk. */
  private readonly types: readonly WriteType[];
  private readonly rowGroups: WrittenRowGroup[] = [];

  private constructor(fields: readonly WriteField[], file: AtomicFile) {
    this.path = file.path;
    this.fields = fields;
    this.types = fields.flatMap(writeLeaves).map(({ field }) => writeType(field.type));
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
    const { rows } = rowGroup;
    const offset = this.file.size;
    await this.file.write(rowGroup.bytes);
    const columns: WrittenChunk[] = [];
    for (const [i, { pages, bloomFilter, ...column }] of rowGroup.columns.entries()) {
      const columnIndex = encodeColumnIndex(pages, this.types[i] as WriteType);
      const offsetIndex = encodeOffsetIndex(pages, offset + column.offset);
      const checksums = writeChecksums({ columnIndex, offsetIndex, bloomFilter });
      columns.push({ ...column, columnIndex, offsetIndex, bloomFilter: await this.put(bloomFilter), checksums });
    }
    this.rowGroups.push({ rows, offset, columns });
  }

  /** Completes the file and gives it its name. Returns its size in bytes. */
  async finish(keyValue?: ReadonlyMap<string, string>): Promise<number> {
    const indexes: Uint8Array[] = [];
    let end = this.file.size;
    const place = (bytes: Uint8Array): Place => {
      indexes.push(bytes);
      end += bytes.length;
      return { offset: end - bytes.length, bytes: bytes.length };
    };
    const chunks = this.rowGroups.flatMap(({ columns }) => columns);
    const columnIndexes = new Map(chunks.map((chunk) => [chunk, chunk.columnIndex && place(chunk.columnIndex)]));
    const offsetIndexes = new Map(chunks.map((chunk) => [chunk, place(chunk.offsetIndex)]));
    await this.file.write(Buffer.concat(indexes));
    const rowGroups = this.rowGroups.map((group): PlacedRowGroup => {
      const columns = group.columns.map((chunk): PlacedChunk => {
        const offsetIndex = offsetIndexes.get(chunk) as Place;
        return { ...chunk, columnIndex: columnIndexes.get(chunk), offsetIndex };
      });
      return { ...group, columns };
    });
    await this.file.write(encodeFooter(this.fields, rowGroups, keyValue));
    await this.file.finish();
    return this.file.size;
  }

  private async put(bytes: Uint8Array | undefined): Promise<Place | undefined> {
    if (bytes === undefined) return undefined;
    const place = { offset: this.file.size, bytes: bytes.length };
    await this.file.write(bytes);
    return place;
  }

  abort(): Promise<void> {
    return this.file.abort();
  }
}
