/** Types without parameters by their names and aliases. */
import {
  BIGINT,
  BIGNUM,
  BIT,
  DOUBLE,
  HUGEINT,
  INTEGER,
  REAL,
  SMALLINT,
  TIMESTAMPTZ,
  VARCHAR,
  type SqlType,
} from "./types.ts";

const NAMED_TYPES: ReadonlyMap<string, SqlType> = new Map(
  (
    [
      [{ kind: "Null" }, "null"],
      [{ kind: "Boolean" }, "boolean", "bool", "logical"],
      [{ kind: "TinyInt" }, "tinyint", "int1"],
      [SMALLINT, "smallint", "int2", "int16", "short"],
      [INTEGER, "integer", "int", "int4", "int32", "signed"],
      [BIGINT, "bigint", "int8", "int64", "long", "oid"],
      [HUGEINT, "hugeint", "int128"],
      [{ kind: "UTinyInt" }, "utinyint", "uint8"],
      [{ kind: "USmallInt" }, "usmallint", "uint16"],
      [{ kind: "UInteger" }, "uinteger", "uint32"],
      [{ kind: "UBigInt" }, "ubigint", "uint64"],
      [{ kind: "UHugeInt" }, "uhugeint", "uint128"],
      [REAL, "real", "float", "float4"],
      [DOUBLE, "double", "float8"],
      [VARCHAR, "varchar", "text", "string", "char", "bpchar", "character", "nvarchar"],
      [{ kind: "Blob" }, "blob", "bytea", "bytes", "binary", "varbinary"],
      [BIT, "bit", "bitstring"],
      [BIGNUM, "bignum", "varint"],
      [{ kind: "Date" }, "date"],
      [{ kind: "Time" }, "time"],
      [{ kind: "TimeNs" }, "time_ns"],
      [{ kind: "TimeTz" }, "timetz"],
      [{ kind: "Timestamp", unit: "us" }, "timestamp", "datetime", "timestamp_us"],
      [{ kind: "Timestamp", unit: "s" }, "timestamp_s"],
      [{ kind: "Timestamp", unit: "ms" }, "timestamp_ms"],
      [{ kind: "Timestamp", unit: "ns" }, "timestamp_ns"],
      [TIMESTAMPTZ, "timestamptz", "timestamp_ltz"],
      [{ kind: "Interval" }, "interval"],
      [{ kind: "Uuid" }, "uuid", "guid"],
      [{ kind: "Json" }, "json"],
    ] as const satisfies readonly (readonly [SqlType, ...string[]])[]
  ).flatMap(([type, ...names]) => names.map((name): readonly [string, SqlType] => [name, type])),
);

/** A type without parameters by its lower-case name or alias. */
export function namedType(name: string): SqlType | undefined {
  return NAMED_TYPES.get(name);
}

/** For "did you mean". */
export function typeNames(): readonly string[] {
  return [...NAMED_TYPES.keys(), "decimal", "numeric"];
}
