/** States of aggregates as values: `agg(...) EXPORT_STATE` and `to_aggregate_state`. */
import { HeadraceError, type Span } from "../../error.ts";
import type { FunctionArgument, FunctionCall } from "../../sql/ast.ts";
import { parseType } from "../../sql/parse.ts";
import type { Datum, Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { stateExportName, stateType, TO_STATE } from "../functions/aggregate/state-functions.ts";
import type { AggregateFunction } from "../functions/function.ts";
import { aggregateFunction } from "../functions/registry.ts";
import { type SqlType, withoutState } from "../types/types.ts";
import { explicitCast } from "./coercion.ts";
import { type BindContext, bindError, spanOf, unsupported } from "./context.ts";
import type { Environment } from "./environment.ts";
import { bindType } from "./type-name.ts";

/** The aggregate that `fn(args) EXPORT_STATE` calls. */
export function stateExport(
  ctx: BindContext,
  fn: AggregateFunction,
  args: readonly Expr[],
  node: FunctionCall,
): AggregateFunction {
  if (node.distinct) throw unsupported(ctx, "EXPORT_STATE with DISTINCT", node);
  if (node.orderBy !== undefined) throw unsupported(ctx, "EXPORT_STATE with ORDER BY", node);
  const types = args.map(typeOf);
  // That no overload takes the arguments is for the caller to say.
  if (fn.resolve(types) === undefined) return fn;
  const exporting = aggregateFunction(stateExportName(fn.name));
  if (exporting?.resolve(types) === undefined) throw unsupported(ctx, `EXPORT_STATE of ${fn.name}`, node);
  return exporting;
}

/** `to_aggregate_state(value, 'sum', ['INTEGER'])`: the value cast to the form of such states. */
export function bindToState(env: Environment, args: readonly FunctionArgument[], node: { readonly span: Span }): Expr {
  const { ctx } = env;
  const [value, name, types, ...rest] = args.map((arg) => env.bind(arg.value));
  const [aggregate, names] = [constantOf(name), constantOf(types)];
  if (value === undefined || typeof aggregate !== "string" || !Array.isArray(names) || rest.length > 0) {
    throw bindError(ctx, `${TO_STATE} takes a value, the name of an aggregate and a list of the names of types`, node);
  }
  const fn = aggregateFunction(aggregate.toLowerCase());
  if (fn === undefined) throw bindError(ctx, `there is no aggregate "${aggregate}"`, args[1] ?? node);
  const signature = fn.resolve(
    (names as readonly Datum[]).map((text) => typeNamed(ctx, String(text), args[2] ?? node)),
  );
  const type = signature === undefined ? undefined : stateType(fn, signature);
  if (type === undefined) throw unsupported(ctx, `states of ${fn.name}(${names.join(", ")}) as values`, node);
  const span = spanOf(ctx, node);
  const stored = explicitCast(ctx, value, withoutState(type), { try: false, span });
  return { kind: "Call", name: TO_STATE, args: [stored], type, span };
}

const constantOf = (expr: Expr | undefined): Datum | undefined => (expr?.kind === "Literal" ? expr.value : undefined);

function typeNamed(ctx: BindContext, text: string, node: { readonly span: Span }): SqlType {
  try {
    return bindType(ctx, parseType(text));
  } catch (error) {
    if (error instanceof HeadraceError) throw bindError(ctx, `"${text}" is no type: ${error.message}`, node);
    throw error;
  }
}
