import type { Span } from "../../error.ts";
import type {
  Delete,
  Describe,
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
  /** A path or glob; `lookup` is asked for [path]. */
  | { readonly kind: "file"; readonly path: string; readonly span: Span };

const FILE_FUNCTIONS: ReadonlySet<string> = new Set(["read_parquet", "parquet_scan"]);

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
  const addFile = (path: string, span: Span): void => {
    found.set(`file ${path}`, { kind: "file", path, span });
  };
  walkAst(statement, (node) => {
    switch (node.kind) {
      case "TableName":
        addName((node as TableName).name);
        break;
      case "TableFile":
        addFile((node as TableFile).path, (node as TableFile).span);
        break;
      case "TableFunction": {
        const path = fileOfFunction(node as TableFunction);
        if (path !== undefined) addFile(path, (node as TableFunction).span);
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

/** The path in `read_parquet('path')`; undefined for other functions and arguments. */
export function fileOfFunction(table: TableFunction): string | undefined {
  const name = table.name.parts.at(-1)?.name.toLowerCase() ?? "";
  const [argument] = table.args;
  if (!FILE_FUNCTIONS.has(name) || table.args.length !== 1 || argument?.name !== undefined) return undefined;
  return argument?.value.kind === "StringLiteral" ? argument.value.value : undefined;
}
