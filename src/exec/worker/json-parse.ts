/** The kernel `jsonParse`: JSON text in shared memory as references to the values of keys. */
import type { JsonFormat } from "../../io/formats/json/options.ts";
import { isNested } from "../../planner/types/nested.ts";
import type { SqlType } from "../../planner/types/types.ts";
import type { ScanMemory } from "./scan-memory.ts";

export type JsonParse = {
  readonly keys: readonly { readonly name: string; readonly type: SqlType }[];
  /** Keys whose values are wanted, by slot. */
  readonly ordinals: readonly number[];
  /** At least the number of values. */
  readonly capacity: number;
  readonly format: JsonFormat;
  /** Whether values are objects with these keys; otherwise each value is that of the one key. */
  readonly records: boolean;
  readonly strictKeys: boolean;
  /** What becomes of malformed lines: an error, nothing, or a place among the rejects. */
  readonly badLines: "error" | "skip" | "collect";
  /** Of an array: whether the text begins behind its opening bracket, and ends with the closing one. */
  readonly first: boolean;
  readonly last: boolean;
};

/** Places are bytes from the text's beginning. */
export type JsonFailure = {
  readonly code: number;
  /** Where the value begins. */
  readonly start: number;
  readonly at: number;
  readonly keyLength: number;
};

export type ParsedJson = {
  /** By slot: the address of a reference {u32 address, u32 length} for every value; address 0 is null or missing. */
  readonly refs: readonly number[];
  readonly records: number;
  readonly failure: JsonFailure | undefined;
  readonly rejects: readonly JsonFailure[];
};

export const JSON_FAILURES = { malformed: 1, unknownKey: 2, duplicateKey: 3, noObject: 4, tooDeep: 5 } as const;

/** Offsets in the configuration of the kernel. */
const CONFIG = {
  rows: 40,
  valueOffset: 44,
  errorOffset: 48,
  keyLength: 52,
  skipped: 56,
  rejects: 192,
  bytes: 208,
} as const;
const FLAGS = { lines: 1, array: 2, records: 4, strict: 8, skip: 16, first: 32, last: 64 } as const;

/** Cuts the values of `bytes` bytes at `text` into those of keys. Strings are unescaped where they lie. */
export function parseJsonRecords(memory: ScanMemory, text: number, bytes: number, parse: JsonParse): ParsedJson {
  const { view, u8 } = memory.shared;
  const { keys: columns, ordinals, capacity, format } = parse;
  const words = (values: readonly number[]): number => {
    const address = memory.alloc(values.length * 4 + 16);
    values.forEach((value, i) => view.setUint32(address + i * 4, value, true));
    return address;
  };
  const refs = ordinals.map(() => memory.alloc(capacity * 8));
  const keys = columns.map(({ name }) => Buffer.from(name, "utf8"));
  const addresses = keys.map((key) => memory.copy(key));
  const buckets = 2 ** Math.ceil(Math.log2(columns.length * 2 + 2));
  const table = Array.from({ length: buckets }, () => 0);
  keys.forEach((key, i) => {
    let bucket = memory.kernels.jsonKeyHash(addresses[i] as number, key.length) & (buckets - 1);
    while (table[bucket] !== 0) bucket = (bucket + 1) & (buckets - 1);
    table[bucket] = i + 1;
  });
  const slotOf = new Map(ordinals.map((ordinal, slot) => [ordinal, slot]));
  const raw = memory.zeroed(refs.length + 16);
  ordinals.forEach((ordinal, slot) => {
    if (isRaw((columns[ordinal] as { readonly type: SqlType }).type)) u8[raw + slot] = 1;
  });
  const flags = [
    format === "lines" ? FLAGS.lines : format === "array" ? FLAGS.array : 0,
    ...[
      parse.records ? FLAGS.records : 0,
      parse.strictKeys ? FLAGS.strict : 0,
      parse.badLines === "error" ? 0 : FLAGS.skip,
    ],
    ...[parse.first ? FLAGS.first : 0, parse.last ? FLAGS.last : 0],
  ].reduce((all, flag) => all | flag, 0);
  const config = memory.zeroed(CONFIG.bytes);
  [
    ...[flags, columns.length, words(keys.flatMap((key, i) => [addresses[i] as number, key.length])), words(table)],
    ...[buckets - 1, words(columns.map((_, i) => slotOf.get(i) ?? -1)), raw, words(refs), capacity],
    memory.zeroed(columns.length * 4 + 16),
  ].forEach((word, i) => view.setInt32(config + i * 4, word, true));
  const rejects = parse.badLines === "collect" ? memory.alloc(capacity * 16) : 0;
  view.setUint32(config + CONFIG.rejects, rejects, true);
  const code = memory.kernels.jsonParse(text, text + bytes, config);
  const word = (offset: number): number => view.getUint32(config + offset, true);
  const failure = {
    code,
    start: word(CONFIG.valueOffset),
    at: word(CONFIG.errorOffset),
    keyLength: word(CONFIG.keyLength),
  };
  return {
    refs,
    records: word(CONFIG.rows),
    failure: code === 0 ? undefined : failure,
    rejects: Array.from({ length: rejects === 0 ? 0 : word(CONFIG.skipped) }, (_, i) => {
      const part = (k: number): number => view.getUint32(rejects + i * 16 + k * 4, true);
      return { code: part(0), start: part(1), at: part(2), keyLength: part(3) };
    }),
  };
}

const LF = 10;

/** What is wrong with the text at `text`, in words. */
export function describeFailure(
  { shared: { u8 } }: ScanMemory,
  text: number,
  bytes: number,
  { code, at, keyLength }: JsonFailure,
): string {
  const shown = (length: number): string => {
    const own = u8.slice(text + at, text + Math.min(bytes, at + length));
    return JSON.stringify(Buffer.from(own).toString("utf8").split("\n")[0]);
  };
  switch (code) {
    case JSON_FAILURES.unknownKey:
      return `the key ${shown(keyLength)} is no column`;
    case JSON_FAILURES.duplicateKey:
      return `the key ${shown(keyLength)} comes twice in an object`;
    case JSON_FAILURES.noObject:
      return `${shown(20)} is no object`;
    case JSON_FAILURES.tooDeep:
      return "values are nested more than 1000 levels deep";
    default:
      if (at >= bytes) return "malformed JSON: the text ends too early";
      return `malformed JSON: ${u8[text + at] === LF ? "the line ends too early" : `unexpected ${shown(20)}`}`;
  }
}

/** Whether values are read from their text as it stands, quotes included. */
export function isRaw(type: SqlType): boolean {
  return isNested(type) || type.kind === "Json";
}
