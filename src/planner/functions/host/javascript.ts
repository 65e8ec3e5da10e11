/** Users' JavaScript functions inside a worker: made from their source or imported, called with row values. */
import type { Datum } from "../../expr/expr.ts";
import { repOf } from "../../ir/lower/rep.ts";
import { formatDatum } from "../../types/literals.ts";
import { INTEGER_RANGE, isInteger, type SqlType, typeName } from "../../types/types.ts";
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
  readonly callOnNull: boolean;
};

export type UserFunction = (...args: readonly unknown[]) => unknown;

const NULL_FLAG = "javascript null";
/** What a function that returns i32 gives for NULL; it may also be a value. */
export const NULL_I32: number = -(2 ** 31);

/** `js {spec}`: (site, words of the arguments...) -> number, or cell for what is no i32 or f64. */
export const js: HostFamily = (argument) => {
  const spec = JSON.parse(argument) as JavaScriptSpec;
  const { code } = spec;
  switch (code.kind) {
    case "source":
      return callerOf(spec, functionOf(code.source));
    case "module":
      return import(code.url).then(
        (module: Record<string, unknown>) => {
          const found = module[code.exported];
          if (typeof found === "function") return callerOf(spec, found as UserFunction);
          return failing(spec, `${code.url} has no function "${code.exported}"`);
        },
        (error: unknown) => failing(spec, `${code.url} cannot be loaded: ${messageOf(error)}`),
      );
    case "local":
      return failing(spec, "it closes over state, so it runs on the thread that made it");
  }
};

/** 1 when the last call of a JavaScript function gave NULL. */
export const jsWasNull: HostFunction = (rt) => (rt.cache.get(NULL_FLAG) === true ? 1 : 0);

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

function failing(spec: JavaScriptSpec, reason: string): HostFunction {
  return (rt, site: number) => rt.fail(site, `the function ${spec.name} cannot be called: ${reason}`);
}

/** Converts arguments and result around each call; an error names the function and the row's values. */
export function callerOf(spec: JavaScriptSpec, fn: UserFunction): HostFunction {
  const readers = argumentReaders(spec);
  const { returns } = spec;
  const rep = repOf(returns);
  const plain = rep === "i32" || rep === "f64";
  return (rt, ...words) => {
    const values = readers.map((read) => read(rt, words));
    let datum: Datum;
    try {
      datum = toDatum(fn(...values), returns);
    } catch (error) {
      return rt.fail(
        words[0] as number,
        `the function ${spec.name}(${values.map(show).join(", ")}) failed: ${messageOf(error)}`,
      );
    }
    if (!plain) return datum === null ? NULL_CELL : datumCell(rt, datum, returns);
    if (datum === null) {
      rt.cache.set(NULL_FLAG, true);
      return rep === "f64" ? Number.NaN : NULL_I32;
    }
    const result = Number(datum);
    if (Number.isNaN(result) || result === NULL_I32) rt.cache.set(NULL_FLAG, false);
    return result;
  };
}

type ArgumentReader = (rt: HostRuntime, words: readonly (number | bigint)[]) => unknown;

/** Word 0 is the error site. */
function argumentReaders({ args, callOnNull }: JavaScriptSpec): readonly ArgumentReader[] {
  let next = 1;
  return args.map((type): ArgumentReader => {
    const valid = callOnNull ? next++ : undefined;
    const rep = repOf(type);
    const at = next;
    next += rep === "str" || rep === "i128" || rep === "interval" ? 2 : 1;
    const read: ArgumentReader =
      rep === "f64" ||
      rep === "f32" ||
      (rep === "i32" && type.kind !== "Boolean" && type.kind !== "Date" && type.kind !== "Decimal")
        ? (_rt, words) => words[at]
        : (rt, words) => toValue(datumOf(rt, type, words[at] as number, words[at + 1] ?? 0n), type);
    return valid === undefined ? read : (rt, words) => (words[valid] === 0 ? null : read(rt, words));
  });
}

const DAY = 86_400_000;

/** A constant as the row value that results show. */
function toValue(datum: Exclude<Datum, null>, type: SqlType): unknown {
  switch (type.kind) {
    case "Date":
      return new Date(Number(datum) * DAY);
    case "Timestamp":
    case "TimestampTz":
      return new Date(Math.floor(Number(datum) / 1000));
    case "Decimal":
    case "Time":
    case "TimeNs":
    case "TimeTz":
    case "Uuid":
      return formatDatum(datum, type);
    default:
      return datum;
  }
}

/** A returned value as a constant of the type; throws for what does not fit. */
function toDatum(value: unknown, type: SqlType): Datum {
  if (value === null) return null;
  const wrong = (): TypeError => new TypeError(`it returned ${show(value)}, which is no ${typeName(type)}`);
  if (value === undefined) throw new TypeError("it returned undefined; return null for NULL");
  if (typeof value === "object" && value instanceof Promise)
    throw new TypeError("it returned a Promise: async functions are not supported yet");
  if (isInteger(type)) {
    if (typeof value !== "bigint" && !(typeof value === "number" && Number.isInteger(value))) throw wrong();
    const whole = BigInt(value);
    const { min, max } = INTEGER_RANGE[type.kind];
    if (whole < min || whole > max) throw wrong();
    return repOf(type) === "i32" ? Number(whole) : whole;
  }
  switch (type.kind) {
    case "Double":
    case "Real":
      if (typeof value !== "number") throw wrong();
      return value;
    case "Boolean":
      if (typeof value !== "boolean") throw wrong();
      return value;
    case "Varchar":
    case "Bit":
    case "Json":
      if (typeof value !== "string") throw wrong();
      return value;
    case "Blob":
      if (!(value instanceof Uint8Array)) throw wrong();
      return value;
    case "Date":
      if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw wrong();
      return Math.floor(value.getTime() / DAY);
    case "Timestamp":
    case "TimestampTz":
      if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw wrong();
      return BigInt(value.getTime()) * 1000n;
    default:
      throw new TypeError(`functions that return ${typeName(type)} are not supported yet`);
  }
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  return String(value);
}

function messageOf(error: unknown): string {
  return error instanceof Error
    ? `${error.name === "TypeError" ? "" : `${error.name}: `}${error.message}`
    : String(error);
}
