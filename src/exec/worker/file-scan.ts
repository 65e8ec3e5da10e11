import type { Kernels } from "../kernels/kernels.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { CsvMorsels, type CsvScan } from "./csv-scan.ts";
import { ParquetMorsels, type ParquetScan } from "./parquet-scan.ts";

/** Files that a run reads: what a worker needs to turn morsel numbers into columns. */
export type FileScan = ParquetScan | CsvScan;

/** One thread's reading of a FileScan. */
export type FileMorsels = {
  /** Where the column descriptors of a morsel lie, and its rows. Valid until `release`. */
  readonly decode: (morsel: number) => { readonly descriptors: number; readonly rows: number };
  readonly release: () => void;
  readonly close: () => void;
};

export function openMorsels(shared: SharedMemory, kernels: Kernels, owner: number, scan: FileScan): FileMorsels {
  return scan.kind === "csv"
    ? new CsvMorsels(shared, kernels, owner, scan)
    : new ParquetMorsels(shared, kernels, owner, scan);
}
