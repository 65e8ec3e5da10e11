import { columnsOf, ref } from "../../expr/columns.ts";
import { sameExpr } from "../../expr/equal.ts";
import type { Call, Case, Column, Connective, Expr } from "../../expr/expr.ts";
import { mapChildren, someExpr } from "../../expr/map.ts";
import { outputColumns } from "../../logical/columns.ts";
import { expressionsOf, mapExpressions, mapInputs } from "../../logical/map.ts";
import type { Filter, Join, LogicalPlan, Project, Scan } from "../../logical/plan.ts";
import { BOOLEAN } from "../../types/types.ts";
import type { RuleContext } from "../context.ts";
import { isVolatile } from "../fallible.ts";
import { comparison, conjunction, conjunctsOf, literal } from "../predicates.ts";
import type { PlanRule } from "../rule.ts";

/**
 * Gives calls of JavaScript functions a projection of their own below the expression that they stand in, so that they run over
 * batches of rows. Equal calls are computed once, also those in a filter and above it. Filters go first by what is cheap; a call
 * behind a condition (CASE, AND, OR) is made only for rows that meet it. What stays in place is called row by row: in lambdas,
 * under volatile conditions, in conditions of outer joins over both sides. Last of all rules, since others would merge projections.
 */
export const extractJavaScript: PlanRule = {
  name: "ExtractJavaScript",
  on: "Plan",
  apply: (plan, context) => {
    const { plan: extracted } = extract(plan, context);
    return extracted === plan ? undefined : exactly(extracted, outputColumns(plan));
  },
};

/** A call of a user's function, or the CASE that guards one, as an output of a projection. */
export function javaScriptCall(expr: Expr): { readonly call: Call; readonly guard: Expr | undefined } | undefined {
  if (expr.kind === "Call" && expr.definition?.javaScript !== undefined) return { call: expr, guard: undefined };
  if (expr.kind !== "Case" || expr.branches.length !== 1) return undefined;
  const [branch] = expr.branches;
  if (branch?.then.kind !== "Call" || branch.then.definition?.javaScript === undefined) return undefined;
  if (expr.otherwise.kind !== "Literal" || expr.otherwise.value !== null) return undefined;
  return { call: branch.then, guard: branch.when };
}

/** Calls that a plan's rows carry the results of, beside the columns that it is meant to put out. */
type Computed = readonly { readonly call: Expr; readonly column: Column }[];
type Extracted = { readonly plan: LogicalPlan; readonly computed: Computed };

const NOTHING: Computed = [];

function extract(plan: LogicalPlan, context: RuleContext): Extracted {
  const found: Computed[] = [];
  const inner = mapInputs(plan, (input) => {
    const { plan: below, computed } = extract(input, context);
    found.push(computed);
    return passes(plan) || below === input ? below : exactly(below, outputColumns(input));
  });
  const computed = passes(plan) ? found.flat() : NOTHING;
  if (!expressionsOf(inner).some(hasCall)) {
    if (inner.kind !== "Project" || computed.length === 0) return { plan: inner, computed };
    const outputs = [...inner.outputs, ...computed.map(({ column }) => ({ column, expr: ref(column) }))];
    return { plan: { ...inner, outputs }, computed };
  }
  switch (inner.kind) {
    case "Scan":
      return extractScan(inner, context);
    case "Filter":
      return extractFilter(inner, computed, context);
    case "Join":
      return extractJoin(inner, context);
    case "Project": {
      const taken = take(inner.input, computed, expressionsOf(inner), context);
      const outputs = inner.outputs.map(({ column, expr }) => ({ column, expr: taken.rewrite(expr) }));
      const carried = taken.computed.map(({ column }) => ({ column, expr: ref(column) }));
      return { plan: { ...inner, outputs: [...outputs, ...carried], input: taken.plan }, computed: taken.computed };
    }
    case "Aggregate":
    case "Window":
    case "Sort":
    case "Unnest": {
      const taken = take(inner.input, computed, expressionsOf(inner), context, { filters: filtersOf(inner) });
      const rewritten = { ...mapExpressions(inner, taken.rewrite), input: taken.plan } as LogicalPlan;
      return { plan: rewritten, computed: passes(inner) ? taken.computed : NOTHING };
    }
    case "Values":
      return { plan: extractValues(inner, context), computed: NOTHING };
    default:
      return { plan: inner, computed: NOTHING };
  }
}

/** Whether further columns of the input come through and disturb nobody. */
function passes({ kind }: LogicalPlan): boolean {
  return kind === "Project" || kind === "Filter" || kind === "Sort" || kind === "Limit" || kind === "Window";
}

function hasCall(expr: Expr): boolean {
  return someExpr(expr, (part) => part.kind === "Call" && part.definition?.javaScript !== undefined);
}

/** The plan with no other columns than these. */
function exactly(plan: LogicalPlan, columns: readonly Column[]): LogicalPlan {
  const own = outputColumns(plan);
  if (own.length === columns.length && own.every(({ id }, i) => id === columns[i]?.id)) return plan;
  if (plan.kind !== "Project")
    return { kind: "Project", input: plan, outputs: columns.map((column) => ({ column, expr: ref(column) })) };
  const outputs = new Map(plan.outputs.map((output) => [output.column.id, output]));
  return { ...plan, outputs: columns.map(({ id }) => outputs.get(id) as Project["outputs"][number]) };
}

function extractScan(scan: Scan, context: RuleContext): Extracted {
  const cheap = scan.filters.filter((filter) => !hasCall(filter));
  const rest = scan.filters.filter(hasCall);
  return filtered({ plan: { ...scan, filters: cheap }, computed: NOTHING }, rest, context);
}

function extractFilter({ input, predicate }: Filter, computed: Computed, context: RuleContext): Extracted {
  const conjuncts = conjunctsOf(predicate);
  const cheap = conjuncts.filter((conjunct) => !hasCall(conjunct));
  const below = cheap.length === 0 ? input : ({ kind: "Filter", input, predicate: conjunction(cheap) } as const);
  return filtered({ plan: below, computed }, conjuncts.filter(hasCall), context);
}

/** One filter after the other: a later one sees only the rows that an earlier one passes. */
function filtered(from: Extracted, conjuncts: readonly Expr[], context: RuleContext): Extracted {
  let { plan, computed } = from;
  for (const conjunct of conjuncts) {
    const taken = take(plan, computed, [conjunct], context);
    plan = { kind: "Filter", input: taken.plan, predicate: taken.rewrite(conjunct) };
    computed = taken.computed;
  }
  return { plan, computed };
}

/** Conditions over one side are prepared there; those of an inner join over both become a filter above it. */
function extractJoin(join: Join, context: RuleContext): Extracted {
  const ids = { left: idsOf(join.left), right: idsOf(join.right) };
  const above = join.join === "inner" ? join.conditions.filter((expr) => hasCall(expr) && callsOverBoth(expr)) : [];
  const conditions = join.conditions.filter((expr) => !above.includes(expr));
  const sides = { left: takeOf(join.left, ids.left), right: takeOf(join.right, ids.right) };
  const rewrite = (expr: Expr): Expr => sides.right.rewrite(sides.left.rewrite(expr));
  const plan: Join = {
    ...join,
    left: sides.left.plan,
    right: sides.right.plan,
    conditions: conditions.map(rewrite),
  };
  const exact = exactly(plan, outputColumns(join));
  return filtered({ plan: exact, computed: NOTHING }, above, context);

  function callsOverBoth(expr: Expr): boolean {
    return someExpr(expr, (part) => {
      if (part.kind !== "Call" || part.definition?.javaScript === undefined) return false;
      const read = [...columnsOf(part).keys()];
      return !read.every((id) => ids.left.has(id)) && !read.every((id) => ids.right.has(id));
    });
  }
  function takeOf(side: LogicalPlan, own: ReadonlySet<number>): Taken {
    const mayTake = (call: Expr): boolean => {
      const read = [...columnsOf(call).keys()];
      return read.length > 0 && read.every((id) => own.has(id));
    };
    return take(side, NOTHING, conditions, context, { mayTake });
  }
}

function idsOf(plan: LogicalPlan): ReadonlySet<number> {
  return new Set(outputColumns(plan).map(({ id }) => id));
}

/** Rows with calls become projections over a single row. */
function extractValues(values: Extract<LogicalPlan, { kind: "Values" }>, context: RuleContext): LogicalPlan {
  const { columns } = values;
  const inputs = values.rows.map((row): LogicalPlan => {
    const outputs = row.map((expr, i) => {
      const { name, type, nullable } = columns[i] as Column;
      return { column: context.newColumn(name, type, nullable), expr };
    });
    const project: Project = { kind: "Project", input: { kind: "Values", columns: [], rows: [[]] }, outputs };
    const { plan } = extract(project, context);
    return exactly(
      plan,
      outputs.map(({ column }) => column),
    );
  });
  const inputColumns = inputs.map(outputColumns);
  const [only] = inputs;
  if (inputs.length === 1 && only !== undefined) {
    const outputs = columns.map((column, i) => ({
      column,
      expr: ref((inputColumns[0] as readonly Column[])[i] as Column),
    }));
    return { kind: "Project", input: only, outputs };
  }
  return { kind: "SetOperation", op: "union", all: true, columns, inputs, inputColumns };
}

type Taken = Extracted & { readonly rewrite: (expr: Expr) => Expr };

/** `filters`: conditions without which an expression is not evaluated; `mayTake`: which calls may go. */
type TakeOptions = { readonly filters?: ReadonlyMap<Expr, Expr>; readonly mayTake?: (call: Expr) => boolean };

/** The FILTERs of aggregates, by argument. */
function filtersOf(plan: LogicalPlan): ReadonlyMap<Expr, Expr> {
  const calls =
    plan.kind === "Aggregate"
      ? plan.aggregates.map(({ call }) => call)
      : plan.kind === "Window"
        ? plan.functions.map(({ call }) => call)
        : [];
  return new Map(
    calls.flatMap(({ args, filter }) => (filter === undefined ? [] : args.map((arg) => [arg, filter] as const))),
  );
}

/** Puts the calls in `exprs` into projections above `input`; `rewrite` has columns in their place. */
function take(
  input: LogicalPlan,
  known: Computed,
  exprs: readonly Expr[],
  context: RuleContext,
  { filters, mayTake = () => true }: TakeOptions = {},
): Taken {
  let plan = input;
  let computed = known;
  /** By identity of the call as written; volatile ones are never shared. */
  const places = new Map<Expr, Expr>();
  const visit = (expr: Expr, guards: readonly Expr[] | undefined): Expr => {
    const place = places.get(expr);
    if (place !== undefined) return place;
    switch (expr.kind) {
      case "Lambda":
      case "Subquery":
        return expr;
      case "Case":
        return visitCase(expr, guards);
      case "And":
      case "Or":
        return visitConnective(expr, guards);
      case "Call": {
        const call = mapChildren(expr, (child) => visit(child, guards)) as Call;
        if (call.definition?.javaScript === undefined || guards === undefined || !mayTake(call)) return call;
        const made = ref(placeOf(call, guards));
        if (!isVolatile(call)) places.set(expr, made);
        return made;
      }
      default:
        return mapChildren(expr, (child) => visit(child, guards));
    }
  };
  /** What stands below a condition is guarded by it; undefined: it cannot be, so that calls stay. */
  const under = (guards: readonly Expr[] | undefined, conditions: readonly Expr[]): readonly Expr[] | undefined =>
    guards === undefined || conditions.some(isVolatile) || conditions.some(hasCall)
      ? undefined
      : [...guards, ...conditions];
  const visitCase = (expr: Case, guards: readonly Expr[] | undefined): Expr => {
    let inside = guards;
    const branches = expr.branches.map(({ when, then }) => {
      const condition = visit(when, inside);
      const result = { when: condition, then: visit(then, under(inside, [condition])) };
      inside = under(inside, [isNot(condition, true)]);
      return result;
    });
    return { ...expr, branches, otherwise: visit(expr.otherwise, inside) };
  };
  const visitConnective = (expr: Connective, guards: readonly Expr[] | undefined): Expr => {
    let inside = guards;
    const decisive = expr.kind === "Or";
    // What is cheap decides first.
    const args = [...expr.args.filter((arg) => !hasCall(arg)), ...expr.args.filter(hasCall)].map((arg) => {
      const visited = visit(arg, inside);
      inside = under(inside, [isNot(visited, decisive)]);
      return visited;
    });
    return { ...expr, args };
  };
  const placeOf = (call: Call, guards: readonly Expr[]): Column => {
    const same = isVolatile(call) ? undefined : computed.find((entry) => sameExpr(entry.call, call));
    if (same !== undefined) return same.column;
    const column = context.newColumn(call.name, call.type, true);
    const guarded: Expr =
      guards.length === 0
        ? call
        : {
            kind: "Case",
            branches: [{ when: conjunction(guards), then: call }],
            otherwise: literal(null, call.type),
            type: call.type,
          };
    const outputs = outputColumns(plan).map((own) => ({ column: own, expr: ref(own) }));
    plan = { kind: "Project", input: plan, outputs: [...outputs, { column, expr: guarded }] };
    if (guards.length === 0) computed = [...computed, { call, column }];
    return column;
  };
  // Calls that are made for every row come first: guarded ones may be equal to them.
  const everywhere = exprs.filter((expr) => filters?.has(expr) !== true);
  for (const expr of everywhere.flatMap(unconditional)) if (!isVolatile(expr)) visit(expr, []);
  const rewritten = new Map(everywhere.map((expr) => [expr, visit(expr, [])]));
  for (const [expr, filter] of filters ?? []) rewritten.set(expr, visit(expr, under([], [visit(filter, [])])));
  return {
    get plan() {
      return plan;
    },
    get computed() {
      return computed;
    },
    rewrite: (expr) => rewritten.get(expr) ?? visit(expr, []),
  };
}

/** Calls of user's functions that no condition guards. */
function unconditional(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "Call":
      if (expr.definition?.javaScript !== undefined) return [expr];
      return expr.args.flatMap(unconditional);
    case "Cast":
    case "Not":
    case "IsNull":
    case "InList":
      return unconditional(expr.input);
    default:
      return [];
  }
}

function isNot(condition: Expr, value: boolean): Expr {
  return comparison("is_distinct", condition, literal(value, BOOLEAN));
}
