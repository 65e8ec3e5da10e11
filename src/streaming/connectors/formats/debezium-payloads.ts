import type { ScanMemory } from "../../../exec/worker/scan-memory.ts";
import { JSON_TYPE } from "../../../planner/types/types.ts";
import type { DebeziumRecords } from "./debezium-records.ts";
import { parseObjects } from "./json-records.ts";
import { lineAt } from "./lines.ts";
import type { ByteRange, ParsedRecords, RecordReader } from "./record-reader.ts";

const KEYS = [{ name: "payload", type: JSON_TYPE }];
const LF = 10;

/** Changes with what Kafka Connect says of their fields, which is not looked at: `{"schema": {...}, "payload": {"op": ...}}`. */
export class DebeziumPayloads implements RecordReader {
  private readonly changes: DebeziumRecords;

  constructor(changes: DebeziumRecords) {
    this.changes = changes;
  }

  scan(address: number, end: number, most: number): { readonly records: number; readonly bytes: number } {
    return this.changes.scan(address, end, most);
  }

  parse(memory: ScanMemory, text: number, bytes: number): ParsedRecords {
    const { refs, records, rejects } = parseObjects(memory, text, bytes, KEYS);
    const [payload] = refs as [number];
    const { view, u8 } = memory.shared;
    const bad = new Map<number, string>();
    // The payloads, each as a line.
    const lines = memory.alloc(bytes + records);
    const starts: number[] = [];
    const owners: number[] = [];
    let end = lines;
    for (let record = 0; record < records; record++) {
      const ref = payload + record * 8;
      const address = view.getUint32(ref, true);
      const length = view.getUint32(ref + 4, true);
      if (address === 0) {
        bad.set(record, `the record has no "payload"`);
        continue;
      }
      memory.kernels.copyBytes(end, address, length);
      u8[end + length] = LF;
      starts.push(end - lines);
      owners.push(record);
      end += length + 1;
    }
    const inner = this.changes.parse(memory, lines, end - lines);
    const left = new Set(inner.rejects.map(({ at }) => lineAt(starts, at)));
    for (const { at, message } of inner.rejects) bad.set(owners[lineAt(starts, at)]!, message);
    const kept = owners.filter((_, line) => !left.has(line));
    for (const [record, message] of inner.bad) bad.set(kept[record]!, message);
    return { ...inner, recordOf: inner.recordOf!.map((record) => kept[record]!), bad, rejects };
  }

  ranges(text: Uint8Array): ByteRange[] {
    return this.changes.ranges(text);
  }
}
