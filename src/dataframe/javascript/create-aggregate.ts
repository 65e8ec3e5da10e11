import { HeadraceError } from "../../error.ts";
import type { AggregateFunction } from "../../planner/functions/function.ts";
import type { JavaScriptCode, UserFunction } from "../../planner/functions/host/javascript.ts";
import { javaScriptAggregate } from "../../planner/functions/javascript-aggregate.ts";
import { sqlType } from "../sql-type.ts";
import { newName, takeCode } from "./create-function.ts";

/**
 * An aggregate in JavaScript. A state is any value but undefined that can be cloned (`structuredClone`), as states of several workers are brought
 * together. `step` and `merge` return the new state, or nothing when they have changed the one that they were given.
 */
export type AggregateOptions<S = unknown> = {
  /** SQL types of the arguments. */
  readonly args: readonly string[];
  readonly returns: string;
  readonly init: () => S;
  /** Adds a row: its state, then row values. */
  readonly step: (state: S, ...args: never[]) => S | void;
  /** Adds the rows of another state. Without it all rows of a group are added one after the other, in their order. */
  readonly merge?: ((state: S, other: S) => S | void) | undefined;
  /** The result; by default the state itself. */
  readonly finish?: ((state: S) => unknown) | undefined;
  /** Add rows with a NULL argument too; by default they are skipped. */
  readonly callOnNull?: boolean | undefined;
};

export type CreatedAggregate = {
  readonly definition: AggregateFunction;
  /** Functions that run on the calling thread: all of them, if one has to. */
  readonly locals: readonly { readonly id: number; readonly fn: UserFunction }[];
};

/** Checks and describes an aggregate. Throws `bind`, `unsupported` for async functions. */
export function describeAggregate<S>(
  name: string,
  options: AggregateOptions<S>,
  newId: () => number,
): CreatedAggregate {
  const key = newName(name);
  const parts = [options.init, options.step, options.merge, options.finish] as readonly (UserFunction | undefined)[];
  const ids = parts.map(newId);
  const taken = parts.map((fn, i) => fn && takeCode({ fn }, ids[i] as number));
  if (taken.some((code) => code?.isAsync === true))
    throw new HeadraceError("unsupported", `the aggregate ${name} has an async function, which is not supported`);
  const isLocal = taken.some((code) => code?.place === "main thread");
  const codes = taken.map((code, i): JavaScriptCode | undefined =>
    code === undefined || !isLocal ? code?.code : { kind: "local", id: ids[i] as number },
  );
  const [init, step, merge, finish] = codes as [JavaScriptCode, JavaScriptCode, ...(JavaScriptCode | undefined)[]];
  const definition = javaScriptAggregate({
    name: key,
    init,
    step,
    merge,
    finish,
    args: options.args.map(sqlType),
    returns: sqlType(options.returns),
    callOnNull: options.callOnNull ?? false,
  });
  const locals = isLocal ? parts.flatMap((fn, i) => (fn === undefined ? [] : [{ id: ids[i] as number, fn }])) : [];
  return { definition, locals };
}
