/** Statements that change a table, then its rows. */
import { list, type Node, optional, print, type Sequence, sql } from "../tree.ts";
import { expr } from "./expression.ts";
import { from } from "./from.ts";
import { literal } from "./literal.ts";
import { predicate } from "./predicate.ts";
import { query } from "./query.ts";
import { alias, columnsOf, type Context, e, type Expr, makeExpr, type Relation, type Scope } from "./scope.ts";
import { INTEGER, type Type } from "./types.ts";

const EMPTY: Scope = { columns: [], outer: [], ctes: [], subqueries: 1, aggregated: undefined, windows: undefined };

/** The table that is changed; it is made anew by each script. */
const NAME = "d";

/**
 * A script whose last statement puts out rows. The table has a key where ON CONFLICT is to be met; rows that are put in
 * have then keys that differ from each other.
 */
export function dmlScript(ctx: Context): Sequence {
  const { random } = ctx;
  const source = smallTable(ctx);
  const isKeyed = random.chance(0.4);
  const types = source.columns.map(({ type }) => type);
  const columns = types.map((type, i) => ({ name: `c${i}`, type, low: type.low, high: type.high, exact: true }));
  const table: Relation = { name: NAME, columns, rows: source.rows };
  const definitions = types
    .map((type, i) => `c${i} ${type.name}${isKeyed && i === 0 ? " PRIMARY KEY" : ""}`)
    .join(", ");
  const first: Node[] = [`CREATE OR REPLACE TABLE ${NAME} (${definitions})`];
  if (isKeyed) first.push(keyedInsert(ctx, types, ""));
  else first.push(`INSERT INTO ${NAME} SELECT * FROM ${source.name}`);
  const changes = Array.from({ length: random.between(1, 5) }, () => change(ctx, table, isKeyed));
  const last = isKeyed || random.chance(0.8) ? `SELECT * FROM ${NAME}` : returning(ctx, table);
  return sql`${list([...first], "; ", first.length)}; ${list(changes, "; ")}; ${last}`;
}

const smallTable = ({ random, tables }: Context): Relation => {
  const small = tables.filter(({ rows }) => rows < 500);
  return random.pick(small.length === 0 ? tables : small);
};

function change(ctx: Context, table: Relation, isKeyed: boolean): Node {
  const { random } = ctx;
  const types = table.columns.map(({ type }) => type);
  const kind = random.weighted([
    [3, "update"],
    [2, "delete"],
    [isKeyed ? 0 : 2, "insert"],
    [isKeyed ? 4 : 0, "upsert"],
    [isKeyed ? 0 : 1, "update from"],
    [1, "delete using"],
    [0.3, "truncate"],
  ] as const);
  const scope: Scope = { ...EMPTY, columns: columnsOf({ ...table, name: NAME }) };
  switch (kind) {
    case "update":
      return sql`UPDATE ${NAME} SET ${list(assignments(ctx, scope, isKeyed))}${where(ctx, scope)}`;
    case "delete":
      return sql`DELETE FROM ${NAME}${where(ctx, scope)}`;
    case "insert": {
      const made = query(ctx, EMPTY, types, 1);
      return sql`INSERT INTO ${NAME} ${made.node}`;
    }
    case "upsert":
      return keyedInsert(ctx, types, conflict(ctx, table));
    case "update from": {
      // One row for each key: which of several matches counts is open.
      const name = alias(ctx, "s");
      const value = smallTable(ctx);
      if (scope.columns.length < 2) return `DELETE FROM ${NAME} WHERE false`;
      const target = random.pick(scope.columns.slice(1));
      const extreme = makeExpr(INTEGER, e(INTEGER)`${name}.x`);
      const set = target.type === INTEGER ? extreme.node : expr(ctx, scope, target.type, 1).node;
      return sql`UPDATE ${NAME} SET ${columnName(target)} = ${set} FROM (SELECT c0 AS k, max(c0) AS x FROM ${value.name} GROUP BY c0) AS ${name} WHERE ${NAME}.c0 = ${name}.k`;
    }
    case "delete using": {
      const other = from(ctx, EMPTY, 0);
      const condition = predicate(ctx, { ...EMPTY, subqueries: 0, columns: [...scope.columns, ...other.columns] }, 1);
      return sql`DELETE FROM ${NAME} USING ${other.node} WHERE ${condition.node}`;
    }
    case "truncate":
      return random.chance(0.5) ? `TRUNCATE ${NAME}` : `DELETE FROM ${NAME}`;
    default:
      return kind satisfies never;
  }
}

const columnName = ({ node }: Expr): string => print(node).split(".")[1]!;

const where = (ctx: Context, scope: Scope): Node =>
  ctx.random.chance(0.8) ? optional(sql` WHERE ${predicate(ctx, scope, 1).node}`) : "";

/** New values for some columns, not for the key. */
function assignments(ctx: Context, scope: Scope, isKeyed: boolean): Node[] {
  const { random } = ctx;
  const usable = isKeyed && scope.columns.length > 1 ? scope.columns.slice(1) : scope.columns;
  if (isKeyed && scope.columns.length === 1) return ["c0 = c0"];
  return random
    .shuffle(usable)
    .slice(0, random.between(1, 3))
    .map((column) => sql`${columnName(column)} = ${expr(ctx, scope, column.type, 2).node}`);
}

function keyedInsert(ctx: Context, types: readonly Type[], ending: Node): Sequence {
  const { random } = ctx;
  const keys = random.shuffle(Array.from({ length: 12 }, (_, i) => i - 2)).slice(0, random.between(1, 8));
  const rows = keys.map(
    (key) => sql`(${[String(key), ...types.slice(1).map((type) => print(literal(random, type).node))].join(", ")})`,
  );
  return sql`INSERT INTO ${NAME} VALUES ${list(rows)}${ending}`;
}

function conflict(ctx: Context, table: Relation): Node {
  const { random } = ctx;
  if (table.columns.length === 1 || random.chance(0.3)) return " ON CONFLICT DO NOTHING";
  const both: Scope = {
    ...EMPTY,
    subqueries: 0,
    columns: [...columnsOf({ ...table, name: NAME }), ...columnsOf({ ...table, name: "excluded" })],
  };
  const targets = random.shuffle(table.columns.slice(1)).slice(0, random.between(1, 2));
  const sets = targets.map(({ name, type }) => sql`${name} = ${expr(ctx, both, type, 1).node}`);
  const condition = random.chance(0.3) ? optional(sql` WHERE ${predicate(ctx, both, 1).node}`) : "";
  return sql` ON CONFLICT (c0) DO UPDATE SET ${list(sets)}${condition}`;
}

/** A change that puts out the rows that it made or took. */
function returning(ctx: Context, table: Relation): Node {
  const scope: Scope = { ...EMPTY, subqueries: 0, columns: columnsOf({ ...table, name: NAME }) };
  const outputs = list([expr(ctx, scope, ctx.random.pick(table.columns).type, 1).node, "c0"]);
  return ctx.random.chance(0.5)
    ? sql`DELETE FROM ${NAME}${where(ctx, scope)} RETURNING ${outputs}`
    : sql`UPDATE ${NAME} SET ${list(assignments(ctx, scope, false))}${where(ctx, scope)} RETURNING ${outputs}`;
}
