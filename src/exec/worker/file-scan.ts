import type { Kernels } from "../kernels/kernels.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { ArrowMorsels, type ArrowScan } from "./arrow-scan.ts";
import { ConstantMorsels, type ConstantScan } from "./constant-columns.ts";
import { CsvMorsels, type CsvScan } from "./csv-scan.ts";
import { JsonMorsels, type JsonScan } from "./json-scan.ts";
import { ParquetMorsels, type ParquetScan } from "./parquet-scan.ts";
import type { Reject } from "./rejects.ts";
import { SpilledMorsels, type SpilledScan } from "./spilled-scan.ts";

/** What lies in files. */
export type FormatScan = ParquetScan | CsvScan | JsonScan | ArrowScan;

/** Files that a run reads: what a worker needs to turn morsel numbers into columns. */
export type FileScan = FormatScan | ConstantScan | SpilledScan;

/** One thread's reading of a FileScan. */
export type FileMorsels = {
  /** Where the column descriptors of a morsel lie, and its rows: from `first` (0) to before `rows`. Valid until `release`. */
  readonly decode: (morsel: number) => { readonly descriptors: number; readonly first?: number; readonly rows: number };
  /** Records left out so far. */
  readonly rejects: readonly Reject[];
  readonly release: () => void;
  readonly close: () => void;
};

/** Whether somebody wants to know what the scan leaves out. */
export function collectsRejects(scan: FileScan | undefined): boolean {
  const inner = scan?.kind === "constants" ? scan.inner : scan;
  return inner?.kind === "csv" && inner.badRows === "collect";
}

export function openMorsels(shared: SharedMemory, kernels: Kernels, owner: number, scan: FileScan): FileMorsels {
  switch (scan.kind) {
    case "csv":
      return new CsvMorsels(shared, kernels, owner, scan);
    case "json":
      return new JsonMorsels(shared, kernels, owner, scan);
    case "arrow":
      return new ArrowMorsels(shared, kernels, owner, scan);
    case "parquet":
      return new ParquetMorsels(shared, kernels, owner, scan);
    case "spilled":
      return new SpilledMorsels(shared, kernels, owner, scan);
    case "constants":
      return new ConstantMorsels(shared, kernels, owner, scan, openMorsels(shared, kernels, owner, scan.inner));
  }
}
