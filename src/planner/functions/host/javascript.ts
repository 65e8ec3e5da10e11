/** Users' JavaScript functions on the thread that calls them: made from their source or imported, called value by value. */
import type { Datum } from "../../expr/expr.ts";
import { repOf } from "../../ir/lower/rep.ts";
import { datumOfJs } from "../../types/js-input.ts";
import { jsValue } from "../../types/js-values.ts";
import { type SqlType, typeName } from "../../types/types.ts";
import type { HostFamily, HostFunction, HostRuntime } from "./host.ts";
import { NULL_CELL } from "./host.ts";
import { datumCell, datumOf } from "./values.ts";

export type JavaScriptCode =
  /** The text of a function expression that refers to nothing outside. */
  | { readonly kind: "source"; readonly source: string }
  /** An export of a module, by its URL. */
  | { readonly kind: "module"; readonly url: string; readonly exported: string }
  /** A function of the calling thread that closes over state, by its number. */
  | { readonly kind: "local"; readonly id: number };

/** Everything about a function that a worker must know: plain data. */
export type JavaScriptSpec = {
  readonly name: string;
  readonly code: JavaScriptCode;
  readonly args: readonly SqlType[];
  readonly returns: SqlType;
  /** Called with NULLs too; otherwise the result is NULL where an argument is. */
  readonly callOnNull: boolean;
  /** Takes and gives `FunctionVector`s. */
  readonly vectorized: boolean;
  /** Takes vectors of apache-arrow in their place, and may give one. */
  readonly arrow: boolean;
  /** Gives promises, of which at most `concurrency` are pending at a time. */
  readonly isAsync: boolean;
  readonly concurrency: number;
};

export type UserFunction = (...args: readonly unknown[]) => unknown;

/** The functions of this thread that close over state, by number. */
export type LocalFunctions = ReadonlyMap<number, UserFunction>;

/** The function itself; a promise while its module is loaded. Throws, with the reason, when there is none. */
export function userFunction(code: JavaScriptCode, locals: LocalFunctions): UserFunction | Promise<UserFunction> {
  switch (code.kind) {
    case "source":
      return functionOf(code.source);
    case "module":
      return import(code.url).then(
        (module: Record<string, unknown>) => {
          const found = module[code.exported];
          if (typeof found === "function") return found as UserFunction;
          throw new Error(`${code.url} has no function "${code.exported}"`);
        },
        (error: unknown) => {
          throw new Error(`${code.url} cannot be loaded: ${messageOf(error)}`, { cause: error });
        },
      );
    case "local": {
      const fn = locals.get(code.id);
      if (fn === undefined) throw new Error("it closes over state, so it runs on the thread that made it");
      return fn;
    }
  }
}

/** What `make` gives of the user's function; where it cannot be had, a function that fails with the reason. */
export function hostOf(
  name: string,
  code: JavaScriptCode,
  locals: LocalFunctions,
  make: (fn: UserFunction) => HostFunction,
): HostFunction | Promise<HostFunction> {
  const failing = (error: unknown): HostFunction => {
    return (rt, site: number) => rt.fail(site, `the function ${name} cannot be called: ${messageOf(error)}`, error);
  };
  try {
    const fn = userFunction(code, locals);
    return fn instanceof Promise ? fn.then(make).catch(failing) : make(fn);
  } catch (error) {
    return failing(error);
  }
}

/** A function value from its text: an expression, or a method `name(...) {...}`. */
function functionOf(source: string): UserFunction {
  try {
    return evaluate(`(${source}\n)`) as UserFunction;
  } catch {
    const holder = evaluate(`({${source}\n})`) as Record<string, UserFunction>;
    return Object.values(holder)[0] as UserFunction;
  }
}

function evaluate(expression: string): unknown {
  // eslint-disable-next-line typescript/no-implied-eval -- the text of a function that the program itself handed over
  return new Function(`"use strict"; return ${expression};`)();
}

const NULL_FLAG = "javascript null";
/** What a function that returns i32 gives for NULL; it may also be a value. */
export const NULL_I32: number = -(2 ** 31);

/** 1 when the last call of a JavaScript function gave NULL. */
export const jsWasNull: HostFunction = (rt) => (rt.cache.get(NULL_FLAG) === true ? 1 : 0);

/**
 * `js {spec}`: (site, words of the arguments...) -> number, or cell for what is no i32 or f64. For calls that cannot be taken
 * out of their expression (in lambdas, in the conditions of outer joins).
 */
export function valueCaller(spec: JavaScriptSpec, fn: UserFunction): HostFunction {
  const readers = argumentReaders(spec);
  const { returns } = spec;
  return (rt, ...words) => {
    const site = words[0] as number;
    const values = readers.map((read) => read(rt, words));
    let datum: Datum;
    const before = enter(rt, site);
    try {
      datum = resultOf(fn(...values), returns);
    } catch (error) {
      return rt.fail(site, failureOf(spec.name, values, error), error);
    } finally {
      rt.running[0] = before;
    }
    return plainResult(rt, datum, returns);
  };
}

/** The result as generated code takes it: a number, or a cell for what is no i32 or f64. */
export function plainResult(rt: HostRuntime, datum: Datum, type: SqlType): number {
  const rep = repOf(type);
  if (rep !== "i32" && rep !== "f64") return datum === null ? NULL_CELL : datumCell(rt, datum, type);
  if (datum === null) {
    rt.cache.set(NULL_FLAG, true);
    return rep === "f64" ? Number.NaN : NULL_I32;
  }
  const result = Number(datum);
  if (Number.isNaN(result) || result === NULL_I32) rt.cache.set(NULL_FLAG, false);
  return result;
}

/** Notes that a user's function begins; returns what to put back into `rt.running` at its end. */
export function enter({ running }: HostRuntime, site: number): number {
  const before = running[0] as number;
  running[0] = site + 1;
  return before;
}

/** `js {spec}`, where no function closes over state. */
export const js: HostFamily = (argument) => {
  const spec = JSON.parse(argument) as JavaScriptSpec;
  return hostOf(spec.name, spec.code, new Map(), (fn) => valueCaller(spec, fn));
};

type ArgumentReader = (rt: HostRuntime, words: readonly (number | bigint)[]) => unknown;

/** Word 0 is the error site. */
function argumentReaders({ args, callOnNull }: JavaScriptSpec): readonly ArgumentReader[] {
  let next = 1;
  return args.map((type): ArgumentReader => {
    const valid = callOnNull ? next++ : undefined;
    const rep = repOf(type);
    const at = next;
    next += rep === "str" || rep === "i128" || rep === "interval" ? 2 : 1;
    const read: ArgumentReader = (rt, words) =>
      jsValue(datumOf(rt, type, words[at] as number, words[at + 1] ?? 0n), type, {});
    return valid === undefined ? read : (rt, words) => (words[valid] === 0 ? null : read(rt, words));
  });
}

/** A returned value as a constant of the type; throws for what does not fit. */
export function resultOf(value: unknown, type: SqlType): Datum {
  const datum = datumOfJs(value, type);
  if (datum !== undefined) return datum;
  if (value === undefined) throw new TypeError("it returned undefined; return null for NULL");
  if (value instanceof Promise) {
    value.catch(() => undefined);
    throw new TypeError("it returned a promise; create it with `async: true`");
  }
  throw new TypeError(`it returned ${showValue(value)}, which is no ${typeName(type)}`);
}

/** The message for a call that failed. */
export function failureOf(name: string, values: readonly unknown[], error: unknown, kind: string = "function"): string {
  return `the ${kind} ${name}(${values.map(showValue).join(", ")}) failed: ${messageOf(error)}`;
}

const MOST_SHOWN = 60;

/** A value for messages, shortened. */
export function showValue(value: unknown): string {
  try {
    return shown(value);
  } catch {
    // Proxies may throw whatever is asked of them.
    return "an object";
  }
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(clipped(value));
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid Date" : value.toISOString();
  if (typeof value === "function") return "a function";
  if (value instanceof Promise) return "a promise";
  if (typeof value !== "object" || value === null) return String(value);
  const json = JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? `${inner}n` : inner));
  return clipped(json ?? "an object");
}

function clipped(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}...` : text;
}

export function messageOf(error: unknown): string {
  try {
    if (error instanceof Error)
      return `${error.name === "TypeError" || error.name === "Error" ? "" : `${error.name}: `}${error.message}`;
  } catch {
    return "an object";
  }
  return showValue(error);
}
