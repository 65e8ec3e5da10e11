import { list, type Node, optional } from "../tree.ts";
import { anyExpr, expr, leaf } from "./expression.ts";
import { literal } from "./literal.ts";
import { anyNumber, mixedArithmetic } from "./numbers.ts";
import { type Context, e, type Expr, makeExpr, type Scope } from "./scope.ts";
import { existsPredicate, inSubquery, quantified } from "./subquery.ts";
import { BOOLEAN, INTEGER, LISTS, type Type, VARCHAR } from "./types.ts";

const OPERATORS: readonly string[] = ["=", "=", "<>", "<", "<=", ">", ">="];
const PATTERNS: readonly string[] = [
  "%",
  "a%",
  "%b",
  "%a%",
  "_",
  "a_c",
  "",
  "%é%",
  "a\\%",
  "__",
  "%x%y%",
  "%日%",
  "A%",
];
const REGEXES: readonly string[] = ["a", "^a", "b$", "[0-9]+", "a.c", "(a|b)+", "^$", "é", "\\\\s"];

const is = (node: Expr["node"]): Expr => makeExpr(BOOLEAN, node, { low: 0, high: 0 });
const b = e(BOOLEAN);

/** A condition, most often about the columns of the scope. */
export function predicate(ctx: Context, scope: Scope, depth: number): Expr {
  const { random } = ctx;
  if (depth <= 0) return simplePredicate(ctx, scope, 0);
  const sub = (): Node => predicate(ctx, scope, depth - 1).node;
  const kind = random.weighted([
    [4, "and"],
    [4, "or"],
    [2, "not"],
    [14, "simple"],
    [scope.subqueries > 0 ? 2 : 0, "exists"],
    [scope.subqueries > 0 ? 3 : 0, "in subquery"],
    [scope.subqueries > 0 ? 1 : 0, "quantified"],
    [1, "boolean"],
    [0.5, "is true"],
  ] as const);
  switch (kind) {
    case "and":
      return is(b`(${list([sub(), sub(), ...(random.chance(0.2) ? [sub()] : [])], " AND ")})`);
    case "or":
      return is(b`(${list([sub(), sub(), ...(random.chance(0.2) ? [sub()] : [])], " OR ")})`);
    case "not":
      return is(b`(NOT ${sub()})`);
    case "simple":
      return simplePredicate(ctx, scope, depth);
    case "exists":
      return is(existsPredicate(ctx, scope));
    case "in subquery":
      return is(inSubquery(ctx, scope, depth));
    case "quantified":
      return is(quantified(ctx, scope, depth));
    case "boolean":
      return leaf(ctx, scope, BOOLEAN);
    case "is true":
      return is(b`(${sub()} IS ${optional("NOT ")}${random.pick(["TRUE", "FALSE"])})`);
    default:
      return kind satisfies never;
  }
}

function simplePredicate(ctx: Context, scope: Scope, depth: number): Expr {
  const { random } = ctx;
  const kind = random.weighted([
    [10, "compare"],
    [3, "null"],
    [2, "between"],
    [3, "in"],
    [2, "like"],
    [2, "distinct"],
    [1, "prefix"],
    [1, "mixed"],
    [0.5, "regex"],
    [0.7, "list"],
  ] as const);
  const any = (): Expr => anyExpr(ctx, scope, depth - 1);
  const other = (type: Type): Expr => expr(ctx, scope, type, depth - 1);
  const text = (): Expr => other(VARCHAR);
  switch (kind) {
    case "compare": {
      const left = any();
      const right = random.chance(0.4) ? literal(random, left.type) : other(left.type);
      return is(b`(${left.node} ${random.pick(OPERATORS)} ${right.node})`);
    }
    case "null":
      return is(b`(${any().node} IS ${random.chance(0.5) ? "NOT " : ""}NULL)`);
    case "between": {
      const left = any();
      if (left.type.elements.length > 0) return is(b`(${left.node} IS NULL)`);
      const not = random.chance(0.3) ? "NOT " : "";
      return is(b`(${left.node} ${not}BETWEEN ${other(left.type).node} AND ${literal(random, left.type).node})`);
    }
    case "in": {
      const left = any();
      const items = Array.from({ length: random.pick([1, 2, 3, 3, 12]) }, () =>
        random.chance(0.8) ? literal(random, left.type).node : other(left.type).node,
      );
      return is(b`(${left.node} ${random.chance(0.3) ? "NOT " : ""}IN (${list(items)}))`);
    }
    case "like": {
      const operator = random.pick(["LIKE", "LIKE", "NOT LIKE", "ILIKE"]);
      const pattern = random.chance(0.9) ? `'${random.pick(PATTERNS)}'` : literal(random, VARCHAR).node;
      return is(b`(${text().node} ${operator} ${pattern})`);
    }
    case "distinct": {
      const left = any();
      return is(b`(${left.node} IS ${random.chance(0.5) ? "NOT " : ""}DISTINCT FROM ${other(left.type).node})`);
    }
    case "prefix": {
      const name = random.pick(["starts_with", "contains", "suffix", "prefix"]);
      return is(b`${name}(${text().node}, ${random.chance(0.7) ? literal(random, VARCHAR).node : text().node})`);
    }
    case "mixed": {
      const left = mixedArithmetic(ctx, scope, depth) ?? anyNumber(ctx, scope, depth);
      const right = random.chance(0.3) ? literal(random, INTEGER) : anyNumber(ctx, scope, depth);
      if (!left.exact || !right.exact) return is(b`(${left.node} IS NULL)`);
      return is(b`(${left.node} ${random.pick(OPERATORS)} ${right.node})`);
    }
    case "list": {
      const type = random.pick(LISTS);
      if (random.chance(0.3))
        return is(b`${random.pick(["list_has_any", "list_has_all"])}(${other(type).node}, ${other(type).node})`);
      return is(b`list_contains(${other(type).node}, ${other(type.elements[0]!).node})`);
    }
    case "regex":
      return is(b`regexp_matches(${text().node}, '${random.pick(REGEXES).replace("\\\\", "\\")}')`);
    default:
      return kind satisfies never;
  }
}
