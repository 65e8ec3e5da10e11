import { HeadraceError } from "../../error.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { castDatum } from "../../planner/types/convert.ts";
import { INTEGER_RANGE, isInteger, type SqlType, typeName } from "../../planner/types/types.ts";
import type { StreamColumn } from "../../streaming/stream-source.ts";
import { parameterValues } from "../parameters.ts";

/** Row objects as values by column. Throws `type` naming row, column and value where one does not fit its column. */
export function datumsOf(columns: readonly StreamColumn[], rows: readonly object[], name: string): Datum[][] {
  const known = new Set(columns.map((column) => column.name));
  const lists: Datum[][] = columns.map(() => []);
  rows.forEach((row, r) => {
    for (const key of Object.keys(row)) {
      if (!known.has(key)) {
        throw new HeadraceError("bind", `row ${r} of "${name}" has a field "${key}", which is no column`, {
          hint: `the columns are ${[...known].join(", ")}`,
        });
      }
    }
    columns.forEach((column, i) => {
      const value = (row as Record<string, unknown>)[column.name];
      const datum = value === undefined || value === null ? null : toDatum(value, column.type);
      if (datum === undefined) {
        throw new HeadraceError(
          "type",
          `row ${r} of "${name}": ${describe(value)} in column "${column.name}" is no ${typeName(column.type)}`,
        );
      }
      lists[i]!.push(datum);
    });
  });
  return lists;
}

/** Undefined where the value does not fit. */
function toDatum(value: unknown, type: SqlType): Datum | undefined {
  // The common cases without a detour.
  if (type.kind === "Varchar" && typeof value === "string") return value;
  if (type.kind === "Double" && typeof value === "number") return value;
  if (isInteger(type) && (typeof value === "number" || typeof value === "bigint")) {
    if (typeof value === "number" && !Number.isInteger(value)) return undefined;
    const { min, max } = INTEGER_RANGE[type.kind];
    const exact = BigInt(value);
    if (exact < min || exact > max) return undefined;
    return isWide(type.kind) ? exact : Number(exact);
  }
  if (value instanceof Date && (type.kind === "Date" || type.kind === "TimestampTz")) {
    const millis = value.getTime();
    if (Number.isNaN(millis)) return undefined;
    return type.kind === "Date" ? Math.floor(millis / 86_400_000) : BigInt(millis) * 1000n;
  }
  const [parameter] = parameterValues([typeof value === "number" && !Number.isInteger(value) ? String(value) : value]);
  const { type: from, value: datum } = parameter as { readonly type: SqlType; readonly value: Datum };
  return castDatum(datum, from, type);
}

const isWide = (kind: string): boolean => /BigInt|HugeInt/.test(kind);

function describe(value: unknown): string {
  return typeof value === "string" ? `'${value}'` : String(value);
}
