import { type Change, changeOf } from "../../streaming/connectors/callback.ts";
import type { EpochOptions } from "../../streaming/continuous-query.ts";
import type { StatementContext } from "../context.ts";
import type { QuerySource } from "../query-source.ts";
import { changeRows, namedColumns } from "./change-rows.ts";
import { prepareQuery } from "./start.ts";

export type SubscribeOptions = {
  readonly epoch?: EpochOptions | undefined;
  readonly signal?: AbortSignal | undefined;
};

/**
 * The changes of a query's result from now on, epoch by epoch, those without any left out. The next epoch is computed when the last
 * one was taken: a slow consumer holds up whoever pushes. Leaving the loop ends the query.
 */
export function subscribe<Row>(
  ctx: StatementContext,
  source: QuerySource,
  { epoch, signal }: SubscribeOptions,
): AsyncGenerator<Change<Row>> {
  const ready: Change<Row>[] = [];
  let wakeConsumer = (): void => undefined;
  let wakeProducer = (): void => undefined;
  let left = false;
  let failure: Error | undefined;
  const decode = changeRows<Row>(ctx);
  const { query } = prepareQuery(
    ctx,
    source,
    () => async (number, rows) => {
      const change = rows === undefined ? undefined : await changeOf(number, rows, decode);
      return async () => {
        if (change === undefined || left) return;
        ready.push(change);
        wakeConsumer();
        await new Promise<void>((resolve) => (wakeProducer = resolve));
      };
    },
    epoch,
    { shape: namedColumns },
  );
  const end = (error: Error | undefined): void => {
    left = true;
    failure = error;
    ctx.catalog.queries.delete(query);
    wakeProducer();
    wakeConsumer();
  };
  query.onStop = () => {
    left = true;
    wakeProducer();
  };
  query.onEnd = end;
  query.endsWithSources = true;
  ctx.catalog.queries.add(query);
  query.start().catch(() => undefined); // `end` has heard of it
  const onAbort = (): void => wakeConsumer();
  signal?.addEventListener("abort", onAbort);

  const changes = async function* (): AsyncGenerator<Change<Row>> {
    try {
      for (;;) {
        signal?.throwIfAborted();
        const change = ready.shift();
        if (change !== undefined) {
          yield change;
          wakeProducer();
          continue;
        }
        if (failure !== undefined) throw failure;
        if (left) return;
        await new Promise<void>((resolve) => (wakeConsumer = resolve));
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      await query.stop();
    }
  };
  return changes();
}
