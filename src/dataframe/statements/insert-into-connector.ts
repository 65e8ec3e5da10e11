import { join } from "node:path";
import { HeadraceError } from "../../error.ts";
import type { Insert } from "../../sql/ast.ts";
import type { RunContext, StatementResult } from "../context.ts";
import type { QuerySource } from "../query-source.ts";
import type { ConnectorEntry } from "../streaming/connector-table.ts";
import { startJob } from "../streaming/job.ts";

/** Starts a job, as the session's settings say. */
export async function insertIntoConnector(
  ctx: RunContext,
  node: Insert,
  target: ConnectorEntry,
): Promise<StatementResult> {
  const { source: query, span } = node;
  const refuse = (what: string): HeadraceError =>
    new HeadraceError("unsupported", `${what} into a table with a connector is not supported`, { span });
  if (query === undefined) throw refuse("INSERT DEFAULT VALUES");
  if (node.onConflict !== undefined) throw refuse("INSERT ... ON CONFLICT");
  if (node.returning.length > 0) throw refuse("INSERT ... RETURNING");
  if (node.byName) throw refuse("INSERT ... BY NAME");
  if (ctx.catalog.inTransaction) throw refuse("INSERT in a transaction");
  const source: QuerySource = () => ({
    query: node.with === undefined ? query : { ...query, with: node.with },
    sql: ctx.sql,
    parameters: ctx.parameters,
    composed: true,
    emit: node.emit?.mode,
  });
  const { name, checkpointDirectory, checkpointMs, checkpointEpochs, epochRows, epochMs } = ctx.session.settings.jobs;
  const jobName = name === "" ? undefined : name;
  ctx.session.settings.set("job_name", undefined);
  await startJob(ctx, source, target, {
    name: jobName,
    columns: node.columns.map((column) => column.name),
    epoch: { rows: orNothing(epochRows), ms: orNothing(epochMs) },
    checkpoint:
      checkpointDirectory === ""
        ? undefined
        : {
            directory: join(checkpointDirectory, jobName ?? target.name.name),
            ms: orNothing(checkpointMs),
            epochs: orNothing(checkpointEpochs),
          },
  });
  return { kind: "ok" };
}

const orNothing = (value: number): number | undefined => (value === 0 ? undefined : value);
