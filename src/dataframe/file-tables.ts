import { existsSync, statSync } from "node:fs";
import { HeadraceError, type Span } from "../error.ts";
import { openCsvTable } from "../io/formats/csv/csv-table.ts";
import { openParquetTable } from "../io/formats/parquet/parquet-table.ts";
import { expandGlob, isGlob } from "../io/stores/glob.ts";
import { fileKey, type FileReference } from "../planner/bind/table-names.ts";
import type { TableSource } from "../planner/catalog/catalog.ts";
import { csvOptions } from "./file-options.ts";

/** Names, sizes and times of files, as text; equal stamps mean equal contents. */
type Opened = { readonly file: FileReference; readonly stamp: string; readonly source: TableSource };

const MOST_OPENED = 256;

const FORMATS: readonly (readonly [RegExp, NonNullable<FileReference["format"]>])[] = [
  [/\.(parquet|pq|parq)$/i, "parquet"],
  [/\.(csv|tsv|tbl|psv)$/i, "csv"],
];

/** Files as tables. What was read of a file's structure is kept as long as its size and time of change stay the same. */
export class FileTables {
  private readonly opened = new Map<string, Opened>();

  /** The table of a path or glob, at this moment. Throws `io`, `format`, `bind`, `unsupported`, with the span. */
  open(file: FileReference, span: Span | undefined): TableSource {
    try {
      const paths = pathsOf(file);
      if (paths.length === 0) throw new HeadraceError("io", `no files match "${file.path}"`);
      const stamp = paths.map(stampOf).join("\n");
      const key = fileKey(file);
      const known = this.opened.get(key);
      if (known?.stamp === stamp) return known.source;
      const source = openFiles(file, paths);
      if (this.opened.size >= MOST_OPENED) this.opened.clear();
      this.opened.set(key, { file, stamp, source });
      return source;
    } catch (error) {
      if (!(error instanceof HeadraceError)) throw error;
      throw new HeadraceError(error.code, error.message, { span, hint: error.hint, cause: error });
    }
  }

  /** Whether a file, by its key, still is the table that it was. */
  isCurrent(key: string, source: TableSource): boolean {
    const known = this.opened.get(key);
    return (
      known !== undefined && known.source === source && pathsOf(known.file).map(stampOf).join("\n") === known.stamp
    );
  }
}

function pathsOf({ path }: FileReference): readonly string[] {
  return isGlob(path) && !existsSync(path) ? expandGlob(path) : [path];
}

function openFiles(file: FileReference, paths: readonly string[]): TableSource {
  const formats = new Set(file.format === undefined ? paths.map(formatOf) : [file.format]);
  const [format] = formats;
  if (formats.size > 1) throw new HeadraceError("bind", `the files of "${file.path}" are of several formats`);
  return format === "csv"
    ? openCsvTable(file.path, paths, csvOptions(file.options))
    : openParquetTable(file.path, paths);
}

function formatOf(path: string): NonNullable<FileReference["format"]> {
  const found = FORMATS.find(([pattern]) => pattern.test(path));
  if (found !== undefined) return found[1];
  throw new HeadraceError("unsupported", `reading files like "${path}" is not supported yet`, {
    hint: "Parquet (*.parquet) and CSV files (*.csv, *.tsv) can be read; read_csv('...') takes any name",
  });
}

/** Of a file that cannot be looked at, an empty one: opening it tells why. */
function stampOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? path : `${path} ${stat.size} ${stat.mtimeNs} ${stat.ino}`;
}
