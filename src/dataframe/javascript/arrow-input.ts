/** Tables and record batches of apache-arrow as input. */
import type { DataType, RecordBatch, Table } from "apache-arrow";
import { unsupported } from "../../error.ts";
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
export const ARROW = {
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

/** Units of times by their numbers. */
export const UNITS: readonly TimestampUnit[] = ["s", "ms", "us", "ns"];

/** What the types have besides their number. */
export type ArrowParts = {
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

/** The SQL type of a column's values. Throws `unsupported`. */
export function arrowType(column: string, type: DataType): SqlType {
  const parts = type as unknown as ArrowParts;
  const [child] = parts.children ?? [];
  switch (type.typeId as number) {
    case ARROW.int: {
      const signed = { 8: types.TINYINT, 16: types.SMALLINT, 32: types.INTEGER, 64: types.BIGINT };
      const unsigned = { 8: types.UTINYINT, 16: types.USMALLINT, 32: types.UINTEGER, 64: types.UBIGINT };
      return (parts.isSigned === true ? signed : unsigned)[parts.bitWidth as 8];
    }
    case ARROW.float:
      if (parts.precision === 1) return types.REAL;
      if (parts.precision === 2) return types.DOUBLE;
      break;
    case ARROW.binary:
    case ARROW.largeBinary:
      return types.BLOB;
    case ARROW.utf8:
    case ARROW.largeUtf8:
      return types.VARCHAR;
    case ARROW.bool:
      return types.BOOLEAN;
    case ARROW.decimal:
      if (parts.bitWidth === 128) return types.decimal(parts.precision ?? 38, parts.scale ?? 0);
      break;
    case ARROW.date:
      return types.DATE;
    case ARROW.time:
      return types.TIME;
    case ARROW.timestamp: {
      if (parts.timezone !== null && parts.timezone !== undefined) return types.TIMESTAMPTZ;
      return { kind: "Timestamp", unit: UNITS[parts.unit ?? 2] ?? "us" };
    }
    case ARROW.dictionary:
      if (parts.dictionary !== undefined) return arrowType(column, parts.dictionary);
      break;
    case ARROW.list:
      if (child !== undefined) return types.listOf(arrowType(column, child.type));
      break;
    case ARROW.fixedSizeList:
      if (child !== undefined)
        return { kind: "Array", element: arrowType(column, child.type), length: parts.listSize ?? 0 };
      break;
    case ARROW.struct:
      return {
        kind: "Struct",
        fields: (parts.children ?? []).map((field) => ({ name: field.name, type: arrowType(column, field.type) })),
      };
    default:
      break;
  }
  throw unsupported(`the Arrow type ${String(type)} of column "${column}"`);
}
