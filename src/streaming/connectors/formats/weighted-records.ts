import type { ScanMemory } from "../../../exec/worker/scan-memory.ts";
import type { ByteRange, ParsedRecords, RecordReader } from "./record-reader.ts";

/** Records whose last column is a weight: how often the row is added, or taken back where it is negative. */
export class WeightedRecords implements RecordReader {
  private readonly records: RecordReader;

  /** @param records with a BIGINT, NOT NULL, behind the table's columns */
  constructor(records: RecordReader) {
    this.records = records;
  }

  scan(address: number, end: number, most: number): { readonly records: number; readonly bytes: number } {
    return this.records.scan(address, end, most);
  }

  parse(memory: ScanMemory, text: number, bytes: number): ParsedRecords {
    const parsed = this.records.parse(memory, text, bytes);
    const { data } = parsed.columns.at(-1)!;
    const weights = new BigInt64Array(memory.shared.memory.buffer, data, parsed.rows).slice();
    const bad = new Map(parsed.bad);
    weights.forEach((weight, row) => {
      const record = parsed.recordOf?.[row] ?? row;
      if (weight === 0n && !bad.has(record)) bad.set(record, "the weight is 0");
    });
    return { ...parsed, columns: parsed.columns.slice(0, -1), weights, bad };
  }

  ranges(text: Uint8Array): ByteRange[] {
    return this.records.ranges(text);
  }
}
