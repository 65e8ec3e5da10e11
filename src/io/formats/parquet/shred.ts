/** Nested values as entries of their leaves (Melnik et al., "Dremel", 2010): the inverse of `assemble.ts`. */
import type { Datum, IntervalValue } from "../../../planner/expr/expr.ts";
import { laneOf } from "../../../planner/types/lane.ts";
import { isNested } from "../../../planner/types/nested.ts";
import type { SqlType } from "../../../planner/types/types.ts";
import type { FixedValues, StringValues } from "./write-row-group.ts";
import { type WriteLeaf, writeLeaves } from "./write-schema.ts";

/** What one leaf of a row group has: a level each per entry, the values that are not NULL. */
export type ShreddedLeaf = {
  readonly leaf: WriteLeaf;
  readonly definitions: readonly number[];
  readonly repetitions: readonly number[];
  readonly values: readonly Exclude<Datum, null>[];
};

type Entries = {
  readonly definitions: number[];
  readonly repetitions: number[];
  readonly values: Exclude<Datum, null>[];
};

/** Puts a value into leaves, from the first of `leaves` on, as an entry of these levels. */
type Shred = (value: Datum, repetition: number, definition: number) => void;

/** The leaves of a column of nested values, in the order of the schema. */
export function shred(name: string, type: SqlType, rows: readonly Datum[]): readonly ShreddedLeaf[] {
  const leaves = writeLeaves({ name, type, nullable: true });
  const entries = leaves.map((): Entries => ({ definitions: [], repetitions: [], values: [] }));
  const put = shredder(type, entries, 0, true);
  for (const value of rows) put(value, 0, 0);
  return leaves.map((leaf, i) => ({ leaf, ...(entries[i] as Entries) }));
}

/** `depth`: how many lists are around the value. */
function shredder(type: SqlType, leaves: readonly Entries[], depth: number, nullable: boolean): Shred {
  const missing = (repetition: number, definition: number): void => {
    for (const leaf of leaves) {
      leaf.repetitions.push(repetition);
      leaf.definitions.push(definition);
    }
  };
  const own = nullable ? 1 : 0;
  switch (type.kind) {
    case "Struct": {
      const fields = partsOf(
        type.fields.map((field) => field.type),
        leaves,
      ).map(([of, part]) => shredder(of, part, depth, true));
      return (value, repetition, definition) => {
        if (value === null) return missing(repetition, definition);
        fields.forEach((put, i) => put((value as readonly Datum[])[i] ?? null, repetition, definition + own));
      };
    }
    case "List":
    case "Array":
      return items(shredder(type.element, leaves, depth + 1, true), depth + 1, missing);
    case "Map": {
      const [[, keys], [, values]] = partsOf([type.key, type.value], leaves) as [Part, Part];
      const putKey = shredder(type.key, keys, depth + 1, false);
      const putValue = shredder(type.value, values, depth + 1, true);
      const putEntry: Shred = (entry, repetition, definition) => {
        const [key = null, value = null] = entry as readonly Datum[];
        putKey(key, repetition, definition);
        putValue(value, repetition, definition);
      };
      return items(putEntry, depth + 1, missing);
    }
    default: {
      const [leaf] = leaves;
      if (leaf === undefined) throw new RangeError("a value without a leaf");
      return (value, repetition, definition) => {
        leaf.repetitions.push(repetition);
        leaf.definitions.push(value === null ? definition : definition + own);
        if (value !== null) leaf.values.push(value);
      };
    }
  }
}

/** Items of a list that may be NULL or empty. */
function items(put: Shred, level: number, missing: (repetition: number, definition: number) => void): Shred {
  return (value, repetition, definition) => {
    if (value === null) return missing(repetition, definition);
    const all = value as readonly Datum[];
    if (all.length === 0) return missing(repetition, definition + 1);
    all.forEach((item, i) => put(item, i === 0 ? repetition : level, definition + 2));
  };
}

type Part = readonly [type: SqlType, leaves: readonly Entries[]];

function partsOf(types: readonly SqlType[], leaves: readonly Entries[]): readonly Part[] {
  let at = 0;
  return types.map((type) => {
    const first = at;
    at += leafCount(type);
    return [type, leaves.slice(first, at)];
  });
}

function leafCount(type: SqlType): number {
  if (!isNested(type)) return 1;
  switch (type.kind) {
    case "List":
    case "Array":
      return leafCount(type.element);
    case "Map":
      return leafCount(type.key) + leafCount(type.value);
    case "Struct":
      return type.fields.reduce((sum, field) => sum + leafCount(field.type), 0);
    default:
      return 1;
  }
}

/** Levels from 0 to `most`, bit-packed in one run, behind their length. */
export function packLevels(levels: readonly number[], most: number): Uint8Array {
  if (most === 0) return new Uint8Array();
  const width = 32 - Math.clz32(most);
  const groups = Math.ceil(levels.length / 8);
  const head: number[] = [];
  let header = groups * 2 + 1;
  for (; header > 127; header = Math.floor(header / 128)) head.push((header % 128) | 128);
  head.push(header);
  const bytes = new Uint8Array(4 + head.length + groups * width);
  new DataView(bytes.buffer).setUint32(0, bytes.length - 4, true);
  bytes.set(head, 4);
  const start = 4 + head.length;
  levels.forEach((level, i) => {
    const bit = i * width;
    const at = start + (bit >> 3);
    const word = level << (bit & 7);
    bytes[at] = (bytes[at] as number) | (word & 255);
    if (word > 255) bytes[at + 1] = (bytes[at + 1] as number) | (word >> 8);
  });
  return bytes;
}

/** Values of a type without NULLs as arrays. */
export function valueArrays(type: SqlType, values: readonly Exclude<Datum, null>[]): FixedValues | StringValues {
  const numbers = values as readonly number[];
  switch (laneOf(type)) {
    case "bool":
      return Uint8Array.from(values, (value) => (value === true ? 1 : 0));
    case "i8":
      return Int8Array.from(numbers);
    case "u8":
      return Uint8Array.from(numbers);
    case "i16":
      return Int16Array.from(numbers);
    case "u16":
      return Uint16Array.from(numbers);
    case "i32":
      return Int32Array.from(numbers);
    case "u32":
      return Uint32Array.from(numbers);
    case "f32":
      return Float32Array.from(numbers);
    case "f64":
      return Float64Array.from(numbers);
    case "i64":
    case "u64":
      return BigInt64Array.from(values, (value) => BigInt.asIntN(64, value as bigint));
    case "i128": {
      const words = new BigInt64Array(values.length * 2);
      values.forEach((value, i) => {
        words[i * 2] = BigInt.asIntN(64, value as bigint);
        words[i * 2 + 1] = BigInt.asIntN(64, (value as bigint) >> 64n);
      });
      return words;
    }
    case "interval":
      throw new RangeError(`an interval of ${(values[0] as IntervalValue).months} months`);
    case "str": {
      const parts = values.map((value) => (value instanceof Uint8Array ? value : Buffer.from(value as string, "utf8")));
      const offsets = new Uint32Array(parts.length + 1);
      parts.forEach((part, i) => {
        offsets[i + 1] = (offsets[i] as number) + part.length;
      });
      return { bytes: Buffer.concat(parts), offsets };
    }
  }
}
