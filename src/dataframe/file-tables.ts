import { existsSync, statSync } from "node:fs";
import { HeadraceError, type Span } from "../error.ts";
import { openParquetTable } from "../io/formats/parquet/parquet-table.ts";
import { expandGlob, isGlob } from "../io/stores/glob.ts";
import type { TableSource } from "../planner/catalog/catalog.ts";

/** Names, sizes and times of files, as text; equal stamps mean equal contents. */
type Opened = { readonly stamp: string; readonly source: TableSource };

const MOST_OPENED = 256;

/** Files as tables. What was read of a file's structure is kept as long as its size and time of change stay the same. */
export class FileTables {
  private readonly opened = new Map<string, Opened>();

  /** The table of a path or glob, at this moment. Throws `io`, `format`, `unsupported`, with the span. */
  open(path: string, span: Span | undefined): TableSource {
    try {
      const paths = isGlob(path) && !existsSync(path) ? expandGlob(path) : [path];
      if (paths.length === 0) throw new HeadraceError("io", `no files match "${path}"`);
      if (!paths.every((file) => /\.(parquet|pq|parq)$/i.test(file))) {
        throw new HeadraceError("unsupported", `reading files like "${path}" is not supported yet`, {
          hint: "Parquet files (*.parquet) can be read",
        });
      }
      const stamp = paths.map(stampOf).join("\n");
      const known = this.opened.get(path);
      if (known?.stamp === stamp) return known.source;
      const source = openParquetTable(path, paths);
      if (this.opened.size >= MOST_OPENED) this.opened.clear();
      this.opened.set(path, { stamp, source });
      return source;
    } catch (error) {
      if (!(error instanceof HeadraceError)) throw error;
      throw new HeadraceError(error.code, error.message, { span, hint: error.hint, cause: error });
    }
  }
}

/** Of a file that cannot be looked at, an empty one: opening it tells why. */
function stampOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? path : `${path} ${stat.size} ${stat.mtimeNs} ${stat.ino}`;
}
