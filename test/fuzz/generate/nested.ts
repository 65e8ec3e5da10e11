/** Lists and structs. */
import { list } from "../tree.ts";
import { expr, hull, leaf } from "./expression.ts";
import { literal } from "./literal.ts";
import { predicate } from "./predicate.ts";
import { type Context, e, type Expr, makeExpr, type Scope } from "./scope.ts";
import { type Type, VARCHAR } from "./types.ts";

const MOST_ITEMS = 100;

export function listExpr(ctx: Context, scope: Scope, type: Type, depth: number): Expr {
  const { random } = ctx;
  const element = type.elements[0]!;
  const sub = (wanted: Type = type): Expr => expr(ctx, scope, wanted, depth - 1);
  const made = (node: Expr["node"], high: number): Expr => makeExpr(type, node, { low: 0, high });
  const kind = random.weighted([
    [4, "items"],
    [2, "concat"],
    [2, "slice"],
    [2, "call"],
    [1, "filter"],
    [1, "transform"],
    [element === VARCHAR ? 3 : 0, "split"],
  ] as const);
  switch (kind) {
    case "items": {
      const items = Array.from({ length: random.between(1, 3) }, () => sub(element).node);
      return made(e(type)`[${list(items, ", ", 0)}]`, 3);
    }
    case "concat": {
      const [a, b] = [sub(), sub()];
      return a.high + b.high > MOST_ITEMS ? a : made(e(type)`(${a.node} || ${b.node})`, a.high + b.high);
    }
    case "slice": {
      const a = sub();
      return made(e(type)`(${a.node})[${String(random.between(-2, 3))}:${String(random.between(-2, 4))}]`, a.high);
    }
    case "call": {
      const a = sub();
      const name = random.pick(["list_reverse", "list_sort", "list_reverse_sort"]);
      if (random.chance(0.2)) return made(e(type)`list_sort(list_distinct(${a.node}))`, a.high);
      return made(e(type)`${name}(${a.node})`, a.high);
    }
    case "filter":
    case "transform": {
      const a = sub();
      const name = `p${ctx.counter.value++}`;
      const node = { kind: "sequence", sort: "expression", type: element.name, parts: [name] } as const;
      const parameter: Expr = { node, type: element, low: element.low, high: element.high, exact: true };
      const over: Scope = {
        ...scope,
        columns: [parameter, ...scope.columns],
        outer: [], // DuckDB does not find them in a lambda
        subqueries: 0,
        aggregated: undefined,
        windows: undefined,
      };
      if (kind === "filter")
        return made(e(type)`list_filter(${a.node}, ${name} -> ${predicate(ctx, over, 1).node})`, a.high);
      return made(e(type)`list_transform(${a.node}, ${name} -> ${expr(ctx, over, element, 1).node})`, a.high);
    }
    case "split": {
      const a = sub(VARCHAR);
      return made(e(type)`string_split(${a.node}, '${random.pick([",", " ", "a"])}')`, a.high + 1);
    }
    default:
      return kind satisfies never;
  }
}

export function structExpr(ctx: Context, scope: Scope, type: Type, depth: number): Expr {
  if (ctx.random.chance(0.4)) return leaf(ctx, scope, type, depth);
  const fields = type.elements.map((element, i) => {
    const { node } = expr(ctx, scope, element, depth - 1);
    return e({ ...type, name: "" })`'f${String(i)}': ${node}`;
  });
  return makeExpr(type, e(type)`{${list(fields, ", ", fields.length)}}`);
}

/** An item of a list or a field of a struct that the scope has; undefined when none is of the type. */
export function elementOf(ctx: Context, scope: Scope, type: Type): Expr | undefined {
  const { random } = ctx;
  const columns = [...scope.columns, ...scope.outer].filter(
    ({ exact, type: { elements } }) => exact && elements.some(({ name }) => name === type.name),
  );
  if (columns.length === 0) return undefined;
  const column = random.pick(columns);
  const bounds = hull([literal(random, type), { ...column, low: type.low, high: type.high }]);
  if (column.type.family === "list") {
    const index = random.pick(["1", "2", "-1", "0", "5"]);
    return makeExpr(type, e(type)`${column.node}[${index}]`, bounds);
  }
  const field = column.type.elements.findIndex(({ name }) => name === type.name);
  if (random.chance(0.5)) return makeExpr(type, e(type)`struct_extract(${column.node}, 'f${String(field)}')`, bounds);
  return makeExpr(type, e(type)`(${column.node}).f${String(field)}`, bounds);
}
