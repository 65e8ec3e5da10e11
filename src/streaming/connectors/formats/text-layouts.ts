/** Rows as text that kernels write. */
import type { TextLayout } from "../../../exec/table/row-text.ts";
import { type CsvTextOptions, fieldText } from "../../../io/formats/csv/record-text.ts";
import { jsonEncoder } from "../../../io/formats/json/json-writer.ts";
import { formatDatum } from "../../../planner/types/literals.ts";

/** Records of `width` fields. */
export function csvLayout(width: number, options: CsvTextOptions): TextLayout {
  const { delimiter, quote, escape, nullText } = options;
  const quoted = fieldText(options);
  // Such characters, and such a text, never are in a number or a date.
  const plain = [delimiter, quote, escape].every((character) => /^[\t!-*,/;-@[-`{-~]$/.test(character));
  return {
    prefixes: Array.from({ length: width }, (_, i) => (i === 0 ? "" : delimiter)),
    rowEnd: "\n",
    nullText,
    syntax: plain && !/^[-\d.: a-z]+$/.test(nullText) ? { kind: "csv", delimiter, quote, escape } : undefined,
    render: (type) => (value) => quoted(formatDatum(value, type)),
  };
}

/** Objects with these members, between `before` and `behind`. */
export function jsonLayout(names: readonly string[], before: string, behind: string): TextLayout {
  return {
    prefixes: names.map((name, i) => `${i === 0 ? `${before}{` : ","}${JSON.stringify(name)}:`),
    rowEnd: `}${behind}`,
    nullText: "null",
    syntax: { kind: "json" },
    render: jsonEncoder,
  };
}
