import type { Kernels } from "../../exec/kernels/kernels.ts";
import type { SharedMemory } from "../../exec/memory/shared-memory.ts";
import { appendInSteps } from "../../exec/table/append-rows.ts";
import { runInSlices } from "../../exec/table/slices.ts";
import {
  type Chunk,
  makeVersion,
  releaseVersion,
  type TableVersion,
  withChunks,
} from "../../exec/table/table-version.ts";
import type { Column } from "../../planner/expr/expr.ts";
import type { LogicalPlan } from "../../planner/logical/plan.ts";
import { ColumnMaker, consolidate, ONE, project, unionAll, MINUS_ONE } from "../../streaming/incremental/nodes.ts";
import type { Compute } from "../../streaming/job.ts";

/**
 * What a table's new version has more and less than the old one, as rows with weights in the layout of `into`. Versions share the
 * chunks that did not change, so that only the others are looked at.
 */
export async function tableChanges(
  compute: Compute,
  memory: SharedMemory,
  kernels: Kernels,
  {
    old,
    now,
    into,
  }: { readonly old: TableVersion | undefined; readonly now: TableVersion; readonly into: TableVersion },
): Promise<TableVersion> {
  const [before, after] = [new Set(old?.chunks), new Set(now.chunks)];
  const added = part(now, (chunk) => !before.has(chunk));
  const removed = part(old ?? now, (chunk) => !after.has(chunk));
  const make = new ColumnMaker(1);
  const columns = now.columns.map(({ name, type }) => make.make(name, type));
  const weight = make.weight();
  const sides = [
    { version: added, sign: ONE },
    { version: removed, sign: MINUS_ONE },
  ].filter(({ version }) => version.rows > 0);
  const inputs = sides.map(({ version, sign }) => {
    const own = columns.map((column) => make.copy(column));
    const signed = make.weight();
    return { plan: project(scan(version, own), own, { column: signed, expr: sign }), columns: [...own, signed] };
  });
  try {
    if (inputs.length === 0) return withChunks(into, []);
    const all = unionAll(inputs, [...columns, weight]);
    const net = make.weight();
    const query =
      inputs.length === 1
        ? { plan: all, columns: [...columns, weight] }
        : { plan: consolidate(make, all, columns, weight, net), columns: [...columns, net] };
    const result = await compute(query, (source) => source);
    try {
      return await runInSlices(appendInSteps(memory, kernels, into, result.rows));
    } finally {
      result.release();
    }
  } finally {
    releaseVersion(memory, added);
    releaseVersion(memory, removed);
  }
}

/** Some chunks of a version, with what is true of these. */
function part({ columns, chunks }: TableVersion, keep: (chunk: Chunk) => boolean): TableVersion {
  const kept = chunks.filter(keep);
  const facts = columns.map((column, i) => {
    const values = kept.reduce((sum, chunk) => sum + chunk.columns[i]!.values, 0);
    return { ...column, summary: { ...column.summary, values } };
  });
  return makeVersion(facts, kept);
}

function scan(version: TableVersion, columns: readonly Column[]): LogicalPlan {
  const { schema, statistics } = version;
  return {
    kind: "Scan",
    source: { kind: "memory", name: "changed chunks", schema, statistics, handle: version },
    alias: "changed chunks",
    columns: columns.map((column, ordinal) => ({ column, ordinal })),
    filters: [],
  };
}
