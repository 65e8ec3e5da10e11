import { HeadraceError } from "../error.ts";
import type { CsvOptions } from "../io/formats/csv/options.ts";
import type { FileOption } from "../planner/bind/table-names.ts";
import { sqlType } from "./sql-type.ts";

type Options = { readonly [name: string]: FileOption };

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
        result.columns = Object.entries(record(name, value)).map(([column, type]) => ({
          name: column,
          type: sqlType(text(name, type)),
        }));
        break;
      case "types":
      case "dtypes":
      case "column_types":
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
        result.ignoreErrors = flag(name, value);
        break;
      case "null_padding":
        result.nullPadding = flag(name, value);
        break;
      case "auto_detect":
      case "sample_size":
      case "parallel":
        break;
      default:
        throw new HeadraceError("unsupported", `the option ${name} of read_csv is not supported yet`);
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
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) throw wrong(name, "a number of lines");
  return value;
}

function record(name: string, value: FileOption): Options {
  if (typeof value !== "object" || Array.isArray(value)) throw wrong(name, "a struct such as {'a': 'INTEGER'}");
  return value as Options;
}
