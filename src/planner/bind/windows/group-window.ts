/** Flink's older form of windows: `GROUP BY TUMBLE(ts, INTERVAL '10' SECOND)` with `TUMBLE_START(...)` in the SELECT list. */
import type { Expression, FunctionCall, GroupBy, Identifier, OrderBy, Select, SelectItem } from "../../../sql/ast.ts";
import { makeColumnRef, makeIdentifier } from "../../../sql/make.ts";
import type { Span } from "../../../error.ts";
import { sameExpr } from "../../expr/equal.ts";
import type { Expr } from "../../expr/expr.ts";
import { outputColumns } from "../../logical/columns.ts";
import { type AnyNode, mapAst } from "../ast-walk.ts";
import { collationKey } from "../collation.ts";
import { columnName } from "../column-name.ts";
import { type BindContext, bindError, unsupported } from "../context.ts";
import type { CteScope } from "../cte.ts";
import type { Environment } from "../environment.ts";
import { makeEnvironment } from "../expression.ts";
import type { BoundTables } from "../from.ts";
import { makeRelation, resolveLocally, type Scope } from "../scope.ts";
import { assignWindows } from "./assign-windows.ts";
import { bindLengths, type LengthName, type Lengths } from "./lengths.ts";

type Kind = "TUMBLE" | "HOP" | "SESSION";
type GroupWindow = { readonly kind: Kind; readonly time: Expr; readonly lengths: Lengths };

const PARAMETERS: { readonly [K in Kind]: readonly LengthName[] } = {
  TUMBLE: ["SIZE"],
  HOP: ["SLIDE", "SIZE"],
  SESSION: ["GAP"],
};

/** The relation that holds the bounds; only names that are made here find it. */
const BOUNDS = "group window";

/**
 * The SELECT over rows that are assigned to the window of its GROUP BY, which becomes two keys: its bounds. `rows`: those of FROM
 * and WHERE. undefined: there is no such window.
 */
export function bindGroupWindow(
  ctx: BindContext,
  select: Select,
  orderBy: OrderBy | undefined,
  rows: BoundTables,
  parent: Scope | undefined,
  ctes: CteScope | undefined,
): { readonly select: Select; readonly orderBy: OrderBy | undefined; readonly tables: BoundTables } | undefined {
  const [call, another] = windowCalls(ctx, select.groupBy);
  if (call === undefined || select.groupBy === undefined) return undefined;
  if (another !== undefined) throw bindError(ctx, "GROUP BY has at most one window", another);
  const scope: Scope = { relations: rows.relations, parent, ctes };
  const reason = "GROUP BY cannot contain aggregates";
  const env = makeEnvironment(ctx, scope, { kind: "forbidden", reason });
  const window = bindCall(env, call);
  const { kind, time, lengths } = window;
  const keys = kind === "SESSION" ? otherKeys(env, select, select.groupBy, call) : [];
  const input = { plan: rows.plan, columns: outputColumns(rows.plan), time, node: call };
  const { plan, start, end } = assignWindows(ctx, kind, input, lengths, keys);
  const bounds = makeRelation(
    BOUNDS,
    [start, end].map((column) => ({ name: column.name, column, merged: undefined, hidden: true })),
  );
  const bound = (node: { readonly span: Span }, name: string): Expression =>
    makeColumnRef([makeIdentifier(BOUNDS, node.span), makeIdentifier(name, node.span)], node.span);
  const groupBy = mapAst(select.groupBy, (node) =>
    node === call ? [bound(call, start.name), bound(call, end.name)] : undefined,
  );
  const rewrite = <T>(root: T): T => mapAst(root, (node) => boundOf(env, window, node, bound));
  const rest = rewrite({ ...select, from: [], where: undefined, groupBy, sample: undefined });
  const items = rest.items.map((item, i) => named(select.items[i] as SelectItem, item));
  return {
    select: { ...rest, items, from: select.from },
    orderBy: rewrite(orderBy),
    tables: { plan, relations: [...rows.relations, bounds] },
  };
}

function windowCalls(ctx: BindContext, groupBy: GroupBy | undefined): readonly FunctionCall[] {
  const items = groupBy?.kind === "GroupByItems" ? groupBy.items : [];
  return items.flatMap((item) =>
    item.kind !== "GroupingExpressions"
      ? []
      : item.expressions.flatMap((node) => (node.kind === "FunctionCall" && isWindow(ctx, node) ? [node] : [])),
  );
}

function isWindow({ functions, catalog }: BindContext, { name, over }: FunctionCall): boolean {
  const own = nameOf(name.parts);
  const isMade = functions.has(own.toLowerCase()) || catalog.macro?.([own.toLowerCase()], "scalar") !== undefined;
  return own in PARAMETERS && over === undefined && !isMade;
}

function nameOf(parts: readonly Identifier[]): string {
  return parts.length === 1 ? (parts[0] as Identifier).name.toUpperCase() : "";
}

/** Of the window's function, or of one that asks for its bounds by the same arguments. */
function bindCall(env: Environment, call: FunctionCall): GroupWindow {
  const { ctx } = env;
  const written = nameOf(call.name.parts);
  const kind = written.replace(/_.*/, "") as Kind;
  const names = PARAMETERS[kind];
  const [time, ...rest] = call.args.map(({ value }) => value);
  const label = call.args.find((arg) => arg.name !== undefined);
  if (label !== undefined) throw unsupported(ctx, `a named argument of ${written}`, label);
  if (time === undefined || rest.length !== names.length) {
    const usage = ["time", ...names.map((each) => each.toLowerCase())].join(", ");
    throw bindError(ctx, `${written} takes ${names.length + 1} arguments`, call, `${written}(${usage})`);
  }
  const parameters = names.map((each, i) => ({ name: each, value: rest[i] as Expression }));
  return { kind, time: env.bind(time), lengths: bindLengths(ctx, parameters) };
}

/** The other keys: every group has sessions of its own. */
function otherKeys(env: Environment, select: Select, groupBy: GroupBy, call: FunctionCall): readonly Expr[] {
  const items = groupBy.kind === "GroupByItems" ? groupBy.items : [];
  return items.flatMap((item) => {
    if (item.kind !== "GroupingExpressions") throw unsupported(env.ctx, "SESSION beside grouping sets", item);
    const others = item.expressions.filter((node) => node !== call);
    return others.map((node) => collationKey(env.ctx, env.bind(meant(env, select, node))));
  });
}

/** The item of the SELECT list that a number or an alias names. */
function meant({ ctx, scope }: Environment, { items }: Select, node: Expression): Expression {
  if (node.kind === "NumberLiteral") return items[Number(node.text) - 1]?.expression ?? node;
  const [name] = node.kind === "ColumnRef" && node.parts.length === 1 ? node.parts : [];
  if (name === undefined || resolveLocally(ctx, scope, [name]) !== undefined) return node;
  return items.find(({ alias }) => alias?.name.toLowerCase() === name.name.toLowerCase())?.expression ?? node;
}

/** What `TUMBLE_START(ts, size)` and its kin mean. */
function boundOf(
  env: Environment,
  window: GroupWindow,
  node: AnyNode,
  bound: (node: { readonly span: Span }, name: string) => Expression,
): Expression | undefined {
  if (node.kind !== "FunctionCall") return undefined;
  const call = node as FunctionCall;
  const name = nameOf(call.name.parts);
  const [, kind, what] = /^(TUMBLE|HOP|SESSION)_(START|END|ROWTIME|PROCTIME)$/.exec(name) ?? [];
  if (kind === undefined) return undefined;
  if (what === "PROCTIME") throw unsupported(env.ctx, name, node as FunctionCall);
  const asked = bindCall(env, call);
  if (kind !== window.kind || !sameExpr(asked.time, window.time) || !sameLengths(asked.lengths, window.lengths))
    throw bindError(env.ctx, `${name} asks for a window that GROUP BY does not have`, call);
  if (what === "START") return bound(call, "window_start");
  const end = bound(call, "window_end");
  if (what === "END") return end;
  const { span } = call;
  const value: Expression = { kind: "NumberLiteral", form: "integer", text: "1", span };
  const millisecond: Expression = { kind: "Interval", value, unit: "millisecond", to: undefined, span };
  return { kind: "Binary", operator: "-", left: end, right: millisecond, span };
}

function sameLengths(a: Lengths, b: Lengths): boolean {
  return a.size === b.size && a.slide === b.slide && a.gap === b.gap;
}

/** An output keeps the name that it would have as it is written. */
function named(written: SelectItem, item: SelectItem): SelectItem {
  if (item === written || item.alias !== undefined) return item;
  return { ...item, alias: makeIdentifier(columnName(written.expression), written.span) };
}
