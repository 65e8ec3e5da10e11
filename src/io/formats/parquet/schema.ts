import { unsupported } from "../../../error.ts";
import { type Lane, laneOf } from "../../../planner/types/lane.ts";
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  decimal,
  DOUBLE,
  INTEGER,
  INTERVAL,
  JSON_TYPE,
  listOf,
  REAL,
  SMALLINT,
  type SqlType,
  typeName,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  UUID,
  VARCHAR,
} from "../../../planner/types/types.ts";
import type { PhysicalType, SchemaElement, TimeUnit } from "./metadata.ts";
import { corrupt } from "./thrift-reader.ts";

/** What turns decoded physical values into the lane. */
export type Conversion =
  | { readonly kind: "none" }
  /** INT32 to the low 8 or 16 bits, checked. */
  | { readonly kind: "narrow"; readonly bits: 8 | 16; readonly signed: boolean }
  /** INT32 to i64, times `factor`. */
  | { readonly kind: "widen"; readonly factor: number }
  | { readonly kind: "multiply"; readonly factor: number }
  | { readonly kind: "divide"; readonly divisor: number }
  | { readonly kind: "int96" }
  /** Big-endian bytes to i64 or i128. */
  | { readonly kind: "bigEndian"; readonly bits: 64 | 128 }
  | { readonly kind: "half" }
  | { readonly kind: "interval" };

/** How one column without nesting is decoded: plain data, so that it can be sent to a worker. */
export type Leaf = {
  readonly name: string;
  /** Position among the column chunks of a row group. */
  readonly index: number;
  readonly physical: PhysicalType;
  /** Bytes per value of FIXED_LEN_BYTE_ARRAY. */
  readonly length: number;
  readonly type: SqlType;
  readonly lane: Lane;
  readonly conversion: Conversion;
  /** True: pages carry definition levels 0 and 1. */
  readonly optional: boolean;
};

/** A column of the table. */
export type ParquetField = {
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
  /** Undefined for nested columns. */
  readonly leaf: Leaf | undefined;
};

/** How to decode a column; throws `unsupported` for nested ones. */
export function leafOf({ name, type, leaf }: ParquetField): Leaf {
  if (leaf === undefined) throw unsupported(`reading column "${name}" of type ${typeName(type)} from Parquet`);
  return leaf;
}

/** The table's columns and the number of leaves below them. Throws `format`. */
export function readSchema(elements: readonly SchemaElement[]): {
  readonly fields: readonly ParquetField[];
  readonly leaves: readonly PhysicalType[];
} {
  const root = elements[0];
  if (root === undefined || root.physical !== undefined) throw corrupt("the schema has no root");
  const leaves: PhysicalType[] = [];
  let next = 1;

  const node = (depth: number): SchemaNode => {
    const element = elements[next++];
    if (element === undefined) throw corrupt("the schema ends early");
    if (depth > 100) throw corrupt("the schema is nested too deeply");
    if (element.physical !== undefined) {
      if (element.children > 0) throw corrupt(`column "${element.name}" has both a type and children`);
      leaves.push(element.physical);
      return { element, leaf: leaves.length - 1, children: [] };
    }
    const children: SchemaNode[] = [];
    for (let i = 0; i < element.children; i++) children.push(node(depth + 1));
    return { element, leaf: undefined, children };
  };

  const fields: ParquetField[] = [];
  for (let i = 0; i < root.children; i++) fields.push(field(node(1)));
  if (next !== elements.length) throw corrupt("the schema has elements outside its tree");
  return { fields, leaves };
}

type SchemaNode = {
  readonly element: SchemaElement;
  readonly leaf: number | undefined;
  readonly children: readonly SchemaNode[];
};

function field(node: SchemaNode): ParquetField {
  const { element, leaf: index } = node;
  const { name, repetition, physical, length } = element;
  const nullable = repetition === "optional";
  if (physical === undefined || index === undefined || repetition === "repeated") {
    return { name, type: typeOf(node), nullable, leaf: undefined };
  }
  const { type, lane, conversion } = leafType(element, physical);
  return { name, type, nullable, leaf: { name, index, physical, length, type, lane, conversion, optional: nullable } };
}

/** The SQL type of a node, LIST and MAP groups included (LogicalTypes.md, with its rules for older lists). */
function typeOf(node: SchemaNode): SqlType {
  const { element, children } = node;
  if (element.repetition === "repeated") return listOf(unrepeated(node));
  const inner = children[0];
  const kind = element.logical?.kind;
  if (kind === "list" && children.length === 1 && inner?.element.repetition === "repeated") {
    const only = inner.children.length === 1 ? inner.children[0] : undefined;
    const wrapped =
      only !== undefined && inner.element.name !== "array" && inner.element.name !== `${element.name}_tuple`;
    return listOf(wrapped ? typeOf(only) : unrepeated(inner));
  }
  const [key, value] = inner?.children ?? [];
  if (kind === "map" && children.length === 1 && key !== undefined && value !== undefined) {
    return { kind: "Map", key: typeOf(key), value: typeOf(value) };
  }
  return unrepeated(node);
}

function unrepeated({ element, children }: SchemaNode): SqlType {
  if (element.physical !== undefined) return leafType(element, element.physical).type;
  return { kind: "Struct", fields: children.map((child) => ({ name: child.element.name, type: typeOf(child) })) };
}

type LeafType = { readonly type: SqlType; readonly lane: Lane; readonly conversion: Conversion };

const NONE: Conversion = { kind: "none" };

function natural(type: SqlType, conversion: Conversion = NONE): LeafType {
  return { type, lane: laneOf(type), conversion };
}

/** What the annotation does not fit is read as its physical type. */
function leafType(element: SchemaElement, physical: PhysicalType): LeafType {
  const { logical } = element;
  if (physical === "FIXED_LEN_BYTE_ARRAY" && element.length < 1) throw corrupt(`column "${element.name}" has no width`);
  if (logical?.kind === "decimal") {
    const { precision, scale } = logical;
    const fits = precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision;
    if (!fits) throw corrupt(`column "${element.name}" has the type DECIMAL(${precision},${scale})`);
    const type = decimal(precision, scale);
    if (physical === "INT32") return { type, lane: "i32", conversion: NONE };
    if (physical === "INT64") return { type, lane: "i64", conversion: NONE };
    if (physical === "BYTE_ARRAY" || physical === "FIXED_LEN_BYTE_ARRAY") {
      const bits = precision <= 18 ? 64 : 128;
      return { type, lane: bits === 64 ? "i64" : "i128", conversion: { kind: "bigEndian", bits } };
    }
  }
  switch (physical) {
    case "BOOLEAN":
      return natural(BOOLEAN);
    case "FLOAT":
      return natural(REAL);
    case "DOUBLE":
      return natural(DOUBLE);
    case "INT96":
      return natural(TIMESTAMP, { kind: "int96" });
    case "INT32":
      if (logical?.kind === "date") return natural(DATE);
      if (logical?.kind === "time" && logical.unit === "ms") return natural(TIME, { kind: "widen", factor: 1000 });
      if (logical?.kind === "integer") return integerType(logical.bits, logical.signed);
      return natural(INTEGER);
    case "INT64":
      if (logical?.kind === "time") return natural(TIME, toMicros(logical.unit));
      if (logical?.kind === "timestamp") {
        if (logical.utc) return natural(TIMESTAMPTZ, toMicros(logical.unit));
        if (logical.unit === "ns") return natural({ kind: "Timestamp", unit: "ns" });
        return natural(TIMESTAMP, toMicros(logical.unit));
      }
      return natural(logical?.kind === "integer" && !logical.signed ? UBIGINT : BIGINT);
    case "BYTE_ARRAY":
      if (logical?.kind === "string" || logical?.kind === "enum") return natural(VARCHAR);
      return natural(logical?.kind === "json" ? JSON_TYPE : BLOB);
    case "FIXED_LEN_BYTE_ARRAY":
      if (logical?.kind === "uuid" && element.length === 16) return natural(UUID, { kind: "bigEndian", bits: 128 });
      if (logical?.kind === "float16" && element.length === 2) return natural(REAL, { kind: "half" });
      if (logical?.kind === "interval" && element.length === 12) return natural(INTERVAL, { kind: "interval" });
      return natural(logical?.kind === "string" ? VARCHAR : BLOB);
  }
}

function integerType(bits: number, signed: boolean): LeafType {
  if (bits === 8) return natural(signed ? TINYINT : UTINYINT, { kind: "narrow", bits, signed });
  if (bits === 16) return natural(signed ? SMALLINT : USMALLINT, { kind: "narrow", bits, signed });
  return natural(signed ? INTEGER : UINTEGER);
}

function toMicros(unit: TimeUnit): Conversion {
  switch (unit) {
    case "ms":
      return { kind: "multiply", factor: 1000 };
    case "us":
      return NONE;
    case "ns":
      return { kind: "divide", divisor: 1000 };
  }
}
