/** The output formats, each in its own file, loaded when asked for. */
import type { Output } from "../output.ts";

export const FORMATS = ["table", "csv", "tsv", "json", "ndjson", "markdown", "line"] as const;
export type FormatName = (typeof FORMATS)[number];

export type ResultColumn = { readonly name: string; readonly type: string };

/** The rows of one statement; `rows[i][j]` belongs to `columns[j]`. */
export type ResultRows = { readonly columns: readonly ResultColumn[]; readonly rows: readonly (readonly unknown[])[] };

/** Bounds of what the table format shows, Infinity for none; the other formats always write every row and value. */
export type FormatOptions = {
  readonly maxRows: number;
  /** In columns of the terminal. */
  readonly maxWidth: number;
};

/** Writes one result, ending with a newline. */
export type Format = (result: ResultRows, output: Output, options: FormatOptions) => Promise<void>;

export async function loadFormat(name: FormatName): Promise<Format> {
  switch (name) {
    case "table":
      return (await import("./table.ts")).writeTable;
    case "csv":
      return (await import("./csv.ts")).writeCsv;
    case "tsv":
      return (await import("./tsv.ts")).writeTsv;
    case "json":
      return (await import("./json.ts")).writeJson;
    case "ndjson":
      return (await import("./ndjson.ts")).writeNdjson;
    case "markdown":
      return (await import("./markdown.ts")).writeMarkdown;
    case "line":
      return (await import("./line.ts")).writeLine;
  }
}
