import type { SqlType } from "../../../planner/types/types.ts";
import { BIGINT, BOOLEAN, DATE, DOUBLE, TIME, TIMESTAMP, TIMESTAMPTZ, VARCHAR } from "../../../planner/types/types.ts";
import { parseDatum } from "../../../planner/types/literals.ts";
import { byteOption, type CsvOptions } from "./options.ts";

/** How a file is written, settled. */
export type CsvDialect = {
  /** Bytes; 0: there is none. */
  readonly delimiter: number;
  readonly quote: number;
  readonly escape: number;
  /** Offset of the first record of data. */
  readonly dataStart: number;
  /** `declared`: the type comes from the caller, not from the sample. */
  readonly columns: readonly { readonly name: string; readonly type: SqlType; readonly declared: boolean }[];
  readonly nullText: string;
  /** Average bytes per record of the sample. */
  readonly recordBytes: number;
};

const DELIMITERS = [",", "|", ";", "\t"];
const SAMPLE_RECORDS = 2048;

type Record = { readonly fields: readonly Field[]; readonly start: number; readonly end: number };
type Field = { readonly text: string; readonly quoted: boolean };

type Attempt = { readonly delimiter: string; readonly records: readonly Record[]; readonly columns: number };

/**
 * Finds out delimiter, header and types from the beginning of a file. `complete`: the sample is the whole file; otherwise its last
 * record may be cut and is left out. The text is Latin-1: one character a byte. In short steps.
 */
export function* sniffCsv(sample: string, complete: boolean, options: CsvOptions): Generator<void, CsvDialect> {
  const quote = options.quote ?? '"';
  const escape = options.escape ?? quote;
  const bom = sample.startsWith("\u00ef\u00bb\u00bf") ? 3 : 0;
  const start = skipLines(sample, bom, options.skip ?? 0);
  const candidates = options.delimiter === undefined ? DELIMITERS : [options.delimiter];
  const tried: Attempt[] = [];
  for (const delimiter of candidates) {
    const records = cut(sample, start, delimiter, quote, escape, complete);
    tried.push({ delimiter, records, columns: commonWidth(records) });
    yield;
  }
  const score = ({ records, columns }: Attempt): number => {
    const fitting = records.filter(({ fields }) => fields.length === columns).length;
    return columns <= 1 ? 0 : (fitting / Math.max(1, records.length)) * 1000 + Math.min(columns, 100);
  };
  const best = tried.reduce((a, b) => (score(b) > score(a) ? b : a));
  const { records, delimiter } = best;
  const nullText = options.nullText ?? "";
  const seen = records.length === 0 ? 0 : widthWithoutTrailing(records, best.columns);
  const width = options.columns?.length ?? options.names?.length ?? seen;
  const [first, ...rest] = records;
  const types = (from: readonly Record[]): readonly SqlType[] =>
    Array.from({ length: width }, (_, i) => (options.allVarchar === true ? VARCHAR : columnType(from, i, nullText)));
  const header =
    options.header ??
    (options.columns === undefined
      ? looksLikeHeader(first, rest, types(rest))
      : namesColumns(first, options.columns, nullText));
  const data = header ? rest : records;
  const names = namesOf(header ? first : undefined, width, options);
  yield;
  const found = types(data);
  const recordBytes = records.length === 0 ? 1 : ((records.at(-1)?.end ?? start) - start) / records.length;
  return {
    delimiter: byteOption("the delimiter", delimiter),
    quote: byteOption("the quote", quote),
    escape: byteOption("the escape", escape),
    dataStart: header ? (first?.end ?? start) : start,
    columns:
      options.columns?.map((column) => ({ ...column, declared: true })) ??
      names.map((name, i) => {
        const { types: known } = options;
        const declared = known !== undefined && "get" in known ? known.get(name.toLowerCase()) : known?.[i];
        return { name, type: declared ?? found[i] ?? VARCHAR, declared: declared !== undefined };
      }),
    nullText,
    recordBytes: Math.max(1, recordBytes),
  };
}

function skipLines(text: string, from: number, lines: number): number {
  let at = from;
  for (let i = 0; i < lines; i++) {
    const newline = text.indexOf("\n", at);
    if (newline < 0) return text.length;
    at = newline + 1;
  }
  return at;
}

/** The records of the sample, by the rules of the kernel `csvParse`. */
function cut(
  text: string,
  from: number,
  delimiter: string,
  quote: string,
  escape: string,
  complete: boolean,
): readonly Record[] {
  const records: Record[] = [];
  let fields: Field[] = [];
  let at = from;
  let start = from;
  while (at < text.length && records.length < SAMPLE_RECORDS) {
    let value = "";
    let quoted = false;
    if (quote !== "" && text[at] === quote) {
      quoted = true;
      at++;
      for (; at < text.length; at++) {
        if (text[at] === escape && (text[at + 1] === quote || (escape !== quote && text[at + 1] === escape)))
          value += text[++at];
        else if (text[at] === quote) break;
        else value += text[at];
      }
      at++;
    }
    const begin = at;
    while (at < text.length && text[at] !== delimiter && text[at] !== "\n") at++;
    const newline = text[at] === "\n";
    const ends = newline || at >= text.length;
    value += text.slice(begin, ends && text[at - 1] === "\r" && at > begin ? at - 1 : at);
    at++;
    const emptyLine = ends && fields.length === 0 && value === "" && !quoted;
    if (!emptyLine) fields.push({ text: value, quoted });
    if (!ends) continue;
    if (fields.length > 0 && (newline || complete)) records.push({ fields, start, end: Math.min(at, text.length) });
    fields = [];
    start = at;
  }
  return records;
}

/** The number of fields that most records have. */
function commonWidth(records: readonly Record[]): number {
  const counts = new Map<number, number>();
  for (const { fields } of records) counts.set(fields.length, (counts.get(fields.length) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [1, 0])[0];
}

/** Files with a delimiter behind every record's last field have a column less than it seems. */
function widthWithoutTrailing(records: readonly Record[], width: number): number {
  const all = records.filter(({ fields }) => fields.length === width);
  const trailing =
    width > 1 &&
    all.length > 0 &&
    all.every(({ fields }) => fields[width - 1]?.text === "" && !fields[width - 1]?.quoted);
  return trailing ? width - 1 : width;
}

const CANDIDATE_TYPES: readonly SqlType[] = [BOOLEAN, BIGINT, DOUBLE, DATE, TIMESTAMP, TIMESTAMPTZ, TIME];

/** Whether a time has an offset from UTC behind it: then it is an instant, no wall time. */
export function hasOffset(text: string): boolean {
  return /\d\s*(?:[+-]\d{1,2}(?::?\d{2})?|Z)\s*$/i.test(text.slice(10));
}

/** The first type that all values of a column have. */
function columnType(records: readonly Record[], column: number, nullText: string): SqlType {
  const values = records
    .map(({ fields }) => fields[column])
    .filter(
      (field): field is Field =>
        field !== undefined && (field.quoted || (field.text !== "" && field.text !== nullText)),
    )
    .map(({ text }) => text);
  if (values.length === 0) return VARCHAR;
  return CANDIDATE_TYPES.find((type) => values.every((text) => isValue(text, type))) ?? VARCHAR;
}

const INSTANT = /^\d{4}-\d{1,2}-\d{1,2}[ T]\d/;

function isValue(text: string, type: SqlType): boolean {
  switch (type.kind) {
    case "Boolean":
      return /^(true|false)$/i.test(text);
    case "BigInt":
      return /^[+-]?\d{1,19}$/.test(text) && parseDatum(text, type) !== undefined;
    case "Double":
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
    case "Date":
      return /^\d{4}-\d{1,2}-\d{1,2}$/.test(text) && parseDatum(text, type) !== undefined;
    case "Timestamp":
      return INSTANT.test(text) && !hasOffset(text) && parseDatum(text, type) !== undefined;
    case "TimestampTz":
      return INSTANT.test(text) && hasOffset(text) && parseDatum(text, type) !== undefined;
    default:
      return /^\d{1,2}:\d{2}:\d{2}/.test(text) && parseDatum(text, type) !== undefined;
  }
}

/** The first record is a header when its fields are no values of their columns' types, or names where all is text. */
function looksLikeHeader(first: Record | undefined, rest: readonly Record[], types: readonly SqlType[]): boolean {
  if (first === undefined) return false;
  const texts = first.fields.map(({ text }) => text);
  const known = types.map((type, i) => ({ type, text: texts[i] ?? "" })).filter(({ text }) => text !== "");
  const typed = known.filter(({ type }) => type.kind !== "Varchar");
  if (typed.length > 0)
    return (
      typed.some(({ type, text }) => !isValue(text, type)) && !typed.every(({ type, text }) => isValue(text, type))
    );
  const distinct = new Set(texts).size === texts.length && texts.every((text) => text !== "");
  const repeated = rest.some(({ fields }) => fields.some(({ text }, i) => text === texts[i]));
  return distinct && !repeated && texts.every((text) => !/^[+-]?\d/.test(text));
}

/** Whether the first record has the names of the columns, or something that is no value of their types. */
function namesColumns(
  first: Record | undefined,
  columns: NonNullable<CsvOptions["columns"]>,
  nullText: string,
): boolean {
  if (first === undefined || first.fields.length < columns.length) return false;
  const texts = columns.map((_, i) => first.fields[i]?.text ?? "");
  if (columns.every(({ name }, i) => name.toLowerCase() === texts[i]?.trim().toLowerCase())) return true;
  return columns.some(({ type }, i) => {
    const text = texts[i] ?? "";
    return type.kind !== "Varchar" && text !== "" && text !== nullText && parseDatum(text, type) === undefined;
  });
}

function namesOf(header: Record | undefined, width: number, { names }: CsvOptions): readonly string[] {
  const used = new Set<string>();
  return Array.from({ length: width }, (_, i) => {
    const written = header?.fields[i]?.text;
    const text = written === undefined ? "" : Buffer.from(written, "latin1").toString("utf8").trim();
    const base = names?.[i] ?? (text === "" ? `column${String(i).padStart(String(width - 1).length, "0")}` : text);
    let name = base;
    for (let n = 1; used.has(name.toLowerCase()); n++) name = `${base}_${n}`;
    used.add(name.toLowerCase());
    return name;
  });
}
