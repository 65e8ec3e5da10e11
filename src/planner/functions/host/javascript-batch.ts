/** Users' JavaScript functions over batches of rows: value by value in one loop, over whole vectors, or with promises. */
import type { Datum } from "../../expr/expr.ts";
import { BIGINT, INTEGER, type SqlType } from "../../types/types.ts";
import type { HostRuntime } from "./host.ts";
import { enter, failureOf, type JavaScriptSpec, messageOf, resultOf, type UserFunction } from "./javascript.ts";
import {
  type FunctionVector,
  type NumberArray,
  rowValues,
  valuesAt,
  type VectorAddress,
  vectorValues,
  writeVector,
} from "./javascript-vectors.ts";

/** One batch of calls: vectors of arguments and the vector that takes the results, all of `count` rows. */
export type Batch = {
  readonly site: number;
  readonly count: number;
  readonly result: VectorAddress;
  /** Address of a u32 per row, 0 where the function is not to be called; 0: it is called for all. */
  readonly guard: number;
  readonly args: readonly VectorAddress[];
};

/** The words in which generated code hands over a batch. */
export function batchOf([site = 0, count = 0, data = 0, valid = 0, guard = 0, ...args]: readonly number[]): Batch {
  return {
    site,
    count,
    result: { data, valid },
    guard,
    args: Array.from({ length: args.length / 2 }, (_, i) => ({
      data: args[2 * i] as number,
      valid: args[2 * i + 1] as number,
    })),
  };
}

/** Calls the function for every row of a batch and writes the results. */
export type BatchCaller = (rt: HostRuntime, batch: Batch) => void;

/**
 * The same for functions that give promises: resolves, when all have settled, to the step that writes the results, to be run
 * when the thread is at this query again. `concurrency`: calls pending at a time.
 */
export type AsyncBatchCaller = (rt: HostRuntime, batch: Batch, concurrency: number) => Promise<() => void>;

export function batchCaller(spec: JavaScriptSpec, fn: UserFunction): BatchCaller {
  return spec.vectorized ? vectorCaller(spec, fn) : rowCaller(spec, fn);
}

/** Numbers of the rows for which the function is called; undefined: all. */
function calledRows(
  rt: HostRuntime,
  { callOnNull }: JavaScriptSpec,
  { count, guard, args }: Batch,
): Int32Array | undefined {
  const { buffer, byteOffset } = rt.bytes();
  const masks = callOnNull
    ? []
    : args
        .filter(({ valid }) => valid !== 0)
        .map(({ valid }) => new Uint8Array(buffer, byteOffset + (valid >>> 0), count));
  const guards = guard === 0 ? undefined : new Int32Array(buffer, byteOffset + (guard >>> 0), count);
  if (masks.length === 0 && guards === undefined) return undefined;
  const rows = new Int32Array(count);
  let called = 0;
  for (let i = 0; i < count; i++) {
    if (guards?.[i] === 0 || masks.some((mask) => mask[i] === 0)) continue;
    rows[called++] = i;
  }
  return called === count ? undefined : rows.subarray(0, called);
}

/** A column of arguments as the function gets them one by one. */
function argumentValues(
  rt: HostRuntime,
  type: SqlType,
  address: VectorAddress,
  count: number,
): NumberArray | readonly unknown[] {
  const isPlain = address.valid === 0 && isNumberArray(type);
  return isPlain ? valuesAt(rt, type, address.data, count) : rowValues(rt, type, address, count);
}

/** Whether elements of the type's typed array are its row values. */
function isNumberArray({ kind }: SqlType): boolean {
  return (
    kind === "Double" ||
    kind === "Real" ||
    kind === "Integer" ||
    kind === "BigInt" ||
    kind.endsWith("SmallInt") ||
    kind.endsWith("TinyInt")
  );
}

type Loop = (
  fn: UserFunction,
  rows: Int32Array | undefined,
  count: number,
  columns: readonly (NumberArray | readonly unknown[])[],
  out: unknown[] | Float64Array,
  slow: (row: number, value: unknown) => void,
  at: { row: number },
) => void;

/**
 * The loop over the rows, from text: every function has one of its own, so that V8 compiles it for that function and these
 * types of columns. DOUBLE results go straight to memory.
 */
function loopOf(arity: number, doubles: boolean): Loop {
  const names = Array.from({ length: arity }, (_, i) => `c${i}`);
  const call = `fn(${names.map((name) => `${name}[row]`).join(", ")})`;
  const keep = doubles
    ? `const value = ${call}; if (typeof value === "number") out[row] = value; else slow(row, value);`
    : `out[row] = ${call};`;
  const text = `"use strict";
    return function (fn, rows, count, columns, out, slow, at) {
      const [${names.join(", ")}] = columns;
      let row = 0;
      try {
        if (rows === undefined) for (; row < count; row++) { ${keep} }
        else for (let i = 0; i < rows.length; i++) { row = rows[i]; ${keep} }
      } finally {
        at.row = row;
      }
    };`;
  // eslint-disable-next-line typescript/no-implied-eval -- made of nothing but the number of arguments
  return new Function(text)() as Loop;
}

function rowCaller(spec: JavaScriptSpec, fn: UserFunction): BatchCaller {
  const { args, returns, name } = spec;
  const doubles = returns.kind === "Double";
  const loop = loopOf(args.length, doubles);
  return (rt, batch) => {
    const { site, count, result } = batch;
    const rows = calledRows(rt, spec, batch);
    const columns = args.map((type, i) => argumentValues(rt, type, batch.args[i] as VectorAddress, count));
    const { buffer, byteOffset } = rt.bytes();
    const at = { row: 0 };
    const values: unknown[] = [];
    const out = doubles ? new Float64Array(buffer, byteOffset + (result.data >>> 0), count) : values;
    const valid = new Uint8Array(buffer, byteOffset + (result.valid >>> 0), count);
    if (doubles) markValid(valid, rows);
    else for (let i = 0; i < count; i++) values.push(null);
    const slow = (row: number, value: unknown): void => {
      const datum = resultOf(value, returns);
      if (datum === null) valid[row] = 0;
    };
    const failed = (error: unknown): never =>
      rt.fail(
        site,
        failureOf(
          name,
          columns.map((column) => column[at.row]),
          error,
        ),
        error,
      );
    const before = enter(rt, site);
    try {
      loop(fn, rows, count, columns, out, slow, at);
    } catch (error) {
      return failed(error);
    } finally {
      rt.running[0] = before;
    }
    if (doubles) return;
    const datums = values.map((value, row): Datum => {
      if (value === null) return null;
      try {
        return resultOf(value, returns);
      } catch (error) {
        at.row = row;
        return failed(error);
      }
    });
    writeVector(rt, returns, result, datums);
  };
}

function markValid(valid: Uint8Array, rows: Int32Array | undefined): void {
  const mark = rows === undefined ? 1 : 0;
  // Four at a time: filling shared memory is slow.
  const words = new Int32Array(valid.buffer, valid.byteOffset, valid.length >>> 2);
  for (let i = 0; i < words.length; i++) words[i] = mark * 0x01010101;
  for (let i = words.length * 4; i < valid.length; i++) valid[i] = mark;
  if (rows !== undefined) for (const row of rows) valid[row] = 1;
}

/** The columns as the function gets them: only the rows that it is called for. */
function argumentVectors(
  rt: HostRuntime,
  { args }: JavaScriptSpec,
  batch: Batch,
  rows: Int32Array | undefined,
): readonly FunctionVector[] {
  const { buffer, byteOffset } = rt.bytes();
  return args.map((type, i): FunctionVector => {
    const { data, valid } = batch.args[i] as VectorAddress;
    const values = vectorValues(rt, type, data, batch.count);
    const present = valid === 0 ? undefined : new Uint8Array(buffer, byteOffset + (valid >>> 0), batch.count).slice();
    const cleared =
      present === undefined || !Array.isArray(values) ? values : values.map((v, k) => (present[k] === 0 ? null : v));
    if (rows === undefined) return vectorOf(cleared, present, batch.count);
    const kept = present === undefined ? undefined : Uint8Array.from(rows, (row) => present[row] as number);
    return vectorOf(pick(cleared, rows), kept, rows.length);
  });
}

function vectorOf(
  values: NumberArray | readonly unknown[],
  present: Uint8Array | undefined,
  length: number,
): FunctionVector {
  return { length, values, valid: present?.includes(0) === true ? present : undefined };
}

function pick(values: NumberArray | readonly unknown[], rows: Int32Array): NumberArray | readonly unknown[] {
  if (Array.isArray(values)) return Array.from(rows, (row) => (values as readonly unknown[])[row]);
  const typed = values as Float64Array;
  const picked = typed.slice(0, rows.length);
  rows.forEach((row, i) => {
    picked[i] = typed[row] as number;
  });
  return picked;
}

function vectorCaller(spec: JavaScriptSpec, fn: UserFunction): BatchCaller {
  return (rt, batch) => {
    const rows = calledRows(rt, spec, batch);
    const args = argumentVectors(rt, spec, batch, rows);
    const called = rows?.length ?? batch.count;
    let returned: unknown;
    if (called > 0) {
      const before = enter(rt, batch.site);
      try {
        returned = fn(...args);
      } catch (error) {
        return failBatch(rt, spec, batch, called, error);
      } finally {
        rt.running[0] = before;
      }
    }
    writeReturned(rt, spec, batch, rows, called, returned);
  };
}

function failBatch(rt: HostRuntime, { name }: JavaScriptSpec, { site }: Batch, rows: number, error: unknown): never {
  return rt.fail(site, `the function ${name} failed for a batch of ${rows} rows: ${messageOf(error)}`, error);
}

/** Checks and writes what a vectorized function returned for `rows`. */
function writeReturned(
  rt: HostRuntime,
  spec: JavaScriptSpec,
  batch: Batch,
  rows: Int32Array | undefined,
  called: number,
  returned: unknown,
): void {
  const { returns } = spec;
  const { values, valid } =
    called === 0 ? { values: [], valid: undefined } : vectorParts(rt, spec, batch, called, returned);
  if (returns.kind === "Double" && values instanceof Float64Array) {
    const { buffer, byteOffset } = rt.bytes();
    const out = new Float64Array(buffer, byteOffset + (batch.result.data >>> 0), batch.count);
    const present = new Uint8Array(buffer, byteOffset + (batch.result.valid >>> 0), batch.count);
    markValid(present, rows);
    if (rows === undefined) out.set(values);
    else rows.forEach((row, i) => (out[row] = values[i] as number));
    if (valid !== undefined)
      for (let i = 0; i < called; i++) if (!valid[i]) present[rows === undefined ? i : (rows[i] as number)] = 0;
    return;
  }
  const datums: Datum[] = Array.from({ length: batch.count }, () => null);
  for (let i = 0; i < called; i++) {
    if (valid !== undefined && !valid[i]) continue;
    try {
      datums[rows === undefined ? i : (rows[i] as number)] = elementDatum(values[i], returns);
    } catch (error) {
      return failBatch(rt, spec, batch, called, new TypeError(`in row ${i} of the batch ${messageOf(error)}`));
    }
  }
  writeVector(rt, returns, batch.result, datums);
}

/** A row value, or what stands for one in the typed array of the type. */
function elementDatum(value: unknown, type: SqlType): Datum {
  switch (type.kind) {
    case "Boolean":
      return typeof value === "number" ? value !== 0 : resultOf(value, type);
    case "Date":
      return typeof value === "number" ? resultOf(value, INTEGER) : resultOf(value, type);
    case "Time":
    case "Timestamp":
    case "TimestampTz":
      return typeof value === "bigint" ? resultOf(value, BIGINT) : resultOf(value, type);
    default:
      return resultOf(value, type);
  }
}

type ArrayValues = ArrayLike<unknown>;

/** A typed array, an array, or an object of `values` and perhaps `valid`. */
function vectorParts(
  rt: HostRuntime,
  spec: JavaScriptSpec,
  batch: Batch,
  called: number,
  returned: unknown,
): { readonly values: ArrayValues; readonly valid: ArrayValues | undefined } {
  const values = isArrayLike(returned) ? returned : (returned as { values?: unknown } | null | undefined)?.values;
  const valid = isArrayLike(returned) ? undefined : (returned as { valid?: unknown } | null | undefined)?.valid;
  if (!isArrayLike(values) || !(valid === undefined || isArrayLike(valid)))
    return failBatch(rt, spec, batch, called, new TypeError("it returned no array, typed array or { values, valid }"));
  if (values.length !== called || (valid !== undefined && valid.length !== called))
    return failBatch(rt, spec, batch, called, new TypeError(`it returned ${values.length} values`));
  return { values, valid };
}

function isArrayLike(value: unknown): value is ArrayValues {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** The rows of a batch by number of the row; ends with the first failure, the other calls' results are then ignored. */
export function asyncBatchCaller(spec: JavaScriptSpec, fn: UserFunction): AsyncBatchCaller {
  const { args, returns, name } = spec;
  return async (rt, batch, concurrency) => {
    const rows = calledRows(rt, spec, batch);
    const called = rows?.length ?? batch.count;
    if (spec.vectorized) {
      const vectors = argumentVectors(rt, spec, batch, rows);
      try {
        const returned = called === 0 ? [] : await fn(...vectors);
        return () => writeReturned(rt, spec, batch, rows, called, returned);
      } catch (error) {
        return () => failBatch(rt, spec, batch, called, error);
      }
    }
    const columns = args.map((type, i) => rowValues(rt, type, batch.args[i] as VectorAddress, batch.count));
    const datums: Datum[] = Array.from({ length: batch.count }, () => null);
    let next = 0;
    let failure: (() => never) | undefined;
    const work = async (): Promise<void> => {
      while (next < called && failure === undefined) {
        const i = next++;
        const row = rows === undefined ? i : (rows[i] as number);
        const values = columns.map((column) => column[row]);
        try {
          datums[row] = resultOf(await fn(...values), returns);
        } catch (error) {
          failure ??= () => rt.fail(batch.site, failureOf(name, values, error), error);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, called) }, work));
    return failure ?? (() => writeVector(rt, returns, batch.result, datums));
  };
}
