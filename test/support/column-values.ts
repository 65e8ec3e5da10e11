import type { Allocator } from "../../src/exec/memory/allocator.ts";
import type { ColumnVector } from "../../src/exec/memory/column-vector.ts";

export type Value = null | boolean | number | bigint | string;

/** A vector's values: 64 and 128 bits as bigint, strings as latin1 (byte for byte), intervals as text. */
export function columnValues(vector: ColumnVector, { memory }: Pick<Allocator, "memory">): Value[] {
  const view = new DataView(memory.buffer);
  const read = reader(vector.lane, view);
  const { dictionary } = vector;
  const slot = dictionary === undefined ? read : reader("u32", view);
  const values: Value[] = [];
  for (let i = 0; i < vector.count; i++) {
    const valid = vector.validity === 0 || ((view.getUint8(vector.validity + (i >> 3)) >> (i & 7)) & 1) === 1;
    const stored = slot(vector.data, i);
    if (!valid && !isZero(stored)) throw new Error(`row ${i} is NULL but its slot holds ${String(stored)}`);
    if (dictionary !== undefined && valid) values.push(read(dictionary.data, Number(stored)));
    else values.push(valid ? stored : null);
  }
  return values;
}

function isZero(value: Value): boolean {
  return value === 0 || value === 0n || value === false || value === "" || value === "0m0d0us";
}

function reader(lane: ColumnVector["lane"], view: DataView): (data: number, row: number) => Value {
  switch (lane) {
    case "bool":
      return (data, i) => view.getUint8(data + i) === 1;
    case "i8":
      return (data, i) => view.getInt8(data + i);
    case "u8":
      return (data, i) => view.getUint8(data + i);
    case "i16":
      return (data, i) => view.getInt16(data + i * 2, true);
    case "u16":
      return (data, i) => view.getUint16(data + i * 2, true);
    case "i32":
      return (data, i) => view.getInt32(data + i * 4, true);
    case "u32":
      return (data, i) => view.getUint32(data + i * 4, true);
    case "f32":
      return (data, i) => view.getFloat32(data + i * 4, true);
    case "f64":
      return (data, i) => view.getFloat64(data + i * 8, true);
    case "i64":
      return (data, i) => view.getBigInt64(data + i * 8, true);
    case "u64":
      return (data, i) => view.getBigUint64(data + i * 8, true);
    case "i128":
      return (data, i) => (view.getBigInt64(data + i * 16 + 8, true) << 64n) | view.getBigUint64(data + i * 16, true);
    case "interval":
      return (data, i) => {
        const at = data + i * 16;
        const micros = view.getBigInt64(at + 8, true);
        return `${view.getInt32(at, true)}m${view.getInt32(at + 4, true)}d${micros}us`;
      };
    case "str":
      return (data, i) => {
        const address = view.getUint32(data + i * 8, true);
        return Buffer.from(view.buffer, address, view.getUint32(data + i * 8 + 4, true)).toString("latin1");
      };
  }
}
