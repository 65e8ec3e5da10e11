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

/**
 * How a nested column is put together from its leaves (Melnik et al., "Dremel", 2010). `present`: the definition level from which on
 * the value is not NULL.
 */
export type NestedNode =
  | { readonly kind: "leaf"; readonly leaf: Leaf; readonly present: number; readonly repetition: number }
  | { readonly kind: "struct"; readonly present: number; readonly fields: readonly NestedNode[] }
  /** From the definition level `filled` on there is an item; entries of the repetition level `repetition` are further ones. */
  | {
      readonly kind: "list";
      readonly present: number;
      readonly filled: number;
      readonly repetition: number;
      readonly item: NestedNode;
    }
  /** The list of structs of key and value. */
  | { readonly kind: "map"; readonly entries: Extract<NestedNode, { readonly kind: "list" }> };

/** A column of the table. */
export type ParquetField = {
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
  /** Undefined for nested columns. */
  readonly leaf: Leaf | undefined;
  readonly nested: NestedNode | undefined;
};

/** The leaves below a node, in the order of their column chunks. */
export function leavesOf(node: NestedNode): readonly Extract<NestedNode, { readonly kind: "leaf" }>[] {
  switch (node.kind) {
    case "leaf":
      return [node];
    case "struct":
      return node.fields.flatMap(leavesOf);
    case "list":
      return leavesOf(node.item);
    case "map":
      return leavesOf(node.entries);
  }
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
    return { name, type: typeOf(node), nullable, leaf: undefined, nested: nestedOf(node, 0, 0) };
  }
  const leaf = { name, index, physical, length, ...leafType(element, physical), optional: nullable };
  return { name, type: leaf.type, nullable, leaf, nested: undefined };
}

/** The node as `typeOf` understands it, below the given levels. */
function nestedOf(node: SchemaNode, definition: number, repetition: number): NestedNode {
  const { element } = node;
  const list = (present: number, item: (definition: number, repetition: number) => NestedNode): NestedNode => ({
    kind: "list",
    present,
    filled: present + 1,
    repetition: repetition + 1,
    item: item(present + 1, repetition + 1),
  });
  if (element.repetition === "repeated") return list(definition, (def, rep) => plainNode(node, def, rep));
  const present = definition + (element.repetition === "optional" ? 1 : 0);
  const shape = shapeOf(node);
  switch (shape.kind) {
    case "list":
      return list(present, (def, rep) =>
        shape.wrapped ? nestedOf(shape.item, def, rep) : plainNode(shape.item, def, rep),
      );
    case "map": {
      const entries = list(present, (def, rep) => {
        const fields = [nestedOf(shape.key, def, rep), nestedOf(shape.value, def, rep)];
        return { kind: "struct", present: def, fields };
      }) as Extract<NestedNode, { kind: "list" }>;
      return { kind: "map", entries };
    }
    case "plain":
      return plainNode(node, present, repetition);
  }
}

/** A leaf or a struct that is there from the level `present` on. */
function plainNode({ element, leaf: index, children }: SchemaNode, present: number, repetition: number): NestedNode {
  const { name, physical, length } = element;
  if (physical === undefined || index === undefined) {
    if (children.length === 0) throw corrupt(`the group "${name}" is empty`);
    return { kind: "struct", present, fields: children.map((child) => nestedOf(child, present, repetition)) };
  }
  const leaf: Leaf = { name, index, physical, length, ...leafType(element, physical), optional: false };
  return { kind: "leaf", leaf, present, repetition };
}

type NodeShape =
  /** `wrapped`: the item lies inside the repeated group. */
  | { readonly kind: "list"; readonly item: SchemaNode; readonly wrapped: boolean }
  | { readonly kind: "map"; readonly key: SchemaNode; readonly value: SchemaNode }
  | { readonly kind: "plain" };

/** LIST and MAP groups (LogicalTypes.md, with its rules for older lists). */
function shapeOf({ element, children }: SchemaNode): NodeShape {
  const inner = children[0];
  const kind = element.logical?.kind;
  if (children.length !== 1 || inner?.element.repetition !== "repeated") return { kind: "plain" };
  if (kind === "list") {
    const only = inner.children.length === 1 ? inner.children[0] : undefined;
    const wrapped =
      only !== undefined && inner.element.name !== "array" && inner.element.name !== `${element.name}_tuple`;
    return wrapped ? { kind: "list", item: only, wrapped } : { kind: "list", item: inner, wrapped: false };
  }
  const [key, value] = inner.children;
  return kind === "map" && key !== undefined && value !== undefined ? { kind: "map", key, value } : { kind: "plain" };
}

/** The SQL type of a node, LIST and MAP groups included. */
function typeOf(node: SchemaNode): SqlType {
  if (node.element.repetition === "repeated") return listOf(unrepeated(node));
  const shape = shapeOf(node);
  switch (shape.kind) {
    case "list":
      return listOf(shape.wrapped ? typeOf(shape.item) : unrepeated(shape.item));
    case "map":
      return { kind: "Map", key: typeOf(shape.key), value: typeOf(shape.value) };
    case "plain":
      return unrepeated(node);
  }
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
