/** Users' JavaScript aggregates: their states are JavaScript values, which generated code knows by number. */
import { deserialize, serialize } from "node:v8";
import type { Datum } from "../../expr/expr.ts";
import { repOf } from "../../ir/lower/rep.ts";
import { jsValue } from "../../types/js-values.ts";
import type { SqlType } from "../../types/types.ts";
import type { HostFunction, HostRuntime } from "./host.ts";
import {
  enter,
  failureOf,
  type JavaScriptCode,
  type LocalFunctions,
  messageOf,
  plainResult,
  resultOf,
  type UserFunction,
  userFunction,
} from "./javascript.ts";
import { datumOf } from "./values.ts";

/** Everything about an aggregate that a worker must know: plain data. */
export type JavaScriptAggregateSpec = {
  readonly name: string;
  readonly init: JavaScriptCode;
  readonly step: JavaScriptCode;
  readonly merge: JavaScriptCode | undefined;
  readonly finish: JavaScriptCode | undefined;
  readonly args: readonly SqlType[];
  readonly returns: SqlType;
  /** Steps are made for NULLs too. */
  readonly callOnNull: boolean;
  /** No other thread sees a state, and none outlives the morsel. */
  readonly isLocal: boolean;
};

/**
 * One thread's states of one query. Local ones have the number of their place; others that of a cell in memory, where they are
 * written, serialized, at the end of a run: {u32 address, u32 bytes}.
 */
export class UserStates {
  readonly local: unknown[] = [];
  readonly shared: Map<number, unknown> = new Map();
  /** Shared ones whose result was asked for: it may be asked for again, but nothing is added to them. */
  readonly finished: Map<number, unknown> = new Map();

  /** Writes what other threads may ask for; `memory` lives until the query's end. */
  flush(bytes: Uint8Array, allocate: (bytes: number) => number): void {
    for (const [cell, state] of this.shared) {
      const text = serialize(state);
      const address = allocate(text.length) >>> 0;
      new Uint8Array(bytes.buffer, bytes.byteOffset + address, text.length).set(text);
      new DataView(bytes.buffer, bytes.byteOffset + cell).setUint32(0, address, true);
      new DataView(bytes.buffer, bytes.byteOffset + cell).setUint32(4, text.length, true);
    }
    this.shared.clear();
    this.finished.clear();
  }

  endMorsel(): void {
    this.local.length = 0;
  }
}

type Functions = {
  readonly init: UserFunction;
  readonly step: UserFunction;
  readonly merge: UserFunction | undefined;
  readonly finish: UserFunction | undefined;
};

/** The host function `js_step`, `js_merge` or `js_finish` of an aggregate; a promise while modules are loaded. */
export function aggregateHost(
  part: AggregatePart,
  spec: JavaScriptAggregateSpec,
  locals: LocalFunctions,
): HostFunction | Promise<HostFunction> {
  const failing = (error: unknown): HostFunction => {
    return (rt, site: number) =>
      rt.fail(site, `the aggregate ${spec.name} cannot be called: ${messageOf(error)}`, error);
  };
  const load = (code: JavaScriptCode | undefined): UserFunction | Promise<UserFunction> | undefined =>
    code && userFunction(code, locals);
  try {
    const loaded = [load(spec.init), load(spec.step), load(spec.merge), load(spec.finish)] as const;
    const made = ([init, step, merge, finish]: readonly (UserFunction | undefined)[]): HostFunction =>
      PARTS[part](spec, { init: init as UserFunction, step: step as UserFunction, merge, finish });
    if (!loaded.some((fn) => fn instanceof Promise)) return made(loaded as readonly (UserFunction | undefined)[]);
    return Promise.all(loaded.map(async (fn) => fn))
      .then(made)
      .catch(failing);
  } catch (error) {
    return failing(error);
  }
}

export type AggregatePart = "step" | "merge" | "finish";

const PARTS: { readonly [P in AggregatePart]: (spec: JavaScriptAggregateSpec, fns: Functions) => HostFunction } = {
  /** (site, number of the state or 0, words of the arguments...) -> number of the state. */
  step: (spec, fns) => {
    const readers = spec.args.map((type, i) => argumentReader(spec, type, i));
    return (rt, site: number, handle: number, ...words: readonly (number | bigint)[]) => {
      const values = readers.map((read) => read(rt, words));
      return guarded(rt, spec, site, values, () => {
        const state = handle === 0 ? fns.init() : stateOf(rt, spec, handle);
        const next = fns.step(state, ...values);
        return keep(rt, spec, handle, next === undefined ? state : next);
      });
    };
  },
  /** (site, number of the state or 0, number of the other) -> number of the state. */
  merge: (spec, fns) => (rt, site: number, handle: number, other: number) => {
    if (other === 0) return handle;
    return guarded(rt, spec, site, undefined, () => {
      // A copy: what is merged may be merged again, and must not be shared.
      const from = structuredClone(stateOf(rt, spec, other));
      if (!spec.isLocal) rt.states?.().shared.delete(other >>> 0);
      const state = handle === 0 ? fns.init() : stateOf(rt, spec, handle);
      const next = fns.merge?.(state, from);
      return keep(rt, spec, handle, next === undefined ? state : next);
    });
  },
  /** (site, number of the state or 0) -> what `plainResult` says. */
  finish: (spec, fns) => (rt, site: number, handle: number) => {
    const datum = guarded(rt, spec, site, undefined, (): Datum => {
      const state = handle === 0 ? fns.init() : stateOf(rt, spec, handle);
      const result = fns.finish === undefined ? state : fns.finish(state);
      if (!spec.isLocal && handle !== 0) markFinished(rt, handle, state);
      return resultOf(result, spec.returns);
    });
    return plainResult(rt, datum, spec.returns);
  },
};

function guarded<T>(
  rt: HostRuntime,
  { name }: JavaScriptAggregateSpec,
  site: number,
  values: readonly unknown[] | undefined,
  work: () => T,
): T {
  const before = enter(rt, site);
  try {
    return work();
  } catch (error) {
    const message =
      values === undefined
        ? `the aggregate ${name} failed: ${messageOf(error)}`
        : failureOf(name, values, error, "aggregate");
    return rt.fail(site, message, error);
  } finally {
    rt.running[0] = before;
  }
}

function statesOf(rt: HostRuntime): UserStates {
  const states = rt.states?.();
  if (states === undefined) throw new Error("an aggregate is called where there are no states");
  return states;
}

function stateOf(rt: HostRuntime, { isLocal }: JavaScriptAggregateSpec, handle: number): unknown {
  const states = statesOf(rt);
  if (isLocal) return states.local[handle - 1];
  for (const known of [states.shared, states.finished]) if (known.has(handle >>> 0)) return known.get(handle >>> 0);
  const { buffer, byteOffset } = rt.bytes();
  const cell = new DataView(buffer, byteOffset + (handle >>> 0), 8);
  const [address, length] = [cell.getUint32(0, true), cell.getUint32(4, true)];
  return deserialize(new Uint8Array(buffer, byteOffset + address, length).slice());
}

function markFinished(rt: HostRuntime, handle: number, state: unknown): void {
  const { shared, finished } = statesOf(rt);
  shared.delete(handle >>> 0);
  finished.set(handle >>> 0, state);
}

function keep(rt: HostRuntime, { isLocal }: JavaScriptAggregateSpec, handle: number, state: unknown): number {
  const states = statesOf(rt);
  if (isLocal) {
    if (handle === 0) return states.local.push(state);
    states.local[handle - 1] = state;
    return handle;
  }
  const cell = handle === 0 ? (rt.keep?.(8) ?? 0) >>> 0 : handle >>> 0;
  states.shared.set(cell, state);
  return cell | 0;
}

/** Reads argument `i` from the words behind site and state. */
function argumentReader(
  { args, callOnNull }: JavaScriptAggregateSpec,
  type: SqlType,
  i: number,
): (rt: HostRuntime, words: readonly (number | bigint)[]) => unknown {
  const widths = args.map((arg) => (TWO_WORDS.has(repOf(arg)) ? 2 : 1) + (callOnNull ? 1 : 0));
  const first = widths.slice(0, i).reduce((sum, width) => sum + width, 0);
  const at = callOnNull ? first + 1 : first;
  return (rt, words) => {
    if (callOnNull && words[first] === 0) return null;
    return jsValue(datumOf(rt, type, words[at] as number, words[at + 1] ?? 0n), type, {});
  };
}

const TWO_WORDS: ReadonlySet<string> = new Set(["str", "i128", "interval"]);
