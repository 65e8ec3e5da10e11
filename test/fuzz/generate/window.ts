/** Window function calls whose result is the same for every order of equal rows. */
import { type Node, optional, print, type Sequence, sql } from "../tree.ts";
import { anyExpr, castTo, expr, fits, hull } from "./expression.ts";
import { aggregateOver, hasTotalOrder, peerOver, totalOver } from "./frame.ts";
import { literal } from "./literal.ts";
import { predicate } from "./predicate.ts";
import { type Context, e, type Expr, makeExpr, type Scope } from "./scope.ts";
import { BIGINT, DOUBLE, HUGEINT, INTEGERS, type Type } from "./types.ts";

const MOST_ROWS = 1e6;

export function windowCall(ctx: Context, scope: Scope, type: Type, depth: number): Expr | undefined {
  const { random } = ctx;
  const inner: Scope = { ...scope, windows: undefined, subqueries: 0 };
  const argument = (wanted: Type): Expr => expr(ctx, inner, wanted, Math.min(depth - 1, 1));
  const total = hasTotalOrder(ctx, scope);
  const { family } = type;
  const kind = random.weighted([
    [family === "integer" ? 3 : 0, "rank"],
    [family === "integer" && total ? 3 : 0, "number"],
    [type === DOUBLE ? 4 : 0, "share"],
    [total ? 4 : 0, "value"],
    [type.name === "HUGEINT" ? 4 : 0, "sum"],
    [family === "integer" ? 2 : 0, "count"],
    [family === "interval" ? 0 : 2, "extreme"],
    [family === "boolean" ? 2 : 0, "logic"],
    [total && (family === "list" || family === "text") ? 3 : 0, "collect"],
    [isOrdered(type) ? 1 : 0, "quantile"],
  ] as const);
  const aggregate = (call: Sequence): readonly [Node, Sequence] => [
    call,
    sql`${filter(ctx, inner)}${aggregateOver(ctx, scope)}`,
  ];
  const distinct = (): string => (random.chance(0.2) ? "DISTINCT " : "");
  switch (kind) {
    case "rank":
      return number(e(BIGINT)`${random.pick(["rank", "dense_rank"])}()${peerOver(ctx, scope)}`, type);
    case "number": {
      const call = random.pick(["row_number()", `ntile(${random.between(1, 5)})`]);
      return number(e(BIGINT)`${call}${totalOver(ctx, scope, false)}`, type);
    }
    case "share": {
      const call = random.pick(["percent_rank", "cume_dist"]);
      return makeExpr(type, e(type)`${call}()${peerOver(ctx, scope)}`, { low: 0, high: 1 });
    }
    case "value":
      return valueCall(ctx, scope, argument(type));
    case "sum": {
      const a = argument(random.pick(INTEGERS));
      const bounds = { low: a.low * MOST_ROWS, high: a.high * MOST_ROWS };
      const [call, window] = aggregate(e(type)`sum(${distinct()}${a.node})`);
      const sum = makeExpr(HUGEINT, e(type)`${call}${window}`, bounds);
      return fits(sum, HUGEINT) ? sum : undefined;
    }
    case "count": {
      const a = anyExpr(ctx, inner, 1);
      const inside = random.chance(0.5) ? "*" : sql`${distinct()}${a.node}`;
      const [call, window] = aggregate(e(BIGINT)`count(${inside})`);
      return number(e(BIGINT)`${call}${window}`, type);
    }
    case "extreme": {
      const a = argument(type);
      const name = random.pick(["min", "max", "min", "max", "arg_min", "arg_max"]);
      const [call, window] = aggregate(
        name.startsWith("arg") ? e(type)`${name}(${a.node}, ${a.node})` : e(type)`${name}(${a.node})`,
      );
      return makeExpr(type, e(type)`${call}${window}`, hull([a]));
    }
    case "logic": {
      const [call, window] = aggregate(e(type)`${random.pick(["bool_and", "bool_or"])}(${argument(type).node})`);
      return makeExpr(type, e(type)`${call}${window}`);
    }
    case "collect": {
      const a = argument(family === "list" ? type.elements[0]! : type);
      if (isConstant(a)) return undefined;
      const order = random.chance(0.3) ? sql` ORDER BY ${a.node}${random.pick(["", " DESC", " NULLS FIRST"])}` : "";
      const window = sql`${order === "" ? filter(ctx, inner) : ""}${totalOver(ctx, scope, true)}`;
      if (family === "list")
        return makeExpr(type, e(type)`list(${a.node}${order})${window}`, { low: 0, high: MOST_ROWS });
      const joined = e(type)`string_agg(${a.node}, '${random.pick([",", ""])}'${order})${window}`;
      return makeExpr(type, joined, { low: 0, high: type.high });
    }
    case "quantile": {
      const a = argument(type);
      if (isConstant(a)) return undefined;
      const [call, window] = aggregate(
        e(type)`quantile_disc(${a.node}, ${random.pick(["0.5", "0", "1", "0.25", "0.9"])})`,
      );
      return makeExpr(type, e(type)`${call}${window}`, hull([a]));
    }
    default:
      return kind satisfies never;
  }
}

const isOrdered = ({ family }: Type): boolean =>
  ["integer", "decimal", "date", "timestamp", "instant", "text"].includes(family);

/** The engines take constants in different places. */
const isConstant = ({ node }: Expr): boolean => !/[a-z]\d+\.|\bp\d+\b/.test(print(node));

function number(node: Sequence, type: Type): Expr | undefined {
  const value = makeExpr(BIGINT, node, { low: 0, high: MOST_ROWS });
  return fits(value, type) ? castTo(value, type) : undefined;
}

function valueCall(ctx: Context, scope: Scope, a: Expr): Expr {
  const { random } = ctx;
  const { type } = a;
  const nulls = random.weighted([
    [6, ""],
    [3, " IGNORE NULLS"],
    [1, " RESPECT NULLS"],
  ]);
  switch (random.below(3)) {
    case 0: {
      const other = random.chance(0.3) ? literal(random, type) : undefined;
      const rest = random.chance(0.2)
        ? ""
        : sql`, ${String(random.between(-1, 3))}${other === undefined ? "" : sql`, ${other.node}`}`;
      const node = e(type)`${random.pick(["lag", "lead"])}(${a.node}${rest}${nulls})${totalOver(ctx, scope, false)}`;
      return makeExpr(type, node, hull(other === undefined ? [a] : [a, other]));
    }
    case 1: {
      const node = e(type)`nth_value(${a.node}, ${String(random.between(1, 3))}${nulls})${totalOver(ctx, scope, true)}`;
      return makeExpr(type, node, hull([a]));
    }
    default: {
      const name = random.pick(["first_value", "last_value"]);
      return makeExpr(type, e(type)`${name}(${a.node}${nulls})${totalOver(ctx, scope, true)}`, hull([a]));
    }
  }
}

function filter(ctx: Context, inner: Scope): Node {
  if (!ctx.random.chance(0.15)) return "";
  return optional(sql` FILTER (WHERE ${predicate(ctx, inner, 1).node})`);
}

/** One whose last digits depend on how the frame is added up. */
export function inexactWindow(ctx: Context, scope: Scope): Expr | undefined {
  const { random } = ctx;
  const inner: Scope = { ...scope, windows: undefined, subqueries: 0 };
  const numbers = scope.columns.filter(
    ({ type, exact, low, high }) =>
      exact && ["integer", "decimal", "float"].includes(type.family) && low > -1e9 && high < 1e9,
  );
  if (numbers.length === 0) return undefined;
  const column = random.pick(numbers);
  // DuckDB interpolates DECIMALs in DOUBLE.
  const between = column.type.family === "decimal" ? [] : ["median", "quantile_cont"];
  const name = random.pick(["avg", "avg", "stddev", "var_pop", ...between]);
  const rest = name === "quantile_cont" ? ", 0.3" : "";
  const call = sql`${name}(${column.node}${rest})${filter(ctx, inner)}`;
  return makeExpr(DOUBLE, e({ ...DOUBLE, name: "" })`${call}${aggregateOver(ctx, scope)}`, { exact: false });
}
