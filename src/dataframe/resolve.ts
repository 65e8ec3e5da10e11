import { existsSync } from "node:fs";
import { HeadraceError } from "../error.ts";
import { openParquetTable } from "../io/formats/parquet/parquet-table.ts";
import { expandGlob, isGlob } from "../io/stores/glob.ts";
import { tableNamesOf } from "../planner/bind/table-names.ts";
import type { CatalogSnapshot, TableSource } from "../planner/catalog/catalog.ts";
import type { Statement } from "../sql/ast.ts";
import { parseStatements } from "../sql/parse.ts";
import type { Catalog } from "./catalog.ts";

const MOST_VIEWS_DEEP = 64;

/** Everything a statement names, views' own text included, resolved to what it means at this moment. */
export function resolveNames(statement: Statement, catalog: Catalog): CatalogSnapshot {
  const files = new Map<string, TableSource>();
  const seen = new Set<string>();
  const resolve = (node: Statement, depth: number): void => {
    if (depth > MOST_VIEWS_DEEP) return;
    for (const reference of tableNamesOf(node)) {
      if (reference.kind === "file") {
        if (!files.has(reference.path)) files.set(reference.path, openFile(reference.path, reference.span));
        continue;
      }
      const entry = catalog.find("view", reference.name);
      const view = entry?.kind === "view" ? entry : undefined;
      const key = view === undefined ? "" : `${view.name.schema}.${view.name.name}`;
      if (view !== undefined && !seen.has(key)) {
        seen.add(key);
        for (const inner of parseStatements(view.sql)) resolve(inner, depth + 1);
        continue;
      }
      // A name that is no table may be a file: SELECT * FROM "orders.parquet".
      const [name] = reference.name;
      if (view === undefined && reference.name.length === 1 && name !== undefined && /\.parquet$/i.test(name)) {
        if (!files.has(name)) files.set(name, openFile(name, reference.span));
      }
    }
  };
  resolve(statement, 0);
  return catalog.snapshot(files);
}

function openFile(path: string, span: { readonly start: number; readonly end: number }): TableSource {
  try {
    const paths = isGlob(path) && !existsSync(path) ? expandGlob(path) : [path];
    if (paths.length === 0) throw new HeadraceError("io", `no files match "${path}"`);
    if (!paths.every((file) => /\.(parquet|pq|parq)$/i.test(file))) {
      throw new HeadraceError("unsupported", `reading files like "${path}" is not supported yet`, {
        hint: "Parquet files (*.parquet) can be read",
      });
    }
    return openParquetTable(path, paths);
  } catch (error) {
    if (!(error instanceof HeadraceError)) throw error;
    throw new HeadraceError(error.code, error.message, { span, hint: error.hint, cause: error });
  }
}
