import { formatLiteral } from "../types/literals.ts";
import { typeName } from "../types/types.ts";
import type { AggregateCall, Column, Expr, FrameBound, SortKey, Subquery, WindowCall } from "./expr.ts";

/** How a column is shown; the default is its name. */
export type ColumnPrinter = (column: Column) => string;

const nameOnly: ColumnPrinter = (column) => column.name;

/** Operators by how tightly they bind; what is not here prints as a function call. */
const BINDING: ReadonlyMap<string, number> = new Map([
  ["or", 1],
  ["and", 2],
  ["not", 3],
  ["is", 4],
  ...["=", "<>", "<", "<=", ">", ">=", "is_distinct", "is_not_distinct"].map((op) => [op, 5] as const),
  ...["like", "not_like", "ilike", "not_ilike", "in"].map((op) => [op, 6] as const),
  ...["||", "&", "|", "<<", ">>"].map((op) => [op, 7] as const),
  ["+", 8],
  ["-", 8],
  ...["*", "/", "//", "%"].map((op) => [op, 9] as const),
  ["**", 10],
]);
const ATOM = 20;

const SPELT: ReadonlyMap<string, string> = new Map([
  ["is_distinct", "IS DISTINCT FROM"],
  ["is_not_distinct", "IS NOT DISTINCT FROM"],
  ["like", "LIKE"],
  ["not_like", "NOT LIKE"],
  ["ilike", "ILIKE"],
  ["not_ilike", "NOT ILIKE"],
]);

type Printed = { readonly text: string; readonly binding: number };

/** The expression as SQL-like text, for EXPLAIN and tests: `a + 1 > 2 AND s LIKE 'x%'`. Casts print as `x::TYPE`. */
export function printExpr(expr: Expr, column: ColumnPrinter = nameOnly): string {
  return print(expr, column).text;
}

function print(expr: Expr, column: ColumnPrinter): Printed {
  switch (expr.kind) {
    case "Literal":
      return { text: formatLiteral(expr.value, expr.type), binding: ATOM };
    case "Column":
      return { text: column(expr.column), binding: ATOM };
    case "Parameter":
      return { text: `$${expr.index + 1}`, binding: ATOM };
    case "Lambda": {
      const parameters = expr.parameters.map(({ name }) => name).join(", ");
      return { text: `lambda ${parameters}: ${printExpr(expr.body, column)}`, binding: ATOM };
    }
    case "LambdaParameter":
      return { text: expr.name, binding: ATOM };
    case "Call":
      return printCall(expr, column);
    case "Cast": {
      const inner = wrap(print(expr.input, column), ATOM);
      const text = expr.try
        ? `TRY_CAST(${printExpr(expr.input, column)} AS ${typeName(expr.type)})`
        : `${inner}::${typeName(expr.type)}`;
      return { text, binding: ATOM };
    }
    case "Case": {
      const branches = expr.branches.map(
        ({ when, then }) => ` WHEN ${printExpr(when, column)} THEN ${printExpr(then, column)}`,
      );
      return { text: `CASE${branches.join("")} ELSE ${printExpr(expr.otherwise, column)} END`, binding: ATOM };
    }
    case "And":
    case "Or": {
      const binding = expr.kind === "And" ? 2 : 1;
      const parts = expr.args.map((arg) => wrap(print(arg, column), binding + 1));
      return { text: parts.join(expr.kind === "And" ? " AND " : " OR "), binding };
    }
    case "Not":
      return { text: `NOT ${wrap(print(expr.input, column), 4)}`, binding: 3 };
    case "IsNull":
      return { text: `${wrap(print(expr.input, column), 5)} IS ${expr.negated ? "NOT " : ""}NULL`, binding: 4 };
    case "InList": {
      const values = expr.values.map((value) => formatLiteral(value.value, value.type));
      return { text: `${wrap(print(expr.input, column), 7)} IN (${values.join(", ")})`, binding: 6 };
    }
    case "Subquery":
      return printSubquery(expr, column);
  }
}

function wrap(printed: Printed, atLeast: number): string {
  return printed.binding >= atLeast ? printed.text : `(${printed.text})`;
}

/** Long chains of operators lean left: the way down is a loop, and so is the way up. */
function printCall(call: Extract<Expr, { kind: "Call" }>, column: ColumnPrinter): Printed {
  const spine: Extract<Expr, { kind: "Call" }>[] = [];
  let bottom: Expr = call;
  while (bottom.kind === "Call" && bottom.args.length === 2 && BINDING.has(bottom.name)) {
    spine.push(bottom);
    bottom = bottom.args[0] as Expr;
  }
  let printed: Printed;
  if (bottom.kind !== "Call") printed = print(bottom, column);
  else if (bottom.name === "-" && bottom.args.length === 1) {
    printed = { text: `-${wrap(print(bottom.args[0] as Expr, column), ATOM)}`, binding: ATOM - 1 };
  } else {
    printed = { text: `${bottom.name}(${bottom.args.map((arg) => printExpr(arg, column)).join(", ")})`, binding: ATOM };
  }
  // Pieces are joined once at the end: adding to one string at every step would copy it every time.
  const before: string[] = [];
  const after: string[] = [];
  let binding = printed.binding;
  for (const node of spine.toReversed()) {
    const own = BINDING.get(node.name) as number;
    const chains = own >= 7 && binding >= own;
    if (!chains && binding <= own) {
      before.push("(");
      after.push(")");
    }
    const right = wrap(print(node.args[1] as Expr, column), own + 1);
    after.push(` ${SPELT.get(node.name) ?? node.name} ${right}`);
    binding = own;
  }
  return { text: before.join("") + printed.text + after.join(""), binding };
}

function printSubquery(expr: Subquery, column: ColumnPrinter): Printed {
  const outer = expr.outer.length === 0 ? "" : ` outer ${expr.outer.map(column).join(", ")}`;
  const plan = `(<${expr.plan.kind}>${outer})`;
  if (expr.mode.kind === "scalar") return { text: plan, binding: ATOM };
  if (expr.mode.kind === "exists") return { text: `EXISTS ${plan}`, binding: ATOM };
  const comparands = expr.mode.comparands.map((part) => wrap(print(part, column), 6)).join(", ");
  const left = expr.mode.comparands.length === 1 ? comparands : `(${comparands})`;
  return { text: `${left} ${expr.mode.op} ${expr.mode.quantifier.toUpperCase()} ${plan}`, binding: 5 };
}

/** `sum(DISTINCT x ORDER BY y) FILTER (WHERE z)`, `count(*)`. */
export function printAggregate(call: AggregateCall, column: ColumnPrinter = nameOnly): string {
  const args =
    call.args.length === 0 && call.name === "count" ? "*" : call.args.map((arg) => printExpr(arg, column)).join(", ");
  const order =
    call.orderBy.length === 0 ? "" : ` ORDER BY ${call.orderBy.map((key) => printSortKey(key, column)).join(", ")}`;
  const filter = call.filter === undefined ? "" : ` FILTER (WHERE ${printExpr(call.filter, column)})`;
  return `${call.name}(${call.distinct ? "DISTINCT " : ""}${args}${order})${filter}`;
}

/**
 * `sum(x) ROWS 3 PRECEDING TO CURRENT ROW`: only what differs from the default frame shows. `orderKeys`: those of the node; a call
 * with fewer shows how many are its own.
 */
export function printWindow(call: WindowCall, orderKeys: number, column: ColumnPrinter = nameOnly): string {
  const { unit, start, end, exclude } = call.frame;
  const head = printAggregate(call, column);
  const nulls = call.ignoreNulls ? " IGNORE NULLS" : "";
  const own = call.orderKeys === orderKeys ? "" : ` OVER ${call.orderKeys} KEYS`;
  const isDefault = unit === "range" && start.kind === "unbounded preceding" && end.kind === "current row";
  const frame = isDefault ? "" : ` ${unit.toUpperCase()} ${printBound(start, column)} TO ${printBound(end, column)}`;
  return `${head}${nulls}${own}${frame}${exclude === "no others" ? "" : ` EXCLUDE ${exclude.toUpperCase()}`}`;
}

function printBound(bound: FrameBound, column: ColumnPrinter): string {
  const offset = "offset" in bound ? `${printExpr(bound.offset, column)} ` : "";
  return offset + bound.kind.toUpperCase();
}

/** `a DESC NULLS FIRST`; ASC and NULLS LAST are not shown. */
export function printSortKey(key: SortKey, column: ColumnPrinter = nameOnly): string {
  return `${printExpr(key.expr, column)}${key.descending ? " DESC" : ""}${key.nullsFirst ? " NULLS FIRST" : ""}`;
}
