/** Nested values as text, as DuckDB casts them to VARCHAR: `[1, NULL]`, `{'a': 1}`, `(1, x)`, `{k=v}`. */
import type { Datum } from "../expr/expr.ts";
import { isUnnamed } from "./coerce.ts";
import { isNested, type NestedType } from "./nested.ts";
import type { SqlType } from "./types.ts";
import { memberOf } from "./union.ts";

type Format = (value: Datum, type: SqlType) => string;

export function formatNested(value: readonly Datum[], type: NestedType, format: Format): string {
  const item = (datum: Datum, of: SqlType): string => {
    const text = format(datum, of);
    return datum === null || isNested(of) ? text : quoteWhereNeeded(text);
  };
  switch (type.kind) {
    case "List":
    case "Array":
      return `[${value.map((element) => item(element, type.element)).join(", ")}]`;
    case "Struct": {
      const fields = type.fields.map((field, i) => ({ field, text: item(value[i] ?? null, field.type) }));
      if (isUnnamed(type.fields)) {
        const items = fields.map(({ text }) => text).join(", ");
        return fields.length === 1 ? `(${items},)` : `(${items})`;
      }
      return `{${fields.map(({ field, text }) => `${quote(field.name)}: ${text}`).join(", ")}}`;
    }
    case "Union": {
      const { type: of, value: member } = memberOf(value, type);
      return format(member, of);
    }
    case "Map": {
      const entries = value as readonly (readonly Datum[])[];
      const pairs = entries.map(([key = null, of = null]) => `${item(key, type.key)}=${item(of, type.value)}`);
      return `{${pairs.join(", ")}}`;
    }
  }
}

const NEEDS_QUOTES = /^$|^\s|\s$|^null$|[[\]{}():=,'"]/i;

function quoteWhereNeeded(text: string): string {
  return NEEDS_QUOTES.test(text) ? quote(text) : text;
}

function quote(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
