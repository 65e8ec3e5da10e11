/** Columns that have one value in all rows of a file: parts of its path, its name. */
import type { Datum } from "../../planner/expr/expr.ts";
import { datumBytes } from "../../planner/functions/host/nested.ts";
import { LANE_BYTES, laneOf } from "../../planner/types/lane.ts";
import type { SqlType } from "../../planner/types/types.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import type { FileMorsels, FormatScan } from "./file-scan.ts";
import { ScanMemory } from "./scan-memory.ts";
import { writeDatum } from "../../planner/types/write-datum.ts";

export type ConstantScan = {
  readonly kind: "constants";
  readonly inner: FormatScan;
  /** The file of every morsel. */
  readonly fileOf: readonly number[];
  /** All slots: one of the inner scan, or a constant by file. */
  readonly slots: readonly (number | { readonly type: SqlType; readonly values: readonly Datum[] })[];
};

export class ConstantMorsels implements FileMorsels {
  private readonly memory: ScanMemory;
  private readonly scan: ConstantScan;
  private readonly inner: FileMorsels;

  constructor(shared: SharedMemory, kernels: Kernels, owner: number, scan: ConstantScan, inner: FileMorsels) {
    this.memory = new ScanMemory(shared, kernels, owner);
    this.scan = scan;
    this.inner = inner;
  }

  get rejects(): FileMorsels["rejects"] {
    return this.inner.rejects;
  }

  decode(morsel: number): { readonly descriptors: number; readonly first: number; readonly rows: number } {
    const { memory, scan } = this;
    const { u32 } = memory.shared;
    const { descriptors: own, first = 0, rows } = this.inner.decode(morsel);
    const file = scan.fileOf[morsel] as number;
    const descriptors = memory.zeroed(Math.max(16, scan.slots.length * 16));
    scan.slots.forEach((slot, i) => {
      const at = (descriptors >>> 2) + i * 4;
      if (typeof slot === "number") u32.copyWithin(at, (own >>> 2) + slot * 4, (own >>> 2) + slot * 4 + 4);
      else {
        const value = slot.values[file] ?? null;
        u32[at] = this.fill(value, slot.type, rows);
        // No bit is set: every value is NULL.
        u32[at + 1] = value === null ? memory.zeroed(Math.ceil(rows / 8) + 8) : this.allValid(rows);
      }
    });
    return { descriptors, first, rows };
  }

  release(): void {
    this.memory.release();
    this.inner.release();
  }

  close(): void {
    this.memory.release();
    this.inner.close();
  }

  private allValid(rows: number): number {
    const bytes = Math.ceil(rows / 8) + 8;
    const address = this.memory.alloc(bytes);
    this.memory.kernels.fillBytes(address, 0xff, bytes);
    return address;
  }

  private fill(value: Datum, type: SqlType, rows: number): number {
    const { memory } = this;
    const { kernels, shared } = memory;
    const width = LANE_BYTES[laneOf(type)];
    const data = memory.zeroed(rows * width);
    if (value === null || rows === 0) return data;
    if (laneOf(type) === "str") {
      const bytes = datumBytes(value, type);
      shared.view.setUint32(data, memory.copy(bytes), true);
      shared.view.setUint32(data + 4, bytes.length, true);
    } else writeDatum(memory.shared.view, data, value, type);
    for (let filled = width; filled < rows * width; filled *= 2)
      kernels.copyBytes(data + filled, data, Math.min(filled, rows * width - filled));
    return data;
  }
}
