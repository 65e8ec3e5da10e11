import type { CatalogEntry } from "../../planner/catalog/catalog.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { BIGINT, DOUBLE, type SqlType, TIMESTAMP, VARCHAR } from "../../planner/types/types.ts";
import type { Job } from "./job.ts";

const COLUMNS: readonly (readonly [name: string, type: SqlType])[] = [
  ["name", VARCHAR],
  ["table_name", VARCHAR],
  ["state", VARCHAR],
  ["epochs", BIGINT],
  ["input_rows", BIGINT],
  ["state_rows", BIGINT],
  ["state_bytes", BIGINT],
  ["index_bytes", BIGINT],
  ["spilled_bytes", BIGINT],
  ["watermark", TIMESTAMP],
  ["epoch_ms_p99", DOUBLE],
  ["checkpoint", BIGINT],
];

/** What SHOW JOBS shows. */
export function jobRows(jobs: Iterable<Job>): CatalogEntry {
  const rows = [...jobs].map((job): readonly Datum[] => {
    const stats = job.stats();
    const { state, epochs, inputRows, stateRows, stateBytes, watermark, epochMs, checkpoint } = stats;
    return [
      job.name,
      job.table ?? null,
      state,
      BigInt(epochs),
      BigInt(inputRows),
      BigInt(stateRows),
      BigInt(stateBytes),
      BigInt(stats.indexBytes),
      BigInt(stats.spilledBytes),
      watermark === undefined ? null : BigInt(watermark.getTime()) * 1000n,
      epochMs.p99,
      checkpoint === undefined ? null : BigInt(checkpoint),
    ];
  });
  return { kind: "rows", name: "jobs", columns: COLUMNS.map(([name, type]) => ({ name, type })), rows };
}
