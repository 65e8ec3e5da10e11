import type { Span } from "../../error.ts";
import type { FunctionCall } from "../../sql/ast.ts";
import { columnsOf } from "../expr/columns.ts";
import type { Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { datePartOf } from "../functions/date/parts.ts";
import type { AggregateFunction } from "../functions/function.ts";
import type { Resolve } from "../functions/overload.ts";
import {
  aggregateFunction,
  functionNames,
  scalarFunction,
  tableFunction,
  windowFunction,
} from "../functions/registry.ts";
import { sessionAggregate, sessionScalar } from "../functions/session-function.ts";
import { collatedText, collationOf } from "../types/collation.ts";
import { NULL_TYPE, type SqlType, typeName, withoutState } from "../types/types.ts";
import { commonCollation, comparisonKeys } from "./collation.ts";
import { convert, isUntypedString, untypedValue } from "./coercion.ts";
import { type BindContext, bindError, spanOf } from "./context.ts";
import { didYouMean } from "./suggest.ts";

/** Functions that look for one text in another: by the keys of their collation. */
const COLLATED: ReadonlySet<string> = new Set([
  ...["contains", "starts_with", "position"],
  ...["like", "not_like", "like_escape", "not_like_escape"],
]);

/** A call of a scalar function or operator: the overload is chosen and the arguments are converted to it. */
export function callScalar(ctx: BindContext, name: string, args: readonly Expr[], node: { readonly span: Span }): Expr {
  const own = sessionScalar(ctx.functions, name);
  const fn = own ?? scalarFunction(name);
  if (fn === undefined) throw noSuchFunction(ctx, name, node);
  const types = args.map((arg) => (fn.ofStates === true ? typeOf(arg) : withoutState(typeOf(arg))));
  const signature = fn.resolve(
    types,
    args.map((arg) => untypedValue(ctx, arg)),
  );
  if (signature === undefined) throw noOverload(ctx, name, args, node, fn.resolve);
  const converted = convertArguments(ctx, args, signature.args);
  const collation = types.some((type) => collationOf(type) !== undefined)
    ? commonCollation(ctx, types, node)
    : undefined;
  return {
    kind: "Call",
    name: fn.name,
    args: COLLATED.has(fn.name) && collation !== undefined ? comparisonKeys(ctx, converted, types, node) : converted,
    type: signature.returns.kind === "Varchar" ? collatedText(collation) : signature.returns,
    ...(own === undefined ? {} : { definition: own }),
    span: spanOf(ctx, node),
  };
}

export function convertArguments(ctx: BindContext, args: readonly Expr[], types: readonly SqlType[]): readonly Expr[] {
  return args.map((arg, i) => convert(ctx, arg, types[i] ?? typeOf(arg)));
}

/** Refuses columns where an aggregate takes one value for all rows. */
export function checkConstants(
  ctx: BindContext,
  fn: AggregateFunction,
  args: readonly Expr[],
  node: FunctionCall,
): void {
  const { constantFrom = args.length } = fn;
  const varying = args.findIndex((arg, i) => i >= constantFrom && columnsOf(arg).size > 0);
  if (varying < 0) return;
  const at = node.args[varying]?.value ?? node;
  throw bindError(ctx, `${fn.name} takes one constant for all rows as argument ${varying + 1}`, at);
}

/** The error for a name that is no function (or one of another kind). */
export function noSuchFunction(ctx: BindContext, name: string, node: { readonly span: Span }): Error {
  if (tableFunction(name) !== undefined) {
    return bindError(ctx, `${name} is a table function: it belongs in FROM`, node);
  }
  if (windowFunction(name) !== undefined) {
    const aggregate = aggregateFunction(name.replace(/_value$/, ""));
    const hint = aggregate && `the aggregate is ${aggregate.name}()`;
    return bindError(ctx, `${name} is a window function: it needs OVER (...)`, node, hint);
  }
  if (/^(tumble|hop|cumulate|session)(_start|_end|_rowtime|_proctime)?$/.test(name)) {
    const hint = "the bounds of a window are asked for beside GROUP BY TUMBLE(...), HOP(...) or SESSION(...)";
    return bindError(ctx, `there is no window for ${name}`, node, hint);
  }
  if (aggregateFunction(name) ?? sessionAggregate(ctx.functions, name))
    return bindError(ctx, `the aggregate ${name} is not allowed here`, node);
  const names = functionNames().filter((candidate) => /^[a-z_]/.test(candidate));
  return bindError(ctx, `there is no function "${name}"`, node, didYouMean(name, names));
}

/** The error for arguments that no overload takes: `+ takes no (VARCHAR, INTEGER)`. */
export function noOverload(
  ctx: BindContext,
  name: string,
  args: readonly Expr[],
  node: { readonly span: Span },
  resolve?: Resolve,
): Error {
  const part = name === "date_part" || name === "date_trunc" ? untypedValue(ctx, args[0] ?? NO_ARGUMENT) : undefined;
  if (typeof part === "string" && datePartOf(part) === undefined)
    return bindError(ctx, `there is no part "${part}" of dates and times`, node, "year, month, day, hour, ...", "type");
  const types = args.map((arg) => (isUntypedString(ctx, arg) ? "string literal" : typeName(typeOf(arg))));
  const isOperator = !/^[a-z_]/.test(name);
  const what = isOperator ? `the operator ${name}` : `the function ${name}`;
  const hint = countHint(args.length, resolve) ?? "add explicit casts to say which types are meant";
  return bindError(ctx, `${what} does not take (${types.join(", ")})`, node, hint, "type");
}

const NO_ARGUMENT: Expr = { kind: "Literal", value: null, type: NULL_TYPE };
const MOST_COUNTED = 6;

/** How many arguments a function takes, where that is what is wrong with a call. NULL fits every type. */
function countHint(given: number, resolve: Resolve | undefined): string | undefined {
  const counts = Array.from({ length: MOST_COUNTED + 1 }, (_, count) => count).filter(
    (count) =>
      resolve?.(
        Array.from({ length: count }, () => NULL_TYPE),
        Array.from({ length: count }),
      ) !== undefined,
  );
  const least = counts[0];
  if (least === undefined || counts.includes(given) || (given > MOST_COUNTED && counts.includes(MOST_COUNTED)))
    return undefined;
  const most = counts.at(-1) ?? least;
  if (most === MOST_COUNTED) return `it takes ${least} or more arguments`;
  return least === most
    ? `it takes ${least === 0 ? "no arguments" : `${least} argument${least === 1 ? "" : "s"}`}`
    : `it takes ${least} ${most === least + 1 ? "or" : "to"} ${most} arguments`;
}
