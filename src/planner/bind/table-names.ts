import type { Span } from "../../error.ts";
import type {
  Delete,
  Describe,
  Expression,
  FunctionArgument,
  Insert,
  ObjectName,
  Statement,
  Summarize,
  TableFile,
  TableFunction,
  TableName,
  Update,
} from "../../sql/ast.ts";
import { walkAst } from "./ast-walk.ts";

/** Something that the catalog must know before the statement can be bound. */
export type TableReference =
  /** A table or view; `CatalogSnapshot.lookup` is asked for the lower-case parts. May also turn out to be a common table. */
  | { readonly kind: "table"; readonly name: readonly string[]; readonly span: Span }
  /** A path or glob; `lookup` is asked for [fileKey(file)]. */
  | ({ readonly kind: "file"; readonly span: Span } & FileReference);

/** A value of a file function's named argument. */
export type FileOption = string | number | boolean | readonly FileOption[] | { readonly [name: string]: FileOption };

export type FileFormat = "parquet" | "csv" | "json" | "ndjson" | "arrow";

/** Files by paths, globs and addresses, as `format` where a function says so, read under its named arguments. */
export type FileReference = {
  readonly paths: readonly string[];
  readonly format: FileFormat | undefined;
  readonly options: { readonly [name: string]: FileOption };
};

const FILE_FUNCTIONS: ReadonlyMap<string, FileFormat> = new Map([
  ["read_parquet", "parquet"],
  ["parquet_scan", "parquet"],
  ["read_csv", "csv"],
  ["read_csv_auto", "csv"],
  ["read_json", "json"],
  ["read_json_auto", "json"],
  ["read_ndjson", "ndjson"],
  ["read_ndjson_auto", "ndjson"],
  ["read_arrow", "arrow"],
]);

export function readsFiles(name: string): boolean {
  return FILE_FUNCTIONS.has(name);
}

/** The file of `FROM 'path'`. */
export function fileAt(path: string): FileReference {
  return { paths: [path], format: undefined, options: {} };
}

/** The name under which a catalog knows files: the path alone, where nothing else was said. */
export function fileKey({ paths, format, options }: FileReference): string {
  const [path = "", another] = paths;
  return format === undefined && another === undefined ? path : JSON.stringify([format, options, paths]);
}

/**
 * All tables, views and files that a statement names, each once. Views bring in their own text: call it again for the
 * statements in them.
 */
export function tableNamesOf(statement: Statement): readonly TableReference[] {
  const found = new Map<string, TableReference>();
  const addName = (name: ObjectName): void => {
    const parts = name.parts.map((part) => part.name.toLowerCase());
    found.set(`table ${parts.join("\0")}`, { kind: "table", name: parts, span: name.span });
  };
  const addFile = (file: FileReference, span: Span): void => {
    found.set(`file ${fileKey(file)}`, { kind: "file", ...file, span });
  };
  walkAst(statement, (node) => {
    switch (node.kind) {
      case "TableName":
        addName((node as TableName).name);
        break;
      case "TableFile":
        addFile(fileAt((node as TableFile).path), (node as TableFile).span);
        break;
      case "TableFunction": {
        const file = fileOfFunction(node as TableFunction);
        if (file !== undefined) addFile(file, (node as TableFunction).span);
        break;
      }
      case "Insert":
      case "Update":
      case "Delete":
        addName((node as Insert | Update | Delete).table);
        break;
      case "Describe":
      case "Summarize": {
        const { source } = node as Describe | Summarize;
        if (source.kind === "ObjectName") addName(source);
        break;
      }
    }
    return true;
  });
  return [...found.values()];
}

/** The file in `read_csv('path', header = true)`; undefined for other functions, and for arguments that are no constants. */
export function fileOfFunction(table: TableFunction): FileReference | undefined {
  const name = table.name.parts.at(-1)?.name.toLowerCase() ?? "";
  const format = FILE_FUNCTIONS.get(name);
  const [argument, ...named] = table.args;
  const paths = argument === undefined ? undefined : optionOf(argument.value);
  const all = typeof paths === "string" ? [paths] : Array.isArray(paths) ? (paths as readonly FileOption[]) : [];
  if (format === undefined || all.length === 0 || !all.every((path) => typeof path === "string")) return undefined;
  const options: Record<string, FileOption> = {};
  for (const arg of named) {
    const [label, value] = labelled(arg);
    const option = value && optionOf(value);
    if (label === undefined || option === undefined) return undefined;
    options[label.toLowerCase()] = option;
  }
  return { paths: all, format, options };
}

/** `name := value`, `name => value`, and `name = value`, which looks like a comparison. */
export function labelled({ name, value }: FunctionArgument): readonly [string | undefined, Expression | undefined] {
  if (name !== undefined) return [name.name, value];
  const [label] =
    value.kind === "Binary" && value.operator === "=" && value.left.kind === "ColumnRef" ? value.left.parts : [];
  return value.kind === "Binary" ? [label?.name, value.right] : [undefined, undefined];
}

function optionOf(value: Expression): FileOption | undefined {
  switch (value.kind) {
    case "StringLiteral":
    case "BooleanLiteral":
      return value.value;
    case "NumberLiteral":
      return Number(value.text);
    case "Unary": {
      const operand = optionOf(value.operand);
      return value.operator === "-" && typeof operand === "number" ? -operand : undefined;
    }
    case "ListLiteral": {
      const items = value.items.map(optionOf);
      return items.includes(undefined) ? undefined : (items as readonly FileOption[]);
    }
    case "StructLiteral": {
      const fields = value.fields.map((field) => [field.name.name, optionOf(field.value)] as const);
      return fields.some(([, option]) => option === undefined) ? undefined : (Object.fromEntries(fields) as FileOption);
    }
    default:
      return undefined;
  }
}
