import { unsupported } from "../../../error.ts";
import { type Lane, laneOf } from "../../../planner/types/lane.ts";
import { isNested } from "../../../planner/types/nested.ts";
import { type SqlType, type TimestampUnit, typeName } from "../../../planner/types/types.ts";
import { PHYSICAL_TYPES, type PhysicalType } from "./metadata.ts";
import type { ThriftWriter } from "./thrift-writer.ts";

/** A column to write. Without NULLs (`nullable` false) it becomes REQUIRED. */
export type WriteField = { readonly name: string; readonly type: SqlType; readonly nullable: boolean };

/** A column chunk to write: a column, or a leaf of a nested one. */
export type WriteLeaf = {
  readonly path: readonly string[];
  /** `nullable`: of a column without nesting. */
  readonly field: WriteField;
  /** Greatest levels of a nested column's leaf. */
  readonly nested: { readonly definition: number; readonly repetition: number } | undefined;
};

/** A field's children with their repetition; LIST and MAP as LogicalTypes.md has them. */
type SchemaGroup = {
  readonly annotation: "list" | "map" | undefined;
  readonly children: readonly WriteElement[];
};

export type WriteElement = {
  readonly name: string;
  readonly repetition: "required" | "optional" | "repeated";
  readonly type: SqlType | SchemaGroup;
};

function elementOf(name: string, type: SqlType, repetition: WriteElement["repetition"]): WriteElement {
  const group = (annotation: SchemaGroup["annotation"], children: readonly WriteElement[]): WriteElement => ({
    name,
    repetition,
    type: { annotation, children },
  });
  const repeated = (title: string, children: readonly WriteElement[]): WriteElement => ({
    name: title,
    repetition: "repeated",
    type: { annotation: undefined, children },
  });
  switch (type.kind) {
    case "List":
    case "Array":
      return group("list", [repeated("list", [elementOf("element", type.element, "optional")])]);
    case "Map": {
      const pair = [elementOf("key", type.key, "required"), elementOf("value", type.value, "optional")];
      return group("map", [repeated("key_value", pair)]);
    }
    case "Struct":
      return group(
        undefined,
        type.fields.map((field, i) =>
          elementOf(field.name === "" ? `element${i + 1}` : field.name, field.type, "optional"),
        ),
      );
    default:
      writeType(type);
      return { name, repetition, type };
  }
}

/** The field's elements, parents before their children. Throws `unsupported`. */
export function writeElements({ name, type, nullable }: WriteField): readonly WriteElement[] {
  const flat = (element: WriteElement): readonly WriteElement[] =>
    "children" in element.type ? [element, ...element.type.children.flatMap(flat)] : [element];
  return flat(elementOf(name, type, nullable || isNested(type) ? "optional" : "required"));
}

/** The column chunks of a field. Throws `unsupported`. */
export function writeLeaves(field: WriteField): readonly WriteLeaf[] {
  if (!isNested(field.type)) return [{ path: [field.name], field, nested: undefined }];
  const leaves: WriteLeaf[] = [];
  const visit = (element: WriteElement, path: readonly string[], definition: number, repetition: number): void => {
    const own = [...path, element.name];
    const def = definition + (element.repetition === "required" ? 0 : 1);
    const rep = repetition + (element.repetition === "repeated" ? 1 : 0);
    if ("children" in element.type) for (const child of element.type.children) visit(child, own, def, rep);
    else {
      const { name, type } = element as { readonly name: string; readonly type: SqlType };
      leaves.push({ path: own, field: { name, type, nullable: false }, nested: { definition: def, repetition: rep } });
    }
  };
  visit(elementOf(field.name, field.type, "optional"), [], 0, 0);
  return leaves;
}

/** How a type is written. */
export type WriteType = {
  readonly physical: PhysicalType;
  /** Bytes of FIXED_LEN_BYTE_ARRAY, else 0. */
  readonly length: number;
  /** Order of the statistics. */
  readonly order: "signed" | "unsigned" | "float" | "bytes" | "none";
  /** Lanes that are taken as input; the first one is the natural one. */
  readonly lanes: readonly Lane[];
};

const fixed = (physical: PhysicalType, order: WriteType["order"], ...lanes: Lane[]): WriteType => ({
  physical,
  length: 0,
  order,
  lanes,
});

/** Throws `unsupported` for types that Parquet or this writer cannot hold. */
export function writeType(type: SqlType): WriteType {
  const lane = laneOf(type);
  switch (type.kind) {
    case "Boolean":
      return fixed("BOOLEAN", "unsigned", lane);
    case "TinyInt":
    case "SmallInt":
      return fixed("INT32", "signed", lane);
    case "UTinyInt":
    case "USmallInt":
      return fixed("INT32", "unsigned", lane);
    case "Integer":
    case "Date":
      return fixed("INT32", "signed", lane, "i8", "i16");
    case "UInteger":
      return fixed("INT32", "unsigned", lane, "u8", "u16");
    case "BigInt":
    case "Time":
    case "TimestampTz":
      return fixed("INT64", "signed", lane, "i32");
    case "Timestamp":
      if (type.unit === "s") throw unsupported("writing TIMESTAMP_S to Parquet");
      return fixed("INT64", "signed", lane);
    case "UBigInt":
      return fixed("INT64", "unsigned", lane);
    case "Decimal":
      if (type.precision <= 9) return fixed("INT32", "signed", lane, "i32");
      if (type.precision <= 18) return fixed("INT64", "signed", lane, "i32");
      return { physical: "FIXED_LEN_BYTE_ARRAY", length: 16, order: "signed", lanes: [lane] };
    // DECIMAL(38, 0): what does not fit is an error.
    case "HugeInt":
      return { physical: "FIXED_LEN_BYTE_ARRAY", length: 16, order: "signed", lanes: [lane] };
    case "UHugeInt":
    case "Uuid":
      return { physical: "FIXED_LEN_BYTE_ARRAY", length: 16, order: "unsigned", lanes: [lane] };
    case "Real":
      return fixed("FLOAT", "float", lane);
    case "Double":
      return fixed("DOUBLE", "float", lane);
    case "Varchar":
    case "Blob":
    case "Json":
      return fixed("BYTE_ARRAY", "bytes", lane);
    case "Null":
    case "Interval":
    case "Enum":
    case "Bit":
    case "Bignum":
    case "TimeNs":
    case "TimeTz":
    case "List":
    case "Array":
    case "Struct":
    case "Map":
    case "Union":
      throw unsupported(`writing ${typeName(type)} to Parquet`);
  }
}

const UNIT_IDS: { readonly [U in TimestampUnit]: number } = { s: 1, ms: 1, us: 2, ns: 3 };

/** Writes the fields of one SchemaElement: both annotations, the old one for old readers. */
export function writeSchemaElement(writer: ThriftWriter, { name, repetition, type }: WriteElement): void {
  const repetitionId = { required: 0, optional: 1, repeated: 2 }[repetition];
  const empty = (): void => {};
  if ("children" in type) {
    writer.integer(3, repetitionId).string(4, name).integer(5, type.children.length);
    if (type.annotation === "list") writer.integer(6, 3).struct(10, (logical) => logical.struct(3, empty));
    else if (type.annotation === "map") writer.integer(6, 1).struct(10, (logical) => logical.struct(2, empty));
    return;
  }
  const { physical, length } = writeType(type);
  writer.integer(1, PHYSICAL_TYPES.indexOf(physical));
  if (length > 0) writer.integer(2, length);
  writer.integer(3, repetitionId).string(4, name);
  switch (type.kind) {
    case "Varchar":
      writer.integer(6, 0).struct(10, (logical) => logical.struct(1, empty));
      return;
    case "Json":
      writer.integer(6, 19).struct(10, (logical) => logical.struct(12, empty));
      return;
    case "Uuid":
      writer.struct(10, (logical) => logical.struct(14, empty));
      return;
    case "Date":
      writer.integer(6, 6).struct(10, (logical) => logical.struct(6, empty));
      return;
    case "Decimal":
      return writeDecimal(writer, type.precision, type.scale);
    case "HugeInt":
    case "UHugeInt":
      return writeDecimal(writer, 38, 0);
    case "Time":
      writer.integer(6, 8);
      writeTime(writer, 7, false, "us");
      return;
    case "TimestampTz":
      writer.integer(6, 10);
      writeTime(writer, 8, true, "us");
      return;
    case "Timestamp":
      if (type.unit !== "ns") writer.integer(6, type.unit === "us" ? 10 : 9);
      writeTime(writer, 8, false, type.unit);
      return;
    case "TinyInt":
      return writeInteger(writer, 8, true);
    case "SmallInt":
      return writeInteger(writer, 16, true);
    case "Integer":
      return writeInteger(writer, 32, true);
    case "BigInt":
      return writeInteger(writer, 64, true);
    case "UTinyInt":
      return writeInteger(writer, 8, false);
    case "USmallInt":
      return writeInteger(writer, 16, false);
    case "UInteger":
      return writeInteger(writer, 32, false);
    case "UBigInt":
      return writeInteger(writer, 64, false);
    default:
      return;
  }
}

function writeDecimal(writer: ThriftWriter, precision: number, scale: number): void {
  writer.integer(6, 5).integer(7, scale).integer(8, precision);
  writer.struct(10, (logical) => logical.struct(5, (decimal) => decimal.integer(1, scale).integer(2, precision)));
}

function writeTime(writer: ThriftWriter, id: number, utc: boolean, unit: TimestampUnit): void {
  writer.struct(10, (logical) =>
    logical.struct(id, (time) => time.boolean(1, utc).struct(2, (units) => units.struct(UNIT_IDS[unit], () => {}))),
  );
}

function writeInteger(writer: ThriftWriter, bits: number, signed: boolean): void {
  // Converted types UINT_8 ... UINT_64 are 11 to 14, INT_8 ... INT_64 15 to 18.
  writer.integer(6, (signed ? 15 : 11) + Math.log2(bits / 8));
  writer.struct(10, (logical) => logical.struct(10, (integer) => integer.integer(1, bits, 3).boolean(2, signed)));
}
