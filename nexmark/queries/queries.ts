/** The 24 queries of Nexmark, in the dialect of Flink SQL. */
import { readFileSync } from "node:fs";

export const QUERY_NAMES: readonly string[] = Array.from({ length: 24 }, (_, i) => `q${i}`);

/** Where a query finds and leaves files. */
export type QueryPlaces = {
  /** The table that q13 looks things up in: see `sideInput`. */
  readonly sideInput: string;
  /** The directory that q10 writes. */
  readonly output: string;
};

/** The definitions that a query needs, the INSERT that runs it, and the SELECT within. */
export type QueryTexts = { readonly definitions: string; readonly insert: string; readonly select: string };

export function queryTexts(name: string, files: QueryPlaces): QueryTexts {
  const places: Readonly<Record<string, string>> = { SIDE_INPUT: files.sideInput, OUTPUT: files.output };
  const text = readText(`${name}.sql`).replaceAll(/\$\{(\w+)\}/g, (_, place: string) => quoted(places[place]!));
  const at = text.indexOf("INSERT INTO");
  const insert = text.slice(at).trim().replace(/;$/, "");
  return { definitions: text.slice(0, at), insert, select: insert.replace(/^INSERT INTO \w+\s/, "") };
}

/** The definitions of person, auction and bid, with options of the connector. */
export function tableDefinitions(options: Readonly<Record<string, string>>): string {
  const lines = Object.entries(options).map(([name, value]) => `    '${name}' = '${quoted(value)}'`);
  return readText("tables.sql").replaceAll("${OPTIONS}", () => lines.join(",\n"));
}

const SIDE_INPUT_ROWS = 10_000;

/** What q13 looks up: numbers and the same numbers as text, as CSV. */
export function sideInput(): string {
  return `key,value\n${Array.from({ length: SIDE_INPUT_ROWS }, (_, i) => `${i},${i}\n`).join("")}`;
}

/** q14's function: how often a character, of one byte, is in a text. */
export function countChar(text: string, character: string): bigint {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count++;
  return BigInt(count);
}

const readText = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");

const quoted = (text: string): string => text.replaceAll("'", "''");
