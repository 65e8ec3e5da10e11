import { SCAN_OWNER } from "../../../exec/worker/csv-scan.ts";
import { ScanMemory } from "../../../exec/worker/scan-memory.ts";
import { dropRows } from "../../../exec/worker/text-columns.ts";
import { packColumns } from "../../../exec/table/pack-columns.ts";
import { LANE_BYTES, laneOf } from "../../../planner/types/lane.ts";
import type { ConnectorContext, ConnectorTable } from "../connector.ts";
import type { SourceRows } from "../source.ts";
import type { ByteRange, ParsedRecords, RecordReader } from "./record-reader.ts";

/** A record that is no row: bytes from the beginning of what was decoded. */
export type BadRecord = ByteRange & { readonly text: string; readonly message: string };

export type DecodedRecords = SourceRows & { readonly bad: readonly BadRecord[] };

/** The columns of the table that are read, by ordinal, in the order of the layout. */
function picksOf({ columns }: ConnectorTable, { layout }: ConnectorContext): number[] {
  return layout.columns.map(({ name }) => columns.findIndex((column) => column.name === name));
}

/**
 * Decodes whole records of a table. What a record is does not depend on the columns that are read: values of the others are looked at
 * as well.
 *
 * @param fill puts the bytes where it is told; called once more when records are bad, to show them as they were written
 */
export function decodeRecords(
  table: ConnectorTable,
  context: ConnectorContext,
  reader: RecordReader,
  bytes: number,
  fill: (target: Uint8Array) => void,
): DecodedRecords {
  const { memory: shared, kernels, layout } = context;
  const memory = new ScanMemory(shared, kernels, SCAN_OWNER);
  try {
    const text = memory.alloc(bytes);
    fill(memory.view(text, bytes));
    const parsed = reader.parse(memory, text, bytes);
    const { bad, rejects } = parsed;
    const columns = picksOf(table, context).map((ordinal, i) => ({
      ...parsed.columns[ordinal]!,
      width: LANE_BYTES[laneOf(layout.columns[i]!.type)],
    }));
    let { rows, weights } = parsed;
    if (bad.size > 0) {
      const dropped = rowsOf(parsed);
      rows = dropRows(memory, columns, rows, dropped);
      weights = weights?.filter((_, row) => !dropped.has(row));
    }
    return {
      rows: packColumns(shared, kernels, layout, rows, columns),
      weights,
      bad: bad.size + rejects.length === 0 ? [] : badRecords(parsed, reader, bytes, fill),
    };
  } finally {
    memory.release();
  }
}

/** Rows of records that are bad. */
function rowsOf({ rows, recordOf, bad }: ParsedRecords): Set<number> {
  if (recordOf === undefined) return new Set(bad.keys());
  const dropped = new Set<number>();
  for (let row = 0; row < rows; row++) if (bad.has(recordOf[row]!)) dropped.add(row);
  return dropped;
}

function badRecords(
  { bad, rejects }: ParsedRecords,
  reader: RecordReader,
  bytes: number,
  fill: (target: Uint8Array) => void,
): BadRecord[] {
  const text = Buffer.alloc(bytes);
  fill(text);
  const found: BadRecord[] = [];
  let record = 0;
  let next = 0;
  const inOrder = [...rejects].sort((a, b) => a.at - b.at);
  for (const range of reader.ranges(text)) {
    const reject = inOrder[next];
    const isReject = reject !== undefined && reject.at < range.end;
    const message = isReject ? reject.message : bad.get(record);
    if (isReject) next++;
    else record++;
    if (message !== undefined) found.push({ ...range, text: text.toString("utf8", range.start, range.end), message });
  }
  return found;
}
