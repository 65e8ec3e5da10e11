/** FROM: tables, CTEs, derived tables and joins of them. */
import { list, type Node, optional, print, sequence, type Sequence, sql } from "../tree.ts";
import { expr } from "./expression.ts";
import { predicate } from "./predicate.ts";
import { query } from "./query.ts";
import { pivoted, positional, range, unnested, unpivoted, values } from "./relation.ts";
import { alias, columnsOf, type Context, e, type Expr, type Relation, type Scope } from "./scope.ts";
import { BOOLEAN } from "./types.ts";

/** `columns` are those that the query sees; `rows` estimates how many there are. */
export type Source = { readonly node: Sequence; readonly columns: readonly Expr[]; readonly rows: number };

/** Joins do not compare more pairs than this. */
const MOST_PAIRS = 100_000;

const f = (strings: TemplateStringsArray, ...nodes: readonly Node[]): Sequence => sequence("from", "", strings, nodes);

export function from(ctx: Context, scope: Scope, depth: number): Source {
  const { random } = ctx;
  let source = relation(ctx, scope, depth);
  const joins = random.weighted([
    [5, 0],
    [5, 1],
    [2, 2],
    [1, 3],
  ]);
  if (depth <= 0) return source;
  for (let i = 0; i < joins; i++) source = join(ctx, scope, source, depth, i === joins - 1);
  return source;
}

function relation(ctx: Context, scope: Scope, depth: number): Source {
  const { random } = ctx;
  const kind = random.weighted([
    [8, "table"],
    [scope.ctes.length > 0 ? 5 : 0, "cte"],
    [depth > 0 ? 2 : 0, "query"],
    [0.4, "values"],
    [0.4, "range"],
    [scope.columns.length + scope.outer.length > 0 ? 0 : 0.6, "unnest"],
    [0.5, "pivot"],
    [0.2, "positional"],
  ] as const);
  switch (kind) {
    case "table":
      return named(ctx, random.pick(ctx.tables));
    case "cte":
      return named(ctx, random.pick(scope.ctes));
    case "query": {
      const name = alias(ctx, "q");
      // Now and then it sees what its surroundings see.
      const outer = random.chance(0.2) ? scope.outer : [];
      const { node, columns, rows } = query(ctx, { ...scope, outer, columns: [] }, undefined, depth - 1);
      return { node: f`(${node}) AS ${name}`, columns: columnsOf({ name, columns, rows }), rows };
    }
    case "values":
      return values(ctx);
    case "range":
      return range(ctx);
    case "unnest":
      return unnested(ctx) ?? named(ctx, random.pick(ctx.tables));
    case "pivot":
      return (random.chance(0.5) ? pivoted(ctx) : unpivoted(ctx)) ?? named(ctx, random.pick(ctx.tables));
    case "positional":
      return positional(ctx);
    default:
      return kind satisfies never;
  }
}

function named(ctx: Context, { name, columns, rows }: Relation): Source {
  const as = alias(ctx, "a");
  return { node: f`${name} AS ${as}`, columns: columnsOf({ name: as, columns, rows }), rows };
}

/** A comma binds less than JOIN: it can only come last. */
function join(ctx: Context, scope: Scope, left: Source, depth: number, last: boolean): Source {
  const { random } = ctx;
  const lateral = random.chance(0.08);
  const right = lateral ? lateralQuery(ctx, scope, left, depth) : smallRelation(ctx, scope, left.rows, depth);
  const columns = [...left.columns, ...right.columns];
  const pairs = left.rows * right.rows;
  const rows = Math.min(pairs, MOST_PAIRS);
  const kind = lateral
    ? random.pick(["CROSS", "INNER", "LEFT"] as const)
    : random.weighted([
        [2, "CROSS"],
        [8, "INNER"],
        [6, "LEFT"],
        [3, "RIGHT"],
        [4, "FULL"],
        [2, "SEMI"],
        [2, "ANTI"],
        [0.7, "ASOF"],
      ] as const);
  if (kind === "CROSS") {
    if (pairs > 3000) return left;
    return {
      node:
        last && random.chance(0.5) && !lateral
          ? f`${left.node}, ${right.node}`
          : f`${left.node} CROSS JOIN ${right.node}`,
      columns,
      rows,
    };
  }
  if (kind === "ASOF") return asof(ctx, left, right) ?? left;
  const using = random.chance(0.12) && !lateral ? sharedColumns(left, right) : [];
  if (using.length > 0) {
    const shared = random.shuffle(using).slice(0, random.between(1, 2));
    const node = f`${left.node} ${kind} JOIN ${right.node} USING (${shared.join(", ")})`;
    return { node, columns: kind === "SEMI" || kind === "ANTI" ? left.columns : columns, rows };
  }
  const on = joinCondition(ctx, scope, left, right, kind === "FULL" || kind === "RIGHT");
  const node = f`${left.node} ${kind === "INNER" && random.chance(0.5) ? "" : `${kind} `}JOIN ${right.node} ON ${on}`;
  return { node, columns: kind === "SEMI" || kind === "ANTI" ? left.columns : columns, rows };
}

function smallRelation(ctx: Context, scope: Scope, leftRows: number, depth: number): Source {
  for (let i = 0; i < 5; i++) {
    const source = relation(ctx, scope, depth);
    if (source.rows * leftRows <= MOST_PAIRS) return source;
  }
  return named(ctx, ctx.tables.toSorted((a, b) => a.rows - b.rows)[0]!);
}

function lateralQuery(ctx: Context, scope: Scope, left: Source, depth: number): Source {
  const name = alias(ctx, "l");
  const outer = [...left.columns.filter(({ exact }) => exact), ...scope.outer];
  const inner = query(
    ctx,
    { ...scope, outer, columns: [], subqueries: Math.min(scope.subqueries, 1) },
    undefined,
    Math.min(depth - 1, 0),
  );
  return {
    node: f`LATERAL (${inner.node}) AS ${name}`,
    columns: columnsOf({ name, columns: inner.columns, rows: inner.rows }),
    rows: inner.rows,
  };
}

/** Names that one column of each side has, of comparable types. */
function sharedColumns(left: Source, right: Source): readonly string[] {
  const byName = (source: Source): Map<string, Expr[]> => {
    const columns = new Map<string, Expr[]>();
    for (const column of source.columns) {
      const name = print(column.node).split(".")[1] ?? "";
      columns.set(name, [...(columns.get(name) ?? []), column]);
    }
    return columns;
  };
  // Of the right side of an ASOF join not all columns are known here.
  if (print(left.node).includes("ASOF")) return [];
  const others = byName(right);
  return [...byName(left)].flatMap(([name, [a, ...more]]) => {
    const [b, ...rest] = others.get(name) ?? [];
    return a !== undefined && b !== undefined && more.length + rest.length === 0 && isComparable(a, b) ? [name] : [];
  });
}

/** The nearest match: of the right side only what decides it may be read, since others may be equally near. */
function asof(ctx: Context, left: Source, right: Source): Source | undefined {
  const { random } = ctx;
  const ordered = (family: string): boolean => ["integer", "date", "timestamp", "instant", "decimal"].includes(family);
  const pairs = left.columns.flatMap((a) =>
    right.columns.filter((c) => isComparable(a, c)).map((c) => [a, c] as const),
  );
  const orders = pairs.filter(([a]) => ordered(a.type.family));
  if (orders.length === 0) return undefined;
  const [a, c] = random.pick(orders);
  const equal = random.chance(0.6) ? random.pick(pairs) : undefined;
  const b = e(BOOLEAN);
  const nearest = b`${a.node} ${random.pick([">=", ">", "<", "<="])} ${c.node}`;
  const on = equal === undefined ? nearest : b`${equal[0].node} = ${equal[1].node} AND ${nearest}`;
  const columns = [...left.columns, c, ...(equal === undefined || equal[1] === c ? [] : [equal[1]])];
  return {
    node: f`${left.node} ASOF ${random.chance(0.5) ? "LEFT " : ""}JOIN ${right.node} ON ${on}`,
    columns,
    rows: left.rows,
  };
}

/** Most often an equality of columns, and more besides. */
function joinCondition(ctx: Context, scope: Scope, left: Source, right: Source, outer: boolean): Sequence {
  const { random } = ctx;
  const b = e(BOOLEAN);
  const both: Scope = {
    ...scope,
    columns: [...left.columns, ...right.columns],
    outer: [],
    subqueries: 0,
    aggregated: undefined,
    windows: undefined,
  };
  const parts: Node[] = [];
  if (random.chance(0.9)) {
    const pairs = left.columns.flatMap((a) =>
      right.columns.filter((c) => isComparable(a, c)).map((c) => [a, c] as const),
    );
    if (pairs.length > 0) {
      for (let i = 0; i < random.pick([1, 1, 1, 2]); i++) {
        const [a, c] = random.pick(pairs);
        const operator = random.weighted([
          [12, "="],
          [1, "IS NOT DISTINCT FROM"],
          [outer ? 0 : 2, random.pick(["<", ">=", "<>"])],
        ]);
        const value = random.chance(0.15) ? expr(ctx, { ...both, columns: left.columns }, a.type, 1) : a;
        parts.push(b`${value.node} ${operator} ${c.node}`);
      }
    }
  }
  if (parts.length === 0 || random.chance(0.25)) parts.push(predicate(ctx, both, 1).node);
  return b`${list(random.shuffle(parts), " AND ")}`;
}

/** Whether the two can be compared without fear of a value that the common type does not hold. */
function isComparable(a: Expr, b: Expr): boolean {
  if (a.type.family !== b.type.family || !a.exact || !b.exact) return false;
  if (a.type.name === b.type.name) return true;
  if (a.type.family === "decimal") return [a, b].every(({ low, high }) => low > -1e20 && high < 1e20);
  return a.type.elements.length === 0 && a.type.family !== "other";
}

export const where = (ctx: Context, scope: Scope, depth: number): Node =>
  optional(sql` WHERE ${predicate(ctx, scope, depth).node}`);
