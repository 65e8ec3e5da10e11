import { HeadraceError } from "../../error.ts";
import type { JavaScriptMapSpec, RowBatch } from "../../planner/functions/host/javascript-map.ts";
import type { UserFunction } from "../../planner/functions/host/javascript.ts";
import type { SessionFunction } from "../../planner/functions/session-function.ts";
import type { Query } from "../../sql/ast.ts";
import type { StatementContext } from "../context.ts";
import { NO_SPAN, objectName, query, select, selectItem, star } from "../expression/nodes.ts";
import type { Change, LazyQuery } from "../lazy-query.ts";
import { ownQuery } from "../query-source.ts";
import { type TakenCode, takeCode } from "./create-function.ts";
import { describeColumn, type ProviderColumn, type TableSchema } from "./table-provider.ts";

export type MapOptions = {
  /** SQL types of the columns made. */
  readonly schema: TableSchema;
  /** The function returns promises; an `async` function need not say so. */
  readonly async?: boolean | undefined;
  /** How many promises may be pending at a time; 16 by default. */
  readonly concurrency?: number | undefined;
};

/** Rows, or columns by name: arrays, typed arrays or { values, valid }. */
export type MadeRows<S> = Iterable<S> | Readonly<Record<string, unknown>>;

export type MapBatchFunction<R, S> = (batch: RowBatch<R>) => MadeRows<S> | Promise<MadeRows<S>>;
export type FlatMapFunction<R, S> = (row: R) => Iterable<S> | AsyncIterable<S> | Promise<Iterable<S>>;

const DEFAULT_CONCURRENCY = 16;

/** The rows that a function makes of batches of rows, or of each row. */
export function mapped(
  lazy: LazyQuery,
  method: string,
  takes: "row" | "batch",
  fn: (...args: never[]) => unknown,
  options: MapOptions,
): Change {
  const returns = columnsOf(method, options.schema);
  const { concurrency = DEFAULT_CONCURRENCY } = options;
  return {
    build: (ctx) => {
      const code = takeCode({ fn }, ctx.session.functionId());
      const isAsync = options.async ?? code.isAsync;
      const local = code.place === "workers" ? undefined : (fn as unknown as UserFunction);
      return overRows(ctx, lazy, { ...code, isAsync, local }, { method, takes, returns, concurrency });
    },
    columns: () => returns.map(({ name }) => name),
  };
}

export function columnsOf(method: string, schema: TableSchema): readonly ProviderColumn[] {
  const columns = Object.entries(schema).map(([name, type]) => describeColumn(name, type));
  if (columns.length > 0) return columns;
  throw new HeadraceError("bind", `${method} needs the columns of its schema`);
}

/** A function, and what stands for it where it runs on this thread. */
export type RunnableCode = TakenCode & { readonly local: UserFunction | undefined };

type MapSpec = {
  readonly method: string;
  readonly takes: JavaScriptMapSpec["takes"];
  readonly returns: readonly ProviderColumn[];
  readonly concurrency: number;
};

/** `SELECT * FROM function((query))`. */
export function overRows(
  ctx: StatementContext,
  lazy: LazyQuery,
  { code, place, reason, isAsync, local }: RunnableCode,
  { method, takes, returns, concurrency }: MapSpec,
): Query {
  if (local !== undefined && code.kind === "local") ctx.runtime.instances.setLocal(code.id, local);
  const name = addFunction(ctx, (own) => ({
    kind: "session map",
    name: own,
    make: (args) => ({ spec: { name: method, code, takes, args, returns, isAsync, concurrency }, place, reason }),
  }));
  const value = { kind: "ScalarSubquery", query: ownQuery(lazy, ctx), span: NO_SPAN } as const;
  const table = {
    kind: "TableFunction",
    name: objectName(name),
    args: [{ kind: "FunctionArgument", name: undefined, value, span: NO_SPAN }],
    lateral: false,
    withOrdinality: false,
    alias: undefined,
    sample: undefined,
    span: NO_SPAN,
  } as const;
  return query(select([table], [selectItem(star())]));
}

/** Makes a function known to the action, under a name that no text has; returns the name. */
export function addFunction(ctx: StatementContext, make: (name: string) => SessionFunction): string {
  const name = `function ${ctx.session.functionId()}`;
  ctx.functions.set(name, make(name));
  return name;
}
