/** An epoch's changes as rows of a changelog. */
import { HeadraceError } from "../../../error.ts";
import { BIGINT, VARCHAR } from "../../../planner/types/types.ts";
import { formatDatum } from "../../../planner/types/literals.ts";
import { type Change, keyText, type Row, updatesOf } from "../changes.ts";
import type { ConnectorTable } from "../connector.ts";
import type { SinkColumn } from "../sink.ts";
import type { FormatOptions } from "./format-options.ts";

/** What rows of the changelog have beside the table's columns. */
export function changelogColumns({ columns }: ConnectorTable, { changelog, column }: FormatOptions): SinkColumn[] {
  switch (changelog) {
    case "append":
    case "debezium-json":
      return [...columns];
    case "retract":
      return [...columns, { name: column, type: BIGINT }];
    case "upsert":
      return [...columns, { name: column, type: VARCHAR }];
  }
}

/** Every row as often as it was added. Throws `unsupported` where one was taken back. */
export function appendedRows(changes: readonly Change[], { name, columns }: ConnectorTable): Row[] {
  return changes.flatMap(({ row, weight }) => {
    if (weight > 0) return Array.from({ length: weight }, () => row);
    throw new HeadraceError(
      "unsupported",
      `"${name}" only takes rows that stay, and ${shown(row, columns)} was taken back`,
      {
        hint: "'changelog' = 'upsert', 'retract' or 'debezium-json' keeps changes; EMIT FINAL gives results of windows once",
      },
    );
  });
}

export function weightedRows(changes: readonly Change[]): Row[] {
  return changes.map(({ row, weight }) => [...row, BigInt(weight)]);
}

/**
 * For every key that changed its last row and `u`, or its values, NULLs, and `d` where it is gone. Throws `constraint` where a key
 * gets two rows.
 */
export function upsertRows(
  changes: readonly Change[],
  { name, columns }: ConnectorTable,
  key: readonly number[],
): Row[] {
  const seen = new Set<string>();
  return updatesOf(changes, columns, key).map(({ before, after }) => {
    const row = after ?? before;
    const text = keyText(row, columns, key);
    if (after !== undefined && seen.has(text)) {
      const values = key.map((i) => formatDatum(after[i]!, columns[i]!.type)).join(", ");
      throw new HeadraceError("constraint", `two rows for the primary key (${values}) of "${name}"`, {
        hint: "the query must give one row for each key",
      });
    }
    seen.add(text);
    return after !== undefined ? [...after, "u"] : [...row.map((value, i) => (key.includes(i) ? value : null)), "d"];
  });
}

function shown(row: Row, columns: readonly SinkColumn[]): string {
  return `(${row.map((value, i) => formatDatum(value, columns[i]!.type)).join(", ")})`;
}
