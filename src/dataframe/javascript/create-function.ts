import { HeadraceError } from "../../error.ts";
import type { ScalarFunction } from "../../planner/functions/function.ts";
import type { JavaScriptCode, UserFunction } from "../../planner/functions/host/javascript.ts";
import { javaScriptFunction } from "../../planner/functions/javascript.ts";
import { aggregateFunction, scalarFunction, windowFunction } from "../../planner/functions/registry.ts";
import { sqlType } from "../sql-type.ts";
import { freeNames, isAsync } from "./free-names.ts";

/** A JavaScript function for SQL: either `fn`, or `module` and `export`. */
export type FunctionOptions = {
  /** SQL types of the arguments, e.g. ["DOUBLE", "VARCHAR"]. */
  readonly args: readonly string[];
  readonly returns: string;
  /** Call it with null for NULL; by default the result is NULL where an argument is. */
  readonly callOnNull?: boolean;
  /** The same arguments may give another result. */
  readonly volatile?: boolean;
} & (
  | { readonly fn: (...args: never[]) => unknown; readonly module?: undefined; readonly export?: undefined }
  | { readonly module: URL | string; readonly export: string; readonly fn?: undefined }
);

/** How a function was taken. */
export type CreatedFunction = {
  readonly definition: ScalarFunction;
  /** Set when it closes over state: it runs on the calling thread then. */
  readonly local: { readonly id: number; readonly fn: UserFunction } | undefined;
};

/** Checks and describes a function. Throws `bind`, `unsupported`. */
export function describeFunction(name: string, options: FunctionOptions, localId: number): CreatedFunction {
  if (!/^[a-z_]\w*$/i.test(name)) throw new HeadraceError("bind", `"${name}" is no name for a function`);
  const key = name.toLowerCase();
  if (scalarFunction(key) ?? aggregateFunction(key) ?? windowFunction(key)) {
    throw new HeadraceError("bind", `there is an SQL function "${name}" already`, { hint: "choose another name" });
  }
  const code = codeOf(name, options, localId);
  const definition = javaScriptFunction({
    name: key,
    args: options.args.map(sqlType),
    returns: sqlType(options.returns),
    callOnNull: options.callOnNull ?? false,
    volatile: options.volatile ?? false,
    code,
  });
  const local = code.kind === "local" ? { id: localId, fn: options.fn as unknown as UserFunction } : undefined;
  return { definition, local };
}

function codeOf(name: string, options: FunctionOptions, localId: number): JavaScriptCode {
  if (options.fn === undefined) {
    return { kind: "module", url: String(options.module), exported: options.export };
  }
  const source = Function.prototype.toString.call(options.fn);
  try {
    if (isAsync(source))
      throw new HeadraceError("unsupported", `the function ${name} is async, which is not supported yet`);
    if (freeNames(source).length === 0) return { kind: "source", source };
  } catch (error) {
    if (error instanceof HeadraceError) throw error;
    // Native and bound functions have no text that could be sent to a worker.
  }
  return { kind: "local", id: localId };
}
