import { unsupported } from "../../../error.ts";
import type { Column, Expr, Subquery } from "../../expr/expr.ts";
import { readsOnly, ref } from "../../expr/columns.ts";
import { someExpr } from "../../expr/map.ts";
import { asNullable, outputColumns } from "../../logical/columns.ts";
import { expressionsOf, mapExpressions, mapInputs } from "../../logical/map.ts";
import type { JoinKind, LogicalPlan } from "../../logical/plan.ts";
import { copyPlan } from "../../logical/rename.ts";
import { BOOLEAN } from "../../types/types.ts";
import type { RuleContext } from "../context.ts";
import { isMovable } from "../fallible.ts";
import { mayBeNull } from "../nullability.ts";
import {
  comparison,
  conjunction,
  conjunctsOf,
  disjunction,
  exprKey,
  FALSE,
  filtered,
  isNotDistinct,
  negatedComparison,
  replaceExpr,
  TRUE,
} from "../predicates.ts";
import { joinFiltered } from "./outer-join-filter.ts";

/**
 * Replaces every subquery expression by a dependent join below the node that evaluates it: EXISTS and IN as conjuncts of
 * a Filter become semi and anti joins, elsewhere mark joins; a scalar subquery becomes a single join.
 */
export function replaceSubqueries(plan: LogicalPlan, context: RuleContext): LogicalPlan {
  const used = new Set<number>();
  const rewrite = (node: LogicalPlan): LogicalPlan => {
    const withInputs = mapInputs(node, rewrite);
    if (!expressionsOf(withInputs).some(hasSubquery)) return withInputs;
    return withoutSubqueries(withInputs, { context, used, rewrite });
  };
  return rewrite(plan);
}

type Replacement = {
  readonly context: RuleContext;
  /** Columns of subqueries that stand in the statement already: a second use, which rules may have changed, needs ids of its own. */
  readonly used: Set<number>;
  readonly rewrite: (plan: LogicalPlan) => LogicalPlan;
};

function withoutSubqueries(plan: LogicalPlan, replacement: Replacement): LogicalPlan {
  switch (plan.kind) {
    case "Filter":
      return restrictedTo(
        filterBySubqueries(plan.input, conjunctsOf(plan.predicate), replacement),
        outputColumns(plan),
      );
    case "Project":
    case "Aggregate":
    case "Window":
    case "Unnest":
    case "MapBatches":
    case "Sort": {
      const values = attachValues(plan.input, replacement);
      const mapped = mapExpressions(plan, values.replace);
      return restrictedTo({ ...mapped, input: values.plan() } as typeof plan, outputColumns(plan));
    }
    case "Join":
    case "DependentJoin":
      return restrictedTo(joinOnSubqueries(plan, replacement), outputColumns(plan));
    case "Values":
      return replacement.rewrite(valuesAsProjects(plan, replacement.context));
    case "Scan":
    case "Empty":
    case "SetOperation":
    case "Limit":
    case "CteScan":
    case "With":
    case "Recursion":
    case "Sample":
    case "PositionalJoin":
      return plan;
    case "AsofJoin": {
      const left = attachValues(plan.left, replacement);
      const right = attachValues(plan.right, replacement);
      const { order } = plan;
      const replaced: LogicalPlan = {
        ...plan,
        equalities: plan.equalities.map((pair) => ({
          ...pair,
          left: left.replace(pair.left),
          right: right.replace(pair.right),
        })),
        order: { ...order, left: left.replace(order.left), right: right.replace(order.right) },
        residual: plan.residual.map(left.replace),
        left: left.plan(),
        right: right.plan(),
      };
      return restrictedTo(replaced, outputColumns(plan));
    }
  }
}

/**
 * Conjuncts without subqueries filter first, unless they may raise an error for rows that an earlier conjunct removes.
 */
function filterBySubqueries(input: LogicalPlan, conjuncts: readonly Expr[], replacement: Replacement): LogicalPlan {
  const early = conjuncts.filter((conjunct) => !hasSubquery(conjunct) && isMovable(conjunct));
  let plan = filtered(input, early);
  for (const conjunct of conjuncts) {
    if (early.includes(conjunct)) continue;
    plan = hasSubquery(conjunct) ? filterBySubquery(plan, conjunct, replacement) : filtered(plan, [conjunct]);
  }
  return plan;
}

function filterBySubquery(input: LogicalPlan, conjunct: Expr, replacement: Replacement): LogicalPlan {
  const { positive, subquery } = asMembership(conjunct);
  if (subquery !== undefined && !(subquery.mode.kind === "quantified" && subquery.mode.comparands.some(hasSubquery))) {
    const right = planOf(subquery, replacement);
    if (subquery.mode.kind === "exists") return dependentJoin(positive ? "semi" : "anti", input, right, []);
    const conditions = membershipConditions(subquery, right);
    if (positive) return dependentJoin("semi", input, right, conditions);
    const columns = new Map([...outputColumns(input), ...outputColumns(right)].map((column) => [column.id, column]));
    if (!conditions.some((condition) => mayBeNull(condition, columns)))
      return dependentJoin("anti", input, right, conditions);
    const mark = replacement.context.newColumn("mark", BOOLEAN, true);
    return filtered(dependentJoin("mark", input, right, conditions, mark), [{ kind: "Not", input: ref(mark) }]);
  }
  const values = attachValues(input, replacement);
  const predicate = values.replace(conjunct);
  return { kind: "Filter", input: values.plan(), predicate };
}

/** `EXISTS (...)` or `x op ANY (...)`, possibly negated: NOTs taken off, ALL turned into the negation of ANY. */
function asMembership(expr: Expr): { readonly positive: boolean; readonly subquery: Subquery | undefined } {
  if (expr.kind === "Not") {
    const { positive, subquery } = asMembership(expr.input);
    return { positive: !positive, subquery };
  }
  if (expr.kind !== "Subquery" || expr.mode.kind === "scalar") return { positive: true, subquery: undefined };
  if (expr.mode.kind === "exists" || expr.mode.quantifier === "any") return { positive: true, subquery: expr };
  const op = negatedComparison(expr.mode.op);
  if (op === undefined) throw unsupported(`${expr.mode.op} ALL`, expr.span);
  return { positive: false, subquery: { ...expr, mode: { ...expr.mode, quantifier: "any", op } } };
}

/** `x op y` for each column; rows of several columns only by `=` and `<>`. */
function membershipConditions(subquery: Subquery, right: LogicalPlan): readonly Expr[] {
  if (subquery.mode.kind !== "quantified") return [];
  const { op, comparands } = subquery.mode;
  const columns = outputColumns(right);
  const pairs = comparands.map((comparand, i) => comparison(op, comparand, ref(columns[i] as Column)));
  if (pairs.length === 1 || op === "=") return pairs;
  if (op === "<>") return [disjunction(pairs)];
  return [
    rowOrder(
      op,
      comparands,
      columns.map((column) => ref(column)),
    ),
  ];
}

/** Rows in lexicographic order, NULL behind every value and equal to NULL: never NULL itself. */
function rowOrder(op: string, left: readonly Expr[], right: readonly Expr[]): Expr {
  if (op === "<=" || op === ">=") return { kind: "Not", input: rowOrder(op === "<=" ? ">" : "<", left, right) };
  const [from, to] = op === "<" ? [left, right] : [right, left];
  const isNull = (input: Expr): Expr => ({ kind: "IsNull", input, negated: false });
  const before = (x: Expr, y: Expr): Expr => ({
    kind: "Case",
    branches: [
      { when: isNull(x), then: FALSE },
      { when: isNull(y), then: TRUE },
    ],
    otherwise: comparison("<", x, y),
    type: BOOLEAN,
  });
  const cases = from.map((x, i) => {
    const equal = from.slice(0, i).map((other, k) => isNotDistinct(other, to[k] as Expr));
    return conjunction([...equal, before(x, to[i] as Expr)]);
  });
  return disjunction(cases);
}

type AttachedValues = { readonly replace: (expr: Expr) => Expr; readonly plan: () => LogicalPlan };

/** Joins the value of every subquery in the replaced expressions to `input`, as a column. */
function attachValues(input: LogicalPlan, replacement: Replacement): AttachedValues {
  let plan = input;
  const known = new Map<string, Expr>();
  const attach = (found: Subquery): Expr => {
    const key = exprKey(found);
    const seen = known.get(key);
    if (seen !== undefined) return seen;
    // Comparands may hold subqueries of their own.
    const outside: Subquery =
      found.mode.kind === "quantified"
        ? { ...found, mode: { ...found.mode, comparands: found.mode.comparands.map(replace) } }
        : found;
    const { positive, subquery } = asMembership(outside);
    let value: Expr;
    if (subquery === undefined) {
      const right = planOf(found, replacement);
      plan = dependentJoin("single", plan, right, []);
      value = ref(asNullable(outputColumns(right)[0] as Column));
    } else {
      const right = planOf(subquery, replacement);
      const mark = replacement.context.newColumn("mark", BOOLEAN, subquery.mode.kind !== "exists");
      plan = dependentJoin("mark", plan, right, membershipConditions(subquery, right), mark);
      value = positive ? ref(mark) : { kind: "Not", input: ref(mark) };
    }
    known.set(key, value);
    return value;
  };
  const replace = (expr: Expr): Expr =>
    replaceExpr(expr, (part) => (part.kind === "Subquery" ? attach(part) : undefined));
  return { replace, plan: () => plan };
}

/** Subqueries in ON: those of an inner join filter above it, others are computed on the side that they read, if they read one. */
function joinOnSubqueries(
  join: Extract<LogicalPlan, { kind: "Join" | "DependentJoin" }>,
  replacement: Replacement,
): LogicalPlan {
  const conjuncts = join.conditions.flatMap(conjunctsOf);
  const plain = conjuncts.filter((conjunct) => !hasSubquery(conjunct));
  if (join.join === "inner") {
    return filterBySubqueries({ ...join, conditions: plain }, conjuncts.filter(hasSubquery), replacement);
  }
  const leftIds = new Set(outputColumns(join.left).map(({ id }) => id));
  const rightIds = new Set(outputColumns(join.right).map(({ id }) => id));
  const readsBoth = (part: Expr): boolean =>
    part.kind === "Subquery" &&
    !readsOnly(part, (id) => !rightIds.has(id)) &&
    !readsOnly(part, (id) => !leftIds.has(id));
  if (conjuncts.some((conjunct) => someExpr(conjunct, readsBoth))) {
    const filter = (plan: LogicalPlan, predicate: Expr): LogicalPlan =>
      filterBySubqueries(plan, conjunctsOf(predicate), replacement);
    return joinFiltered(join, conjuncts, filter, replacement.context);
  }
  const onLeft = attachValues(join.left, replacement);
  const onRight = attachValues(join.right, replacement);
  const conditions = conjuncts.map((conjunct) =>
    replaceExpr(conjunct, (part) => {
      if (part.kind !== "Subquery") return undefined;
      if (readsOnly(part, (id) => !rightIds.has(id))) return onLeft.replace(part);
      return onRight.replace(part);
    }),
  );
  return { ...join, left: onLeft.plan(), right: onRight.plan(), conditions };
}

/** Values whose cells hold subqueries, as a union of one-row projections. */
function valuesAsProjects(values: Extract<LogicalPlan, { kind: "Values" }>, { newColumn }: RuleContext): LogicalPlan {
  const oneRow: LogicalPlan = { kind: "Values", columns: [], rows: [[]] };
  const project = (row: readonly Expr[], columns: readonly Column[]): LogicalPlan => ({
    kind: "Project",
    input: oneRow,
    outputs: columns.map((column, i) => ({ column, expr: row[i] ?? FALSE })),
  });
  if (values.rows.length === 1) return project(values.rows[0] ?? [], values.columns);
  const inputColumns = values.rows.map(() => values.columns.map(({ name, type }) => newColumn(name, type, true)));
  return {
    kind: "SetOperation",
    op: "union",
    all: true,
    columns: values.columns,
    inputs: values.rows.map((row, i) => project(row, inputColumns[i] ?? [])),
    inputColumns,
  };
}

/** The subquery's plan, itself without subquery expressions. */
function planOf(subquery: Subquery, { context, used, rewrite }: Replacement): LogicalPlan {
  const columns = outputColumns(subquery.plan);
  if (!columns.some(({ id }) => used.has(id))) {
    for (const { id } of columns) used.add(id);
    return rewrite(subquery.plan);
  }
  const copy = copyPlan(
    subquery.plan,
    ({ name, type, nullable }) => context.newColumn(name, type, nullable),
    context.newCteId,
  );
  return rewrite(copy.plan);
}

function dependentJoin(
  join: JoinKind,
  left: LogicalPlan,
  right: LogicalPlan,
  conditions: readonly Expr[],
  mark?: Column,
): LogicalPlan {
  return { kind: "DependentJoin", join, left, right, conditions, mark };
}

/** The plan with exactly these of its columns. */
export function restrictedTo(plan: LogicalPlan, columns: readonly Column[]): LogicalPlan {
  const present = outputColumns(plan);
  if (present.length === columns.length && present.every(({ id }, i) => id === columns[i]?.id)) return plan;
  const byId = new Map(present.map((column) => [column.id, column]));
  return {
    kind: "Project",
    input: plan,
    outputs: columns.map((column) => ({
      column: byId.get(column.id) ?? column,
      expr: ref(byId.get(column.id) ?? column),
    })),
  };
}

export function hasSubquery(expr: Expr): boolean {
  return someExpr(expr, (part) => part.kind === "Subquery");
}
