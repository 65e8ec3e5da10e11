/**
 * Which types convert into which. Coercions happen by themselves and lose nothing (or precision only: integer to REAL);
 * casts are written out. The rules are DuckDB's (docs/dialect.md).
 */
import { collatedText } from "./collation.ts";
import {
  BIGINT,
  BIGNUM,
  decimal,
  DOUBLE,
  HUGEINT,
  INTEGER,
  INTEGER_RANGE,
  type IntegerKind,
  isInteger,
  isNumeric,
  listOf,
  REAL,
  sameType,
  type SqlType,
  type StructField,
  TIMESTAMPTZ,
  type TimestampUnit,
  VARCHAR,
  withoutState,
} from "./types.ts";

import { findMember, type UnionType } from "./union.ts";

/** Digits that any value of an integer type fits in. */
const INTEGER_DIGITS: { readonly [K in IntegerKind]: number } = {
  TinyInt: 3,
  SmallInt: 5,
  Integer: 10,
  BigInt: 19,
  HugeInt: 38,
  UTinyInt: 3,
  USmallInt: 5,
  UInteger: 10,
  UBigInt: 20,
  UHugeInt: 38,
};

/** The DECIMAL(p,0) that holds an integer type; of HUGEINT only the first 38 digits. */
export function decimalOfInteger(kind: IntegerKind): SqlType & { readonly kind: "Decimal" } {
  return { kind: "Decimal", precision: INTEGER_DIGITS[kind], scale: 0 };
}

const UNIT_RANK: { readonly [U in TimestampUnit]: number } = { s: 0, ms: 1, us: 2, ns: 3 };

/** Whether a value of type `from` may stand where `to` is wanted, without a written cast. */
export function canCoerce(from: SqlType, to: SqlType): boolean {
  if (from.kind === "Null" || sameType(from, to)) return true;
  if (to.state !== undefined) return false;
  if (from.state !== undefined) return canCoerce(withoutState(from), to);
  if (to.kind === "Union") {
    return from.kind === "Union" ? matchMembers(from, to, canCoerce) : unionMember(from, to) !== undefined;
  }
  if (isInteger(from)) {
    if (isInteger(to)) {
      const [f, t] = [INTEGER_RANGE[from.kind], INTEGER_RANGE[to.kind]];
      return t.min <= f.min && t.max >= f.max;
    }
    return to.kind === "Real" || to.kind === "Double" || to.kind === "Decimal" || to.kind === "Bignum";
  }
  switch (from.kind) {
    case "Real":
    case "Bignum":
      return to.kind === "Double";
    case "Decimal":
      return (
        to.kind === "Real" ||
        to.kind === "Double" ||
        (to.kind === "Decimal" && to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale)
      );
    case "Date":
      return to.kind === "Timestamp" || to.kind === "TimestampTz";
    case "Timestamp":
      return to.kind === "TimestampTz" || (to.kind === "Timestamp" && UNIT_RANK[to.unit] >= UNIT_RANK[from.unit]);
    case "Enum":
    case "Json":
      return to.kind === "Varchar";
    case "List":
      return to.kind === "List" && canCoerce(from.element, to.element);
    case "Array":
      return (
        (to.kind === "List" || (to.kind === "Array" && to.length === from.length)) &&
        canCoerce(from.element, to.element)
      );
    case "Map":
      return to.kind === "Map" && canCoerce(from.key, to.key) && canCoerce(from.value, to.value);
    case "Struct":
      return to.kind === "Struct" && coercesFields(from.fields, to.fields);
    default:
      return false;
  }
}

/** Every field has a place in the other struct. */
function coercesFields(from: readonly StructField[], to: readonly StructField[]): boolean {
  const sources = matchFields(from, to);
  return (
    sources !== undefined &&
    new Set(sources.filter((source) => source !== undefined)).size === from.length &&
    sources.every((source, i) => {
      const field = source === undefined ? undefined : from[source];
      return field === undefined || canCoerce(field.type, (to[i] as StructField).type);
    })
  );
}

/** A row: its fields have no names and go by position. */
export function isUnnamed(fields: readonly StructField[]): boolean {
  return fields.length > 0 && fields.every(({ name }) => name === "");
}

/**
 * For every field of `to` the field of `from` that it takes in a cast: that of its name, by position where one side has no
 * names; undefined: there is none. The result is undefined where nothing matches.
 */
export function matchFields(
  from: readonly StructField[],
  to: readonly StructField[],
): readonly (number | undefined)[] | undefined {
  if (isUnnamed(from) || isUnnamed(to)) return from.length === to.length ? to.map((_, i) => i) : undefined;
  const matches = to.map(({ name }) => {
    const index = from.findIndex((field) => field.name.toLowerCase() === name.toLowerCase());
    return index < 0 ? undefined : index;
  });
  return matches.every((match) => match === undefined) ? undefined : matches;
}

/** Whether CAST(from AS to) exists; values may still fail. */
export function canCast(from: SqlType, to: SqlType): boolean {
  if (to.state !== undefined) return from.kind === "Null" || sameType(from, to);
  if (to.kind === "Union" && from.kind === "Union") return matchMembers(from, to, canCast);
  if (to.kind === "Union" && from.kind !== "Json") return canCoerce(from, to);
  if (canCoerce(from, to) || from.kind === "Varchar" || to.kind === "Varchar") return to.kind !== "Null";
  if (to.kind === "Json") return true;
  if (from.kind === "UHugeInt" && to.kind === "Uuid") return true;
  if (from.kind === "Bignum" || to.kind === "Bignum") return isWholeOrFloat(from.kind === "Bignum" ? to : from);
  if (from.kind === "Bit" || to.kind === "Bit") return convertsToBits(from.kind === "Bit" ? to : from);
  if (isNumeric(from) || from.kind === "Boolean") return isNumeric(to) || to.kind === "Boolean";
  switch (from.kind) {
    case "Date":
      return to.kind === "Timestamp" || to.kind === "TimestampTz";
    case "Time":
      return to.kind === "Interval" || to.kind === "TimeNs" || to.kind === "TimeTz";
    case "TimeNs":
    case "TimeTz":
      return to.kind === "Time";
    case "Timestamp":
    case "TimestampTz":
      return (
        to.kind === "Date" ||
        to.kind === "Time" ||
        to.kind === "TimeTz" ||
        to.kind === "Timestamp" ||
        (to.kind === "TimeNs" && from.kind === "Timestamp")
      );
    case "Interval":
      return to.kind === "Time";
    case "Blob":
    case "Json":
      return true;
    case "Enum":
      return to.kind === "Enum";
    case "Uuid":
      return to.kind === "UHugeInt";
    case "List":
    case "Array":
      return (to.kind === "List" || to.kind === "Array") && canCast(from.element, to.element);
    case "Map":
      return to.kind === "Map" && canCast(from.key, to.key) && canCast(from.value, to.value);
    case "Struct": {
      const sources = to.kind === "Struct" ? matchFields(from.fields, to.fields) : undefined;
      return (
        to.kind === "Struct" &&
        sources !== undefined &&
        sources.every((source, i) => {
          const field = source === undefined ? undefined : from.fields[source];
          return field === undefined || canCast(field.type, (to.fields[i] as StructField).type);
        })
      );
    }
    default:
      return false;
  }
}

/** What a conversion to a type costs, as in DuckDB: its `cast_rules.cpp` states the prices. */
const PRICES: Partial<Record<SqlType["kind"], number>> = {
  BigInt: 101,
  Double: 102,
  Integer: 103,
  Decimal: 104,
  Timestamp: 120,
  HugeInt: 120,
  UHugeInt: 121,
  Varchar: 149,
};

export const coercionPrice = (to: SqlType): number => PRICES[to.kind] ?? 110;

/**
 * The position of the member that takes values of a type: the one of that type, else the one that it costs least to convert to;
 * undefined where there is none or several. JSON is no text here: it is read (`{"member": 1}`) unless there is a member for it.
 */
export function unionMember(from: SqlType, { members }: UnionType): number | undefined {
  const prices = members.map(({ type }) =>
    sameType(from, type)
      ? 0
      : from.kind !== "Json" && canCoerce(from, type)
        ? coercionPrice(type)
        : Number.POSITIVE_INFINITY,
  );
  const least = Math.min(...prices);
  const tag = prices.indexOf(least);
  return Number.isFinite(least) && prices.lastIndexOf(least) === tag ? tag : undefined;
}

/** Every member has one of its name in the other union, whose type it converts to. */
function matchMembers(from: UnionType, to: UnionType, converts: (from: SqlType, to: SqlType) => boolean): boolean {
  return from.members.every(({ name, type }) => {
    const target = to.members[findMember(to, name)];
    return target !== undefined && converts(type, target.type);
  });
}

/** BIT casts from and to types whose values are some whole bytes. */
function convertsToBits(type: SqlType): boolean {
  return isWholeOrFloat(type) || type.kind === "Boolean" || type.kind === "Blob";
}

const isWholeOrFloat = (type: SqlType): boolean => isNumeric(type) && type.kind !== "Decimal";

/** The type that values of both types convert to without a cast: CASE, COALESCE, VALUES, lists. undefined: there is none. */
export function commonType(a: SqlType, b: SqlType): SqlType | undefined {
  if (a.kind === "Varchar" && b.kind === "Varchar") return commonText(a.collation, b.collation);
  if (sameType(a, b) || b.kind === "Null") return a;
  if (a.kind === "Null") return b;
  if (a.state !== undefined || b.state !== undefined) return commonType(withoutState(a), withoutState(b));
  if (isNumeric(a) && isNumeric(b)) return commonNumeric(a, b);
  if (a.kind === "Bignum" || b.kind === "Bignum") return commonBignum(a, b);
  if (a.kind === "Boolean" && isInteger(b)) return b;
  if (b.kind === "Boolean" && isInteger(a)) return a;
  if (isMoment(a) && isMoment(b)) return commonMoment(a, b);
  if ((a.kind === "Enum" && b.kind === "Enum") || (canCoerce(a, VARCHAR) && canCoerce(b, VARCHAR))) return VARCHAR;
  if (a.kind === "Union" && canCoerce(b, a)) return a;
  if (b.kind === "Union" && canCoerce(a, b)) return b;
  if (a.kind === "List" || a.kind === "Array") {
    if (b.kind !== "List" && b.kind !== "Array") return undefined;
    const element = commonType(a.element, b.element);
    if (element === undefined) return undefined;
    const sameLength = a.kind === "Array" && b.kind === "Array" && a.length === b.length;
    return sameLength ? { kind: "Array", element, length: a.length } : listOf(element);
  }
  if (a.kind === "Map" && b.kind === "Map") {
    const key = commonType(a.key, b.key);
    const value = commonType(a.value, b.value);
    return key === undefined || value === undefined ? undefined : { kind: "Map", key, value };
  }
  return a.kind === "Struct" && b.kind === "Struct" ? commonStruct(a.fields, b.fields) : undefined;
}

function commonText(a: string | undefined, b: string | undefined): SqlType | undefined {
  return a === undefined || b === undefined || a === b ? collatedText(a ?? b) : undefined;
}

/** BIGNUM with integers, DOUBLE with floats; no DECIMAL holds both. */
function commonBignum(a: SqlType, b: SqlType): SqlType | undefined {
  const other = a.kind === "Bignum" ? b : a;
  if (isInteger(other)) return BIGNUM;
  if (other.kind === "Union" && canCoerce(BIGNUM, other)) return other;
  return other.kind === "Real" || other.kind === "Double" ? DOUBLE : undefined;
}

/** The fields of both by name, those of the first before the others; by position where one side has no names. */
function commonStruct(a: readonly StructField[], b: readonly StructField[]): SqlType | undefined {
  const byPosition = isUnnamed(a) || isUnnamed(b);
  if (byPosition && a.length !== b.length) return undefined;
  const others = new Map(b.map((field) => [field.name.toLowerCase(), field]));
  const fields: StructField[] = [];
  for (const [i, { name, type }] of a.entries()) {
    const other = byPosition ? (b[i] as StructField) : others.get(name.toLowerCase());
    const common = other === undefined ? type : commonType(type, other.type);
    if (common === undefined) return undefined;
    fields.push({ name: name === "" && other !== undefined ? other.name : name, type: common });
    others.delete(name.toLowerCase());
  }
  return { kind: "Struct", fields: byPosition ? fields : [...fields, ...others.values()] };
}

/** Signed and unsigned integers of each width, narrowest first. */
const SIGNED: readonly IntegerKind[] = ["TinyInt", "SmallInt", "Integer", "BigInt", "HugeInt"];

function commonNumeric(a: SqlType, b: SqlType): SqlType {
  if (a.kind === "Double" || b.kind === "Double") return DOUBLE;
  if (a.kind === "Real" || b.kind === "Real") return REAL;
  if (isInteger(a) && isInteger(b)) {
    if (canCoerce(a, b)) return b;
    if (canCoerce(b, a)) return a;
    const wide = SIGNED.find((kind) => canCoerce(a, { kind }) && canCoerce(b, { kind }));
    return wide === undefined ? DOUBLE : { kind: wide };
  }
  const x = isInteger(a) ? decimalOfInteger(a.kind) : a;
  const y = isInteger(b) ? decimalOfInteger(b.kind) : b;
  if (x.kind !== "Decimal" || y.kind !== "Decimal") return DOUBLE;
  const scale = Math.max(x.scale, y.scale);
  return decimal(Math.min(38, Math.max(x.precision - x.scale, y.precision - y.scale) + scale), scale);
}

type Moment = Extract<SqlType, { readonly kind: "Date" | "Timestamp" | "TimestampTz" }>;

function isMoment(type: SqlType): type is Moment {
  return type.kind === "Date" || type.kind === "Timestamp" || type.kind === "TimestampTz";
}

function commonMoment(a: Moment, b: Moment): SqlType {
  if (a.kind === "TimestampTz" || b.kind === "TimestampTz") return TIMESTAMPTZ;
  if (a.kind === "Date") return b;
  if (b.kind === "Date") return a;
  return UNIT_RANK[a.unit] >= UNIT_RANK[b.unit] ? a : b;
}

/**
 * The type in which two operands are compared. Beyond `commonType`, equality compares VARCHAR with a number as numbers
 * and with anything else as text; an order between these needs a cast.
 */
export function comparisonType(a: SqlType, b: SqlType, equality: boolean): SqlType | undefined {
  const common = commonType(a, b);
  if (common !== undefined || !equality) return common;
  return textComparison(a, b) ?? textComparison(b, a);
}

function textComparison(text: SqlType, other: SqlType): SqlType | undefined {
  if (text.kind !== "Varchar" || other.kind === "Varchar") return undefined;
  return isNumeric(other) || other.kind === "Boolean" || other.kind === "Bignum" ? other : VARCHAR;
}

/** The column type of a set operation, where text wins over what has no common type. */
export function setOperationType(a: SqlType, b: SqlType): SqlType | undefined {
  return commonType(a, b) ?? (a.kind === "Varchar" || b.kind === "Varchar" ? VARCHAR : undefined);
}

/** The type of an integer literal: the first of INTEGER, BIGINT, HUGEINT that holds it; undefined beyond. */
export function integerLiteralType(value: bigint): SqlType | undefined {
  return [INTEGER, BIGINT, HUGEINT].find((type) => fitsInteger(value, type));
}

export function fitsInteger(value: bigint, type: SqlType): boolean {
  if (!isInteger(type)) return false;
  const { min, max } = INTEGER_RANGE[type.kind];
  return value >= min && value <= max;
}
