import type { Datum } from "../expr/expr.ts";
import { bigintOf } from "./bignum.ts";
import { formatDatum } from "./literals.ts";
import { openTimeZone } from "./time-zone.ts";
import { formatDecimal } from "./numbers.ts";
import type { SqlType } from "./types.ts";
import { memberOf } from "./union.ts";
import { dateValue, timestampValue } from "./js-dates.ts";

/** How row values come out; see `ConnectOptions`. */
export type ValueOptions = {
  /** `number`: BIGINT and wider come as number, rounded beyond 2^53. */
  readonly bigint?: "number" | undefined;
  /** `number`: DECIMAL comes as the nearest number. */
  readonly decimal?: "number" | undefined;
  /** `string`: DATE and TIMESTAMP come as exact text. */
  readonly temporal?: "string" | undefined;
  /** The zone in which TIMESTAMPTZ values are shown and taken apart: an IANA name or an offset; UTC by default. */
  readonly timeZone?: string | undefined;
};

/**
 * A constant as a row value, as `valueReader` gives those of columns: a LIST is an array, a STRUCT a null-prototype object (an array
 * where its fields have no names), a MAP a Map.
 */
export function jsValue(value: Datum, type: SqlType, options: ValueOptions): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case "BigInt":
    case "HugeInt":
    case "UBigInt":
    case "UHugeInt":
      return options.bigint === "number" ? Number(value) : value;
    case "Bignum": {
      const whole = bigintOf(value as Uint8Array);
      return options.bigint === "number" ? Number(whole) : whole;
    }
    case "Decimal": {
      const text = formatDecimal(value as bigint, type.scale);
      return options.decimal === "number" ? Number(text) : text;
    }
    case "Date":
      return options.temporal === "string" ? formatDatum(value, type) : dateValue(value as number, type);
    case "Timestamp":
      return options.temporal === "string"
        ? formatDatum(value, type)
        : timestampValue(value as bigint, type, type.unit);
    case "TimestampTz":
      return options.temporal === "string"
        ? formatDatum(value, type, openTimeZone(options.timeZone ?? "UTC"))
        : timestampValue(value as bigint, type, "us");
    case "Time":
    case "TimeNs":
    case "TimeTz":
    case "Uuid":
    case "Enum":
      return formatDatum(value, type);
    case "List":
    case "Array":
      return (value as readonly Datum[]).map((item) => jsValue(item, type.element, options));
    case "Union": {
      const { name, type: of, value: member } = memberOf(value as readonly Datum[], type);
      return { tag: name, value: jsValue(member, of, options) };
    }
    case "Map": {
      const pairs = value as readonly (readonly Datum[])[];
      return new Map(
        pairs.map(([key = null, item = null]) => [jsValue(key, type.key, options), jsValue(item, type.value, options)]),
      );
    }
    case "Struct": {
      const items = (value as readonly Datum[]).map((item, i) =>
        jsValue(item, (type.fields[i] as { type: SqlType }).type, options),
      );
      if (type.fields.length > 0 && type.fields.every(({ name }) => name === "")) return items;
      const object = Object.setPrototypeOf({}, null) as Record<string, unknown>;
      for (const [i, { name }] of type.fields.entries()) object[name] = items[i];
      return object;
    }
    default:
      return value;
  }
}
