/** COPY ... FROM: INSERT INTO t (columns) SELECT * FROM the file, read as the table's types. */
import { HeadraceError } from "../../error.ts";
import { typeName } from "../../planner/types/types.ts";
import type { Copy, Insert, Option } from "../../sql/ast.ts";
import type { RunContext, StatementResult } from "../context.ts";
import { query, select, selectItem, star } from "../expression/nodes.ts";
import { type FileArgument, fileFunction } from "../expression/file-function.ts";
import { formatOf } from "../file-tables.ts";
import { textOf } from "./copy-options.ts";
import { insert } from "./insert.ts";

export function copyFrom(ctx: RunContext, node: Copy, path: string): Promise<StatementResult> {
  const { source, columns, span } = node;
  if (source.kind === "Query") throw new HeadraceError("bind", "COPY ... FROM fills a table", { span: source.span });
  const format = node.options.find(({ name }) => name === "format");
  const named = format === undefined ? formatOf(path) : textOf(format.value)?.toLowerCase();
  const rest = node.options.filter((option) => option !== format);
  const from = fileFunction(`read_${named}`, [path], {
    ...Object.fromEntries(rest.map((option) => [option.name, argumentOf(option)])),
    ...expected(ctx, node, named),
  });
  const statement: Insert = {
    kind: "Insert",
    with: undefined,
    table: source,
    alias: undefined,
    columns,
    byName: false,
    source: query(select([from], [selectItem(star())])),
    onConflict: undefined,
    returning: [],
    emit: undefined,
    span,
  };
  return insert(ctx, statement);
}

/** What the table says of the file: a guess by its values could lose something, such as leading zeros. */
function expected(
  ctx: RunContext,
  { source, columns }: Copy,
  format: string | undefined,
): Record<string, FileArgument> {
  const parts = source.kind === "Query" ? [] : source.parts.map(({ name }) => name);
  const table = ctx.catalog.find("table", parts);
  if (table?.kind !== "table") return {};
  const all = table.definition.columns;
  const wanted =
    columns.length === 0
      ? all
      : columns.flatMap(({ name }) => all.filter((column) => column.name.toLowerCase() === name.toLowerCase()));
  const types = wanted.map(({ type }) => typeName(type));
  if (format === "csv") return { types };
  if (format === "json" || format === "ndjson")
    return { columns: Object.fromEntries(wanted.map(({ name }, i) => [name, types[i] as string])), records: true };
  return {};
}

function argumentOf({ value, name, span }: Option): FileArgument {
  if (value === undefined) return true;
  if (value.kind === "BooleanLiteral") return value.value;
  if (value.kind === "NumberLiteral") return Number(value.text);
  const text = textOf(value);
  if (text === undefined)
    throw new HeadraceError("unsupported", `this value of the option ${name.toUpperCase()} is not supported yet`, {
      span,
    });
  const flag = { true: true, false: false }[text.toLowerCase()];
  return flag ?? text;
}
