/** Rows into folders named `key=value`, a file each (Hive partitioning). */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ResultRows } from "../../exec/table/result-rows.ts";
import { Turns } from "../../exec/table/slices.ts";
import { escapePart, NULL_PARTITION } from "../../io/formats/hive.ts";
import { AtomicFolder, type Existing } from "../../io/stores/atomic-file.ts";
import { ioError } from "../../io/stores/file.ts";
import { formatDatum } from "../../planner/types/literals.ts";
import { datumReader } from "../../exec/table/row-datums.ts";
import type { OpenWriter, RowsWriter } from "./rows-writer.ts";

export type Partitioning = {
  /** Columns whose values name the folders, by their numbers. */
  readonly keys: readonly number[];
  /** Columns that are written. */
  readonly columns: readonly number[];
  /** The ending of the files' names. */
  readonly ending: string;
  readonly existing: Existing;
};

/** Writes rows that come in the order of their keys: one file is open at a time. */
export async function openPartitions(
  path: string,
  { keys, columns, ending, existing }: Partitioning,
  open: OpenWriter,
  signal: AbortSignal | undefined,
): Promise<RowsWriter> {
  const folder = await AtomicFolder.create(path, existing);
  let current: { readonly name: string; readonly writer: RowsWriter } | undefined;
  const finishCurrent = async (): Promise<void> => {
    const last = current;
    await last?.writer.finish();
    current = undefined;
  };
  return {
    append: async (rows) => {
      const turns = new Turns(signal);
      for (const found of partsOf(rows, keys)) {
        if (turns.isDue) await turns.take();
        if (found === undefined) continue;
        const { name, part } = found;
        if (current?.name !== name) {
          await finishCurrent();
          const file = join(folder.temporary, name, `data_0.${ending}`);
          await mkdir(dirname(file), { recursive: true }).catch((cause: unknown) => {
            throw ioError("write", path, cause);
          });
          current = { name, writer: await open(file) };
        }
        await current.writer.append({
          ...part,
          columns: columns.map((i) => part.columns[i] as (typeof part.columns)[number]),
        });
      }
    },
    finish: async () => {
      await finishCurrent();
      await folder.finish();
    },
    abort: async () => {
      await current?.writer.abort();
      await folder.abort();
    },
  };
}

/** Rows between two looks at the clock. */
const STEP_ROWS = 1024;

/** Neighbours with the same keys, with their folder; undefined now and then on the way. */
function* partsOf(
  rows: ResultRows,
  keys: readonly number[],
): Generator<{ readonly name: string; readonly part: ResultRows } | undefined> {
  const folders = keys.map((key) => {
    const column = rows.columns[key] as ResultRows["columns"][number];
    const read = datumReader(rows, column);
    const title = escapePart(column.name);
    return (row: number): string => {
      const value = read(row);
      return `${title}=${value === null ? NULL_PARTITION : escapePart(formatDatum(value, column.type))}`;
    };
  });
  let name: string | undefined;
  let segments: { address: number; rows: number }[] = [];
  for (const { address, rows: count } of rows.segments) {
    let open: { address: number; rows: number } | undefined;
    for (let i = 0; i < count; i++) {
      const row = address + i * rows.stride;
      const own = folders.map((folder) => folder(row)).join("/");
      if (own !== name) {
        if (name !== undefined) yield { name, part: { ...rows, segments } };
        name = own;
        segments = [];
        open = undefined;
      }
      if (open === undefined) segments.push((open = { address: row, rows: 0 }));
      open.rows++;
      if (i % STEP_ROWS === STEP_ROWS - 1) yield undefined;
    }
  }
  if (name !== undefined) yield { name, part: { ...rows, segments } };
}
