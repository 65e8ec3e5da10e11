/** Fields of an Arrow schema (Schema.fbs) and the SQL types that they become. */
import { HeadraceError, unsupported } from "../../../error.ts";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  decimal,
  DOUBLE,
  HUGEINT,
  INTEGER,
  INTERVAL,
  JSON_TYPE,
  listOf,
  NULL_TYPE,
  REAL,
  SMALLINT,
  type SqlType,
  TIME,
  TIME_NS,
  TIMESTAMPTZ,
  TINYINT,
  UBIGINT,
  UHUGEINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  UUID,
  VARCHAR,
} from "../../../planner/types/types.ts";
import type { FlatTable } from "./flatbuffer.ts";

/** How values lie in buffers. */
export type ArrowLayout =
  | { readonly kind: "null" }
  | { readonly kind: "bool" }
  /** `factor`: the value times it, or divided by its negative, is the SQL value. */
  | { readonly kind: "int"; readonly bytes: 1 | 2 | 4 | 8; readonly signed: boolean; readonly factor: number }
  | { readonly kind: "float"; readonly bytes: 2 | 4 | 8 }
  | { readonly kind: "decimal"; readonly bytes: 4 | 8 | 16 | 32 }
  | { readonly kind: "interval"; readonly unit: "months" | "days" | "nanos" | "duration"; readonly perSecond: number }
  | { readonly kind: "bytes"; readonly offsetBytes: 4 | 8 }
  | { readonly kind: "view" }
  | { readonly kind: "fixed"; readonly bytes: number }
  | { readonly kind: "list"; readonly offsetBytes: 4 | 8 }
  | { readonly kind: "fixedList"; readonly length: number }
  | { readonly kind: "struct" }
  | { readonly kind: "map" };

export type ArrowField = {
  readonly name: string;
  readonly nullable: boolean;
  readonly type: SqlType;
  readonly layout: ArrowLayout;
  readonly children: readonly ArrowField[];
  /** Values are indices into this dictionary. */
  readonly dictionary: { readonly id: number; readonly index: ArrowLayout } | undefined;
};

export const MOST_DEEP = 64;

export function readFields(schema: FlatTable): readonly ArrowField[] {
  if (schema.i16(0) !== 0) throw unsupported("reading big-endian Arrow data");
  return schema.tables(1).map((field) => readField(field, 0));
}

function readField(field: FlatTable, depth: number): ArrowField {
  if (depth > MOST_DEEP) throw new HeadraceError("format", "corrupt Arrow schema: nested too deeply");
  const name = field.text(0) ?? "";
  const children = field.tables(5).map((child) => readField(child, depth + 1));
  const metadata = new Map(field.tables(6).map((pair) => [pair.text(0) ?? "", pair.text(1) ?? ""]));
  const { layout, type } = layoutOf(name, field.i8(2), field.table(3), children, metadata);
  const encoding = field.table(4);
  const index = encoding?.table(1);
  const dictionary =
    encoding === undefined ? undefined : { id: encoding.i64(0), index: index === undefined ? INT32 : intLayout(index) };
  return { name, nullable: field.bool(1), type, layout, children, dictionary };
}

type Typed = { readonly layout: ArrowLayout; readonly type: SqlType };

const INT32: ArrowLayout = { kind: "int", bytes: 4, signed: true, factor: 1 };

function intLayout(int: FlatTable): ArrowLayout {
  const bytes = int.i32(0) / 8;
  if (bytes !== 1 && bytes !== 2 && bytes !== 4 && bytes !== 8)
    throw new HeadraceError("format", `corrupt Arrow schema: integers of ${bytes * 8} bits`);
  return { kind: "int", bytes, signed: int.bool(1), factor: 1 };
}

const SIGNED: { readonly [bytes: number]: SqlType } = { 1: TINYINT, 2: SMALLINT, 4: INTEGER, 8: BIGINT };
const UNSIGNED: { readonly [bytes: number]: SqlType } = { 1: UTINYINT, 2: USMALLINT, 4: UINTEGER, 8: UBIGINT };
const UNITS = ["s", "ms", "us", "ns"] as const;
const PER_SECOND: readonly number[] = [1, 1e3, 1e6, 1e9];

const int64 = (factor: number): ArrowLayout => ({ kind: "int", bytes: 8, signed: true, factor });
const int32 = (factor: number): ArrowLayout => ({ kind: "int", bytes: 4, signed: true, factor });

/** From a unit to microseconds; negative: a division. */
function toMicros(unit: number): number {
  return unit === 3 ? -1000 : 1e6 / (PER_SECOND[unit] ?? 1);
}

/** By the number of the type in the union `Type` of Schema.fbs. */
function layoutOf(
  name: string,
  kind: number,
  type: FlatTable | undefined,
  children: readonly ArrowField[],
  metadata: ReadonlyMap<string, string>,
): Typed {
  const child = (): ArrowField => {
    const [only] = children;
    if (only === undefined) throw new HeadraceError("format", `corrupt Arrow schema: "${name}" has no children`);
    return only;
  };
  if (kind !== 1 && type === undefined)
    throw new HeadraceError("format", `corrupt Arrow schema: "${name}" has no type`);
  const t = type as FlatTable;
  switch (kind) {
    case 1:
      return { layout: { kind: "null" }, type: NULL_TYPE };
    case 2: {
      const layout = intLayout(t) as Extract<ArrowLayout, { kind: "int" }>;
      return { layout, type: (layout.signed ? SIGNED : UNSIGNED)[layout.bytes] as SqlType };
    }
    case 3: {
      const bytes = ([2, 4, 8] as const)[t.i16(0)] ?? 8;
      return { layout: { kind: "float", bytes }, type: bytes === 8 ? DOUBLE : REAL };
    }
    case 4:
      return { layout: { kind: "bytes", offsetBytes: 4 }, type: { kind: "Blob" } };
    case 19:
      return { layout: { kind: "bytes", offsetBytes: 8 }, type: { kind: "Blob" } };
    case 23:
      return { layout: { kind: "view" }, type: { kind: "Blob" } };
    case 5:
    case 20:
    case 24: {
      const json = metadata.get("ARROW:extension:name") === "arrow.json";
      const layout: ArrowLayout = kind === 24 ? { kind: "view" } : { kind: "bytes", offsetBytes: kind === 5 ? 4 : 8 };
      return { layout, type: json ? JSON_TYPE : VARCHAR };
    }
    case 6:
      return { layout: { kind: "bool" }, type: BOOLEAN };
    case 7: {
      const [precision, scale, bits] = [t.i32(0), t.i32(1), t.i32(2, 128)];
      const bytes = bits / 8;
      if (bytes !== 4 && bytes !== 8 && bytes !== 16 && bytes !== 32)
        throw new HeadraceError("format", `corrupt Arrow schema: decimals of ${bits} bits`);
      if (precision < 1 || precision > 38 || scale < 0 || scale > precision)
        throw unsupported(`reading the Arrow type decimal(${precision}, ${scale})`);
      return { layout: { kind: "decimal", bytes }, type: decimal(precision, scale) };
    }
    case 8:
      return { layout: t.i16(0, 1) === 0 ? int32(1) : int64(-86_400_000), type: DATE };
    case 9: {
      const unit = t.i16(0, 1);
      const layout = t.i32(1, 32) === 32 ? int32 : int64;
      return unit === 3 ? { layout: layout(1), type: TIME_NS } : { layout: layout(toMicros(unit)), type: TIME };
    }
    case 10: {
      const unit = t.i16(0);
      const zone = t.text(1);
      if (zone !== undefined && zone !== "") return { layout: int64(toMicros(unit)), type: TIMESTAMPTZ };
      return { layout: int64(1), type: { kind: "Timestamp", unit: UNITS[unit] ?? "us" } };
    }
    case 11: {
      const unit = (["months", "days", "nanos"] as const)[t.i16(0)] ?? "nanos";
      return { layout: { kind: "interval", unit, perSecond: 1 }, type: INTERVAL };
    }
    case 18:
      return {
        layout: { kind: "interval", unit: "duration", perSecond: PER_SECOND[t.i16(0, 1)] ?? 1 },
        type: INTERVAL,
      };
    case 12:
    case 21:
      return { layout: { kind: "list", offsetBytes: kind === 12 ? 4 : 8 }, type: listOf(child().type) };
    case 13:
      return {
        layout: { kind: "struct" },
        type: { kind: "Struct", fields: children.map((field) => ({ name: field.name, type: field.type })) },
      };
    case 15: {
      const bytes = t.i32(0);
      if (bytes < 0) throw new HeadraceError("format", "corrupt Arrow schema: values of a negative size");
      const own = { HUGEINT, UHUGEINT }[metadata.get("headrace:type") ?? ""];
      const uuid = metadata.get("ARROW:extension:name") === "arrow.uuid" ? UUID : undefined;
      return { layout: { kind: "fixed", bytes }, type: (bytes === 16 ? (own ?? uuid) : undefined) ?? { kind: "Blob" } };
    }
    case 16: {
      const length = t.i32(0);
      if (length < 0) throw new HeadraceError("format", "corrupt Arrow schema: lists of a negative length");
      return { layout: { kind: "fixedList", length }, type: { kind: "Array", element: child().type, length } };
    }
    case 17: {
      const [key, value] = child().children;
      if (key === undefined || value === undefined)
        throw new HeadraceError("format", `corrupt Arrow schema: "${name}" has no keys and values`);
      return { layout: { kind: "map" }, type: { kind: "Map", key: key.type, value: value.type } };
    }
    default:
      throw unsupported(`reading the Arrow type of column "${name}" (${TYPE_NAMES[kind] ?? `number ${kind}`})`);
  }
}

const TYPE_NAMES: { readonly [kind: number]: string } = {
  14: "union",
  22: "run-end encoded",
  25: "list view",
  26: "large list view",
};
