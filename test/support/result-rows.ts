/** Rows of results laid out by hand, as the generated code keeps them. */
import { RowLayout, type RowField, REP_BYTES } from "../../src/exec/codegen/row-layout.ts";
import type { ResultRows } from "../../src/exec/table/result-rows.ts";
import { Arena } from "../../src/exec/memory/arena.ts";
import { FIRST_QUERY_OWNER, type SharedMemory } from "../../src/exec/memory/shared-memory.ts";
import type { Datum, IntervalValue } from "../../src/planner/expr/expr.ts";
import type { Rep } from "../../src/planner/ir/operand.ts";
import { datumBytes } from "../../src/planner/functions/host/nested.ts";
import { isNestedDatum } from "../../src/planner/types/nested.ts";
import { laneOf } from "../../src/planner/types/lane.ts";
import type { SqlType } from "../../src/planner/types/types.ts";

export type TestColumn = {
  readonly name: string;
  readonly type: SqlType;
  readonly rep?: Rep;
  readonly nullable?: boolean;
  /** The field holds codes into these. */
  readonly dictionary?: readonly string[];
};

/** The representation that unnarrowed code uses. */
export function naturalRep(type: SqlType): Rep {
  const lane = laneOf(type);
  switch (lane) {
    case "bool":
    case "i8":
    case "i16":
    case "u8":
    case "u16":
      return "i32";
    case "u32":
      return type.kind === "Enum" ? "i32" : "i64";
    case "u64":
      return "i128";
    default:
      return lane;
  }
}

/** Writes rows of Datums to the shared memory, `segmentRows` to a segment, owned by a query. */
export function makeRows(
  memory: SharedMemory,
  columns: readonly TestColumn[],
  rows: readonly (readonly Datum[])[],
  segmentRows = 1000,
): ResultRows {
  const arena = new Arena(memory, FIRST_QUERY_OWNER);
  const layout = new RowLayout(8);
  const refs: number[] = [];
  const fields = columns.map(({ type, rep, nullable = true, dictionary }, i): RowField => {
    const shape = { rep: rep ?? naturalRep(type), range: undefined };
    if (dictionary === undefined) return layout.add(i, shape, nullable);
    const address = memory.allocate(dictionary.length * 8, FIRST_QUERY_OWNER);
    for (const [k, text] of dictionary.entries()) writeString(arena, address + k * 8, text);
    refs.push(address);
    return layout.add(i, shape, nullable, { slot: refs.length - 1, size: dictionary.length });
  });
  const segments: { address: number; rows: number }[] = [];
  for (let from = 0; from < rows.length; from += segmentRows) {
    const part = rows.slice(from, from + segmentRows);
    const address = memory.allocate(part.length * layout.stride, FIRST_QUERY_OWNER);
    segments.push({ address, rows: part.length });
    for (const [r, row] of part.entries()) {
      for (const [i, field] of fields.entries()) {
        const value = asBytes(row[i] as Datum, columns[i]?.type);
        const at = address + r * layout.stride;
        if (field.validOffset !== undefined) memory.u8[at + field.validOffset] = value === null ? 0 : 1;
        const dictionary = columns[i]?.dictionary;
        if (value === null) memory.u8.fill(0x5a, at + field.offset, at + field.offset + fieldBytes(field));
        else if (dictionary !== undefined)
          memory.view.setUint32(at + field.offset, dictionary.indexOf(value as string), true);
        else writeValue(arena, at + field.offset, field.rep, value);
      }
    }
  }
  return {
    memory,
    segments,
    stride: layout.stride,
    columns: columns.map(({ name, type }, i) => ({ name, type, field: fields[i] as RowField })),
    dictionaryRefs: (slot) => refs[slot] as number,
  };
}

function fieldBytes({ rep, dictionary }: RowField): number {
  return dictionary === undefined ? REP_BYTES[rep] : 4;
}

/** A nested value as the block that stands for it. */
function asBytes(value: Datum, type: SqlType | undefined): Datum {
  return type !== undefined && isNestedDatum(value) ? datumBytes(value, type) : value;
}

function writeString(arena: Arena, at: number, value: string | Uint8Array): void {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  const { shared: memory } = arena;
  const address = bytes.length === 0 ? 0 : arena.alloc(bytes.length + 32);
  memory.u8.set(bytes, address);
  memory.view.setUint32(at, address, true);
  memory.view.setUint32(at + 4, bytes.length, true);
}

function writeValue(arena: Arena, at: number, rep: Rep, value: Exclude<Datum, null>): void {
  const { view } = arena.shared;
  switch (rep) {
    case "i32":
      return view.setInt32(at, Number(value), true);
    case "i64":
      return view.setBigInt64(at, BigInt(value as bigint | boolean), true);
    case "i128": {
      const wide = BigInt(value as bigint | boolean);
      view.setBigInt64(at, BigInt.asIntN(64, wide), true);
      return view.setBigInt64(at + 8, BigInt.asIntN(64, wide >> 64n), true);
    }
    case "f32":
      return view.setFloat32(at, value as number, true);
    case "f64":
      return view.setFloat64(at, value as number, true);
    case "str":
      return writeString(arena, at, value as string | Uint8Array);
    case "interval": {
      const { months, days, micros } = value as IntervalValue;
      view.setInt32(at, months, true);
      view.setInt32(at + 4, days, true);
      return view.setBigInt64(at + 8, micros, true);
    }
  }
}
