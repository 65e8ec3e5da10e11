import type { SharedMemory } from "../../src/exec/memory/shared-memory.ts";
import type { TableVersion } from "../../src/exec/table/table-version.ts";
import { columnValues, type Value } from "./column-values.ts";

/** The values of a table's column as lanes hold them, codes replaced by their strings. */
export function tableColumn(memory: SharedMemory, version: TableVersion, ordinal: number): Value[] {
  const { lane, dictionary } = version.columns[ordinal]!;
  return version.chunks.flatMap(({ rows, columns }) => {
    const { data, validity } = columns[ordinal]!;
    const values = columnValues({ lane, data, validity, count: rows, nullCount: 0, extents: [] }, memory);
    if (dictionary === undefined) return values;
    const vector = {
      lane: "str",
      data: dictionary.refs,
      validity: 0,
      count: dictionary.size,
      nullCount: 0,
      extents: [],
    } as const;
    const strings = columnValues(vector, memory);
    return values.map((code) => (code === null ? null : strings[Number(code)]!));
  });
}
