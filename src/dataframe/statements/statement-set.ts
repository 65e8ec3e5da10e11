import { HeadraceError } from "../../error.ts";
import type { StatementSet } from "../../sql/ast.ts";
import type { RunContext, StatementResult } from "../context.ts";
import type { PreparedJob } from "../streaming/job.ts";
import { forgetJob, prepareInsert } from "./insert-into-connector.ts";

/**
 * Starts a job for each INSERT. All are planned and have their tables before the first one starts; where one cannot start, the others
 * are stopped.
 */
export async function statementSet(ctx: RunContext, { statements }: StatementSet): Promise<StatementResult> {
  const { name } = ctx.session.settings.jobs;
  const jobs: PreparedJob[] = [];
  try {
    for (const node of statements) {
      const target = ctx.catalog.find(
        "table",
        node.table.parts.map((part) => part.name),
      );
      if (target?.kind !== "connector") {
        throw new HeadraceError("unsupported", "a statement set has INSERTs into tables with a connector only", {
          span: node.table.span,
        });
      }
      const number = jobs.length === 0 ? "" : `_${jobs.length + 1}`;
      jobs.push(await prepareInsert(ctx, node, target, name === "" ? undefined : `${name}${number}`));
    }
    forgetJob(ctx);
    for (const { start } of jobs) await start();
  } catch (error) {
    // One that has failed says so by itself.
    for (const { job } of jobs) await job.stop().catch(() => undefined);
    throw error;
  }
  return { kind: "ok" };
}
