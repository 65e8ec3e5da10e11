import type { DataFrame } from "./dataframe.ts";
import type { FileArgument } from "./expression/file-function.ts";
import type { Row } from "./types/row.ts";

/** What may be said of files of any format. */
export type FileReadOptions = {
  /** Adds a column with the path of each row's file, named `filename` or as said. */
  readonly filename?: boolean | string | undefined;
  /** Whether folders named `key=value` are columns; by default where all files have the same keys. */
  readonly hivePartitioning?: boolean | undefined;
  /** SQL types of such columns, by name. */
  readonly hiveTypes?: Readonly<Record<string, string>> | undefined;
};

type TextReadOptions = FileReadOptions & {
  /** By default what the path's ending says. */
  readonly compression?: "auto" | "none" | "gzip" | "zstd" | undefined;
  /** By default what a byte order mark says, else UTF-8. */
  readonly encoding?: "utf-8" | "utf-16" | "latin-1" | undefined;
};

export type CsvReadOptions = TextReadOptions & {
  readonly delimiter?: string | undefined;
  readonly quote?: string | undefined;
  readonly escape?: string | undefined;
  readonly header?: boolean | undefined;
  /** Lines to leave out at the beginning. */
  readonly skip?: number | undefined;
  /** What a missing value looks like, besides an empty field. */
  readonly nullText?: string | undefined;
  /** All columns, in order, with their SQL types. */
  readonly columns?: Readonly<Record<string, string>> | undefined;
  /** SQL types of some columns, by name. */
  readonly types?: Readonly<Record<string, string>> | undefined;
  readonly names?: readonly string[] | undefined;
  readonly allVarchar?: boolean | undefined;
  /** Take missing fields at a record's end as NULL. */
  readonly nullPadding?: boolean | undefined;
  /** Whether something between a closing quote and the delimiter is an error. */
  readonly strict?: boolean | undefined;
  /** Records of the wrong length, or with values of the wrong type: an error, left out, or left out and told by `reject_errors()`. */
  readonly badRows?: "error" | "skip" | "collect" | undefined;
};

export type JsonReadOptions = TextReadOptions & {
  /** How values follow each other: one a line, the items of an array, or one after the other. */
  readonly format?: "auto" | "newline_delimited" | "array" | "unstructured" | undefined;
  /** Whether values are objects whose keys are the columns. */
  readonly records?: boolean | undefined;
  /** All columns by their keys, with their SQL types. */
  readonly columns?: Readonly<Record<string, string>> | undefined;
  /** Values to look at for the types; -1: all of them. */
  readonly sampleSize?: number | undefined;
  /** Levels of nesting that become types; deeper values are JSON. */
  readonly maximumDepth?: number | undefined;
  /** Leave malformed lines out, and take values that do not fit as NULL. */
  readonly ignoreErrors?: boolean | undefined;
};

type Paths = string | readonly string[];
type Arguments = { readonly [name: string]: FileArgument | undefined };
type Read = <R extends object>(fn: string, paths: readonly string[], options: Arguments) => DataFrame<R>;

/**
 * Files as lazy DataFrames: `db.read.csv("orders.csv", { delimiter: ";" })`. A path may be a pattern or an http(s) address, or a list
 * of them. `R` says what the compiler may rely on.
 */
export class FileReader {
  private readonly run: Read;

  /** @internal Use `Session.read`. */
  constructor(run: Read) {
    this.run = run;
  }

  csv<R extends object = Row>(paths: Paths, options: CsvReadOptions = {}): DataFrame<R> {
    const { badRows, delimiter, nullText, allVarchar, nullPadding, strict, ...rest } = options;
    return this.run("read_csv", listOf(paths), {
      ...common(rest),
      delim: delimiter,
      nullstr: nullText,
      all_varchar: allVarchar,
      null_padding: nullPadding,
      strict_mode: strict,
      ignore_errors: badRows === "skip" ? true : undefined,
      store_rejects: badRows === "collect" ? true : undefined,
    });
  }

  /** JSON: objects a line, an array of them, or one after the other. */
  json<R extends object = Row>(paths: Paths, options: JsonReadOptions = {}): DataFrame<R> {
    return this.run("read_json", listOf(paths), jsonArguments(options));
  }

  /** JSON with one value a line. */
  ndjson<R extends object = Row>(paths: Paths, options: Omit<JsonReadOptions, "format"> = {}): DataFrame<R> {
    return this.run("read_ndjson", listOf(paths), jsonArguments(options));
  }

  parquet<R extends object = Row>(paths: Paths, options: FileReadOptions = {}): DataFrame<R> {
    return this.run("read_parquet", listOf(paths), common(options));
  }

  /** Arrow IPC files and streams. */
  arrow<R extends object = Row>(paths: Paths, options: FileReadOptions = {}): DataFrame<R> {
    return this.run("read_arrow", listOf(paths), common(options));
  }
}

function listOf(paths: Paths): readonly string[] {
  return typeof paths === "string" ? [paths] : paths;
}

function common({ hivePartitioning, hiveTypes, ...rest }: FileReadOptions & Arguments): Arguments {
  return { ...rest, hive_partitioning: hivePartitioning, hive_types: hiveTypes };
}

function jsonArguments({ sampleSize, maximumDepth, ignoreErrors, ...rest }: JsonReadOptions): Arguments {
  return { ...common(rest), sample_size: sampleSize, maximum_depth: maximumDepth, ignore_errors: ignoreErrors };
}
