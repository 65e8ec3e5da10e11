import { CallbackSink, type ChangeCallback, type ChangeSink } from "../../streaming/connectors/callback.ts";
import type { StatementContext } from "../context.ts";
import type { QuerySource } from "../query-source.ts";
import { changeRows, namedColumns } from "./change-rows.ts";
import { type Job, type JobOptions, runJob } from "./job.ts";

export type ChangeJobOptions = Omit<JobOptions, "columns">;

/** Starts a job that calls a function with the changes of each epoch, or those of a sink. */
export function forEachChange<Row>(
  ctx: StatementContext,
  source: QuerySource,
  functions: ChangeCallback<Row> | ChangeSink<Row>,
  options: ChangeJobOptions,
): Promise<Job> {
  const given = typeof functions === "function" ? { write: functions } : functions;
  const sink = new CallbackSink(changeRows<Row>(ctx), given);
  const target = {
    table: undefined,
    shown: "the sink",
    job: "changes",
    defaultEmit: "changes",
    shape: namedColumns,
    open: async () => sink,
    onStop: () => sink.stop(),
    isWaitedFor: () => sink.isCalling(),
  } as const;
  return runJob(ctx, source, target, options);
}
