/** The kernel `csvParse`: CSV text in shared memory as references to its fields. */
import type { CsvDialect } from "../../io/formats/csv/sniff.ts";
import type { ScanMemory } from "./scan-memory.ts";

export type CsvParse = Pick<CsvDialect, "delimiter" | "quote" | "escape"> & {
  /** Fields of a record. */
  readonly fields: number;
  /** By field: where its references go, -1 for those that nobody wants. */
  readonly slots: readonly number[];
  /** What becomes of records of the wrong shape: an error, nothing, or a place among the rejects. */
  readonly badRecords: "error" | "skip" | "collect";
  readonly nullPadding: boolean;
  readonly strict: boolean;
};

/** Places are bytes from the text's beginning. */
export type ParsedCsv = {
  /** By slot: the address of a reference {u32 address, u32 length} for every record; address 0 is a missing value. */
  readonly refs: readonly number[];
  readonly records: number;
  readonly failure: { readonly start: number; readonly message: string; readonly isLength: boolean } | undefined;
  readonly rejects: readonly { readonly start: number; readonly end: number; readonly message: string }[];
};

/** Slots for some fields, in their order. */
export function slotsOf(fields: number, ordinals: readonly number[]): number[] {
  const slots = Array.from({ length: fields }, () => -1);
  ordinals.forEach((ordinal, slot) => (slots[ordinal] = slot));
  return slots;
}

/** Offsets in the configuration of the kernel. */
const CONFIG = { records: 36, errorColumn: 40, errorOffset: 44, skipped: 48, bytes: 64 } as const;

const RECORD_ERRORS: readonly ((fields: number, columns: number) => string)[] = [
  () => "",
  (fields, columns) => `the record has ${fields} fields, the file has ${columns} columns`,
  (_, columns) => `the record has more fields, the file has ${columns} columns`,
  () => "a quoted field does not end",
  () => "something stands between a closing quote and the delimiter",
];

/** Cuts the records of `bytes` bytes at `text` into fields. Quoted fields are unescaped where they lie. */
export function parseCsv(memory: ScanMemory, text: number, bytes: number, parse: CsvParse): ParsedCsv {
  const { shared, kernels } = memory;
  const { view } = shared;
  const { delimiter, quote, escape, fields, slots, badRecords, nullPadding, strict } = parse;
  const capacity = kernels.csvCountLines(text, text + bytes) + 1;
  const wanted = 1 + Math.max(-1, ...slots);
  const refs = Array.from({ length: wanted }, () => memory.alloc(capacity * 8));
  const rejects = badRecords === "collect" ? memory.alloc(capacity * 16) : 0;
  const config = memory.zeroed(CONFIG.bytes + fields * 4 + wanted * 4);
  const slotsAt = config + CONFIG.bytes;
  const refsAt = slotsAt + fields * 4;
  const words = [
    ...[delimiter, quote, escape, fields, slotsAt, refsAt, capacity],
    ...[nullPadding ? 1 : 0, badRecords === "error" ? 0 : 1, 0, 0, 0, 0, strict ? 1 : 0, rejects],
  ];
  words.forEach((word, i) => view.setUint32(config + i * 4, word, true));
  slots.forEach((slot, i) => view.setInt32(slotsAt + i * 4, slot, true));
  refs.forEach((address, i) => view.setUint32(refsAt + i * 4, address, true));
  const failure = kernels.csvParse(text, text + bytes, config);
  const at = (offset: number): number => view.getUint32(config + offset, true);
  const noted = rejects === 0 ? 0 : at(CONFIG.skipped);
  return {
    refs,
    records: at(CONFIG.records),
    failure:
      failure === 0
        ? undefined
        : {
            start: at(CONFIG.errorOffset),
            message: RECORD_ERRORS[failure]?.(at(CONFIG.errorColumn), fields) ?? "",
            isLength: failure <= 2,
          },
    rejects: Array.from({ length: noted }, (_, i) => {
      const word = (k: number): number => view.getUint32(rejects + i * 16 + k * 4, true);
      return { start: word(1), end: word(2), message: RECORD_ERRORS[word(0)]?.(word(3), fields) ?? "" };
    }),
  };
}
