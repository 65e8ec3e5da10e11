/** Values as text, as `CAST(value AS VARCHAR)` writes them. */
import { parseColumnType } from "./column-type.ts";
import type { ColumnType } from "./column-type.ts";

export type ToText = (value: unknown) => string;

/** The printer of a column whose type is written `type`; NULL prints as `NULL`. */
export function columnText(type: string): ToText {
  return textOf(parseColumnType(type));
}

export function textOf(type: ColumnType): ToText {
  const text = nonNullText(type);
  return (value) => (value === null || value === undefined ? "NULL" : text(value));
}

function nonNullText(type: ColumnType): ToText {
  switch (type.kind) {
    case "scalar":
      return scalarText(type.name);
    case "list": {
      const element = nestedText(type.element);
      return (value) => `[${[...(value as Iterable<unknown>)].map(element).join(", ")}]`;
    }
    case "struct": {
      const fields = type.fields.map(({ name, type: field }) => ({ name, text: nestedText(field) }));
      if (fields.every(({ name }) => name === "")) {
        return (value) => {
          const items = Object.values(value as object).map((v, i) => fields[i]!.text(v));
          return items.length === 1 ? `(${items.join()},)` : `(${items.join(", ")})`;
        };
      }
      return (value) => {
        const row = value as Record<string, unknown>;
        return `{${fields.map(({ name, text }) => `${quoted(name)}: ${text(row[name])}`).join(", ")}}`;
      };
    }
    case "union": {
      const texts = new Map([...type.members].map(([name, member]) => [name, textOf(member)]));
      return (value) => {
        const { tag, value: member } = value as { readonly tag: string; readonly value: unknown };
        return texts.get(tag)!(member);
      };
    }
    case "map": {
      const key = nestedText(type.key);
      const entry = nestedText(type.value);
      return (value) =>
        `{${[...(value as Map<unknown, unknown>)].map(([k, v]) => `${key(k)}=${entry(v)}`).join(", ")}}`;
    }
  }
}

/** Inside a list, struct or map, text that could be misread is quoted. */
function nestedText(type: ColumnType): ToText {
  const text = textOf(type);
  if (type.kind !== "scalar") return text;
  return (value) => (value === null || value === undefined ? "NULL" : quotedWhenNeeded(text(value)));
}

function quotedWhenNeeded(text: string): string {
  const plain = text !== "" && !/^\s|\s$|^null$|[[\](){}'",:=;]/i.test(text);
  return plain ? text : quoted(text);
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function scalarText(name: string): ToText {
  switch (name) {
    case "DOUBLE":
      return (value) => floatText(Number(value), String(value));
    case "FLOAT":
    case "REAL":
      return (value) => floatText(Number(value), shortestFloat32(Number(value)));
    case "DATE":
      return (value) => (value instanceof Date ? isoText(value).slice(0, -9) : String(value));
    case "INTERVAL":
      return (value) => (typeof value === "string" ? value : intervalText(value as Interval));
    case "BLOB":
      return (value) => (value instanceof Uint8Array ? blobText(value) : String(value));
    default:
      return (value) =>
        value instanceof Date ? timestampText(value, name) : plainText(value as Parameters<typeof plainText>[0]);
  }
}

function plainText(value: string | number | bigint | boolean | object): string {
  if (typeof value !== "object") return String(value);
  return value instanceof Uint8Array ? blobText(value) : JSON.stringify(value);
}

/** `digits` are the shortest that read back as `value`, in whatever notation JavaScript picked. */
export function floatText(value: number, digits: string): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [, sign = "", whole = "", fraction = "", exponentText = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(digits) ?? [];
  const significant = (whole + fraction).replace(/^0+/, "").replace(/0+$/, "");
  const leadingZeros = (whole + fraction).length - (whole + fraction).replace(/^0+/, "").length;
  const exponent = Number(exponentText) + whole.length - leadingZeros - 1;
  if (exponent < -4 || exponent >= 16) {
    const mantissa = significant.length > 1 ? `${significant[0]}.${significant.slice(1)}` : significant;
    const magnitude = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${mantissa}e${exponent < 0 ? "-" : "+"}${magnitude}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${significant}`;
  const padded = significant.padEnd(exponent + 1, "0");
  return `${sign}${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1) || "0"}`;
}

/** The fewest significant digits that read back as the same 32-bit float. */
export function shortestFloat32(value: number): string {
  for (let precision = 1; precision <= 9; precision++) {
    const text = value.toPrecision(precision);
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}

/** `1992-03-04 05:06:07[.fraction]`, years before 1 as `0044-03-15 (BC) ...`. */
function isoText(value: Date): string {
  const year = value.getUTCFullYear();
  const shown = String(year > 0 ? year : 1 - year).padStart(4, "0");
  const pad = (n: number): string => String(n).padStart(2, "0");
  const date = `${shown}-${pad(value.getUTCMonth() + 1)}-${pad(value.getUTCDate())}${year > 0 ? "" : " (BC)"}`;
  return `${date} ${pad(value.getUTCHours())}:${pad(value.getUTCMinutes())}:${pad(value.getUTCSeconds())}`;
}

function timestampText(value: Date, name: string): string {
  const millis = value.getUTCMilliseconds();
  const fraction = millis === 0 ? "" : `.${String(millis).padStart(3, "0").replace(/0+$/, "")}`;
  return isoText(value) + fraction + (name === "TIMESTAMPTZ" || name.endsWith("WITH TIME ZONE") ? "+00" : "");
}

type Interval = { readonly months: number; readonly days: number; readonly micros: bigint | number };

export function intervalText({ months, days, micros }: Interval): string {
  const parts: string[] = [];
  const part = (count: number, unit: string): void => {
    if (count !== 0) parts.push(`${count} ${unit}${Math.abs(count) === 1 ? "" : "s"}`);
  };
  part(Math.trunc(months / 12), "year");
  part(months % 12, "month");
  part(days, "day");
  const total = BigInt(micros);
  if (total !== 0n || parts.length === 0) parts.push(clockText(total));
  return parts.join(" ");
}

function clockText(micros: bigint): string {
  const magnitude = micros < 0n ? -micros : micros;
  const seconds = magnitude / 1_000_000n;
  const pad = (n: bigint): string => String(n).padStart(2, "0");
  const fraction = String(magnitude % 1_000_000n)
    .padStart(6, "0")
    .replace(/0+$/, "");
  const clock = `${pad(seconds / 3600n)}:${pad((seconds / 60n) % 60n)}:${pad(seconds % 60n)}`;
  return `${micros < 0n ? "-" : ""}${clock}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Printable ASCII as it is, all else (and quotes and backslashes) as `\xHH`. */
function blobText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    const plain = byte >= 32 && byte < 127 && byte !== 0x22 && byte !== 0x27 && byte !== 0x5c;
    text += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}
