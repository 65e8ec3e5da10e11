/** Tables and record batches of apache-arrow as input. */
import type { DataType, RecordBatch, Table, Vector } from "apache-arrow";
import { unsupported } from "../../error.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { datumOfJs } from "../../planner/types/js-input.ts";
import * as types from "../../planner/types/types.ts";
import type { SqlType, TimestampUnit } from "../../planner/types/types.ts";
import type { ProviderColumn } from "./table-provider.ts";

export function isRecordBatch(value: unknown): value is RecordBatch {
  return (
    typeof value === "object" && value !== null && "numRows" in value && "getChild" in value && !("batches" in value)
  );
}

export function isArrowTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && "numRows" in value && "batches" in value;
}

/** The columns of a table. Throws `unsupported` for types that have no SQL type. */
export function arrowSchema({ schema }: Pick<Table, "schema">): readonly ProviderColumn[] {
  return schema.fields.map(({ name, type, nullable }) => ({ name, type: arrowType(name, type), nullable }));
}

/** Numbers of apache-arrow's `Type`, which is loaded by none who has no Arrow data. */
const TYPE = {
  int: 2,
  float: 3,
  binary: 4,
  utf8: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
  list: 12,
  struct: 13,
  fixedSizeList: 16,
  largeBinary: 19,
  largeUtf8: 20,
  dictionary: -1,
} as const;

const UNITS: readonly TimestampUnit[] = ["s", "ms", "us", "ns"];

type Parts = {
  readonly bitWidth?: number;
  readonly isSigned?: boolean;
  readonly precision?: number;
  readonly scale?: number;
  readonly unit?: number;
  readonly timezone?: string | null;
  readonly listSize?: number;
  readonly dictionary?: DataType;
  readonly children?: readonly { readonly name: string; readonly type: DataType }[] | null;
};

function arrowType(column: string, type: DataType): SqlType {
  const parts = type as unknown as Parts;
  const [child] = parts.children ?? [];
  switch (type.typeId as number) {
    case TYPE.int: {
      const signed = { 8: types.TINYINT, 16: types.SMALLINT, 32: types.INTEGER, 64: types.BIGINT };
      const unsigned = { 8: types.UTINYINT, 16: types.USMALLINT, 32: types.UINTEGER, 64: types.UBIGINT };
      return (parts.isSigned === true ? signed : unsigned)[parts.bitWidth as 8];
    }
    case TYPE.float:
      if (parts.precision === 1) return types.REAL;
      if (parts.precision === 2) return types.DOUBLE;
      break;
    case TYPE.binary:
    case TYPE.largeBinary:
      return types.BLOB;
    case TYPE.utf8:
    case TYPE.largeUtf8:
      return types.VARCHAR;
    case TYPE.bool:
      return types.BOOLEAN;
    case TYPE.decimal:
      if (parts.bitWidth === 128) return types.decimal(parts.precision ?? 38, parts.scale ?? 0);
      break;
    case TYPE.date:
      return types.DATE;
    case TYPE.time:
      return types.TIME;
    case TYPE.timestamp: {
      if (parts.timezone !== null && parts.timezone !== undefined) return types.TIMESTAMPTZ;
      return { kind: "Timestamp", unit: UNITS[parts.unit ?? 2] ?? "us" };
    }
    case TYPE.dictionary:
      if (parts.dictionary !== undefined) return arrowType(column, parts.dictionary);
      break;
    case TYPE.list:
      if (child !== undefined) return types.listOf(arrowType(column, child.type));
      break;
    case TYPE.fixedSizeList:
      if (child !== undefined)
        return { kind: "Array", element: arrowType(column, child.type), length: parts.listSize ?? 0 };
      break;
    case TYPE.struct:
      return {
        kind: "Struct",
        fields: (parts.children ?? []).map((field) => ({ name: field.name, type: arrowType(column, field.type) })),
      };
    default:
      break;
  }
  throw unsupported(`the Arrow type ${String(type)} of column "${column}"`);
}

/** The values of a vector as constants of the type; `wrong` makes the error for one that is none. */
export function arrowColumn(vector: Vector, type: SqlType, wrong: (value: unknown) => Error): readonly Datum[] {
  const read = exactReader(vector, type);
  return Array.from({ length: vector.length }, (_, i): Datum => {
    if (!vector.isValid(i)) return null;
    const value: unknown = read(i);
    const datum = datumOfArrow(value, type);
    if (datum === undefined) throw wrong(value);
    return datum;
  });
}

/** Arrow's own readers round times and decimals: these are read from the words. */
function exactReader(vector: Vector, type: SqlType): (i: number) => unknown {
  const { kind } = type;
  const id = vector.type.typeId as number;
  const [data] = vector.data;
  const parts = vector.type as unknown as Parts;
  const words = data?.values as ArrayLike<number | bigint> | undefined;
  if (vector.data.length !== 1 || words === undefined) return (i) => vector.get(i) as unknown;
  if (kind === "Decimal" && id === TYPE.decimal) {
    return (i) => {
      let value = 0n;
      for (let word = 3; word >= 0; word--) value = (value << 32n) | BigInt((words[4 * i + word] as number) >>> 0);
      return new Unscaled(BigInt.asIntN(128, value));
    };
  }
  if (kind === "Date" && id === TYPE.date && parts.unit === 0) return (i) => new Unscaled(BigInt(words[i] as number));
  if (id !== TYPE.timestamp && id !== TYPE.time) return (i) => vector.get(i) as unknown;
  const target = kind === "Timestamp" ? type.unit : "us";
  const [from, to] = [10n ** (3n * BigInt(parts.unit ?? 2)), 10n ** (3n * BigInt(UNITS.indexOf(target)))];
  return (i) => {
    const value = BigInt(words[i] as number | bigint);
    if (to >= from) return new Unscaled(value * (to / from));
    const divisor = from / to;
    const rest = value % divisor;
    return new Unscaled((value - (rest < 0n ? rest + divisor : rest)) / divisor);
  };
}

/** A number in the unit of its type. */
class Unscaled {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

function datumOfArrow(value: unknown, type: SqlType): Datum | undefined {
  if (value instanceof Unscaled) return type.kind === "Date" ? Number(value.value) : value.value;
  if (type.kind === "Date" && typeof value === "number") return datumOfJs(new Date(value), type);
  if (type.kind === "List" || type.kind === "Array") {
    const items = [...(value as Iterable<unknown>)].map((item) => nested(item, type.element));
    return items.some((item) => item === undefined) ? undefined : (items as readonly Datum[]);
  }
  if (type.kind === "Struct") {
    const fields = type.fields.map((field) => nested((value as Record<string, unknown>)[field.name], field.type));
    return fields.some((item) => item === undefined) ? undefined : (fields as readonly Datum[]);
  }
  return datumOfJs(value, type);
}

function nested(value: unknown, type: SqlType): Datum | undefined {
  return value === null || value === undefined ? null : datumOfArrow(value, type);
}
