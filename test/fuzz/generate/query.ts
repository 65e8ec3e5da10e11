/** Whole queries. */
import { list, type Node, optional, print, sequence, type Sequence, sql } from "../tree.ts";
import { inexactAggregate } from "./aggregate.ts";
import { anyExpr, expr } from "./expression.ts";
import { from, type Source, where } from "./from.ts";
import { mixedArithmetic } from "./numbers.ts";
import { predicate } from "./predicate.ts";
import { alias, type Context, e, type Expr, type Relation, type RelationColumn, type Scope } from "./scope.ts";
import { anyType, type Type } from "./types.ts";

export type Query = {
  readonly node: Sequence;
  readonly columns: readonly RelationColumn[];
  readonly rows: number;
  /** The ORDER BY at its end that leaves no order open. */
  readonly order: string | undefined;
};

const DIRECTIONS: readonly string[] = ["", "", " DESC", " NULLS FIRST", " DESC NULLS LAST", " ASC NULLS LAST", " DESC NULLS FIRST"];

/** A query with columns of the wanted types, or of any. `scope` holds what it may see of its surroundings. */
export function query(ctx: Context, scope: Scope, wanted: readonly Type[] | undefined, depth: number): Query {
  const { random } = ctx;
  const definitions: Node[] = [];
  let inner = scope;
  if (depth > 0 && random.chance(0.15)) {
    for (let i = random.between(1, 2); i > 0; i--) {
      const made = query(ctx, { ...inner, outer: [], columns: [] }, undefined, depth - 1);
      const relation: Relation = { name: alias(ctx, "w"), columns: made.columns, rows: made.rows };
      definitions.push(sql`${relation.name} AS ${random.pick(["", "", "MATERIALIZED ", "NOT MATERIALIZED "])}(${made.node})`);
      inner = { ...inner, ctes: [...inner.ctes, relation] };
    }
  }
  const made = body(ctx, inner, wanted, depth);
  const tail = orderAndLimit(ctx, made);
  const order = tail === "" ? undefined : print(tail);
  const withClause = definitions.length === 0 ? "" : optional(sql`WITH ${list(definitions)} `);
  return { ...made, node: q(made.columns, withClause, made.node, tail), order };
}

function q(columns: readonly RelationColumn[], ...parts: readonly Node[]): Sequence {
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
  const types = wanted ?? Array.from({ length: random.between(1, 3) }, () => anyType(random));
  const operands = Array.from({ length: random.pick([2, 2, 3]) }, () => select(ctx, scope, types, depth - 1, false));
  const [first, ...others] = operands as [Query, ...Query[]];
  const all = random.chance(0.4) ? " ALL" : "";
  const operator = random.weighted([
    [4, "UNION"],
    [2, "INTERSECT"],
    [2, "EXCEPT"],
  ]);
  const columns = first.columns.map((column, i): RelationColumn => {
    const same = operands.map((operand) => operand.columns[i]!);
    return { ...column, low: Math.min(...same.map(({ low }) => low)), high: Math.max(...same.map(({ high }) => high)) };
  });
  const parts = others.flatMap((other): Node[] => [` ${operator}${all} (`, other.node, ")"]);
  const rows = operands.reduce((sum, operand) => sum + operand.rows, 0);
  return { node: q(columns, "(", first.node, ")", ...parts), columns, rows, order: undefined };
}

/** One SELECT. `loose`: its columns may be of types that only the engine knows, and inexact. */
function select(ctx: Context, scope: Scope, wanted: readonly Type[] | undefined, depth: number, loose: boolean): Query {
  const { random } = ctx;
  const source = from(ctx, scope, depth);
  const over: Scope = { ...scope, columns: source.columns, aggregated: undefined, windows: false };
  const condition = random.chance(0.6) ? where(ctx, over, Math.min(2, depth + 1)) : "";
  const kind = random.weighted([
    [11, "plain"],
    [6, "grouped"],
    [2, "whole"],
  ] as const);
  if (kind === "plain") return plain(ctx, over, source, condition, wanted, depth, loose);
  return grouped(ctx, over, source, condition, wanted, depth, loose, kind === "whole");
}

function plain(ctx: Context, over: Scope, source: Source, condition: Node, wanted: readonly Type[] | undefined, depth: number, loose: boolean): Query {
  const { random } = ctx;
  const distinct = random.chance(0.15);
  const scope: Scope = { ...over, windows: WINDOWS && !distinct && random.chance(0.2) };
  const values = items(ctx, wanted, depth, (type) => {
    if (type !== undefined) return expr(ctx, scope, type, depth + 1);
    if (loose && random.chance(0.08)) {
      const value = mixedArithmetic(ctx, scope, depth + 1);
      if (value !== undefined && (value.exact || !distinct)) return value;
    }
    return anyExpr(ctx, scope, depth + 1);
  });
  const { node, columns } = selectList(values);
  const head = distinct ? sql`SELECT ${optional("DISTINCT ")}` : "SELECT ";
  return { node: q(columns, head, node, " FROM ", source.node, condition), columns, rows: source.rows, order: undefined };
}


const WINDOWS = true;

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
        return exact.length > 0 && random.chance(0.75) ? random.pick(exact) : anyExpr(ctx, { ...over, outer: [], subqueries: 0 }, 1);
      });
  // A constant in GROUP BY could be taken for a position.
  const usable = keys.filter(({ node }) => /[a-z]\d+\./.test(textOf(node)));
  if (usable.length === 0 && !whole) return plain(ctx, over, source, condition, wanted, depth, loose);
  const scope: Scope = { ...over, columns: usable, aggregated: source.columns };
  const values = items(ctx, wanted, depth, (type) => {
    if (type !== undefined) return expr(ctx, scope, type, depth);
    if (loose && random.chance(0.2)) return inexactAggregate(ctx, scope);
    return anyExpr(ctx, scope, depth);
  });
  const { node, columns } = selectList(values);
  const groupBy = whole ? "" : sql` GROUP BY ${list(usable.map((key) => key.node))}`;
  const having = random.chance(0.25) ? optional(sql` HAVING ${predicate(ctx, scope, 1).node}`) : "";
  const isAggregate = AGGREGATE.test(textOf(node)) || AGGREGATE.test(textOf(having));
  // Without an aggregate and without GROUP BY there is a row for each of the source.
  if (whole && !isAggregate) return { node: q(columns, "SELECT ", node, " FROM ", source.node, condition, " GROUP BY ()"), columns, rows: 1, order: undefined };
  return { node: q(columns, "SELECT ", node, " FROM ", source.node, condition, groupBy, having), columns, rows: whole ? 1 : source.rows, order: undefined };
}

const AGGREGATE = /\b(min|max|sum|count|avg|stddev\w*|var\w*|bool_and|bool_or|bit_and|bit_or|bit_xor)\(/;

const textOf = (node: Node): string =>
  typeof node === "string"
    ? node
    : node.kind === "optional"
      ? textOf(node.node)
      : (node.kind === "list" ? node.items : node.parts).map(textOf).join("");

function items(ctx: Context, wanted: readonly Type[] | undefined, depth: number, make: (type: Type | undefined) => Expr): readonly Expr[] {
  if (wanted !== undefined) return wanted.map(make);
  return Array.from({ length: ctx.random.between(1, depth > 1 ? 4 : 3) }, () => make(undefined));
}

function selectList(values: readonly Expr[]): { readonly node: Node; readonly columns: readonly RelationColumn[] } {
  const columns = values.map(({ node: _, ...value }, i): RelationColumn => ({ ...value, name: `x${i}` }));
  return { node: list(values.map(({ node }, i) => e({ ...values[i]!.type, name: "" })`${node} AS x${i.toString()}`)), columns };
}
