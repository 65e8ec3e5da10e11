/** Whole queries. */
import { list, type Node, optional, print, sequence, type Sequence, sql } from "../tree.ts";
import { inexactAggregate } from "./aggregate.ts";
import { looseCall } from "./calls.ts";
import { anyExpr, expr } from "./expression.ts";
import { namedWindows } from "./frame.ts";
import { from, type Source, where } from "./from.ts";
import { inexactCall, mixedArithmetic } from "./numbers.ts";
import { predicate } from "./predicate.ts";
import { setOperation } from "./set-operation.ts";
import {
  alias,
  type Context,
  e,
  type Expr,
  makeExpr,
  type Relation,
  type RelationColumn,
  type Scope,
} from "./scope.ts";
import { BIGINT, INTEGER, type Type } from "./types.ts";
import { inexactWindow, windowCall } from "./window.ts";

export type Query = {
  readonly node: Sequence;
  readonly columns: readonly RelationColumn[];
  readonly rows: number;
  /** The ORDER BY at its end that leaves no order open. */
  readonly order: string | undefined;
};

const DIRECTIONS: readonly string[] = [
  "",
  "",
  " DESC",
  " NULLS FIRST",
  " DESC NULLS LAST",
  " ASC NULLS LAST",
  " DESC NULLS FIRST",
];

/** A query with columns of the wanted types, or of any. `scope` holds what it may see of its surroundings. */
export function query(ctx: Context, scope: Scope, wanted: readonly Type[] | undefined, depth: number): Query {
  const { random } = ctx;
  const definitions: Node[] = [];
  let inner = scope;
  // Alone: DuckDB takes every UNION behind WITH RECURSIVE for a recursion.
  const isRecursive = depth > 0 && random.chance(0.04);
  if (isRecursive) {
    const { relation, node } = recursive(ctx);
    definitions.push(node);
    inner = { ...inner, ctes: [...inner.ctes, relation] };
  } else if (depth > 0 && random.chance(0.15)) {
    for (let i = random.between(1, 2); i > 0; i--) {
      const made = query(ctx, { ...inner, outer: [], columns: [] }, undefined, depth - 1);
      const relation: Relation = { name: alias(ctx, "w"), columns: made.columns, rows: made.rows };
      definitions.push(
        sql`${relation.name} AS ${random.pick(["", "", "MATERIALIZED ", "NOT MATERIALIZED "])}(${made.node})`,
      );
      inner = { ...inner, ctes: [...inner.ctes, relation] };
    }
  }
  const made = body(ctx, inner, wanted, depth);
  const tail = orderAndLimit(ctx, made);
  const order = tail === "" ? undefined : print(tail);
  const withClause =
    definitions.length === 0 ? "" : optional(sql`WITH ${isRecursive ? "RECURSIVE " : ""}${list(definitions)} `);
  return { ...made, node: queryNode(made.columns, withClause, made.node, tail), order };
}

export function queryNode(columns: readonly RelationColumn[], ...parts: readonly Node[]): Sequence {
  const type = columns.map((column) => column.type.name).join(", ");
  return sequence("query", type, ["", ...parts.map(() => "")], parts);
}

function orderAndLimit(ctx: Context, { columns }: Query): Node {
  const { random } = ctx;
  if (!random.chance(0.3) || !columns.every(({ exact }) => exact)) return "";
  const keys = random.shuffle(columns.map((_, i) => `${i + 1}${random.pick(DIRECTIONS)}`));
  const limit = random.chance(0.5) ? ` LIMIT ${random.pick([0, 1, 2, 5, 10, 1000])}` : "";
  const offset = random.chance(limit === "" ? 0.1 : 0.25) ? ` OFFSET ${random.pick([0, 1, 3, 20])}` : "";
  return optional(sql` ORDER BY ${keys.join(", ")}${optional(`${limit}${offset}`)}`);
}

function body(ctx: Context, scope: Scope, wanted: readonly Type[] | undefined, depth: number): Query {
  const { random } = ctx;
  if (depth <= 0 || !random.chance(0.15)) return select(ctx, scope, wanted, depth, wanted === undefined);
  return setOperation(ctx, scope, wanted, depth);
}

/** One SELECT. `loose`: its columns may be of types that only the engine knows, and inexact. */
export function select(
  ctx: Context,
  scope: Scope,
  wanted: readonly Type[] | undefined,
  depth: number,
  loose: boolean,
): Query {
  const { random } = ctx;
  const source = from(ctx, scope, depth);
  const over: Scope = { ...scope, columns: source.columns, aggregated: undefined, windows: undefined };
  const condition = random.chance(0.6) ? where(ctx, over, Math.min(2, depth + 1)) : "";
  const kind = random.weighted([
    [11, "plain"],
    [6, "grouped"],
    [2, "whole"],
  ] as const);
  if (kind === "plain") return plain(ctx, over, source, condition, wanted, depth, loose);
  return grouped(ctx, over, source, condition, wanted, depth, loose, kind === "whole");
}

function plain(
  ctx: Context,
  over: Scope,
  source: Source,
  condition: Node,
  wanted: readonly Type[] | undefined,
  depth: number,
  loose: boolean,
): Query {
  const { random } = ctx;
  const distinct = random.chance(0.15);
  const windowed = !distinct && random.chance(0.2);
  const named = windowed && random.chance(0.3) ? namedWindows(ctx, over) : [];
  const scope: Scope = { ...over, windows: windowed ? named : undefined };
  const values = items(ctx, wanted, depth, (type) => {
    if (type !== undefined) return expr(ctx, scope, type, depth + 1);
    if (loose && random.chance(0.08)) {
      const value = mixedArithmetic(ctx, scope, depth + 1);
      if (value !== undefined && (value.exact || !distinct)) return value;
    }
    if (loose && !distinct && random.chance(0.04)) return inexactCall(ctx, over, depth);
    if (loose && !distinct && random.chance(0.05)) return looseCall(ctx, over);
    if (loose && windowed && random.chance(0.15)) {
      const value = inexactWindow(ctx, scope);
      if (value !== undefined) return value;
    }
    return anyExpr(ctx, scope, depth + 1);
  });
  const { node, columns } = selectList(values);
  const windows =
    named.length === 0 ? "" : optional(sql` WINDOW ${list(named.map((one) => sql`${one.name} AS (${one.node})`))}`);
  const head = distinct ? sql`SELECT ${optional("DISTINCT ")}` : "SELECT ";
  const result = { columns, rows: source.rows, order: undefined };
  if (!distinct && !windowed && random.chance(0.04) && isTotal(over)) {
    const keys = random.shuffle(over.columns).map((column) => print(column.node));
    const count = random.between(1, Math.min(2, keys.length));
    const first = sql`SELECT DISTINCT ON (${keys.slice(0, count).join(", ")}) ${node} FROM ${source.node}${condition} ORDER BY ${keys.join(", ")}`;
    return { ...result, node: queryNode(columns, "SELECT * FROM (", first, `) AS ${alias(ctx, "d")}`) };
  }
  if (!distinct && random.chance(0.06)) {
    const call = windowCall(ctx, { ...over, windows: named }, BIGINT, 1);
    if (call !== undefined) {
      const test = sql` QUALIFY ${call.node} ${random.pick(["=", "<=", ">"])} ${String(random.between(0, 3))}`;
      return {
        ...result,
        node: queryNode(columns, head, node, " FROM ", source.node, condition, windows, optional(test)),
      };
    }
  }
  return { ...result, node: queryNode(columns, head, node, " FROM ", source.node, condition, windows) };
}

function grouped(
  ctx: Context,
  over: Scope,
  source: Source,
  condition: Node,
  wanted: readonly Type[] | undefined,
  depth: number,
  loose: boolean,
  whole: boolean,
): Query {
  const { random } = ctx;
  const keys = whole
    ? []
    : Array.from({ length: random.pick([1, 1, 2, 3]) }, () => {
        const exact = source.columns.filter((column) => column.exact);
        return exact.length > 0 && random.chance(0.75)
          ? random.pick(exact)
          : anyExpr(ctx, { ...over, outer: [], subqueries: 0 }, 1);
      });
  // A constant in GROUP BY could be taken for a position.
  const usable = keys.filter(({ node }) => /[a-z]\d+\./.test(textOf(node)));
  if (usable.length === 0 && !whole) return plain(ctx, over, source, condition, wanted, depth, loose);
  const sets = whole || !random.chance(0.2) || hasCastOfOther(usable) ? undefined : groupingSets(ctx, usable);
  const scope: Scope = {
    ...over,
    columns: usable,
    aggregated: source.columns,
    windows: sets === undefined && random.chance(0.1) ? [] : undefined,
  };
  const values = items(ctx, wanted, depth, (type) => {
    if (type !== undefined) return expr(ctx, scope, type, depth);
    if (loose && random.chance(0.2)) return inexactAggregate(ctx, scope);
    // In what DuckDB decorrelates, its grouping() of no rows is NULL.
    if (sets !== undefined && over.outer.length === 0 && random.chance(0.2)) return grouping(ctx, usable);
    return anyExpr(ctx, scope, depth);
  });
  const { node, columns } = selectList(values);
  const groupBy = whole ? "" : sql` GROUP BY ${sets ?? list(usable.map((key) => key.node))}`;
  const having = random.chance(0.25)
    ? optional(sql` HAVING ${predicate(ctx, { ...scope, windows: undefined }, 1).node}`)
    : "";
  const isAggregate = AGGREGATE.test(textOf(node)) || AGGREGATE.test(textOf(having));
  // Without an aggregate and without GROUP BY there is a row for each of the source.
  if (whole && !isAggregate)
    return {
      node: queryNode(columns, "SELECT ", node, " FROM ", source.node, condition, " GROUP BY ()"),
      columns,
      rows: 1,
      order: undefined,
    };
  return {
    node: queryNode(columns, "SELECT ", node, " FROM ", source.node, condition, groupBy, having),
    columns,
    rows: whole ? 1 : source.rows,
    order: undefined,
  };
}

/** Whether a key is another one in a cast that does nothing: whether they are the same is a matter of opinion. */
const hasCastOfOther = (keys: readonly Expr[]): boolean =>
  keys.some((key) => keys.some(({ node, type }) => print(key.node) === `CAST(${print(node)} AS ${type.name})`));

/** ROLLUP, CUBE or GROUPING SETS over all keys: each is in some set. */
function groupingSets({ random }: Context, keys: readonly Expr[]): Node {
  const all = keys.map((key) => print(key.node));
  if (all.length > 1 && random.chance(0.25)) {
    const [first, ...others] = all;
    const rest = random.pick([`ROLLUP (${others.join(", ")})`, `CUBE (${others.join(", ")})`]);
    return random.pick([
      `${first!}, ${rest}`,
      `ROLLUP (${first!}), ${rest}`,
      `GROUPING SETS ((${first!}), ()), ${rest}`,
    ]);
  }
  if (random.chance(0.5)) return `${random.pick(["ROLLUP", "CUBE"])} (${all.join(", ")})`;
  const some = Array.from(
    { length: random.between(0, 2) },
    () => `(${all.filter(() => random.chance(0.5)).join(", ")})`,
  );
  return `GROUPING SETS (${random.shuffle([`(${all.join(", ")})`, ...some]).join(", ")})`;
}

function grouping({ random }: Context, keys: readonly Expr[]): Expr {
  const some = random.shuffle(keys).slice(0, random.between(1, keys.length));
  return makeExpr(BIGINT, e(BIGINT)`grouping(${some.map((key) => print(key.node)).join(", ")})`, { low: 0, high: 7 });
}

const isTotal = ({ columns }: Scope): boolean => columns.length > 0 && columns.every(({ exact }) => exact);

/** A recursive query that ends: by a count of rounds, or because UNION finds nothing new. */
function recursive(ctx: Context): { readonly relation: Relation; readonly node: Node } {
  const { random } = ctx;
  const name = alias(ctx, "w");
  const table = random.pick(ctx.tables);
  const bounds = { type: INTEGER, low: -100, high: 100, exact: true };
  const all = random.chance(0.5) ? "ALL " : "";
  if (random.chance(0.6)) {
    const columns = ["x0", "x1"].map((column) => ({ ...bounds, name: column }));
    const base = `SELECT c0, CAST(0 AS INTEGER) FROM ${table.name}${random.chance(0.5) ? " WHERE c0 > 1" : ""}`;
    const step = `SELECT ${random.pick(["x0 + 1", "x0", "x1 - x0"])}, x1 + 1 FROM ${name} WHERE x1 < ${random.between(0, 4)}`;
    const relation = { name, columns, rows: table.rows * 5 };
    return { relation, node: sql`${name}(x0, x1) AS (${base} UNION ${all}${step})` };
  }
  const others = table.columns.filter(({ type, low, high }) => type === INTEGER && low >= -1e6 && high <= 1e6);
  const to = random.pick(others).name;
  const base = `SELECT c0 FROM ${table.name} WHERE c0 = ${random.between(-1, 3)}`;
  const step = `SELECT b.${to} FROM ${name} JOIN ${table.name} AS b ON ${name}.x0 = b.c0`;
  const relation = { name, columns: [{ ...bounds, name: "x0", low: -1e6, high: 1e6 }], rows: table.rows };
  return { relation, node: sql`${name}(x0) AS (${base} UNION ${step})` };
}

const AGGREGATE = /\b(min|max|sum|count|avg|stddev\w*|var\w*|bool_and|bool_or|bit_and|bit_or|bit_xor)\(/;

const textOf = (node: Node): string =>
  typeof node === "string"
    ? node
    : node.kind === "optional"
      ? textOf(node.node)
      : (node.kind === "list" ? node.items : node.parts).map(textOf).join("");

function items(
  ctx: Context,
  wanted: readonly Type[] | undefined,
  depth: number,
  make: (type: Type | undefined) => Expr,
): readonly Expr[] {
  if (wanted !== undefined) return wanted.map(make);
  return Array.from({ length: ctx.random.between(1, depth > 1 ? 4 : 3) }, () => make(undefined));
}

function selectList(values: readonly Expr[]): { readonly node: Node; readonly columns: readonly RelationColumn[] } {
  const columns = values.map(({ type, low, high, exact }, i): RelationColumn => ({
    name: `x${i}`,
    type,
    low,
    high,
    exact,
  }));
  return {
    node: list(values.map(({ node }, i) => e({ ...values[i]!.type, name: "" })`${node} AS x${i.toString()}`)),
    columns,
  };
}
