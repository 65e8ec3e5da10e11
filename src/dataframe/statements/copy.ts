/** COPY ... TO and FROM files. */
import { HeadraceError } from "../../error.ts";
import { countRows } from "../../exec/table/result-rows.ts";
import { bindQuery } from "../../planner/bind/query.ts";
import { typedResult } from "../../planner/bind/result.ts";
import { convertColumns } from "../../planner/bind/subquery.ts";
import type { QueryPlan } from "../../planner/logical/statement.ts";
import type { Copy, Query, TableName } from "../../sql/ast.ts";
import { makeQueryStatement } from "../../sql/make.ts";
import { bindPart, type RunContext, type StatementResult } from "../context.ts";
import { type BoundRows, rowsToStore } from "../engine.ts";
import { columnRef, orderItem, query, select, selectItem, star } from "../expression/nodes.ts";
import { copyFrom } from "./copy-from.ts";
import { type CopyOptions, copyOptions, textOf } from "./copy-options.ts";
import { fileType } from "./file-type.ts";
import type { OpenWriter, RowsWriter } from "./rows-writer.ts";
import { arrowWriter } from "./write-arrow.ts";
import { csvWriter } from "./write-csv.ts";
import { jsonWriter } from "./write-json.ts";
import { parquetWriter } from "./write-parquet.ts";
import { openPartitions } from "./write-partitions.ts";

export async function copy(ctx: RunContext, node: Copy): Promise<StatementResult> {
  const path = textOf(node.target);
  if (path === undefined)
    throw new HeadraceError("bind", "COPY takes the path of a file as a string", { span: node.target.span });
  if (node.direction === "from") return copyFrom(ctx, node, path);
  const options = copyOptions(node, path);
  const source = node.source.kind === "Query" ? node.source : selectFrom(node);
  const ordered = options.partitionBy.length === 0 ? source : orderedBy(source, options.partitionBy);
  const statement = makeQueryStatement(ordered, node.span);
  const bound = bindPart(ctx, statement, (binder) => {
    const result = typedResult(binder, bindQuery(ordered, binder, undefined, undefined));
    return convertColumns(
      binder,
      result,
      result.columns.map(({ type }) => fileType(type, options.format)),
    );
  });
  const writer = await openWriter(ctx, bound, path, options);
  return { kind: "ok", rowCount: await writeRows(ctx, bound, writer) };
}

/** Equal keys side by side: then one file is open at a time. */
function orderedBy(source: Query, names: readonly string[]): Query {
  const from = {
    kind: "TableSubquery",
    query: source,
    lateral: false,
    alias: undefined,
    sample: undefined,
    span: source.span,
  } as const;
  const items = names.map((name) => orderItem(columnRef(name)));
  return {
    ...query(select([from], [selectItem(star())])),
    orderBy: { kind: "OrderByItems", items, span: source.span },
  };
}

async function openWriter(
  ctx: RunContext,
  { columns }: QueryPlan,
  path: string,
  options: CopyOptions,
): Promise<RowsWriter> {
  if (options.partitionBy.length === 0) return formatWriter(ctx, columns, options)(path);
  const keys = options.partitionBy.map((name) =>
    columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase()),
  );
  const written = columns.map((_, i) => i).filter((i) => options.writePartitionColumns || !keys.includes(i));
  if (written.length === 0)
    throw new HeadraceError("bind", "all columns are in PARTITION_BY: none is left to write", {
      hint: "WRITE_PARTITION_COLUMNS writes them too",
    });
  const zipped = options.format !== "parquet" && options.csv.compression === "gzip";
  const { existing, format } = options;
  const partitioning = { keys, columns: written, ending: `${format}${zipped ? ".gz" : ""}`, existing };
  const shown = written.map((i) => columns[i] as QueryPlan["columns"][number]);
  return openPartitions(path, partitioning, formatWriter(ctx, shown, options), ctx.signal);
}

function formatWriter(ctx: RunContext, columns: QueryPlan["columns"], options: CopyOptions): OpenWriter {
  switch (options.format) {
    case "parquet":
      return parquetWriter(ctx, columns, options.parquet);
    case "csv":
      return csvWriter(ctx, columns, options.csv);
    case "json":
      return jsonWriter(ctx, columns, options.json);
    case "arrow":
      return arrowWriter(ctx, columns, options.arrow);
  }
}

/** Writes the rows of a query. Returns their number. */
export async function writeRows(ctx: RunContext, rows: BoundRows, writer: RowsWriter): Promise<number> {
  let rowCount = 0;
  try {
    for await (const piece of rowsToStore(ctx, rows)) {
      await writer.append(piece);
      rowCount += countRows(piece);
    }
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return rowCount;
}

/** `SELECT columns FROM t`. */
function selectFrom({ source, columns }: Copy): Query {
  if (source.kind === "Query") return source;
  const from: TableName = { kind: "TableName", name: source, alias: undefined, sample: undefined, span: source.span };
  const items = columns.length === 0 ? [selectItem(star())] : columns.map(({ name }) => selectItem(columnRef(name)));
  return query(select([from], items));
}
