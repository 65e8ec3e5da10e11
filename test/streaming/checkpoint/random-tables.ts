import fc from "fast-check";
import { type SharedMemory, OWNER_TABLES } from "../../../src/exec/memory/shared-memory.ts";
import { type Chunk, type ChunkColumn, withChunks, type TableVersion } from "../../../src/exec/table/table-version.ts";
import type { Datum } from "../../../src/planner/expr/expr.ts";
import * as types from "../../../src/planner/types/types.ts";
import type { SqlType } from "../../../src/planner/types/types.ts";

const SCALARS: readonly SqlType[] = [
  types.NULL_TYPE,
  types.BOOLEAN,
  types.TINYINT,
  types.SMALLINT,
  types.INTEGER,
  types.BIGINT,
  types.HUGEINT,
  types.UTINYINT,
  types.USMALLINT,
  types.UINTEGER,
  types.UBIGINT,
  types.UHUGEINT,
  types.REAL,
  types.DOUBLE,
  types.decimal(4, 1),
  types.decimal(18, 3),
  types.decimal(38, 10),
  types.VARCHAR,
  types.BLOB,
  types.BIT,
  types.BIGNUM,
  types.DATE,
  types.TIME,
  types.TIME_NS,
  types.TIMETZ,
  types.TIMESTAMP,
  { kind: "Timestamp", unit: "s" },
  { kind: "Timestamp", unit: "ms" },
  { kind: "Timestamp", unit: "ns" },
  types.TIMESTAMPTZ,
  types.INTERVAL,
  types.UUID,
  types.JSON_TYPE,
  { kind: "Enum", values: ["a", "b", "it's"] },
];

/** A type of every kind there is, and types made of them. */
export const EVERY_TYPE: readonly SqlType[] = [
  ...SCALARS,
  types.listOf(types.VARCHAR),
  { kind: "Array", element: types.INTEGER, length: 2 },
  {
    kind: "Struct",
    fields: [
      { name: "x", type: types.DOUBLE },
      { name: "the rest", type: types.listOf(types.BLOB) },
    ],
  },
  { kind: "Map", key: types.VARCHAR, value: types.BIGINT },
  {
    kind: "Union",
    members: [
      { name: "n", type: types.INTEGER },
      { name: "s", type: types.VARCHAR },
    ],
  },
];

const bigints = (bits: number, signed: boolean): fc.Arbitrary<bigint> => {
  const [min, max] = signed ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n] : [0n, 2n ** BigInt(bits) - 1n];
  return fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n));
};

const numbers = (bits: number, signed: boolean): fc.Arbitrary<number> => bigints(bits, signed).map(Number);

/** Values of a type in its Datum convention, NULLs left out. */
export function valuesOfType(type: SqlType): fc.Arbitrary<Exclude<Datum, null>> {
  const some = (element: SqlType): fc.Arbitrary<Datum> => fc.option(valuesOfType(element), { freq: 4 });
  switch (type.kind) {
    case "Null":
    case "Boolean":
      return fc.boolean();
    case "TinyInt":
      return numbers(8, true);
    case "SmallInt":
      return numbers(16, true);
    case "Integer":
    case "Date":
      return numbers(32, true);
    case "UTinyInt":
      return numbers(8, false);
    case "USmallInt":
      return numbers(16, false);
    case "UInteger":
      return numbers(32, false);
    case "Enum":
      return fc.nat({ max: type.values.length - 1 });
    case "BigInt":
    case "Time":
    case "TimeNs":
    case "TimeTz":
    case "Timestamp":
    case "TimestampTz":
      return bigints(64, true);
    case "UBigInt":
      return bigints(64, false);
    case "HugeInt":
      return bigints(128, true);
    case "UHugeInt":
    case "Uuid":
      return bigints(128, false);
    case "Decimal":
      return bigints(type.precision <= 18 ? 64 : 128, true);
    case "Real":
      return fc.float();
    case "Double":
      return fc.double();
    case "Varchar":
    case "Bit":
    case "Json":
      return fc.oneof(fc.string({ maxLength: 12, unit: "grapheme" }), fc.string({ minLength: 5000, maxLength: 6000 }));
    case "Blob":
    case "Bignum":
      return fc.uint8Array({ maxLength: 40 });
    case "Interval":
      return fc.record({ months: numbers(32, true), days: numbers(32, true), micros: bigints(64, true) });
    case "List":
      return fc.array(some(type.element), { maxLength: 4 });
    case "Array":
      return fc.array(some(type.element), { minLength: type.length, maxLength: type.length });
    case "Struct":
      return fc.tuple(...type.fields.map((field) => some(field.type)));
    case "Map":
      return fc.array(fc.tuple(valuesOfType(type.key), some(type.value)), { maxLength: 3 });
    case "Union":
      return fc
        .nat({ max: type.members.length - 1 })
        .chain((tag) =>
          valuesOfType(type.members[tag]!.type).map((value) => [
            tag,
            ...type.members.map((_, i) => (i === tag ? value : null)),
          ]),
        );
  }
}

/** The same rows with every string somewhere else in memory: last one first, in an extent of their own, equal ones shared. */
export function scattered(memory: SharedMemory, version: TableVersion): TableVersion {
  const chunks = version.chunks.map((chunk): Chunk => ({
    rows: chunk.rows,
    columns: chunk.columns.map((column, i) =>
      version.columns[i]!.lane === "str" ? scatter(memory, column, chunk.rows) : column,
    ),
  }));
  return withChunks(version, chunks);
}

function scatter(memory: SharedMemory, column: ChunkColumn, rows: number): ChunkColumn {
  const { u32, u8 } = memory;
  const read = (row: number): Uint8Array => {
    const address = u32[column.data / 4 + row * 2]!;
    return u8.slice(address, address + u32[column.data / 4 + row * 2 + 1]!);
  };
  const strings = Array.from({ length: rows }, (_, row) => read(row));
  const bytes = rows * 8 + strings.reduce((sum, { length }) => sum + length + 3, 64);
  const address = memory.allocate(bytes, OWNER_TABLES);
  let end = address + rows * 8;
  const known = new Map<string, number>();
  for (let row = rows - 1; row >= 0; row--) {
    const string = strings[row]!;
    const key = Buffer.from(string).toString("latin1");
    let at = known.get(key);
    if (at === undefined) {
      at = end;
      known.set(key, at);
      u8.set(string, at);
      end += string.length + 3;
    }
    u32[address / 4 + row * 2] = at;
    u32[address / 4 + row * 2 + 1] = string.length;
  }
  // The bitmap stays where it is: its extent outlives this one in the tests.
  return { ...column, data: address, extent: { address, bytes, references: 0 } };
}
