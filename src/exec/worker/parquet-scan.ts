import { NestedReader } from "../../io/formats/parquet/assemble.ts";
import { decodeColumn, decodeLeaf, type PageRun } from "../../io/formats/parquet/decode-column.ts";
import { type ColumnChunk, inFile } from "../../io/formats/parquet/parquet-file.ts";
import { type Leaf, leavesOf, type NestedNode } from "../../io/formats/parquet/schema.ts";
import type { LocalFile } from "../../io/stores/file.ts";
import type { SqlType } from "../../planner/types/types.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Allocator, Extent } from "../memory/allocator.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { OpenFiles } from "./open-files.ts";
import { ScanMemory } from "./scan-memory.ts";
import { writeBlocks } from "./write-blocks.ts";

/** The row groups of a run over Parquet files, or parts of them, in morsel order; what a worker needs to read them. */
export type ParquetScan = {
  readonly kind: "parquet";
  readonly files: readonly { readonly path: string; readonly name: string }[];
  readonly groups: readonly {
    readonly file: number;
    /** Rows before this one are not of interest, and columns need not have them. */
    readonly first: number;
    readonly rows: number;
    /** One per column that the code reads. */
    readonly columns: readonly (
      | { readonly kind: "flat"; readonly chunk: ColumnChunk; readonly leaf: Leaf; readonly pages: PageRun | undefined }
      | {
          readonly kind: "nested";
          readonly chunks: readonly ColumnChunk[];
          readonly node: NestedNode;
          readonly type: SqlType;
        }
    )[];
  }[];
};

type NestedColumn = Extract<ParquetScan["groups"][number]["columns"][number], { readonly kind: "nested" }>;

/** One thread's reading of a ParquetScan: decodes a row group at a time into extents of the query. */
export class ParquetMorsels {
  private readonly shared: SharedMemory;
  private readonly kernels: Kernels;
  private readonly owner: number;
  private readonly scan: ParquetScan;
  private readonly memory: ScanMemory;
  readonly rejects: readonly never[] = [];
  private readonly files: OpenFiles;
  private held: Extent[] = [];
  private descriptors = 0;

  constructor(shared: SharedMemory, kernels: Kernels, owner: number, scan: ParquetScan) {
    this.shared = shared;
    this.kernels = kernels;
    this.owner = owner;
    this.scan = scan;
    this.memory = new ScanMemory(shared, kernels, owner);
    this.files = new OpenFiles(scan.files);
  }

  /** Decodes the columns of part `index` and returns where their descriptors lie. */
  decode(index: number): { readonly descriptors: number; readonly first: number; readonly rows: number } {
    const group = this.scan.groups[index];
    if (group === undefined) throw new RangeError(`row group ${index}`);
    const file = this.files.get(group.file);
    const allocator = {
      memory: this.shared.memory,
      alloc: (bytes: number) => this.shared.allocate(bytes, this.owner),
      release: (address: number, bytes: number) => this.shared.release(address, bytes),
    };
    if (this.descriptors === 0) this.descriptors = this.shared.allocate(group.columns.length * 16, this.owner);
    group.columns.forEach((column, slot) => {
      const at = (this.descriptors >>> 2) + slot * 4;
      let vector: { readonly data: number; readonly validity: number };
      if (column.kind === "flat") {
        const context = { allocator, kernels: this.kernels };
        const decoded = decodeColumn(file, column.chunk, column.leaf, context, { pages: column.pages });
        this.held.push(...decoded.extents);
        vector = decoded;
      } else vector = this.nested(column, group.rows, file, allocator);
      this.shared.u32[at] = vector.data;
      this.shared.u32[at + 1] = vector.validity;
    });
    return { descriptors: this.descriptors, first: group.first, rows: group.rows };
  }

  private nested(
    { chunks, node, type }: NestedColumn,
    rows: number,
    file: LocalFile,
    allocator: Allocator,
  ): { readonly data: number; readonly validity: number } {
    const { memory, kernels } = this;
    const entries = leavesOf(node).map((leaf, i) => {
      const found = decodeLeaf(file, chunks[i] as ColumnChunk, leaf, { allocator, kernels });
      this.held.push(...found.extents);
      return found;
    });
    const data = memory.zeroed(rows * 8);
    const validity = memory.zeroed(Math.ceil(rows / 8) + 8);
    const { u8 } = this.shared;
    try {
      const reader = new NestedReader(node, entries, this.shared.memory.buffer);
      writeBlocks(
        memory,
        type,
        data,
        rows,
        (i) => i,
        (row) => {
          const value = reader.next();
          if (value !== null) u8[validity + (row >> 3)] = (u8[validity + (row >> 3)] as number) | (1 << (row & 7));
          return value;
        },
      );
      reader.finish();
    } catch (error) {
      throw inFile(error, file.path);
    }
    return { data, validity };
  }

  /** Gives the last row group's memory back: what later steps need of it has been copied. */
  release(): void {
    this.memory.release();
    for (const { address, bytes } of this.held) this.shared.release(address, bytes);
    this.held = [];
  }

  close(): void {
    this.release();
    this.files.close();
  }
}
