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

/** A file by path or glob, as `format` where a function says so, read under its named arguments. */
export type FileReference = {
  readonly path: string;
  readonly format: "parquet" | "csv" | undefined;
  readonly options: { readonly [name: string]: FileOption };
};

const FILE_FUNCTIONS: ReadonlyMap<string, FileReference["format"]> = new Map([
  ["read_parquet", "parquet"],
  ["parquet_scan", "parquet"],
  ["read_csv", "csv"],
  ["read_csv_auto", "csv"],
]);

/** The name under which a catalog knows a file: its path alone, where nothing else was said. */
export function fileKey({ path, format, options }: FileReference): string {
  return format === undefined ? path : `${format} ${JSON.stringify(options)} ${path}`;
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
        addFile({ path: (node as TableFile).path, format: undefined, options: {} }, (node as TableFile).span);
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
  const [argument, ...named] = table.args;
  if (!FILE_FUNCTIONS.has(name) || argument?.value.kind !== "StringLiteral") return undefined;
  const options: Record<string, FileOption> = {};
  for (const arg of named) {
    const [label, value] = labelled(arg);
    const option = value && optionOf(value);
    if (label === undefined || option === undefined) return undefined;
    options[label.toLowerCase()] = option;
  }
  return { path: argument.value.value, format: FILE_FUNCTIONS.get(name), options };
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
