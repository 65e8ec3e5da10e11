/** Arrow tables decoded by flechette as benchmark rows. */
import { Type } from "@uwdata/flechette";
import type { DataType, Table } from "@uwdata/flechette";
import type { Result } from "./engine.ts";

/** The table must have been decoded with `useBigInt` and `useDecimalInt`. */
export function flechetteResult(table: Table): Result {
  const columns = table.schema.fields.map((field, i) => {
    const toValue = converter(field.type);
    return [...table.getChildAt(i)].map((value: unknown) => (value === null ? null : toValue(value)));
  });
  return {
    columns: table.names,
    rows: Array.from({ length: table.numRows }, (_, r) => columns.map((column) => column[r])),
  };
}

function converter(type: DataType): (value: unknown) => unknown {
  if (type.typeId === Type.Decimal) {
    const { scale } = type as DataType & { scale: number };
    return (value) => decimalText(BigInt(value as bigint | number), scale);
  }
  if (type.typeId === Type.Date) return (value) => new Date(value as number).toISOString().slice(0, 10);
  return (value) => value;
}

/** 12345n with scale 2 is "123.45". */
export function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  const sign = unscaled < 0n ? "-" : "";
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
