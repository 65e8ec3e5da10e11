import { HeadraceError } from "../../../error.ts";
import type { TableSource } from "../../../planner/catalog/catalog.ts";
import { sameType } from "../../../planner/types/types.ts";
import { LocalFile } from "../../stores/file.ts";
import { fileColumns, NO_STATISTICS, type SourceFile } from "../file-source.ts";
import type { CsvOptions } from "./options.ts";
import { type CsvDialect, sniffCsv } from "./sniff.ts";

/** CSV files read as one table. A `ScanHandle` of the executor. */
export type CsvTable = {
  readonly files: readonly (SourceFile & { readonly size: number; readonly dialect: CsvDialect })[];
  readonly options: CsvOptions;
  readonly dictionarySize: () => undefined;
  readonly stable: false;
};

const SAMPLE_BYTES = 256 * 1024;

/** Looks at the beginnings of `sources` (at least one) and describes the table. Throws `io`, `format`. */
export function* openCsvTable(
  name: string,
  sources: readonly SourceFile[],
  options: CsvOptions,
): Generator<void, TableSource> {
  const files: CsvTable["files"][number][] = [];
  for (const source of sources) {
    using file = new LocalFile(source.path, source.name);
    const { size } = file;
    const sample = Buffer.alloc(Math.min(size, SAMPLE_BYTES));
    file.readAt(sample, 0);
    const dialect = yield* sniffCsv(sample.toString("latin1"), sample.length === size, options);
    files.push({ ...source, size, dialect });
    yield;
  }
  const [first, ...others] = files;
  if (first === undefined) throw new HeadraceError("io", `no files match "${name}"`);
  const { columns } = first.dialect;
  if (columns.length === 0)
    throw new HeadraceError("format", `"${first.name}" is empty`, { hint: "give `columns` to read it all the same" });
  for (const { name: path, dialect } of others) {
    const same =
      dialect.columns.length === columns.length &&
      dialect.columns.every((column, i) => column.name === columns[i]?.name);
    if (!same) throw new HeadraceError("format", `"${path}" has other columns than "${first.name}"`);
  }
  // A column whose types differ between files is text.
  const settled = columns.map(({ name: column, type, declared }, i) => {
    const types = files.map(({ dialect }) => dialect.columns[i]?.type ?? type);
    return {
      name: column,
      declared,
      type: types.every((other) => sameType(other, type)) ? type : ({ kind: "Varchar" } as const),
    };
  });
  const schema = fileColumns(settled);
  const rows = files.reduce(
    (sum, { size, dialect }) => sum + Math.ceil((size - dialect.dataStart) / dialect.recordBytes),
    0,
  );
  const handle: CsvTable = {
    files: files.map((file) => ({ ...file, dialect: { ...file.dialect, columns: settled } })),
    options,
    dictionarySize: () => undefined,
    stable: false,
  };
  return {
    kind: "csv",
    name,
    schema,
    statistics: { rows, trust: "hint", columns: schema.map(() => NO_STATISTICS) },
    handle,
  };
}
