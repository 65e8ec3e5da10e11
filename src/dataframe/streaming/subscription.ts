import type { ResultRows } from "../../exec/table/result-rows.ts";
import type { Column } from "../../planner/expr/expr.ts";
import type { StatementContext } from "../context.ts";
import type { QuerySource } from "../query-source.ts";
import { uniqueNames } from "../results/names.ts";
import { decodeRows } from "../results/rows.ts";
import type { EpochOptions } from "../../streaming/continuous-query.ts";
import { prepareQuery } from "./start.ts";

/** What an epoch changed. A row that changed is removed as it was and added as it is. */
export type Change<Row = Record<string, unknown>> = {
  readonly epoch: number;
  readonly added: readonly Row[];
  readonly removed: readonly Row[];
};

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
  const { query } = prepareQuery(
    ctx,
    source,
    (plan, columns) => {
      const names = uniqueNames(columns.map(({ name }) => name));
      const at = columns.map(({ id }) => plan.columns.findIndex((column: Column) => column.id === id));
      return async (number, rows) => {
        const change = rows === undefined ? undefined : await changeOf<Row>(number, rows, names, at, ctx);
        return async () => {
          if (change === undefined || left) return;
          ready.push(change);
          wakeConsumer();
          await new Promise<void>((resolve) => (wakeProducer = resolve));
        };
      };
    },
    epoch,
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

async function changeOf<Row>(
  epoch: number,
  rows: ResultRows,
  names: readonly string[],
  at: readonly number[],
  { options }: StatementContext,
): Promise<Change<Row> | undefined> {
  const added: Row[] = [];
  const removed: Row[] = [];
  for (const values of await decodeRows(rows, options.values)) {
    const row = Object.setPrototypeOf({}, null) as Record<string, unknown>;
    names.forEach((name, i) => {
      row[name] = values[at[i]!];
    });
    const weight = Number(values.at(-1));
    for (let n = 0; n < Math.abs(weight); n++) (weight > 0 ? added : removed).push(row as Row);
  }
  return added.length + removed.length === 0 ? undefined : { epoch, added, removed };
}
