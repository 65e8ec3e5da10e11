import { fileAt, fileKey, tableNamesOf } from "../planner/bind/table-names.ts";
import type { CatalogSnapshot, TableSource } from "../planner/catalog/catalog.ts";
import type { Statement } from "../sql/ast.ts";
import { parseStatements } from "../sql/parse.ts";
import type { Catalog, CatalogState } from "./catalog.ts";
import { type FileTables, looksLikeFile, type ReadyFiles } from "./file-tables.ts";

const MOST_VIEWS_DEEP = 64;

/** What a statement's names mean at this moment, and the files among them by path. */
export type Resolved = { readonly snapshot: CatalogSnapshot; readonly files: ReadonlyMap<string, TableSource> };

/** Everything a statement names, views' own text included, resolved to what it means at this moment, or in another state. */
export function resolveNames(
  statement: Statement,
  catalog: Catalog,
  fileTables: FileTables,
  ready: ReadyFiles | undefined,
  state?: CatalogState,
): Resolved {
  const files = new Map<string, TableSource>();
  const seen = new Set<string>();
  const resolve = (node: Statement, depth: number): void => {
    if (depth > MOST_VIEWS_DEEP) return;
    for (const reference of tableNamesOf(node)) {
      if (reference.kind === "file") {
        const key = fileKey(reference);
        if (!files.has(key)) files.set(key, fileTables.open(reference, reference.span, ready));
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
      if (view === undefined && reference.name.length === 1 && name !== undefined && looksLikeFile(name)) {
        if (!files.has(name)) files.set(name, fileTables.open(fileAt(name), reference.span, ready));
      }
    }
  };
  resolve(statement, 0);
  const snapshot = catalog.snapshot(files, state);
  const systemRows: CatalogSnapshot["systemRows"] = (fn, args) =>
    fn === "reject_errors" ? fileTables.rejects() : snapshot.systemRows?.(fn, args);
  return { snapshot: { ...snapshot, systemRows }, files };
}
