/** EXPLAIN of the statements that start continuous queries. */
import { HeadraceError, toHeadraceError } from "../../error.ts";
import type { Emit } from "../../streaming/incremental/derivation.ts";
import type { Explain, Insert } from "../../sql/ast.ts";
import { bind, type RunContext, type StatementResult } from "../context.ts";
import type { BoundRows } from "../engine.ts";
import { type ContinuousOptions, explainParts, explainRows } from "../explain.ts";
import type { QuerySource } from "../query-source.ts";
import { type ConnectorEntry, connectorSink } from "../streaming/connector-table.ts";
import { assigned, checkChanges } from "../streaming/job.ts";
import { bindFixed } from "../streaming/start.ts";
import { viewedRows } from "./create.ts";
import { insertedRows } from "./insert-into-connector.ts";

/** A continuous query to be, as the statement would start it. */
type Planned = {
  readonly source: QuerySource;
  readonly shape: (rows: BoundRows) => BoundRows;
  readonly emit: Emit;
  readonly options: Omit<ContinuousOptions, "emit">;
};

/** How the query of CREATE MATERIALIZED VIEW, or of an INSERT into a table with a connector, is kept; undefined: of no such statement. */
export async function explainJob(ctx: RunContext, node: Explain): Promise<StatementResult | undefined> {
  const planned = await plannedBy(ctx, node);
  if (planned === undefined) return undefined;
  const { source, shape, options } = planned;
  if (node.analyze) {
    throw new HeadraceError("unsupported", "EXPLAIN ANALYZE of a continuous query is not supported", {
      span: node.span,
      hint: "SHOW JOBS shows the state and the times of one that runs",
    });
  }
  const { unbound, ...bound } = bindFixed(source, ctx);
  const statement = { kind: "Query", ...shape(bound) } as const;
  const { stages: asked, format } = node;
  const stages = asked.length > 0 ? asked : (["continuous"] as const);
  const explained = { kind: "Explain", stages, analyze: false, format, statement } as const;
  const emit = unbound.emit ?? planned.emit;
  try {
    return explainRows(ctx, await explainParts(ctx, explained, unbound.parameters, { ...options, emit }));
  } catch (error) {
    throw toHeadraceError(error, unbound.sql);
  }
}

async function plannedBy(ctx: RunContext, { statement }: Explain): Promise<Planned | undefined> {
  if (statement.kind === "CreateView" && statement.materialized) {
    const view = bind(ctx, statement, ctx);
    if (view.kind !== "CreateView") throw new HeadraceError("internal", `a view was bound as ${view.kind}`);
    return { source: viewedRows(view), shape: (rows) => rows, emit: view.emit ?? "changes", options: {} };
  }
  if (statement.kind !== "Insert") return undefined;
  const written = statement.table.parts.map(({ name }) => name);
  const target = ctx.catalog.find("table", written);
  return target?.kind === "connector" ? plannedInsert(ctx, statement, target) : undefined;
}

async function plannedInsert(ctx: RunContext, node: Insert, target: ConnectorEntry): Promise<Planned> {
  const source = insertedRows(ctx, node);
  const columns = node.columns.map(({ name }) => name);
  const sink = await connectorSink(ctx, target);
  await sink.close();
  return {
    source,
    shape: (rows) => assigned(rows, target, columns),
    emit: "windows",
    options: {
      keepsResult: false,
      ordered: sink.ordered,
      check: (plan) => checkChanges(sink, `"${target.name.name}"`, plan),
    },
  };
}
