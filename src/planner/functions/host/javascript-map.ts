/** Users' JavaScript functions that make rows of rows, a batch at a time. */
import type { Datum } from "../../expr/expr.ts";
import type { SqlType } from "../../types/types.ts";
import { typeName } from "../../types/types.ts";
import { datumOfJs } from "../../types/js-input.ts";
import { type HostRuntime, SLACK } from "./host.ts";
import { enter, failureOf, type JavaScriptCode, messageOf, showValue, type UserFunction } from "./javascript.ts";
import {
  type FunctionVector,
  rowValues,
  valueBytes,
  type VectorAddress,
  vectorValues,
  writeVector,
} from "./javascript-vectors.ts";

export type NamedType = { readonly name: string; readonly type: SqlType };

/** Everything about such a function that a worker must know: plain data. */
export type JavaScriptMapSpec = {
  readonly name: string;
  readonly code: JavaScriptCode;
  /** `row`: gets a row object and gives rows; `batch`: gets a `RowBatch` and gives rows or columns. */
  readonly takes: "row" | "batch";
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

type Row = Readonly<Record<string, unknown>>;

export function mapCaller(spec: JavaScriptMapSpec, fn: UserFunction): MapCaller {
  return (rt, batch) => {
    const output = new Output(rt, spec, batch);
    const before = enter(rt, batch.site);
    try {
      if (spec.takes === "batch") output.addResult(output.call(undefined, () => fn(batchOf(rt, spec, batch))));
      else
        for (const row of rowsOf(rt, spec, batch)) output.call(row, () => output.addRows(fn(row) as Iterable<unknown>));
    } finally {
      rt.running[0] = before;
    }
    return output.write();
  };
}

export function asyncMapCaller(spec: JavaScriptMapSpec, fn: UserFunction): AsyncMapCaller {
  return async (rt, batch, concurrency) => {
    const output = new Output(rt, spec, batch);
    const rows = spec.takes === "batch" ? [batchOf(rt, spec, batch)] : rowsOf(rt, spec, batch);
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

function rowsOf(rt: HostRuntime, { args }: JavaScriptMapSpec, { args: at, count }: MapBatch): Row[] {
  const columns = args.map(({ type }, i) => rowValues(rt, type, at[i] as VectorAddress, count));
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(args.map(({ name }, i) => [name, columns[i]?.[row]])),
  );
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
    rows: () => (rows ??= rowsOf(rt, spec, batch)),
  };
}

/** The rows that a function has given, by column. */
class Output {
  private readonly rt: HostRuntime;
  private readonly spec: JavaScriptMapSpec;
  private readonly batch: MapBatch;
  private readonly columns: Datum[][];

  constructor(rt: HostRuntime, spec: JavaScriptMapSpec, batch: MapBatch) {
    this.rt = rt;
    this.spec = spec;
    this.batch = batch;
    this.columns = spec.returns.map(() => []);
  }

  call<T>(row: Row | undefined, work: () => T): T {
    try {
      return work();
    } catch (error) {
      return this.fail(row, error);
    }
  }

  fail(row: Row | undefined, error: unknown): never {
    const { name } = this.spec;
    const message =
      row === undefined
        ? `the function ${name} failed for a batch of ${this.batch.count} rows: ${messageOf(error)}`
        : failureOf(name, [row], error);
    return this.rt.fail(this.batch.site, message, error);
  }

  /** Rows, or an object of columns. */
  addResult(result: unknown): void {
    this.call(undefined, () => {
      if (typeof result === "object" && result !== null && !(Symbol.iterator in result))
        return this.addColumns(result as Row);
      return this.addRows(result as Iterable<unknown>);
    });
  }

  addRows(rows: Iterable<unknown>): void {
    if (rows instanceof Promise) {
      rows.catch(() => undefined);
      throw new TypeError("it returned a promise; give it `async: true`");
    }
    if (typeof rows !== "object" || rows === null || !(Symbol.iterator in rows))
      throw new TypeError(`it returned ${showValue(rows)}, which is no array or iterable of rows`);
    for (const row of rows) {
      if (typeof row !== "object" || row === null) throw new TypeError(`it gave ${showValue(row)} as a row`);
      const values = row as Row;
      this.spec.returns.forEach((column, i) => this.add(i, column, values[column.name] ?? null));
    }
  }

  private addColumns(columns: Row): void {
    let length: number | undefined;
    this.spec.returns.forEach((column, i) => {
      const given = columns[column.name] as ArrayLike<unknown> | { values?: unknown; valid?: unknown } | undefined;
      if (given === undefined) throw new TypeError(`it returned columns without "${column.name}"`);
      const isVector = !Array.isArray(given) && !ArrayBuffer.isView(given);
      const values = (isVector ? (given as { values?: unknown }).values : given) as ArrayLike<unknown>;
      const valid = isVector ? ((given as { valid?: unknown }).valid as ArrayLike<unknown> | undefined) : undefined;
      length ??= values.length;
      if (values.length !== length) throw new TypeError("it returned columns of different lengths");
      for (let row = 0; row < values.length; row++)
        this.add(i, column, valid !== undefined && !valid[row] ? null : values[row]);
    });
  }

  private add(i: number, { name, type }: NamedType, value: unknown): void {
    const datum = datumOfJs(value, type);
    if (datum === undefined)
      throw new TypeError(`it gave ${showValue(value)} in column "${name}", which is no ${typeName(type)}`);
    (this.columns[i] as Datum[]).push(datum);
  }

  write(): number {
    const { rt, spec, batch } = this;
    const rows = this.columns[0]?.length ?? 0;
    const places = spec.returns.map(({ type }, i) => {
      const to = { data: rt.allocate(rows * valueBytes(type) + SLACK), valid: rt.allocate(rows + SLACK) };
      writeVector(rt, type, to, this.columns[i] as Datum[]);
      return to;
    });
    const { buffer, byteOffset } = rt.bytes();
    const words = new Uint32Array(buffer, byteOffset + (batch.output >>> 0), 1 + 2 * places.length);
    words[0] = rows;
    places.forEach(({ data, valid }, i) => {
      words[1 + 2 * i] = data;
      words[2 + 2 * i] = valid;
    });
    return rows;
  }
}
