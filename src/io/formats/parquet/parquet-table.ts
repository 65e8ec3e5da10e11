import { HeadraceError } from "../../../error.ts";
import type { ColumnStatistics, SourceColumn, TableSource } from "../../../planner/catalog/catalog.ts";
import type { Datum } from "../../../planner/expr/expr.ts";
import { laneOf } from "../../../planner/types/lane.ts";
import { sameType, typeName } from "../../../planner/types/types.ts";
import { LocalFile } from "../../stores/file.ts";
import type { SourceFile } from "../file-source.ts";
import { openParquet, type ParquetFile } from "./parquet-file.ts";

/** Parquet files with one schema, read as one table. A `ScanHandle` of the executor. */
export type ParquetTable = {
  readonly files: readonly (ParquetFile & { readonly source: SourceFile })[];
  readonly dictionarySize: () => undefined;
  /** Decoded pages are freed after the morsel. */
  readonly stable: false;
};

/** Reads the footers of `sources` (at least one), checks that the schemas agree, and describes the table. Throws `io`, `format`. */
export function* openParquetTable(name: string, sources: readonly SourceFile[]): Generator<void, TableSource> {
  const files: ParquetTable["files"][number][] = [];
  for (const source of sources) {
    using file = new LocalFile(source.path, source.name);
    files.push({ ...(yield* openParquet(file)), source });
    yield;
  }
  const [first] = files;
  if (first === undefined) throw new HeadraceError("io", `no files match "${name}"`);
  for (const file of files) checkSameSchema(first, file);
  const schema = first.schema.map((field, i): SourceColumn => {
    const optional = files.some((file) => file.schema[i]?.leaf?.optional ?? true);
    return {
      name: field.name,
      type: field.type,
      nullable: optional,
      lane: field.leaf?.lane ?? laneOf(field.type),
      dictionary: false,
    };
  });
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  const columns = schema.map((_, i) => mergeStatistics(files, i));
  const handle: ParquetTable = { files, dictionarySize: () => undefined, stable: false };
  return { kind: "parquet", name, schema, statistics: { rows, trust: "hint", columns }, handle };
}

function checkSameSchema(first: ParquetFile, file: ParquetFile): void {
  const same =
    file.schema.length === first.schema.length &&
    file.schema.every((field, i) => {
      const other = first.schema[i];
      return (
        other !== undefined &&
        field.name === other.name &&
        sameType(field.type, other.type) &&
        field.leaf?.lane === other.leaf?.lane
      );
    });
  if (same) return;
  const difference = file.schema.find(
    (field, i) => field.name !== first.schema[i]?.name || !sameType(field.type, first.schema[i].type),
  );
  const what = difference === undefined ? "" : `: column "${difference.name}" ${typeName(difference.type)}`;
  throw new HeadraceError("format", `"${file.path}" has another schema than "${first.path}"${what}`);
}

/** Hints from the footers: least minimum, greatest maximum, sum of NULL counts. */
function mergeStatistics(files: readonly ParquetFile[], column: number): ColumnStatistics {
  let [min, max]: [Datum | undefined, Datum | undefined] = [undefined, undefined];
  let nullCount: number | undefined = 0;
  let known = true;
  for (const file of files) {
    for (const group of file.rowGroups) {
      const statistics = group.columns[column]?.statistics;
      if (statistics?.nullCount === undefined || nullCount === undefined) nullCount = undefined;
      else nullCount += statistics.nullCount;
      // String bounds may be cut, so they are of use for pruning only.
      if (statistics?.min === undefined || statistics.max === undefined || statistics.min instanceof Uint8Array) {
        if (statistics?.nullCount !== group.rows) known = false;
        continue;
      }
      if (min === undefined || less(statistics.min, min)) min = statistics.min;
      if (max === undefined || less(max, statistics.max)) max = statistics.max;
    }
  }
  return {
    min: known ? min : undefined,
    max: known ? max : undefined,
    nullCount,
    distinct: undefined,
    averageBytes: undefined,
  };
}

function less(a: Datum, b: Datum): boolean {
  return (a as number | bigint) < (b as number | bigint);
}
