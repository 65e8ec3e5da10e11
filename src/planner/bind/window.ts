import type {
  Expression,
  FunctionCall,
  NamedWindow,
  OrderItem,
  Select,
  WindowReference,
  WindowSpecification,
} from "../../sql/ast.ts";
import { sameExpr } from "../expr/equal.ts";
import type { Column, Expr, SortKey, WindowCall } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import type { AggregateFunction, WindowFunction } from "../functions/function.ts";
import { aggregateFunction, scalarFunction, tableFunction, windowFunction } from "../functions/registry.ts";
import { sessionAggregate } from "../functions/session-function.ts";
import { toBoolean } from "./coercion.ts";
import { collatedExtreme, collationKey } from "./collation.ts";
import { columnName } from "./column-name.ts";
import { type BindContext, bindError, spanOf, unsupported } from "./context.ts";
import type { Environment, WindowSink, WindowSpec } from "./environment.ts";
import { checkConstants, convertArguments, noOverload, noSuchFunction } from "./function-call.ts";
import { sortKey } from "./sort-key.ts";
import { didYouMean } from "./suggest.ts";
import { bindFrame } from "./window-frame.ts";

/** `f(...) OVER (...)`: a reference to the column that will hold its result. */
export function bindWindowCall(
  env: Environment,
  name: string,
  values: readonly Expression[],
  node: FunctionCall,
): Expr {
  const { ctx, windows } = env;
  if (windows.kind === "forbidden") throw bindError(ctx, windows.reason, node);
  const made = sessionAggregate(ctx.functions, name);
  const named = made ?? windowFunction(name) ?? aggregateFunction(name);
  if (named === undefined) throw noWindowFunction(ctx, name, node);
  const { inner } = windows;
  checkModifiers(ctx, named, node);
  const isStar = values.length === 1 && values[0]?.kind === "Star";
  if (isStar && name !== "count") throw bindError(ctx, `${name}(*) does not exist; only count(*)`, node);
  const written = specificationOf(ctx, node.over as WindowReference | WindowSpecification, windows.named);
  const bound = isStar ? [] : argumentsInOrder(ctx, named, values, node).map(inner.bind);
  const { name: chosen, args } = collatedExtreme(ctx, name, bound);
  const fn = chosen === name ? named : (aggregateFunction(chosen) ?? named);
  const signature = fn.resolve(args.map(typeOf));
  if (signature === undefined) throw noOverload(ctx, name, args, node, fn.resolve);
  if (fn.kind === "aggregate") checkConstants(ctx, fn, args, node);
  const spec = bindSpecification(inner, written);
  const call: Omit<WindowCall, "orderKeys"> = {
    name: fn.name,
    args: convertArguments(ctx, args, signature.args),
    distinct: node.distinct,
    filter: node.filter === undefined ? undefined : toBoolean(ctx, inner.bind(node.filter), "the condition of FILTER"),
    ignoreNulls: node.nulls === "ignore",
    orderBy: ownOrder(inner, fn, node),
    frame: bindFrame(inner, written.frame, spec.orderBy, node),
    type: signature.returns,
    ...(made === undefined ? {} : { definition: made }),
    span: spanOf(ctx, node),
  };
  const nullable = made !== undefined || (fn.kind === "window" ? fn.nullable : fn.emptyIsNull);
  const column = windows.add(spec, call, columnName(node), nullable);
  return { kind: "Column", column, span: spanOf(ctx, node) };
}

/** Named arguments in the places of their parameters. */
function argumentsInOrder(
  ctx: BindContext,
  fn: WindowFunction | AggregateFunction,
  values: readonly Expression[],
  node: FunctionCall,
): readonly Expression[] {
  const first = node.args.findIndex((arg) => arg.name !== undefined);
  if (first < 0) return values;
  const parameters = fn.kind === "window" ? fn.parameters : [];
  const named = new Map<number, Expression>();
  for (const arg of node.args.slice(first)) {
    const label = arg.name;
    if (label === undefined) throw bindError(ctx, "arguments without a name come before those with one", arg);
    const at = parameters.findIndex(({ name }) => name === label.name.toLowerCase());
    const hint = didYouMean(
      label.name,
      parameters.map(({ name }) => name),
    );
    if (at < 0) throw bindError(ctx, `${fn.name} has no parameter "${label.name}"`, label, hint);
    if (at < first || named.has(at)) throw bindError(ctx, `"${label.name}" is given twice`, label);
    named.set(at, arg.value);
  }
  const count = Math.max(...named.keys()) + 1;
  return Array.from({ length: count }, (_, i): Expression => {
    const value = i < first ? values[i] : named.get(i);
    if (value !== undefined) return value;
    const fallback = parameters[i]?.fallback;
    if (fallback === undefined) throw bindError(ctx, `${fn.name} needs "${parameters[i]?.name}"`, node);
    return { kind: "NumberLiteral", form: "integer", text: String(fallback), span: node.span };
  });
}

/** ORDER BY inside of the call; aggregates of any order need none. */
function ownOrder(
  env: Environment,
  fn: WindowFunction | AggregateFunction,
  { orderBy }: FunctionCall,
): readonly SortKey[] {
  if (orderBy?.kind !== "OrderByItems") return [];
  const keys = orderBy.items.map((item) => sortKey(env.ctx, env.bind(item.expression), item));
  return fn.kind === "aggregate" && fn.ordered !== true ? [] : keys.filter(({ expr }) => expr.kind !== "Literal");
}

function noWindowFunction(ctx: BindContext, name: string, node: FunctionCall): Error {
  return scalarFunction(name) === undefined && tableFunction(name) === undefined
    ? noSuchFunction(ctx, name, node.name)
    : bindError(ctx, `${name} is neither a window function nor an aggregate`, node);
}

function checkModifiers(ctx: BindContext, fn: WindowFunction | AggregateFunction, node: FunctionCall): void {
  if (node.orderBy?.kind === "OrderByAll") throw unsupported(ctx, "ORDER BY ALL in a window function", node.orderBy);
  if (node.exportState) throw unsupported(ctx, "EXPORT_STATE in a window function", node);
  if (fn.kind === "aggregate") {
    if (node.nulls !== undefined)
      throw bindError(ctx, `${fn.name} takes no IGNORE NULLS or RESPECT NULLS: aggregates decide themselves`, node);
    return;
  }
  if (node.distinct) throw bindError(ctx, `${fn.name} takes no DISTINCT: it is for aggregates`, node);
  if (node.filter !== undefined) throw bindError(ctx, `${fn.name} takes no FILTER: it is for aggregates`, node);
  if (node.nulls !== undefined && !fn.ofValues)
    throw bindError(ctx, `${fn.name} takes no IGNORE NULLS or RESPECT NULLS`, node);
}

/** What OVER means once names are resolved: a window that builds on another one has that one's clauses. */
type Written = Pick<WindowSpecification, "partitionBy" | "orderBy" | "frame">;

/** The named windows of a SELECT, by lower-case name. */
export type NamedWindows = ReadonlyMap<string, Written>;

export function namedWindows(ctx: BindContext, select: Select): NamedWindows {
  const named = new Map<string, Written>();
  for (const { name, specification } of select.windows satisfies readonly NamedWindow[]) {
    const key = name.name.toLowerCase();
    if (named.has(key)) throw bindError(ctx, `window "${name.name}" is defined twice`, name);
    named.set(key, specificationOf(ctx, specification, named));
  }
  return named;
}

function specificationOf(ctx: BindContext, over: WindowReference | WindowSpecification, named: NamedWindows): Written {
  const name = over.kind === "WindowReference" ? over.name : over.base;
  if (name === undefined) return over as WindowSpecification;
  const base = named.get(name.name.toLowerCase());
  if (base === undefined) {
    throw bindError(ctx, `there is no window "${name.name}"`, name, didYouMean(name.name, [...named.keys()]));
  }
  if (over.kind === "WindowReference") return base;
  if (base.frame !== undefined)
    throw bindError(
      ctx,
      `window "${name.name}" has a frame, so nothing can build on it`,
      name,
      "OVER with its bare name takes it as it is",
    );
  if (over.partitionBy.length > 0 && base.partitionBy.length > 0)
    throw bindError(ctx, `window "${name.name}" has a PARTITION BY already`, over);
  if (over.orderBy !== undefined && base.orderBy !== undefined)
    throw bindError(ctx, `window "${name.name}" has an ORDER BY already`, over);
  return {
    partitionBy: over.partitionBy.length > 0 ? over.partitionBy : base.partitionBy,
    orderBy: over.orderBy ?? base.orderBy,
    frame: over.frame,
  };
}

function bindSpecification(env: Environment, { partitionBy, orderBy, frame }: Written): WindowSpec {
  const { ctx } = env;
  if (orderBy?.kind === "OrderByAll") throw bindError(ctx, "ORDER BY ALL is not allowed in a window", orderBy);
  const keys = (orderBy?.items ?? []).map((item: OrderItem): SortKey =>
    sortKey(env.ctx, env.bind(item.expression), item),
  );
  // Constants tell no rows apart, except that a RANGE frame measures distances in its only key.
  const isMeasured = frame?.unit === "range" && keys.length === 1;
  return {
    partitionBy: partitionBy.map((node) => collationKey(ctx, env.bind(node))).filter(({ kind }) => kind !== "Literal"),
    orderBy: isMeasured ? keys : keys.filter(({ expr }) => expr.kind !== "Literal"),
  };
}

type Found = { readonly spec: WindowSpec; readonly column: Column; readonly call: Omit<WindowCall, "orderKeys"> };

/** Collects the window functions of one SELECT; equal calls share a column. */
export class WindowCollector {
  readonly #ctx: BindContext;
  readonly #found: Found[] = [];

  constructor(ctx: BindContext) {
    this.#ctx = ctx;
  }

  get found(): readonly Found[] {
    return this.#found;
  }

  sink(inner: Environment, named: NamedWindows): WindowSink {
    return { kind: "collect", inner, named, add: (...found) => this.#add(...found) };
  }

  #add(spec: WindowSpec, call: Omit<WindowCall, "orderKeys">, name: string, nullable: boolean): Column {
    const known = this.#found.find((other) => sameSpec(other.spec, spec) && sameCall(other.call, call));
    if (known !== undefined) return known.column;
    const column = this.#ctx.ids.column(name, call.type, nullable);
    this.#found.push({ spec, column, call });
    return column;
  }
}

function sameSpec(a: WindowSpec, b: WindowSpec): boolean {
  return (
    a.orderBy.length === b.orderBy.length && sameList(a.partitionBy, b.partitionBy) && isPrefix(a.orderBy, b.orderBy)
  );
}

/** Whether rows ordered by `longer` are ordered by `shorter` too. */
export function isPrefix(shorter: readonly SortKey[], longer: readonly SortKey[]): boolean {
  return shorter.every((key, i) => {
    const other = longer[i];
    return (
      other !== undefined &&
      key.descending === other.descending &&
      key.nullsFirst === other.nullsFirst &&
      sameExpr(key.expr, other.expr)
    );
  });
}

function sameCall(a: Omit<WindowCall, "orderKeys">, b: Omit<WindowCall, "orderKeys">): boolean {
  if (a.name !== b.name || a.distinct !== b.distinct || a.ignoreNulls !== b.ignoreNulls) return false;
  if (a.orderBy.length !== b.orderBy.length || !isPrefix(a.orderBy, b.orderBy)) return false;
  if (!sameList(a.args, b.args) || !sameOptional(a.filter, b.filter)) return false;
  const [x, y] = [a.frame, b.frame];
  if (x.unit !== y.unit || x.exclude !== y.exclude) return false;
  return (
    [
      [x.start, y.start],
      [x.end, y.end],
    ] as const
  ).every(
    ([p, q]) =>
      p.kind === q.kind && sameOptional("offset" in p ? p.offset : undefined, "offset" in q ? q.offset : undefined),
  );
}

function sameOptional(a: Expr | undefined, b: Expr | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameExpr(a, b);
}

export function sameList(a: readonly Expr[], b: readonly Expr[]): boolean {
  return a.length === b.length && a.every((expr, i) => sameExpr(expr, b[i] as Expr));
}
