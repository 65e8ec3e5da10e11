import { HeadraceError } from "../error.ts";
import type { CsvOptions } from "../io/formats/csv/options.ts";
import type { HiveOptions } from "../io/formats/hive.ts";
import type { JsonFormat, JsonOptions } from "../io/formats/json/options.ts";
import type { FileOption } from "../planner/bind/table-names.ts";
import { sqlType } from "./sql-type.ts";

type Options = { readonly [name: string]: FileOption };

/** What may be said of files of any format. */
export type FileSetOptions = HiveOptions & {
  /** The name of a column with the file's path. */
  readonly filename?: string | undefined;
};

/** The arguments that all file functions know, and the others. Throws `bind` naming the argument. */
export function fileSetOptions(options: Options): { readonly set: FileSetOptions; readonly rest: Options } {
  const set: { -readonly [K in keyof FileSetOptions]: FileSetOptions[K] } = {};
  const rest: Record<string, FileOption> = {};
  for (const [name, value] of Object.entries(options)) {
    switch (name) {
      case "filename":
        if (value === true) set.filename = "filename";
        else if (value !== false) set.filename = text(name, value);
        break;
      case "hive_partitioning":
        set.hivePartitioning = flag(name, value);
        break;
      case "hive_types":
        set.hiveTypes = new Map(
          Object.entries(record(name, value)).map(([key, type]) => [key.toLowerCase(), sqlType(text(name, type))]),
        );
        break;
      case "hive_types_autocast":
        set.hiveTypesAutocast = value === 0 || value === 1 ? value === 1 : flag(name, value);
        break;
      case "compression":
      case "encoding":
        // Done before anything is read.
        break;
      default:
        rest[name] = value;
    }
  }
  return { set, rest };
}

/** Refuses arguments of a function that has none of its own. */
export function noOptions(options: Options, fn: string): void {
  for (const name of Object.keys(options)) throw unknownOption(name, fn);
}

function unknownOption(name: string, fn: string): HeadraceError {
  return new HeadraceError("unsupported", `the option ${name} of ${fn} is not supported yet`);
}

const JSON_FORMATS: { readonly [name: string]: JsonFormat | "auto" } = {
  auto: "auto",
  newline_delimited: "lines",
  nd: "lines",
  array: "array",
  unstructured: "stream",
};

/** The named arguments of `read_json` and `read_ndjson`, checked. Throws `bind` naming the argument. */
export function jsonOptions(options: Options, format: "json" | "ndjson"): JsonOptions {
  const result: { -readonly [K in keyof JsonOptions]: JsonOptions[K] } = {};
  if (format === "ndjson") result.format = "lines";
  for (const [name, value] of Object.entries(options)) {
    switch (name) {
      case "format": {
        const known = JSON_FORMATS[text(name, value).toLowerCase()];
        if (known === undefined) throw wrong(name, Object.keys(JSON_FORMATS).join(", "));
        result.format = known === "auto" ? undefined : known;
        break;
      }
      case "records":
        if (value !== "auto") result.records = typeof value === "string" ? value === "true" : flag(name, value);
        break;
      case "columns":
        result.columns = columnTypes(name, value);
        break;
      case "sample_size":
        result.sampleSize = value === -1 ? Infinity : count(name, value);
        break;
      case "maximum_depth":
        result.maximumDepth = value === -1 ? undefined : count(name, value);
        break;
      case "ignore_errors":
        result.ignoreErrors = flag(name, value);
        break;
      case "map_inference_threshold":
        result.mapInferenceThreshold = value === -1 ? Infinity : count(name, value);
        break;
      case "field_appearance_threshold":
        if (typeof value !== "number" || !(value >= 0 && value <= 1)) throw wrong(name, "a number from 0 to 1");
        result.fieldAppearanceThreshold = value;
        break;
      case "maximum_object_size":
      case "auto_detect":
      case "union_by_name":
      case "maximum_sample_files":
        // Larger objects are fine, and columns are always those of all files looked at.
        break;
      default:
        throw unknownOption(name, "read_json");
    }
  }
  if (result.ignoreErrors === true && result.format !== undefined && result.format !== "lines")
    throw new HeadraceError("bind", "ignore_errors takes one value a line", { hint: "format = 'newline_delimited'" });
  return result;
}

function columnTypes(name: string, value: FileOption): JsonOptions["columns"] {
  return Object.entries(record(name, value)).map(([column, type]) => ({
    name: column,
    type: sqlType(text(name, type)),
  }));
}

/** The named arguments of `read_csv`, checked. Throws `bind` naming the argument. */
export function csvOptions(options: Options): CsvOptions {
  const result: { -readonly [K in keyof CsvOptions]: CsvOptions[K] } = {};
  for (const [name, value] of Object.entries(options)) {
    switch (name) {
      case "delim":
      case "sep":
      case "delimiter":
        result.delimiter = text(name, value);
        break;
      case "quote":
        result.quote = text(name, value);
        break;
      case "escape":
        result.escape = text(name, value);
        break;
      case "header":
        result.header = flag(name, value);
        break;
      case "skip":
        result.skip = count(name, value);
        break;
      case "nullstr":
      case "null":
        result.nullText = text(name, value);
        break;
      case "columns":
        result.columns = columnTypes(name, value);
        break;
      case "types":
      case "dtypes":
      case "column_types":
        if (Array.isArray(value)) {
          result.types = (value as readonly FileOption[]).map((type) => sqlType(text(name, type)));
          break;
        }
        result.types = new Map(
          Object.entries(record(name, value)).map(([column, type]) => [
            column.toLowerCase(),
            sqlType(text(name, type)),
          ]),
        );
        break;
      case "names":
      case "column_names":
        if (!Array.isArray(value)) throw wrong(name, "a list of names");
        result.names = (value as readonly FileOption[]).map((item) => text(name, item));
        break;
      case "all_varchar":
        result.allVarchar = flag(name, value);
        break;
      case "ignore_errors":
        if (flag(name, value)) result.badRows ??= "skip";
        break;
      case "store_rejects":
        if (flag(name, value)) result.badRows = "collect";
        break;
      case "strict_mode":
        result.strict = flag(name, value);
        break;
      case "null_padding":
        result.nullPadding = flag(name, value);
        break;
      case "auto_detect":
      case "sample_size":
      case "parallel":
        break;
      default:
        throw unknownOption(name, "read_csv");
    }
  }
  return result;
}

function wrong(name: string, what: string): HeadraceError {
  return new HeadraceError("bind", `the option ${name} takes ${what}`);
}

function text(name: string, value: FileOption): string {
  if (typeof value !== "string") throw wrong(name, "a string");
  return value;
}

function flag(name: string, value: FileOption): boolean {
  if (typeof value !== "boolean") throw wrong(name, "true or false");
  return value;
}

function count(name: string, value: FileOption): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0)
    throw wrong(name, "a whole number, 0 or more");
  return value;
}

function record(name: string, value: FileOption): Options {
  if (typeof value !== "object" || Array.isArray(value)) throw wrong(name, "a struct such as {'a': 'INTEGER'}");
  return value as Options;
}
