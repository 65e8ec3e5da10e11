import type { ColumnChunk } from "../../io/formats/parquet/parquet-file.ts";
import { decodeColumn } from "../../io/formats/parquet/decode-column.ts";
import type { Leaf } from "../../io/formats/parquet/schema.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Extent } from "../memory/allocator.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { OpenFiles } from "./open-files.ts";

/** The row groups of a run over Parquet files, in morsel order; what a worker needs to read them. */
export type ParquetScan = {
  readonly kind: "parquet";
  readonly files: readonly { readonly path: string; readonly name: string }[];
  readonly groups: readonly {
    readonly file: number;
    readonly rows: number;
    /** One per column that the code reads. */
    readonly chunks: readonly { readonly chunk: ColumnChunk; readonly leaf: Leaf }[];
  }[];
};

/** One thread's reading of a ParquetScan: decodes a row group at a time into extents of the query. */
export class ParquetMorsels {
  private readonly shared: SharedMemory;
  private readonly kernels: Kernels;
  private readonly owner: number;
  private readonly scan: ParquetScan;
  readonly rejects: readonly never[] = [];
  private readonly files: OpenFiles;
  private held: Extent[] = [];
  private descriptors = 0;

  constructor(shared: SharedMemory, kernels: Kernels, owner: number, scan: ParquetScan) {
    this.shared = shared;
    this.kernels = kernels;
    this.owner = owner;
    this.scan = scan;
    this.files = new OpenFiles(scan.files);
  }

  /** Decodes the columns of row group `index` and returns where their descriptors lie. */
  decode(index: number): { readonly descriptors: number; readonly rows: number } {
    const group = this.scan.groups[index];
    if (group === undefined) throw new RangeError(`row group ${index}`);
    const file = this.files.get(group.file);
    const allocator = {
      memory: this.shared.memory,
      alloc: (bytes: number) => this.shared.allocate(bytes, this.owner),
      release: (address: number, bytes: number) => this.shared.release(address, bytes),
    };
    if (this.descriptors === 0) this.descriptors = this.shared.allocate(group.chunks.length * 16, this.owner);
    group.chunks.forEach(({ chunk, leaf }, slot) => {
      const vector = decodeColumn(file, chunk, leaf, { allocator, kernels: this.kernels });
      this.held.push(...vector.extents);
      const at = (this.descriptors >>> 2) + slot * 4;
      this.shared.u32[at] = vector.data;
      this.shared.u32[at + 1] = vector.validity;
    });
    return { descriptors: this.descriptors, rows: group.rows };
  }

  /** Gives the last row group's memory back: what later steps need of it has been copied. */
  release(): void {
    for (const { address, bytes } of this.held) this.shared.release(address, bytes);
    this.held = [];
  }

  close(): void {
    this.release();
    this.files.close();
  }
}
