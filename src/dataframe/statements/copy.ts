/** COPY ... TO and FROM Parquet files. */
import { HeadraceError } from "../../error.ts";
import { type Allocator, ExtentScope } from "../../exec/memory/allocator.ts";
import { OWNER_RUNTIME } from "../../exec/memory/shared-memory.ts";
import { countRows, type ResultRows } from "../../exec/table/result-rows.ts";
import { rowVectors } from "../../exec/table/row-vectors.ts";
import { runInSlices } from "../../exec/table/slices.ts";
import type { WriteCodec } from "../../io/codecs/compress.ts";
import type { CsvWriteOptions } from "../../io/formats/csv/csv-writer.ts";
import { ParquetFileWriter } from "../../io/formats/parquet/parquet-writer.ts";
import { encodeRowGroup, type WriteOptions } from "../../io/formats/parquet/write-row-group.ts";
import { bindQuery } from "../../planner/bind/query.ts";
import { typedResult } from "../../planner/bind/result.ts";
import { uniqueNames } from "../../planner/bind/scope.ts";
import { convertColumns } from "../../planner/bind/subquery.ts";
import type { QueryPlan } from "../../planner/logical/statement.ts";
import { DOUBLE, type SqlType, TIMESTAMP, VARCHAR } from "../../planner/types/types.ts";
import type { Copy, Expression, Insert, Option, Query, TableName } from "../../sql/ast.ts";
import { bindPart, type RunContext, type StatementResult } from "../context.ts";
import { rowsToStore } from "../engine.ts";
import { columnRef, query, select, selectItem, star } from "../expression/nodes.ts";
import { insert } from "./insert.ts";
import { writeCsv } from "./write-csv.ts";

type CopyOptions = {
  readonly format: string;
  readonly write: WriteOptions;
  readonly rowGroupRows: number;
  readonly csv: CsvWriteOptions;
};

const CODECS: { readonly [name: string]: WriteCodec } = {
  uncompressed: "none",
  none: "none",
  snappy: "snappy",
  gzip: "gzip",
  brotli: "brotli",
};

/** As many as DuckDB's. */
const ROW_GROUP_ROWS = 122_880;

export async function copy(ctx: RunContext, node: Copy): Promise<StatementResult> {
  const path = textOf(node.target);
  if (path === undefined)
    throw new HeadraceError("bind", "COPY takes the path of a file as a string", { span: node.target.span });
  const options = copyOptions(node, path);
  if (options.format !== "parquet" && options.format !== "csv")
    throw new HeadraceError("unsupported", `COPY of ${options.format.toUpperCase()} files is not supported yet`, {
      span: node.span,
      hint: "Parquet and CSV files can be written and read",
    });
  if (node.direction === "from") return copyFrom(ctx, node, path);
  const source = node.source.kind === "Query" ? node.source : selectFrom(node);
  const statement = { kind: "QueryStatement", query: source, span: node.span } as const;
  const bound = bindPart(ctx, statement, (binder) => {
    const result = typedResult(binder, bindQuery(source, binder, undefined, undefined));
    if (options.format === "csv") return result;
    return convertColumns(
      binder,
      result,
      result.columns.map(({ type }) => fileType(type)),
    );
  });
  const rowCount =
    options.format === "csv"
      ? await writeCsv(ctx, bound, path, options.csv)
      : await writeParquet(ctx, bound, path, options);
  return { kind: "ok", rowCount };
}

/** The type in which Parquet keeps values of a type that it lacks. */
function fileType(type: SqlType): SqlType {
  switch (type.kind) {
    case "Enum":
      return VARCHAR;
    case "HugeInt":
    case "UHugeInt":
      return DOUBLE;
    case "Timestamp":
      return type.unit === "s" ? TIMESTAMP : type;
    default:
      return type;
  }
}

/** `SELECT columns FROM t`. */
function selectFrom({ source, columns }: Copy): Query {
  if (source.kind === "Query") return source;
  const from: TableName = { kind: "TableName", name: source, alias: undefined, sample: undefined, span: source.span };
  const items = columns.length === 0 ? [selectItem(star())] : columns.map(({ name }) => selectItem(columnRef(name)));
  return query(select([from], items));
}

/** INSERT INTO t (columns) SELECT * FROM the file. */
function copyFrom(ctx: RunContext, node: Copy, path: string): Promise<StatementResult> {
  if (node.source.kind === "Query")
    throw new HeadraceError("bind", "COPY ... FROM fills a table", { span: node.source.span });
  const from = { kind: "TableFile", path, alias: undefined, sample: undefined, span: node.target.span } as const;
  const statement: Insert = {
    kind: "Insert",
    with: undefined,
    table: node.source,
    alias: undefined,
    columns: node.columns,
    byName: false,
    source: query(select([from], [selectItem(star())])),
    onConflict: undefined,
    returning: [],
    span: node.span,
  };
  return insert(ctx, statement);
}

/** Writes the rows of a query to a file, which appears when it is whole. Returns the number of rows. */
export async function writeParquet(
  ctx: RunContext,
  rows: QueryPlan,
  path: string,
  { write, rowGroupRows }: Pick<CopyOptions, "write" | "rowGroupRows">,
): Promise<number> {
  const names = uniqueNames(rows.columns.map(({ name }) => name));
  const fields = rows.columns.map(({ type, nullable }, i) => ({ name: names[i] as string, type, nullable }));
  const writer = await ParquetFileWriter.create(path, fields);
  const { shared, instances } = ctx.runtime;
  const { kernels } = instances;
  const allocator: Allocator = {
    memory: shared.memory,
    alloc: (bytes) => shared.allocate(bytes, OWNER_RUNTIME),
    release: (address, bytes) => shared.release(address, bytes),
  };
  let rowCount = 0;
  try {
    for await (const piece of rowsToStore(ctx.runtime, ctx.options, rows, ctx.parameters, ctx.signal)) {
      for (const group of inGroups(piece, rowGroupRows)) {
        const scope = new ExtentScope(allocator);
        try {
          const vectors = await runInSlices(rowVectors(kernels, scope, group), ctx.signal);
          const columns = vectors.map((vector) => ({ vector }));
          await writer.append(encodeRowGroup(fields, columns, countRows(group), { allocator, kernels }, write));
        } finally {
          scope.releaseAll();
        }
        rowCount += countRows(group);
      }
    }
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return rowCount;
}

/** The rows in parts of at most `limit`. */
function* inGroups(rows: ResultRows, limit: number): Generator<ResultRows> {
  let segments: { readonly address: number; readonly rows: number }[] = [];
  let filled = 0;
  for (const segment of rows.segments) {
    for (let done = 0; done < segment.rows;) {
      const count = Math.min(segment.rows - done, limit - filled);
      segments.push({ address: segment.address + done * rows.stride, rows: count });
      done += count;
      filled += count;
      if (filled < limit) continue;
      yield { ...rows, segments };
      segments = [];
      filled = 0;
    }
  }
  if (filled > 0) yield { ...rows, segments };
}

function textOf(value: Expression | undefined): string | undefined {
  if (value?.kind === "StringLiteral") return value.value;
  if (value?.kind === "ColumnRef") return value.parts.map((part) => part.name).join(".");
  return value?.kind === "NumberLiteral" ? value.text : undefined;
}

function copyOptions(node: Copy, path: string): CopyOptions {
  let format = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? "csv";
  let codec: WriteCodec | undefined;
  let rowGroupRows = ROW_GROUP_ROWS;
  let csv: CsvWriteOptions = { delimiter: format === "tsv" ? "\t" : ",", header: true, nullText: "" };
  const wrong = (option: Option): HeadraceError => {
    return new HeadraceError("bind", `"${textOf(option.value) ?? ""}" is no value of ${option.name.toUpperCase()}`, {
      span: option.span,
    });
  };
  for (const option of node.options) {
    const text = textOf(option.value)?.toLowerCase();
    switch (option.name) {
      case "format":
        format = text ?? "";
        break;
      case "compression":
      case "codec":
        codec = CODECS[text ?? ""];
        if (codec === undefined) throw wrong(option);
        break;
      case "row_group_size":
        rowGroupRows = Number(text);
        if (!Number.isInteger(rowGroupRows) || rowGroupRows < 1) throw wrong(option);
        break;
      case "delimiter":
      case "delim":
      case "sep": {
        const delimiter = textOf(option.value) ?? "";
        if (delimiter.length !== 1) throw wrong(option);
        csv = { ...csv, delimiter };
        break;
      }
      case "header":
        csv = { ...csv, header: option.value?.kind === "BooleanLiteral" ? option.value.value : text !== "false" };
        break;
      case "nullstr":
      case "null":
        csv = { ...csv, nullText: textOf(option.value) ?? "" };
        break;
      default:
        throw new HeadraceError("unsupported", `the option ${option.name.toUpperCase()} of COPY is not supported yet`, {
          span: option.span,
        });
    }
  }
  return {
    format: format === "pq" || format === "parq" ? "parquet" : format === "tsv" || format === "tbl" ? "csv" : format,
    csv,
    write: codec === undefined ? {} : { codec },
    rowGroupRows,
  };
}
