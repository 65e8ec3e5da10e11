import { createTable } from "../exec/table/table-version.ts";
import type { SourceColumn, TableSource } from "../planner/catalog/catalog.ts";
import { laneOf } from "../planner/types/lane.ts";
import { type SqlType, TIMESTAMPTZ } from "../planner/types/types.ts";

export type StreamColumn = { readonly name: string; readonly type: SqlType };

/** What the planner takes a stream's size to be, of which it knows nothing. */
const EXPECTED_ROWS = 1_000;

/** What stands for a stream in plans: its columns, and hidden ones with each row's watermark and its time of arrival. */
export function streamSource(
  name: string,
  columns: readonly StreamColumn[],
  {
    insertOnly,
    time,
    key = [],
  }: { readonly insertOnly: boolean; readonly time: string | undefined; readonly key?: readonly string[] },
): TableSource {
  const handle = createTable(
    columns.map((column) => ({ ...column, nullable: true })),
    { fixed: true },
  );
  const hidden = (column: string, type: SqlType): SourceColumn => {
    return { name: column, type, nullable: true, lane: laneOf(type), dictionary: false, hidden: true };
  };
  const ordinal = columns.findIndex((column) => column.name === time);
  const marks = ordinal < 0 ? [] : [hidden("$watermark", columns[ordinal]!.type)];
  const schema = [...handle.schema, ...marks, hidden("$arrival", TIMESTAMPTZ)];
  const unknown = {
    min: undefined,
    max: undefined,
    nullCount: undefined,
    distinct: undefined,
    averageBytes: undefined,
  };
  return {
    kind: "stream",
    name,
    schema,
    statistics: { rows: EXPECTED_ROWS, trust: "hint", columns: schema.map(() => unknown) },
    handle,
    time: time === undefined || key.length === 0 ? undefined : { column: time, key },
    stream: {
      insertOnly,
      eventTime: ordinal < 0 ? undefined : { ordinal, watermark: columns.length },
      arrival: schema.length - 1,
    },
  };
}
