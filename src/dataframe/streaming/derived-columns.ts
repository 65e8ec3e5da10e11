/** Columns of a table of the outside that its source does not read: metadata, and the computed time of a watermark. */
import { HeadraceError } from "../../error.ts";
import { appendInSteps } from "../../exec/table/append-rows.ts";
import { encodeColumns } from "../../exec/table/encode-columns.ts";
import { runInSlices } from "../../exec/table/slices.ts";
import { createTable, releaseVersion, type TableVersion } from "../../exec/table/table-version.ts";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import { columnsOf, ref, substituteColumns } from "../../planner/expr/columns.ts";
import type { Column, Expr } from "../../planner/expr/expr.ts";
import type { LogicalPlan } from "../../planner/logical/plan.ts";
import { sameType, type SqlType } from "../../planner/types/types.ts";
import type { Metadata } from "../../streaming/connectors/connector.ts";
import { type Extend, numbered } from "../../streaming/connectors/extended-source.ts";
import { ColumnMaker, join } from "../../streaming/incremental/nodes.ts";
import type { StatementContext } from "../context.ts";
import { computing } from "../engine.ts";
import { bindSource, textSource } from "../query-source.ts";

/** What the planner takes a batch of rows to be. */
const EXPECTED_ROWS = 1000;

/** A column of the stream, by its place there. */
type Derived = { readonly ordinal: number; readonly name: string; readonly type: SqlType };

export type DerivedColumns = {
  /** The number of a row in its partition. */
  readonly number: Derived | undefined;
  readonly metadata: readonly (Derived & { readonly value: Metadata })[];
  readonly time: (Derived & { readonly value: Expr }) | undefined;
};

/** The value of a computed column over the stream's columns, whose ids are their ordinals. */
export function boundValue(ctx: StatementContext, source: TableSource, text: string): Expr {
  const { plan } = bindSource(textSource(text, undefined), ctx);
  const scan = plan.kind === "Project" ? plan.input : undefined;
  const value = plan.kind === "Project" ? plan.outputs[0]?.expr : undefined;
  if (scan?.kind !== "Scan" || value === undefined)
    throw new HeadraceError("internal", "a column computed of no stream");
  const by = scan.columns.map(({ column, ordinal }): [number, Expr] => {
    return [column.id, ref({ ...column, id: ordinal, type: source.schema[ordinal]!.type })];
  });
  return substituteColumns(value, new Map(by));
}

/** The stream's columns that a computed one needs, by ordinal. */
export const neededBy = (value: Expr): readonly number[] => [...columnsOf(value).keys()];

/** @param read what the source reads, in the order of its rows; the derived ones follow: the number, metadata, the time */
export function extending(ctx: StatementContext, read: readonly Derived[], derived: DerivedColumns): Extend {
  const { shared, instances } = ctx.runtime;
  const { number, metadata, time } = derived;
  const given = number === undefined ? read : [...read, number];
  const make = new ColumnMaker(1);
  const columnFor = ({ name, type }: Derived): Column => make.make(name, type);
  const [rows, facts] = [memoryTable("rows", given), memoryTable("metadata", ofPartition(metadata))];
  const [rowColumns, factColumns] = [given.map(columnFor), metadata.map(columnFor)];
  const scanned = scanOf(rows, rowColumns);
  const input = metadata.length === 0 ? scanned : join("inner", scanned, scanOf(facts, factColumns), []);
  const values = metadata.map(({ type, value }, i): Expr => {
    const own = ref({ ...factColumns[i]!, type: value.type });
    return sameType(type, value.type) ? own : { kind: "Cast", input: own, type, try: false };
  });
  const by = new Map<number, Expr>([
    ...given.map(({ ordinal }, i): [number, Expr] => [ordinal, ref(rowColumns[i]!)]),
    ...metadata.map(({ ordinal }, i): [number, Expr] => [ordinal, values[i]!]),
  ]);
  const all = [
    ...rowColumns.map((column) => ref(column)),
    ...values,
    ...(time === undefined ? [] : [substituteColumns(time.value, by)]),
  ];
  const layout = [...given, ...metadata, ...(time === undefined ? [] : [time])];
  const outputs = all.map((expr, i) => ({ column: columnFor(layout[i]!), expr }));
  const query = { plan: { kind: "Project", input, outputs } as const, columns: outputs.map(({ column }) => column) };
  const into = memoryTable("extended rows", layout).handle as TableVersion;
  // One worker: the rows stay in their order.
  const compute = computing(ctx.runtime, { ...ctx.options, workers: 1 });
  return async (partition, plain, first) => {
    const version = number === undefined ? plain : numbered(shared, plain, rows.handle as TableVersion, first);
    const row = metadata.map(({ value }) => [value.of(partition)]);
    const known = metadata.length === 0 ? undefined : encodeColumns(shared, facts.handle as TableVersion, 1, row);
    try {
      const result = await compute(query, (source) => {
        if (source === rows) return { ...source, handle: version };
        return source === facts ? { ...source, handle: known } : source;
      });
      try {
        return await runInSlices(appendInSteps(shared, instances.kernels, into, result.rows));
      } finally {
        result.release();
      }
    } finally {
      if (known !== undefined) releaseVersion(shared, known);
      if (version !== plain) releaseVersion(shared, version);
    }
  };
}

const ofPartition = (metadata: DerivedColumns["metadata"]): readonly Derived[] =>
  metadata.map(({ value, ...column }) => ({ ...column, type: value.type }));

function memoryTable(name: string, columns: readonly Derived[]): TableSource {
  const handle = createTable(
    columns.map((column) => ({ name: column.name, type: column.type, nullable: true })),
    { fixed: true },
  );
  const statistics = { ...handle.statistics, rows: EXPECTED_ROWS };
  return { kind: "memory", name, schema: handle.schema, statistics, handle };
}

function scanOf(source: TableSource, columns: readonly Column[]): LogicalPlan {
  const read = columns.map((column, ordinal) => ({ column, ordinal }));
  return { kind: "Scan", source, alias: source.name, columns: read, filters: [] };
}
