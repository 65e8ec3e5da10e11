import type { Range } from "../../planner/ir/operand.ts";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { Consumer } from "../codegen/compiler.ts";
import type { Produce, ScanHandle } from "../codegen/env.ts";
import type { Series } from "../../planner/catalog/series.ts";
import type { TableVersion } from "../table/table-version.ts";
import { compileRun, countRow } from "../codegen/pipeline.ts";
import { emitFilters } from "../codegen/predicate.ts";
import type { Location, Position } from "../codegen/scope.ts";
import { boundsOf } from "../codegen/prune.ts";
import { withColumnsOf } from "../codegen/required.ts";

/** One morsel at a time: a chunk of the table or a row group, decoded; the scan's filters run in the same loop. */
export const produceTableScan: Produce<"TableScan"> = (env, plan, consumer) => {
  const { compiler } = env;
  const source = env.openSource(plan.source);
  const handle = plan.source.handle as ScanHandle | TableVersion | Series;
  const required = withColumnsOf(consumer.required, plan.filters);
  const columns = plan.columns.filter(({ column }) => required.has(column.id));
  const bounds = boundsOf(plan.filters, ({ id }) => plan.columns.find(({ column }) => column.id === id)?.ordinal);
  const table = compiler.addTable({
    node: env.nodeId(plan),
    source,
    ordinals: columns.map(({ ordinal }) => ordinal),
    bounds,
    runtimeFilters: env.runtimeFilters.get(plan) ?? [],
    keyLookups: env.keyLookups.get(plan) ?? [],
    pushed: plan.pushed?.map(({ filter }) => filter) ?? [],
    limit: plan.limit,
  });

  const rid: Position = { name: "rid" };
  const locations = new Map<number, Location>();
  columns.forEach(({ column, ordinal }, slot) => {
    const info = plan.source.schema[ordinal];
    if (info === undefined) throw new RangeError(`column ${ordinal} of ${plan.source.name}`);
    const range = provenRange(plan.source, ordinal);
    if ("step" in handle) {
      locations.set(column.id, { kind: "series", start: handle.start, step: handle.step, range, position: rid });
      return;
    }
    if (plan.source.kind === "memory" && "columns" in handle && ordinal === handle.columns.length) {
      locations.set(column.id, { kind: "rowNumber", slot, range, position: rid });
      return;
    }
    const size = info.dictionary ? handle.dictionarySize(ordinal) : undefined;
    locations.set(column.id, {
      kind: "chunk",
      slot,
      lane: info.lane,
      nullable: info.nullable,
      dictionary: size === undefined ? undefined : compiler.addDictionary(source, ordinal, size),
      range,
      stable: handle.stable,
      position: rid,
    });
  });

  const counter = compiler.counter(env.nodeId(plan));
  const selectivity = plan.rows / Math.max(1, plan.source.statistics.rows);
  compileRun(compiler, `TableScan ${plan.alias}`, { kind: "table", table }, true, (b, pipeline) => {
    b.forRange(b.param(4), b.param(5), (row) => {
      const scope = compiler.scope(b, locations, b.param(3));
      scope.setPosition(rid, row);
      const counted: Consumer = {
        required: consumer.required,
        consume: (inner, at) => {
          countRow(compiler, at, counter);
          consumer.consume(inner, at);
        },
      };
      emitFilters(compiler, pipeline, scope, plan.filters, selectivity, counted);
    });
  });
};

/** Bounds that hold for every value, from statistics that we computed ourselves. */
function provenRange(source: TableSource, ordinal: number): Range | undefined {
  if (source.statistics.trust !== "computed") return undefined;
  const statistics = source.statistics.columns[ordinal];
  if (statistics === undefined) return undefined;
  const { min, max } = statistics;
  if (typeof min === "bigint" && typeof max === "bigint") return { min, max };
  if (typeof min === "number" && typeof max === "number" && Number.isInteger(min) && Number.isInteger(max)) {
    const kind = source.schema[ordinal]?.type.kind;
    return kind === "Real" || kind === "Double" ? undefined : { min: BigInt(min), max: BigInt(max) };
  }
  return undefined;
}
