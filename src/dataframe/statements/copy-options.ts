/** The options of COPY ... TO, checked. */
import { HeadraceError } from "../../error.ts";
import type { WriteCodec } from "../../io/codecs/compress.ts";
import type { CsvWriteOptions } from "../../io/formats/csv/csv-writer.ts";
import type { JsonWriteOptions } from "../../io/formats/json/json-writer.ts";
import type { WriteOptions } from "../../io/formats/parquet/write-row-group.ts";
import type { Existing } from "../../io/stores/atomic-file.ts";
import type { Copy, Expression, Option } from "../../sql/ast.ts";

export type CopyFormat = "parquet" | "csv" | "json" | "arrow";

export type CopyOptions = {
  readonly format: CopyFormat;
  readonly parquet: {
    readonly write: Omit<WriteOptions, "bloomFilters">;
    readonly rowGroupRows: number;
    /** `all`: the columns that can have one. */
    readonly bloomFilters?: { readonly columns: readonly string[] | "all"; readonly falsePositiveRatio: number };
  };
  readonly csv: CsvWriteOptions;
  readonly json: JsonWriteOptions;
  readonly arrow: { readonly stream: boolean; readonly compression: "none" | "lz4" };
  /** Columns whose values name folders. */
  readonly partitionBy: readonly string[];
  /** Whether these columns are in the files too. */
  readonly writePartitionColumns: boolean;
  readonly existing: Existing;
};

const CODECS: { readonly [name: string]: WriteCodec } = {
  uncompressed: "none",
  none: "none",
  snappy: "snappy",
  gzip: "gzip",
  brotli: "brotli",
  lz4: "lz4_raw",
  lz4_raw: "lz4_raw",
};

/** As many as DuckDB's. */
const ROW_GROUP_ROWS = 122_880;

const FORMATS: { readonly [name: string]: CopyFormat } = {
  parquet: "parquet",
  pq: "parquet",
  parq: "parquet",
  csv: "csv",
  tsv: "csv",
  tbl: "csv",
  json: "json",
  ndjson: "json",
  jsonl: "json",
  arrow: "arrow",
  arrows: "arrow",
  feather: "arrow",
  ipc: "arrow",
};

/** Throws `bind`, `unsupported`, with the option's span. */
export function copyOptions(node: Copy, path: string): CopyOptions {
  const [, ending = "csv", zipped] = /\.(\w+?)(\.gz)?$/i.exec(path) ?? [];
  let format = ending.toLowerCase();
  let codec: string | undefined;
  let rowGroupRows = ROW_GROUP_ROWS;
  let bloomFilters: readonly string[] | "all" = [];
  let falsePositiveRatio = 0.01;
  let array = false;
  let csv = { delimiter: format === "tsv" ? "\t" : ",", quote: '"', escape: '"', header: true, nullText: "" };
  let partitionBy: readonly string[] = [];
  let writePartitionColumns = false;
  let existing: Existing = "error";
  for (const option of node.options) {
    switch (option.name) {
      case "format":
        format = textOf(option.value)?.toLowerCase() ?? "";
        break;
      case "compression":
      case "codec":
        codec = textOf(option.value)?.toLowerCase();
        if (codec === undefined) throw wrong(option);
        break;
      case "row_group_size":
        rowGroupRows = Number(textOf(option.value));
        if (!Number.isInteger(rowGroupRows) || rowGroupRows < 1) throw wrong(option);
        break;
      case "write_bloom_filter":
      case "bloom_filter":
        bloomFilters = isFlag(option) ? (flagOf(option) ? "all" : []) : namesOf(option);
        break;
      case "bloom_filter_false_positive_ratio":
        falsePositiveRatio = Number(textOf(option.value));
        if (!(falsePositiveRatio > 0 && falsePositiveRatio < 1)) throw wrong(option);
        break;
      case "delimiter":
      case "delim":
      case "sep":
        csv = { ...csv, delimiter: characterOf(option) };
        break;
      case "quote":
        csv = { ...csv, quote: characterOf(option) };
        break;
      case "escape":
        csv = { ...csv, escape: characterOf(option) };
        break;
      case "header":
        csv = { ...csv, header: flagOf(option) };
        break;
      case "nullstr":
      case "null":
        csv = { ...csv, nullText: textOf(option.value) ?? "" };
        break;
      case "array":
        array = flagOf(option);
        break;
      case "partition_by":
        partitionBy = namesOf(option);
        break;
      case "write_partition_columns":
        writePartitionColumns = flagOf(option);
        break;
      case "overwrite":
        if (flagOf(option)) existing = "overwrite";
        break;
      case "overwrite_or_ignore":
        if (flagOf(option)) existing = "merge";
        break;
      default:
        throw new HeadraceError("unsupported", `the option ${option.name.toUpperCase()} of COPY is not supported yet`, {
          span: option.span,
        });
    }
  }
  const known = FORMATS[format];
  if (known === undefined)
    throw new HeadraceError("unsupported", `COPY of ${format.toUpperCase()} files is not supported yet`, {
      span: node.span,
      hint: "the formats are parquet, csv, json and arrow",
    });
  if (zipped !== undefined) codec ??= "gzip";
  const compression = known === "csv" || known === "json" ? textCompression(codec, known, node) : "none";
  const parquetCodec = codec === undefined ? undefined : CODECS[codec];
  if (known === "parquet" && codec !== undefined && parquetCodec === undefined)
    throw ["zstd", "lzo"].includes(codec)
      ? unknownCodec(codec, known, node)
      : new HeadraceError("bind", `"${codec}" is no value of COMPRESSION`, { span: node.span });
  return {
    format: known,
    parquet: {
      write: parquetCodec === undefined ? {} : { codec: parquetCodec },
      rowGroupRows,
      bloomFilters: { columns: bloomFilters, falsePositiveRatio },
    },
    csv: { ...csv, compression },
    json: { array, compression },
    arrow: { stream: format === "arrows", compression: known === "arrow" ? bodyCompression(codec, node) : "none" },
    partitionBy,
    writePartitionColumns,
    existing,
  };
}

function textCompression(codec: string | undefined, format: CopyFormat, node: Copy): "none" | "gzip" {
  if (codec === undefined || codec === "none" || codec === "uncompressed") return "none";
  if (codec === "gzip" || codec === "gz") return "gzip";
  throw unknownCodec(codec, format, node);
}

function bodyCompression(codec: string | undefined, node: Copy): "none" | "lz4" {
  if (codec === undefined || codec === "none" || codec === "uncompressed") return "none";
  if (codec === "lz4" || codec === "lz4_frame") return "lz4";
  throw unknownCodec(codec, "arrow", node);
}

function unknownCodec(codec: string, format: CopyFormat, node: Copy): HeadraceError {
  return new HeadraceError("unsupported", `writing ${format} files with ${codec} is not supported yet`, {
    span: node.span,
  });
}

export function textOf(value: Expression | undefined): string | undefined {
  if (value?.kind === "StringLiteral") return value.value;
  if (value?.kind === "ColumnRef") return value.parts.map((part) => part.name).join(".");
  return value?.kind === "NumberLiteral" ? value.text : undefined;
}

function wrong(option: Option): HeadraceError {
  return new HeadraceError("bind", `"${textOf(option.value) ?? ""}" is no value of ${option.name.toUpperCase()}`, {
    span: option.span,
  });
}

function characterOf(option: Option): string {
  const text = textOf(option.value) ?? "";
  if (text.length !== 1) throw wrong(option);
  return text;
}

/** An option without a value is on. */
function flagOf(option: Option): boolean {
  if (option.value === undefined) return true;
  if (option.value.kind === "BooleanLiteral") return option.value.value;
  const text = textOf(option.value)?.toLowerCase();
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw wrong(option);
}

function isFlag({ value }: Option): boolean {
  if (value === undefined || value.kind === "BooleanLiteral") return true;
  return value.kind === "NumberLiteral" || /^(true|false)$/i.test(textOf(value) ?? "");
}

/** `a`, `(a, b)`, `['a', 'b']`. */
function namesOf(option: Option): readonly string[] {
  const { value } = option;
  const items =
    value?.kind === "Row" || value?.kind === "ListLiteral" ? value.items : value === undefined ? [] : [value];
  return items.map((item) => {
    const name = textOf(item);
    if (name === undefined || item.kind === "NumberLiteral") throw wrong(option);
    return name;
  });
}
