/** Values between SQL types and cells: what CAST to and from VARCHAR calls. */
import { unsupported } from "../../../error.ts";
import type { Datum } from "../../expr/expr.ts";
import { repOf } from "../../ir/lower/rep.ts";
import { formatDatum, parseDatum, tryParseDatum } from "../../types/literals.ts";
import { isNested, isNestedDatum } from "../../types/nested.ts";
import { openTimeZone } from "../../types/time-zone.ts";
import { type SqlType, typeName } from "../../types/types.ts";
import { zonesOf } from "./time-zones.ts";
import {
  bytesCell,
  type HostFamily,
  type HostRuntime,
  NO_ERROR,
  NULL_CELL,
  numberCell,
  readBytes,
  readText,
  textCell,
} from "./host.ts";
import { datumBytes, decodeNested } from "./nested.ts";

/** A constant's words in a cell, as `Operand` describes them. */
export function datumCell(rt: HostRuntime, value: Exclude<Datum, null>, type: SqlType): number {
  if (typeof value === "string") return textCell(rt, value);
  if (value instanceof Uint8Array || isNestedDatum(value)) return bytesCell(rt, datumBytes(value, type));
  return numberCell(rt, (view) => writeWords(view, value, type));
}

/** The words of a value that is no string. */
export function writeWords(view: DataView, value: Exclude<Datum, null | string | Uint8Array>, type: SqlType): void {
  const rep = repOf(type);
  if (typeof value === "object") {
    if (!("months" in value)) throw unsupported("a list of constants");
    view.setInt32(0, value.months, true);
    view.setInt32(4, value.days, true);
    view.setBigInt64(8, value.micros, true);
  } else if (rep === "f64") view.setFloat64(0, Number(value), true);
  else if (rep === "f32") view.setFloat32(0, Number(value), true);
  else if (rep === "i32") view.setInt32(0, Number(value), true);
  else {
    const whole = BigInt(value);
    view.setBigInt64(0, BigInt.asIntN(64, whole), true);
    if (rep === "i128") view.setBigInt64(8, BigInt.asIntN(64, whole >> 64n), true);
  }
}

/** The constant that the words of an operand (a string as address and length) stand for. */
export function datumOf(
  rt: HostRuntime,
  type: SqlType,
  lo: number | bigint,
  hi: number | bigint,
): Exclude<Datum, null> {
  switch (repOf(type)) {
    case "str": {
      const [address, length] = [Number(lo), Number(hi)];
      if (isNested(type)) return decodeNested(readBytes(rt, address, length), type);
      return type.kind === "Blob" || type.kind === "Bignum"
        ? readBytes(rt, address, length)
        : readText(rt, address, length);
    }
    case "i32":
      return type.kind === "Boolean" ? lo !== 0 : Number(lo);
    case "f32":
    case "f64":
      return Number(lo);
    case "i64":
      return type.kind === "UInteger" ? Number(lo) : BigInt(lo);
    case "i128": {
      const value = (BigInt(hi) << 64n) | BigInt.asUintN(64, BigInt(lo));
      return type.kind === "Uuid" || type.kind === "UHugeInt" ? BigInt.asUintN(128, value) : value;
    }
    case "interval": {
      const packed = BigInt(lo);
      return {
        months: Number(BigInt.asIntN(32, packed)),
        days: Number(BigInt.asIntN(32, packed >> 32n)),
        micros: BigInt(hi),
      };
    }
  }
}

const MOST_SHOWN = 60;

/** `parse [zone, {type}]`: (site, address, length) -> cell. */
export const parse: HostFamily = (argument) => {
  const [zone, type] = JSON.parse(argument) as readonly [string, SqlType];
  return (rt, site: number, address: number, length: number) => {
    const text = readText(rt, address, length);
    const parseText = site === NO_ERROR ? tryParseDatum : parseDatum;
    const value = parseText(text, type, zonesOf(rt, zone));
    if (value !== undefined && value !== null) return datumCell(rt, value, type);
    if (site === NO_ERROR) return NULL_CELL;
    const shown = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}...` : text;
    return rt.fail(site, `could not convert string '${shown}' to ${typeName(type)}`);
  };
};

/** `format [zone, {type}]`: (the value's words) -> cell. */
export const format: HostFamily = (argument) => {
  const [name, type] = JSON.parse(argument) as readonly [string, SqlType];
  const zone = openTimeZone(name);
  return (rt, lo, hi = 0n) => textCell(rt, formatDatum(datumOf(rt, type, lo, hi), type, zone));
};
