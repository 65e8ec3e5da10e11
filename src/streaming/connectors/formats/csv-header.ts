import type { CsvSyntax } from "./csv-records.ts";

/** The fields of the first record, and its bytes; undefined: it has no end in the text. */
export function readHeader(
  text: Buffer,
  { delimiter, quote, escape }: CsvSyntax,
  complete: boolean,
): { readonly names: readonly string[]; readonly bytes: number } | undefined {
  const names: string[] = [];
  let field: number[] = [];
  let quoted = false;
  let begun = false;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]!;
    if (quoted) {
      const next = text[at + 1];
      if (byte === escape && (next === quote || (escape !== quote && next === escape))) field.push(text[++at]!);
      else if (byte === quote) quoted = false;
      else field.push(byte);
    } else if (byte === quote && quote !== 0 && !begun) {
      quoted = true;
    } else if (byte === delimiter || byte === LF) {
      if (byte === LF && field.at(-1) === CR) field.pop();
      names.push(nameOf(field));
      if (byte === LF) return { names, bytes: at + 1 };
      field = [];
      begun = false;
      continue;
    } else field.push(byte);
    begun = true;
  }
  if (!complete || text.length === 0) return undefined;
  return { names: [...names, nameOf(field)], bytes: text.length };
}

const LF = 10;
const CR = 13;

const nameOf = (bytes: readonly number[]): string => Buffer.from(bytes).toString("utf8").trim();
