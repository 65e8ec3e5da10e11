/** What values of a sample have in common, and the type that holds them all. */
import { parseDatum } from "../../../planner/types/literals.ts";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  HUGEINT,
  JSON_TYPE,
  listOf,
  sameType,
  type SqlType,
  TIME,
  TIMESTAMP,
  UUID,
  VARCHAR,
} from "../../../planner/types/types.ts";
import type { JsonOptions } from "./options.ts";

/** Counts of what was seen at one place of the values. */
export type Shape = {
  values: number;
  nulls: number;
  booleans: number;
  strings: number;
  numbers: number;
  lists: number;
  objects: number;
  /** The smallest type of the numbers so far. */
  number: "BigInt" | "HugeInt" | "Double";
  /** What all strings so far can be read as, the first of which wins. */
  texts: readonly SqlType[];
  item: Shape | undefined;
  members: Map<string, Shape> | undefined;
};

export function newShape(): Shape {
  const counts = { values: 0, nulls: 0, booleans: 0, strings: 0, numbers: 0, lists: 0, objects: 0 };
  return { ...counts, number: "BigInt", texts: TEXT_TYPES, item: undefined, members: undefined };
}

const TEXT_TYPES: readonly SqlType[] = [DATE, TIMESTAMP, TIME, UUID];

const PATTERNS: { readonly [kind: string]: RegExp } = {
  Date: /^\d{4}-\d{1,2}-\d{1,2}$/,
  Timestamp: /^\d{4}-\d{1,2}-\d{1,2}[ T]\d/,
  Time: /^\d{1,2}:\d{2}:\d{2}/,
  Uuid: /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i,
};

export function noteString(shape: Shape, text: string): void {
  shape.strings++;
  if (shape.texts.length === 0) return;
  const fits = (type: SqlType): boolean =>
    PATTERNS[type.kind]?.test(text) === true && parseDatum(text, type) !== undefined;
  if (!shape.texts.every(fits)) shape.texts = shape.texts.filter(fits);
}

export function noteNumber(shape: Shape, text: string): void {
  shape.numbers++;
  if (shape.number === "Double") return;
  if (!/^-?\d+$/.test(text)) shape.number = "Double";
  else if (text.length >= 19) {
    const value = BigInt(text);
    if (BigInt.asIntN(128, value) !== value) shape.number = "Double";
    else if (BigInt.asIntN(64, value) !== value) shape.number = "HugeInt";
  }
}

const MAP_KEYS = 200;
const MAP_APPEARANCE = 0.1;

/** The type of all values of a shape: JSON where they are of different kinds, or where nothing is known. */
export function shapeType(shape: Shape, options: JsonOptions, depth = 0): SqlType {
  if (depth >= (options.maximumDepth ?? Infinity)) return JSON_TYPE;
  const { booleans, strings, numbers, lists, objects } = shape;
  if ([booleans, strings, numbers, lists, objects].filter((count) => count > 0).length !== 1) return JSON_TYPE;
  if (booleans > 0) return BOOLEAN;
  if (numbers > 0) return { BigInt: BIGINT, HugeInt: HUGEINT, Double: DOUBLE }[shape.number];
  if (strings > 0) return shape.texts[0] ?? VARCHAR;
  if (lists > 0) return listOf(shape.item === undefined ? JSON_TYPE : shapeType(shape.item, options, depth + 1));
  return objectType(shape, options, depth);
}

function objectType({ objects, members }: Shape, options: JsonOptions, depth: number): SqlType {
  const { mapInferenceThreshold = MAP_KEYS, fieldAppearanceThreshold = MAP_APPEARANCE } = options;
  const shapes = [...(members ?? [])];
  const map = (value: SqlType): SqlType => ({ kind: "Map", key: VARCHAR, value });
  if (shapes.length === 0) return map(JSON_TYPE);
  const appearances = shapes.reduce((sum, [, { values, nulls }]) => sum + values + nulls, 0);
  if (appearances / (shapes.length * objects) < fieldAppearanceThreshold)
    return map(shapeType(mergeShapes(shapes.map(([, shape]) => shape)), options, depth + 1));
  const fields = shapes.map(([name, shape]) => ({ name, type: shapeType(shape, options, depth + 1) }));
  const first = fields[0]?.type;
  if (fields.length >= mapInferenceThreshold && first && fields.every(({ type }) => sameType(type, first)))
    return map(first);
  return { kind: "Struct", fields };
}

function mergeShapes(shapes: readonly Shape[]): Shape {
  const all = newShape();
  const items: Shape[] = [];
  const members = new Map<string, Shape[]>();
  for (const shape of shapes) {
    for (const count of ["values", "nulls", "booleans", "strings", "numbers", "lists", "objects"] as const)
      all[count] += shape[count];
    if (shape.numbers > 0 && (all.number === "BigInt" || shape.number === "Double")) all.number = shape.number;
    if (shape.strings > 0) all.texts = all.texts.filter((type) => shape.texts.includes(type));
    if (shape.item !== undefined) items.push(shape.item);
    for (const [key, member] of shape.members ?? []) {
      const known = members.get(key);
      if (known === undefined) members.set(key, [member]);
      else known.push(member);
    }
  }
  if (items.length > 0) all.item = mergeShapes(items);
  if (all.objects > 0) all.members = new Map([...members].map(([key, each]) => [key, mergeShapes(each)]));
  return all;
}
