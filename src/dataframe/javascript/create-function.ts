import { HeadraceError, unsupported } from "../../error.ts";
import type { ScalarFunction } from "../../planner/functions/function.ts";
import type { JavaScriptCode, UserFunction } from "../../planner/functions/host/javascript.ts";
import { hasArrowVectors } from "../../planner/functions/host/javascript-vectors.ts";
import { javaScriptFunction } from "../../planner/functions/javascript.ts";
import { aggregateFunction, scalarFunction, windowFunction } from "../../planner/functions/registry.ts";
import { typeName } from "../../planner/types/types.ts";
import { sqlType } from "../sql-type.ts";
import { freeNames, isAsync } from "./free-names.ts";

/** A JavaScript function for SQL: either `fn`, or `module` and `export`. */
export type FunctionOptions = {
  /** SQL types of the arguments, e.g. ["DOUBLE", "VARCHAR"]. */
  readonly args: readonly string[];
  readonly returns: string;
  /** Call it with null for NULL; by default the result is NULL where an argument is. */
  readonly callOnNull?: boolean;
  /** The same arguments may give another result: equal calls are not shared, and none is moved. */
  readonly volatile?: boolean;
  /**
   * It takes a `FunctionVector` for each argument and returns an array, a typed array or { values, valid } of that length. With "arrow" it
   * takes a `Vector` of apache-arrow for each, and may return one too.
   */
  readonly vectorized?: boolean | "arrow";
  /** It returns promises; an `async` function need not say so. */
  readonly async?: boolean;
  /** How many of its promises may be pending at a time in a query; 16 by default. */
  readonly concurrency?: number;
} & JavaScriptSource;

/** A function, or the export of a module, which every thread loads for itself. */
export type JavaScriptSource =
  | { readonly fn: (...args: never[]) => unknown; readonly module?: undefined; readonly export?: undefined }
  | { readonly module: URL | string; readonly export: string; readonly fn?: undefined };

/** How a function was taken. */
export type CreatedFunction = {
  readonly definition: ScalarFunction;
  /** Set when it runs on the calling thread. */
  readonly local: { readonly id: number; readonly fn: UserFunction } | undefined;
};

/** Where code runs, and why. */
export type TakenCode = {
  readonly code: JavaScriptCode;
  readonly place: "workers" | "main thread";
  readonly reason: string;
  readonly isAsync: boolean;
};

const DEFAULT_CONCURRENCY = 16;
/** Bytes of a function's text, which is part of a name in WebAssembly: those have at most 100,000. */
const LONGEST_TEXT = 60_000;

/** Checks and describes a function. Throws `bind`, `unsupported` for types without Arrow vectors. */
export function describeFunction(name: string, options: FunctionOptions, localId: number): CreatedFunction {
  const key = newName(name);
  const { concurrency = DEFAULT_CONCURRENCY, callOnNull = false, volatile = false, vectorized = false } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new HeadraceError("bind", `the concurrency of ${name} is a positive integer, not ${concurrency}`);
  const { code, place, reason, isAsync: found } = takeCode(options, localId);
  const [args, returns] = [options.args.map(sqlType), sqlType(options.returns)];
  const without = vectorized === "arrow" ? [...args, returns].find((type) => !hasArrowVectors(type)) : undefined;
  if (without !== undefined) throw unsupported(`the function ${name} over Arrow vectors of ${typeName(without)}`);
  const spec = {
    name: key,
    code,
    args,
    returns,
    callOnNull,
    vectorized: vectorized !== false,
    arrow: vectorized === "arrow",
    isAsync: options.async ?? found,
    concurrency,
  };
  const definition = javaScriptFunction({ spec, place, reason }, volatile);
  return { definition, local: localOf(options, code) };
}

/** The name in lower case, if nothing of the library has it. */
export function newName(name: string): string {
  if (!/^[a-z_]\w*$/i.test(name)) throw new HeadraceError("bind", `"${name}" is no name for a function`);
  const key = name.toLowerCase();
  if (scalarFunction(key) ?? aggregateFunction(key) ?? windowFunction(key)) {
    throw new HeadraceError("bind", `there is an SQL function "${name}" already`, { hint: "choose another name" });
  }
  return key;
}

export function localOf(source: JavaScriptSource, code: JavaScriptCode): CreatedFunction["local"] {
  return code.kind === "local" ? { id: code.id, fn: source.fn as unknown as UserFunction } : undefined;
}

/** The code as it goes to the workers; a function that closes over something stays here, under the number `localId`. */
export function takeCode(source: JavaScriptSource, localId: number): TakenCode {
  if (source.fn === undefined) {
    const code = { kind: "module", url: String(source.module), exported: source.export } as const;
    return { code, place: "workers", reason: "every thread loads its module", isAsync: false };
  }
  const text = Function.prototype.toString.call(source.fn);
  const local = (reason: string, found: boolean): TakenCode => ({
    code: { kind: "local", id: localId },
    place: "main thread",
    reason,
    isAsync: found,
  });
  try {
    const names = freeNames(text);
    const found = isAsync(text);
    if (names.length > 0) return local(`it refers to ${names.join(", ")}`, found);
    if (Buffer.byteLength(JSON.stringify(text)) > LONGEST_TEXT) return local("its text is too long", found);
    return {
      code: { kind: "source", source: text },
      place: "workers",
      reason: "it refers to nothing outside",
      isAsync: found,
    };
  } catch {
    return local("its text cannot be had: it is native or bound", false);
  }
}
