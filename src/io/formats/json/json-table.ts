import type { TableSource } from "../../../planner/catalog/catalog.ts";
import { JSON_TYPE, type SqlType } from "../../../planner/types/types.ts";
import { fileColumns, NO_STATISTICS, type SourceFile } from "../file-source.ts";
import { LocalFile } from "../../stores/file.ts";
import type { JsonFormat, JsonOptions } from "./options.ts";
import { readSample } from "./sample.ts";
import { newShape, shapeType } from "./shape.ts";

export type JsonFile = SourceFile & { readonly size: number; readonly format: JsonFormat };

/** JSON files read as one table. A `ScanHandle` of the executor. */
export type JsonTable = {
  readonly files: readonly JsonFile[];
  /** Whether values are objects whose keys are the columns; otherwise each value is the one column. */
  readonly records: boolean;
  /** `declared`: by the caller, not by a look at the values. */
  readonly columns: readonly { readonly name: string; readonly type: SqlType; readonly declared: boolean }[];
  readonly ignoreErrors: boolean;
  readonly dictionarySize: () => undefined;
  readonly stable: false;
};

const SAMPLE_BYTES = 8 * 2 ** 20;
const SAMPLE_VALUES = 20_480;
/** As many files are looked at, at most. */
const SAMPLE_FILES = 32;

/** Looks at the beginnings of `files` (at least one) and describes the table. Throws `io`, `format`. */
export function* openJsonTable(
  name: string,
  files: readonly SourceFile[],
  options: JsonOptions,
): Generator<void, TableSource> {
  const shape = newShape();
  let valuesLeft = options.sampleSize ?? SAMPLE_VALUES;
  let bytesPerValue = 0;
  const opened: JsonFile[] = [];
  for (const [i, file] of files.entries()) {
    using source = new LocalFile(file.path, file.name);
    const { size } = source;
    // Of later files only the format is found out.
    const looks = i < SAMPLE_FILES && valuesLeft > 0;
    const bytes = Buffer.alloc(Math.min(size, !looks ? 65_536 : options.sampleSize === Infinity ? size : SAMPLE_BYTES));
    source.readAt(bytes, 0);
    const limit = looks ? valuesLeft : 1;
    const into = looks ? shape : newShape();
    const sample = yield* readSample(cutCharacters(bytes), bytes.length === size, file.name, options, limit, into);
    if (looks) valuesLeft -= sample.values;
    bytesPerValue ||= sample.length / Math.max(1, sample.values);
    opened.push({ ...file, size, format: options.format ?? sample.format });
    yield;
  }
  const { records, columns } = columnsOf(shape, options);
  const rows = opened.reduce((sum, { size }) => sum + Math.ceil(size / Math.max(1, bytesPerValue)), 0);
  const handle: JsonTable = {
    files: opened,
    records,
    columns,
    ignoreErrors: options.ignoreErrors === true && opened.every(({ format }) => format === "lines"),
    dictionarySize: () => undefined,
    stable: false,
  };
  return {
    kind: "json",
    name,
    schema: fileColumns(columns),
    statistics: { rows, trust: "hint", columns: columns.map(() => NO_STATISTICS) },
    handle,
  };
}

/** The text without a character that the end cuts. */
function cutCharacters(bytes: Buffer): string {
  let end = bytes.length;
  while (end > 0 && end > bytes.length - 4 && ((bytes[end - 1] as number) & 0xc0) === 0x80) end--;
  const lead = end > 0 ? (bytes[end - 1] as number) : 0;
  const needs = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  const whole = lead < 0x80 || bytes.length - end + 1 >= needs ? bytes.length : end - 1;
  return bytes.toString("utf8", 0, whole);
}

function columnsOf(
  shape: Parameters<typeof shapeType>[0],
  options: JsonOptions,
): Pick<JsonTable, "records" | "columns"> {
  if (options.columns !== undefined)
    return {
      records: options.records ?? true,
      columns: options.columns.map((column) => ({ ...column, declared: true })),
    };
  const type = shapeType(shape, options);
  if (type.kind === "Struct" && options.records !== false)
    return { records: true, columns: type.fields.map((field) => ({ ...field, declared: false })) };
  if (options.records === true && shape.members !== undefined) {
    // Objects of few common keys are records all the same where the caller says so.
    const columns = [...shape.members].map(([name, member]) => {
      return { name, type: shapeType(member, options, 1), declared: false };
    });
    return { records: true, columns };
  }
  return { records: false, columns: [{ name: "json", type: shape.values === 0 ? JSON_TYPE : type, declared: false }] };
}
