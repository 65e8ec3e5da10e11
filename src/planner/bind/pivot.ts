import type {
  ColumnRef,
  Expression,
  FunctionCall,
  Identifier,
  Pivot,
  PivotColumn,
  Query,
  Select,
  SelectItem,
  Unpivot,
} from "../../sql/ast.ts";
import {
  makeCall,
  makeColumnRef,
  makeGroupBy,
  makeIdentifier,
  makeItem,
  makeSelect,
  makeStar,
} from "../../sql/make.ts";
import { aggregateFunction } from "../functions/registry.ts";
import { sessionAggregate } from "../functions/session-function.ts";
import { castDatum } from "../types/convert.ts";
import { VARCHAR } from "../types/types.ts";
import { toComparable } from "./coercion.ts";
import { mapAst, walkAst } from "./ast-walk.ts";
import { columnName } from "./column-name.ts";
import { expandColumns, starColumns } from "./columns.ts";
import { constantOf } from "./constant.ts";
import { type BindContext, bindError, type BoundQuery, type ParameterValues, unsupported } from "./context.ts";
import type { Environment } from "./environment.ts";

/** A combination of values that becomes a column for each aggregate: when a row belongs to it, and its name. */
type Pivoted = { readonly condition: Expression; readonly name: string };

const MOST_COLUMNS = 10_000;

/**
 * PIVOT as a SELECT without FROM over the columns that `env` sees: an aggregate with FILTER for every combination of values.
 * `valuesOf` finds the values, as text, of a column that lists none.
 */
export function pivotSelect(
  env: Environment,
  node: Pivot,
  valuesOf: (column: PivotColumn, query: Query | undefined) => readonly string[],
): Select {
  const { ctx } = env;
  const { span } = node;
  let combinations: readonly Pivoted[] = [];
  for (const column of node.on.map(withValues)) {
    column.expressions.forEach((expression) => requireColumn(ctx, expression));
    const own = pivotedValues(env, column, valuesOf);
    const all = combinations.length === 0 ? own : combinations.flatMap((first) => own.map((next) => both(first, next)));
    if (all.length * Math.max(1, node.aggregates.length) > MOST_COLUMNS)
      throw bindError(ctx, `PIVOT makes more than ${MOST_COLUMNS} columns`, column);
    combinations = all;
  }
  const aggregates = node.aggregates.length > 0 || node.on.length === 0 ? node.aggregates : [countItem(node)];
  const groupBy = node.groupBy ?? (node.on.length === 0 ? [] : unmentioned(env, node));
  const pivoted = combinations.flatMap(({ condition, name }) =>
    aggregates.map(({ expression, alias }) => {
      const suffix = alias?.name ?? (aggregates.length > 1 ? columnName(expression) : undefined);
      const full = suffix === undefined ? name : `${name}_${suffix}`;
      return makeItem(filteredBy(ctx, expression, condition), makeIdentifier(full, span));
    }),
  );
  // Without ON all rows belong together.
  const computed = node.on.length === 0 ? aggregates : pivoted;
  const items = [...groupBy.map((expression) => makeItem(expression, undefined)), ...computed];
  return makeSelect(items, { groupBy: makeGroupBy(groupBy, span) }, span);
}

/** `ON year IN (SELECT ...)` reads like a condition, and lists the values. */
function withValues(column: PivotColumn): PivotColumn {
  const [only] = column.expressions;
  if (column.values !== undefined || column.expressions.length !== 1) return column;
  if (only?.kind === "InSubquery" && !only.negated)
    return { ...column, expressions: [only.operand], values: only.query };
  return column;
}

function both(a: Pivoted, b: Pivoted): Pivoted {
  const operands = [a.condition, b.condition];
  return {
    condition: { kind: "Logical", operator: "AND", operands, span: a.condition.span },
    name: `${a.name}_${b.name}`,
  };
}

function pivotedValues(
  env: Environment,
  column: PivotColumn,
  valuesOf: (column: PivotColumn, query: Query | undefined) => readonly string[],
): readonly Pivoted[] {
  const { expressions, values, span } = column;
  if (values !== undefined && "kind" in values && values.kind === "Identifier")
    throw unsupported(env.ctx, "PIVOT over the values of a type", values);
  if (values === undefined || "kind" in values) {
    const [only] = expressions;
    if (only === undefined || expressions.length > 1)
      throw unsupported(env.ctx, "PIVOT over rows without values", column);
    const text: Expression = { kind: "Cast", operand: only, type: varchar(column), try: false, span };
    return valuesOf(column, values).map((value) => {
      return { condition: isEqual(text, { kind: "StringLiteral", value, span }), name: value };
    });
  }
  return values.flatMap(({ expression, alias }): Pivoted[] => {
    const items = expression.kind === "Row" ? expression.items : [expression];
    if (items.length !== expressions.length)
      throw bindError(env.ctx, `PIVOT needs ${expressions.length} values here, not ${items.length}`, expression);
    // A bare name is its text: IN (spring, summer).
    const constants = items.map((value): Expression =>
      value.kind === "ColumnRef" && value.parts.length === 1
        ? { kind: "StringLiteral", value: value.parts[0]?.name ?? "", span: value.span }
        : value,
    );
    const conditions = constants.map((value, i) => isEqualValue(env, expressions[i] as Expression, value, column));
    const condition: Expression =
      conditions.length === 1
        ? (conditions[0] as Expression)
        : { kind: "Logical", operator: "AND", operands: conditions, span: expression.span };
    const name = alias?.name ?? constants.map((value) => constantText(env, value)).join("_");
    return [{ condition, name }];
  });
}

function varchar({ span }: PivotColumn): Extract<Expression, { kind: "Cast" }>["type"] {
  const name: Identifier = { kind: "Identifier", name: "VARCHAR", quoted: false, span };
  return { kind: "NamedType", name: { kind: "ObjectName", parts: [name], span }, modifiers: [], span };
}

function isEqual(left: Expression, right: Expression): Expression {
  return { kind: "IsDistinctFrom", left, right, negated: true, span: right.span };
}

/** The same; values of types that do not compare are equal as texts. */
function isEqualValue(env: Environment, left: Expression, right: Expression, column: PivotColumn): Expression {
  if (toComparable(env.ctx, [env.bind(left), env.bind(right)], true) !== undefined) return isEqual(left, right);
  const text = (operand: Expression): Expression => {
    return { kind: "Cast", operand, type: varchar(column), try: false, span: operand.span };
  };
  return isEqual(text(left), text(right));
}

function requireColumn(ctx: BindContext, expression: Expression): void {
  let found = false;
  walkAst(expression, (part) => {
    found ||= part.kind === "ColumnRef" || part.kind === "PositionalReference";
    return !found;
  });
  if (!found) throw bindError(ctx, "PIVOT needs a column to pivot on, not a constant", expression);
}

function constantText(env: Environment, node: Expression): string {
  const constant = constantOf(env.ctx, env.bind(node));
  if (constant === undefined) throw bindError(env.ctx, "the values of PIVOT are constants", node);
  if (constant.value === null) return "NULL";
  return String(castDatum(constant.value, constant.type, VARCHAR) ?? columnName(node));
}

function countItem({ span }: Pivot): SelectItem {
  return makeItem(makeCall("count", [makeStar(span)], span), undefined);
}

/** The expression with its aggregates taking only rows for which the condition holds. */
function filteredBy(ctx: BindContext, expression: Expression, condition: Expression): Expression {
  let found = false;
  const filtered = mapAst(expression, (part) => {
    if (part.kind !== "FunctionCall") return undefined;
    const call = part as FunctionCall;
    const name = call.name.parts.at(-1)?.name.toLowerCase() ?? "";
    if ((aggregateFunction(name) ?? sessionAggregate(ctx.functions, name)) === undefined) return undefined;
    found = true;
    const filter: Expression =
      call.filter === undefined
        ? condition
        : { kind: "Logical", operator: "AND", operands: [condition, call.filter], span: call.span };
    return { ...call, filter };
  });
  if (!found) throw bindError(ctx, "USING of PIVOT takes aggregates", expression);
  return filtered;
}

/** All columns that neither ON nor USING mentions. */
function unmentioned(env: Environment, node: Pivot): readonly Expression[] {
  const mentioned = new Set<string>();
  const expressions = [
    ...node.on.flatMap((column) => column.expressions),
    ...node.aggregates.map(({ expression }) => expression),
  ];
  for (const expression of expressions) {
    walkAst(expression, (part) => {
      if (part.kind === "ColumnRef") mentioned.add((part as ColumnRef).parts.at(-1)?.name.toLowerCase() ?? "");
      return true;
    });
  }
  return allColumns(env, node).filter(({ parts }) => !mentioned.has(parts.at(-1)?.name.toLowerCase() ?? ""));
}

function allColumns(env: Environment, { span }: { readonly span: Expression["span"] }): readonly ColumnRef[] {
  return starColumns(env, makeStar(span)).map(({ relation, entry }) => {
    const name = makeIdentifier(entry.name, span);
    return makeColumnRef(relation === undefined || entry.merged !== undefined ? [name] : [relation, name], span);
  });
}

/** One row of an unpivoted table: the name, and the columns that give its values. */
export type UnpivotRow = { readonly name: string; readonly columns: readonly Expression[] };

/** The rows that UNPIVOT makes of each row, and the columns that it keeps beside them. */
export function unpivotRows(
  env: Environment,
  node: Unpivot,
): { readonly rows: readonly UnpivotRow[]; readonly kept: readonly ColumnRef[] } {
  const { ctx } = env;
  const rows = node.on.flatMap(({ expression, alias }): UnpivotRow[] => {
    if (expression.kind === "Star") {
      return starColumns(env, expression).map(({ entry, relation }) => {
        const name = makeIdentifier(entry.name, expression.span);
        const parts = relation === undefined ? [name] : [relation, name];
        return { name: entry.name, columns: [makeColumnRef(parts, expression.span)] };
      });
    }
    const several = expression.kind === "Row" ? undefined : expandColumns(env, expression);
    if (several !== undefined) return several.map((column) => ({ name: column.name, columns: [column.node] }));
    const columns = expression.kind === "Row" ? expression.items : [expression];
    if (columns.length !== node.values.length)
      throw bindError(ctx, `UNPIVOT needs ${node.values.length} columns here, not ${columns.length}`, expression);
    return [{ name: alias?.name ?? columns.map(columnName).join("_"), columns }];
  });
  if (rows.length === 0) throw bindError(ctx, "UNPIVOT needs columns", node);
  const mentioned = new Set<string>();
  for (const { columns } of rows) {
    for (const column of columns) {
      walkAst(column, (part) => {
        if (part.kind === "ColumnRef") mentioned.add((part as ColumnRef).parts.at(-1)?.name.toLowerCase() ?? "");
        return true;
      });
    }
  }
  const kept = allColumns(env, node).filter(({ parts }) => !mentioned.has(parts.at(-1)?.name.toLowerCase() ?? ""));
  return { rows, kept };
}

/** What must be known before a statement can be bound: the values of the query's only column, as text. */
export class ValuesNeeded extends Error {
  readonly query: BoundQuery;
  readonly parameters: ParameterValues;

  constructor(query: BoundQuery, parameters: ParameterValues) {
    super("the values of a PIVOT are not known yet");
    this.query = query;
    this.parameters = parameters;
  }
}
