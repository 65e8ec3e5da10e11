/** Users' JavaScript functions that make rows of rows, a batch at a time. */
import type { SqlType } from "../../types/types.ts";
import type { HostRuntime } from "./host.ts";
import { enter, type JavaScriptCode, type UserFunction } from "./javascript.ts";
import { type FunctionVector, type VectorAddress, vectorValues } from "./javascript-vectors.ts";
import { MadeRows, type Row, rowObjects } from "./made-rows.ts";
import { type KeyFunctions, keysCaller, type PairFunctions, pairsCaller } from "./map-reduce-merge.ts";

export type NamedType = { readonly name: string; readonly type: SqlType };

/** Everything about such a function that a worker must know: plain data. */
export type JavaScriptMapSpec = {
  readonly name: string;
  readonly code: JavaScriptCode;
  /**
   * - row: gets a row object and gives rows.
   * - batch: gets a `RowBatch` and gives rows or columns.
   * - pairs, keys: the two halves of a map-reduce-merge, see `map-reduce-merge.ts`.
   */
  readonly takes: "row" | "batch" | "pairs" | "keys";
  readonly args: readonly NamedType[];
  readonly returns: readonly NamedType[];
  readonly isAsync: boolean;
  readonly concurrency: number;
};

/** Rows that a function gets at once: by column, or made into objects. */
export type RowBatch<R = Readonly<Record<string, unknown>>> = {
  readonly length: number;
  readonly columns: Readonly<Record<string, FunctionVector>>;
  readonly rows: () => R[];
};

/** One batch: vectors of arguments of `count` rows. `output`: where a u32 row count and {u32 data, u32 validity} by column go. */
export type MapBatch = {
  readonly site: number;
  readonly count: number;
  readonly output: number;
  readonly args: readonly VectorAddress[];
};

/** Calls the function and writes its rows to fresh memory; returns their number. */
export type MapCaller = (rt: HostRuntime, batch: MapBatch) => number;
/** The same where promises are waited for; the step that writes is to be run when the thread is at this query again. */
export type AsyncMapCaller = (rt: HostRuntime, batch: MapBatch, concurrency: number) => Promise<() => number>;

export function mapCaller(spec: JavaScriptMapSpec, fn: UserFunction): MapCaller {
  switch (spec.takes) {
    case "row":
    case "batch":
      return rowsCaller(spec, fn);
    case "pairs":
      return pairsCaller(spec, fn as PairFunctions);
    case "keys":
      return keysCaller(spec, fn as KeyFunctions);
  }
}

function rowsCaller(spec: JavaScriptMapSpec, fn: UserFunction): MapCaller {
  return (rt, batch) => {
    const output = new MadeRows(rt, spec, batch);
    const before = enter(rt, batch.site);
    try {
      if (spec.takes === "batch") output.addResult(output.call(undefined, () => fn(batchOf(rt, spec, batch))));
      else
        for (const row of rowObjects(rt, spec, batch))
          output.call(row, () => output.addRows(fn(row) as Iterable<unknown>));
    } finally {
      rt.running[0] = before;
    }
    return output.write();
  };
}

export function asyncMapCaller(spec: JavaScriptMapSpec, fn: UserFunction): AsyncMapCaller {
  return async (rt, batch, concurrency) => {
    const output = new MadeRows(rt, spec, batch);
    const rows = spec.takes === "batch" ? [batchOf(rt, spec, batch)] : rowObjects(rt, spec, batch);
    const results: unknown[] = [];
    let next = 0;
    let failure: { readonly row: Row | undefined; readonly error: unknown } | undefined;
    const work = async (): Promise<void> => {
      while (next < rows.length && failure === undefined) {
        const i = next++;
        const row = rows[i];
        try {
          results[i] = await settled(fn(row));
        } catch (error) {
          failure ??= { row: spec.takes === "batch" ? undefined : row, error };
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, rows.length) }, work));
    return () => {
      if (failure !== undefined) return output.fail(failure.row, failure.error);
      results.forEach((result, i) => {
        if (spec.takes === "batch") output.addResult(result);
        else output.call(rows[i], () => output.addRows(result as Iterable<unknown>));
      });
      return output.write();
    };
  };
}

/** The value of a promise, all items of an async generator. */
async function settled(result: unknown): Promise<unknown> {
  const value = await result;
  if (typeof value !== "object" || value === null || !(Symbol.asyncIterator in value)) return value;
  const items: unknown[] = [];
  for await (const item of value as AsyncIterable<unknown>) items.push(item);
  return items;
}

function batchOf(rt: HostRuntime, spec: JavaScriptMapSpec, batch: MapBatch): RowBatch {
  const { buffer, byteOffset } = rt.bytes();
  const columns = spec.args.map(({ name, type }, i): [string, FunctionVector] => {
    const { data, valid } = batch.args[i] as VectorAddress;
    const present = valid === 0 ? undefined : new Uint8Array(buffer, byteOffset + (valid >>> 0), batch.count).slice();
    const hasNull = present?.includes(0) === true;
    const values = vectorValues(rt, type, data, batch.count);
    const shown =
      hasNull && Array.isArray(values) ? values.map((v: unknown, k) => (present[k] === 0 ? null : v)) : values;
    return [name, { length: batch.count, values: shown, valid: hasNull ? present : undefined }];
  });
  let rows: Row[] | undefined;
  return {
    length: batch.count,
    columns: Object.fromEntries(columns),
    rows: () => (rows ??= rowObjects(rt, spec, batch)),
  };
}
