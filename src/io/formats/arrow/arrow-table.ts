import { HeadraceError } from "../../../error.ts";
import type { TableSource } from "../../../planner/catalog/catalog.ts";
import { sameType, typeName } from "../../../planner/types/types.ts";
import { LocalFile } from "../../stores/file.ts";
import { fileColumns, NO_STATISTICS, type SourceFile } from "../file-source.ts";
import { type ArrowFile, openArrow } from "./arrow-file.ts";

/** Arrow IPC files and streams with one schema, read as one table. A `ScanHandle` of the executor. */
export type ArrowTable = {
  readonly files: readonly (SourceFile & { readonly content: ArrowFile })[];
  readonly dictionarySize: () => undefined;
  readonly stable: false;
};

/** Reads the schemas of `sources` (at least one), checks that they agree, and describes the table. Throws `io`, `format`. */
export function* openArrowTable(name: string, sources: readonly SourceFile[]): Generator<void, TableSource> {
  const files: ArrowTable["files"][number][] = [];
  for (const source of sources) {
    using file = new LocalFile(source.path, source.name);
    files.push({ ...source, content: openArrow(file) });
    yield;
  }
  const [first] = files;
  if (first === undefined) throw new HeadraceError("io", `no files match "${name}"`);
  const { fields } = first.content;
  for (const file of files) {
    const other = file.content.fields;
    const differs = fields.findIndex((field, i) => {
      const mine = other[i];
      return mine === undefined || mine.name !== field.name || !sameType(mine.type, field.type);
    });
    if (differs < 0 && other.length === fields.length) continue;
    const odd = other[Math.max(0, differs)];
    const what = odd === undefined ? "" : `: column "${odd.name}" ${typeName(odd.type)}`;
    throw new HeadraceError("format", `"${file.name}" has another schema than "${first.name}"${what}`);
  }
  const rows = files.reduce((sum, { content }) => content.batches.reduce((all, batch) => all + batch.rows, sum), 0);
  const handle: ArrowTable = { files, dictionarySize: () => undefined, stable: false };
  return {
    kind: "arrow",
    name,
    schema: fileColumns(fields),
    statistics: { rows, trust: "hint", columns: fields.map(() => NO_STATISTICS) },
    handle,
  };
}
