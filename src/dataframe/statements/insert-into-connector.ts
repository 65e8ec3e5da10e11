import { join } from "node:path";
import { HeadraceError } from "../../error.ts";
import type { Insert } from "../../sql/ast.ts";
import type { RunContext, StatementResult } from "../context.ts";
import type { QuerySource } from "../query-source.ts";
import type { ConnectorEntry } from "../streaming/connector-table.ts";
import { type PreparedJob, prepareTableJob } from "../streaming/job.ts";

/** Starts a job, as the session's settings say. */
export async function insertIntoConnector(
  ctx: RunContext,
  node: Insert,
  target: ConnectorEntry,
): Promise<StatementResult> {
  const { name } = ctx.session.settings.jobs;
  const { start } = await prepareInsert(ctx, node, target, name === "" ? undefined : name);
  forgetJob(ctx);
  await start();
  return { kind: "ok" };
}

/** Settings that are of one job. */
export function forgetJob({ session: { settings } }: RunContext): void {
  settings.set("job_name", undefined);
  settings.set("checkpoint_from", undefined);
}

/** A job of this name, or of the table's, as the session's settings say. */
export async function prepareInsert(
  ctx: RunContext,
  node: Insert,
  target: ConnectorEntry,
  jobName: string | undefined,
): Promise<PreparedJob> {
  if (ctx.catalog.inTransaction) throw refusal("INSERT in a transaction", node);
  const source = insertedRows(ctx, node);
  const { checkpointDirectory, checkpointMs, checkpointEpochs, checkpointFrom, checkpointUpgrade, epochRows, epochMs } =
    ctx.session.settings.jobs;
  return prepareTableJob(ctx, source, target, {
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
            from: checkpointFrom === "" ? undefined : checkpointFrom,
            upgrade: checkpointUpgrade,
          },
  });
}

/** What a job puts into its table. Throws `unsupported` for what a job cannot do. */
export function insertedRows(ctx: RunContext, node: Insert): QuerySource {
  const { source: query } = node;
  if (query === undefined) throw refusal("INSERT DEFAULT VALUES", node);
  if (node.onConflict !== undefined) throw refusal("INSERT ... ON CONFLICT", node);
  if (node.returning.length > 0) throw refusal("INSERT ... RETURNING", node);
  if (node.byName) throw refusal("INSERT ... BY NAME", node);
  return () => ({
    query: node.with === undefined ? query : { ...query, with: node.with },
    sql: ctx.sql,
    parameters: ctx.parameters,
    composed: true,
    emit: node.emit?.mode,
  });
}

const refusal = (what: string, { span }: Insert): HeadraceError =>
  new HeadraceError("unsupported", `${what} into a table with a connector is not supported`, { span });

const orNothing = (value: number): number | undefined => (value === 0 ? undefined : value);
