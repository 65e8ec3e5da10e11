/** What the options of a table say of how its records are written. */
import { HeadraceError, unsupported } from "../../../error.ts";
import type { ConnectorTable } from "../connector.ts";
import type { OptionReader } from "../options.ts";
import type { CsvSyntax } from "./csv-records.ts";

export type FormatOptions = {
  readonly format: "csv" | "ndjson" | "parquet";
  /**
   * How rows that go are written: not at all, by a column that says so of a row's key (`upsert`), by a column of weights (`retract`),
   * or as Debezium does.
   */
  readonly changelog: "append" | "upsert" | "retract" | "debezium-json";
  /** The column beside the table's that `upsert` and `retract` have. */
  readonly column: string;
  /** Whether Debezium's records say what their fields are: `{"schema": ..., "payload": ...}`. */
  readonly schemas: boolean;
  readonly csv: CsvSyntax & {
    readonly names: { readonly delimiter: string; readonly quote: string; readonly escape: string };
  };
};

const SCHEMAS = "debezium-json.schema-include";

export const FORMAT_OPTIONS: readonly string[] = [
  "format",
  "changelog",
  "changelog.column",
  SCHEMAS,
  "csv.header",
  "csv.field-delimiter",
  "csv.quote-character",
  "csv.escape-character",
  "csv.null-literal",
];

/**
 * Throws `bind`, `unsupported`.
 *
 * @param otherwise the format that a table has which names none; undefined: it must
 */
export function formatOptions(
  table: ConnectorTable,
  options: OptionReader,
  otherwise: FormatOptions["format"] | undefined,
): FormatOptions {
  const named = options.choice("format", ["csv", "ndjson", "json", "parquet", "debezium-json"]);
  if (named === undefined && otherwise === undefined) options.required("format");
  const changelog =
    options.choice("changelog", ["append", "upsert", "retract", "debezium-json"]) ??
    (named === "debezium-json" ? "debezium-json" : "append");
  if (named === "debezium-json" && changelog !== "debezium-json") {
    throw options.wrong("changelog", "left out where the format is debezium-json");
  }
  const format = named === "debezium-json" || named === "json" ? "ndjson" : (named ?? otherwise!);
  if (changelog === "debezium-json" && format !== "ndjson") throw unsupported(`debezium-json in ${format} files`);
  const schemas = options.boolean(SCHEMAS);
  if (schemas !== undefined && changelog !== "debezium-json")
    throw options.wrong(SCHEMAS, "left out where the changelog is not debezium-json");
  if (format !== "csv") {
    const stray = FORMAT_OPTIONS.find((name) => name.startsWith("csv.") && options.text(name) !== undefined);
    if (stray !== undefined) throw options.wrong(stray, "left out where the format is not csv");
  }
  const column = options.text("changelog.column") ?? (changelog === "upsert" ? "op" : "weight");
  const beside = changelog === "upsert" || changelog === "retract";
  if (beside && table.columns.some(({ name }) => name.toLowerCase() === column.toLowerCase())) {
    throw new HeadraceError("bind", `the table "${table.name}" has a column "${column}", as its changelog has`, {
      hint: "'changelog.column' gives that of the changelog another name",
    });
  }
  return { format, changelog, column, schemas: schemas ?? false, csv: csvSyntax(options) };
}

function csvSyntax(options: OptionReader): FormatOptions["csv"] {
  const character = (name: string, otherwise: string): string =>
    options.text(name) === "" ? "" : (options.character(name) ?? otherwise);
  const delimiter = options.character("csv.field-delimiter") ?? ",";
  const quote = character("csv.quote-character", '"');
  const escape = character("csv.escape-character", quote);
  const code = (text: string): number => (text === "" ? 0 : text.charCodeAt(0));
  return {
    ...{ delimiter: code(delimiter), quote: code(quote), escape: code(escape === "" ? quote : escape) },
    header: options.boolean("csv.header") ?? true,
    nullText: options.text("csv.null-literal") ?? "",
    names: { delimiter, quote, escape: escape === "" ? quote : escape },
  };
}

/** The format that a path's ending says. */
export function formatOfPath(path: string): FormatOptions["format"] | undefined {
  const [, ending] = /\.(csv|tsv|ndjson|jsonl|json|parquet)$/i.exec(path) ?? [];
  switch (ending?.toLowerCase()) {
    case "csv":
      return "csv";
    case "ndjson":
    case "jsonl":
    case "json":
      return "ndjson";
    case "parquet":
      return "parquet";
    default:
      return undefined;
  }
}
