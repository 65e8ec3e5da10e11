import { HeadraceError } from "../error.ts";
import { openArrowTable } from "../io/formats/arrow/arrow-table.ts";
import { openCsvTable } from "../io/formats/csv/csv-table.ts";
import type { ConstantColumn, SourceFile } from "../io/formats/file-source.ts";
import { openJsonTable } from "../io/formats/json/json-table.ts";
import { openParquetTable } from "../io/formats/parquet/parquet-table.ts";
import { hivePartitions, withConstants } from "../io/formats/hive.ts";
import type { FileReference } from "../planner/bind/table-names.ts";
import type { TableSource } from "../planner/catalog/catalog.ts";
import { VARCHAR } from "../planner/types/types.ts";
import { csvOptions, fileSetOptions, jsonOptions, noOptions } from "./file-options.ts";
import { formatOf } from "./file-tables.ts";

/** The table that files are, in short steps. Throws `io`, `format`, `bind`, `unsupported`. */
export function* openFiles(file: FileReference, sources: readonly SourceFile[]): Generator<void, TableSource> {
  const name = file.paths.join(", ");
  const formats = new Set(file.format === undefined ? sources.map((source) => formatOf(source.name)) : [file.format]);
  const [format] = formats;
  if (formats.size > 1) throw new HeadraceError("bind", `the files of "${name}" are of several formats`);
  const { set, rest } = fileSetOptions(file.options);
  const steps = ((): Generator<void, TableSource> => {
    switch (format) {
      case "csv":
        return openCsvTable(name, sources, csvOptions(rest));
      case "json":
      case "ndjson":
        return openJsonTable(name, sources, jsonOptions(rest, format));
      case "arrow":
        noOptions(rest, "read_arrow");
        return openArrowTable(name, sources);
      default:
        noOptions(rest, "read_parquet");
        return openParquetTable(name, sources);
    }
  })();
  const table = yield* steps;
  const columns: ConstantColumn[] = [...hivePartitions(sources, set)];
  if (set.filename !== undefined)
    columns.push({ name: set.filename, type: VARCHAR, values: sources.map((source) => source.name) });
  return columns.length === 0 ? table : withConstants(table, columns);
}
