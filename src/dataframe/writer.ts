import type { ActionOptions } from "./actions.ts";
import type { Copy } from "../sql/ast.ts";
import { literal, NO_SPAN } from "./expression/nodes.ts";

export type ParquetWriteOptions = ActionOptions &
  FolderOptions & {
    readonly compression?: "snappy" | "gzip" | "brotli" | "lz4" | "none" | undefined;
    /** Rows per row group. */
    readonly rowGroupSize?: number | undefined;
    /** Columns that get a Bloom filter, by which readers find row groups without a value; true: all that can have one. */
    readonly bloomFilter?: boolean | readonly string[] | undefined;
    /** Share of other values that a filter may take for one of its own; 0.01 by default. */
    readonly bloomFilterFalsePositiveRatio?: number | undefined;
  };

type FolderOptions = {
  /** Columns whose values name folders `key=value` with a file each; they are left out of the files. */
  readonly partitionBy?: readonly string[] | undefined;
  /** What happens to a folder that is not empty: `error` by default. */
  readonly existing?: "error" | "overwrite" | "merge" | undefined;
};

export type JsonWriteOptions = ActionOptions &
  FolderOptions & {
    readonly compression?: "none" | "gzip" | undefined;
  };

export type ArrowWriteOptions = ActionOptions & {
  /** `file` by default; `stream` for paths that end with `.arrows`. */
  readonly format?: "file" | "stream" | undefined;
  /** Of the buffers; `none` by default. */
  readonly compression?: "lz4" | "none" | undefined;
};

export type CsvWriteOptions = ActionOptions &
  FolderOptions & {
    readonly compression?: "none" | "gzip" | undefined;
    readonly delimiter?: string | undefined;
    readonly header?: boolean | undefined;
    /** How NULL is written; an empty field by default. */
    readonly nullText?: string | undefined;
  };

type Write = (path: string, options: Copy["options"], action: ActionOptions) => Promise<number>;

/** Writes a DataFrame's rows to files. A failed write leaves nothing. */
export class DataFrameWriter {
  private readonly run: Write;

  /** @internal Use `DataFrame.write`. */
  constructor(run: Write) {
    this.run = run;
  }

  /** Resolves to the number of rows. */
  parquet(path: string, options: ParquetWriteOptions = {}): Promise<number> {
    const { compression, rowGroupSize, bloomFilter, bloomFilterFalsePositiveRatio, ...rest } = options;
    const { partitionBy, existing, ...action } = rest;
    const own = {
      compression,
      row_group_size: rowGroupSize,
      write_bloom_filter: bloomFilter,
      bloom_filter_false_positive_ratio: bloomFilterFalsePositiveRatio,
    };
    return this.run(path, optionsOf({ format: "parquet", ...own, ...folder({ partitionBy, existing }) }), action);
  }

  /** Resolves to the number of rows. */
  csv(path: string, options: CsvWriteOptions = {}): Promise<number> {
    const { delimiter, header, nullText, compression, partitionBy, existing, ...action } = options;
    const own = { delimiter, header, nullstr: nullText, compression };
    return this.run(path, optionsOf({ format: "csv", ...own, ...folder({ partitionBy, existing }) }), action);
  }

  /** One array of objects. Resolves to the number of rows. */
  json(path: string, { compression, partitionBy, existing, ...action }: JsonWriteOptions = {}): Promise<number> {
    const own = { format: "json", array: true, compression };
    return this.run(path, optionsOf({ ...own, ...folder({ partitionBy, existing }) }), action);
  }

  /** An object a line. Resolves to the number of rows. */
  ndjson(path: string, { compression, partitionBy, existing, ...action }: JsonWriteOptions = {}): Promise<number> {
    return this.run(path, optionsOf({ format: "json", compression, ...folder({ partitionBy, existing }) }), action);
  }

  /** An Arrow IPC file, or a stream. Resolves to the number of rows. */
  arrow(path: string, { format, compression, ...action }: ArrowWriteOptions = {}): Promise<number> {
    const stream = format === undefined ? /\.arrows$/i.test(path) : format === "stream";
    return this.run(path, optionsOf({ format: stream ? "arrows" : "arrow", compression }), action);
  }
}

type Options = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

function folder({ partitionBy, existing }: FolderOptions): Options {
  return {
    partition_by: partitionBy,
    overwrite: existing === "overwrite" ? true : undefined,
    overwrite_or_ignore: existing === "merge" ? true : undefined,
  };
}

function optionsOf(options: Options): Copy["options"] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [{ kind: "Option", name, value: literal(value), span: NO_SPAN } as const];
  });
}
