import type { Kernels } from "../../../exec/kernels/kernels.ts";
import type { ScanMemory } from "../../../exec/worker/scan-memory.ts";
import { JSON_TYPE, VARCHAR } from "../../../planner/types/types.ts";
import { JsonRecords, parseObjects } from "./json-records.ts";
import { lineAt, lineRanges, scanLines } from "./lines.ts";
import type { ByteRange, ParsedRecords, RecordColumn, RecordReader } from "./record-reader.ts";

const KEYS = [
  { name: "before", type: JSON_TYPE },
  { name: "after", type: JSON_TYPE },
  { name: "op", type: VARCHAR },
];
const BEFORE = 0;
const AFTER = 1;

/** The images of a row that an operation has, by its letter's code. */
const IMAGES: ReadonlyMap<number, readonly (typeof BEFORE | typeof AFTER)[]> = new Map(
  Object.entries({ c: [AFTER], r: [AFTER], u: [BEFORE, AFTER], d: [BEFORE] } as const).map(([op, images]) => [
    op.charCodeAt(0),
    images,
  ]),
);

const LF = 10;

/** Changes as Debezium writes them, one a line, schemas left out: `{"before": {...}, "after": {...}, "op": "u"}`. */
export class DebeziumRecords implements RecordReader {
  private readonly images: JsonRecords;
  private readonly kernels: Kernels;

  constructor(columns: readonly RecordColumn[], kernels: Kernels) {
    this.images = new JsonRecords(columns, kernels);
    this.kernels = kernels;
  }

  scan(address: number, end: number, most: number): { readonly records: number; readonly bytes: number } {
    return scanLines(this.kernels, address, end, most);
  }

  parse(memory: ScanMemory, text: number, bytes: number): ParsedRecords {
    const { refs, records, rejects } = parseObjects(memory, text, bytes, KEYS);
    const [before, after, op] = refs as [number, number, number];
    const bad = new Map<number, string>();
    const { view } = memory.shared;
    // The images in their order, each as a line.
    const lines = memory.alloc(bytes + 2 * records);
    const starts: number[] = [];
    const owners: number[] = [];
    const signs: bigint[] = [];
    let end = lines;
    for (let record = 0; record < records; record++) {
      const isLetter = view.getUint32(op + record * 8 + 4, true) === 1;
      const images = isLetter ? IMAGES.get(memory.shared.u8[view.getUint32(op + record * 8, true)]!) : undefined;
      if (images === undefined) {
        bad.set(record, `"op" is none of c, r, u, d`);
        continue;
      }
      const missing = images.find(
        (image) => view.getUint32((image === BEFORE ? before : after) + record * 8, true) === 0,
      );
      if (missing !== undefined) {
        bad.set(record, `the change has no "${KEYS[missing]!.name}"`);
        continue;
      }
      for (const image of images) {
        const ref = (image === BEFORE ? before : after) + record * 8;
        const length = view.getUint32(ref + 4, true);
        memory.kernels.copyBytes(end, view.getUint32(ref, true), length);
        memory.shared.u8[end + length] = LF;
        starts.push(end - lines);
        owners.push(record);
        signs.push(image === BEFORE ? -1n : 1n);
        end += length + 1;
      }
    }
    const inner = this.images.parse(memory, lines, end - lines);
    const left = new Set(inner.rejects.map(({ at }) => lineAt(starts, at)));
    for (const { at, message } of inner.rejects) bad.set(owners[lineAt(starts, at)]!, message);
    const kept = owners.flatMap((record, line) => (left.has(line) ? [] : [{ record, sign: signs[line]! }]));
    for (const [row, message] of inner.bad) bad.set(kept[row]!.record, message);
    return {
      rows: inner.rows,
      columns: inner.columns,
      weights: BigInt64Array.from(kept, ({ sign }) => sign),
      recordOf: Uint32Array.from(kept, ({ record }) => record),
      bad,
      rejects,
    };
  }

  ranges(text: Uint8Array): ByteRange[] {
    return lineRanges(text);
  }
}
