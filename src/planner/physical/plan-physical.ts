import { HeadraceError } from "../../error.ts";
import { pushFilters } from "../catalog/source-filter.ts";
import type { AggregateCall, Column, Expr } from "../expr/expr.ts";
import { collectColumns, ref } from "../expr/columns.ts";
import { typeOf } from "../expr/type-of.ts";
import { outputColumns } from "../logical/columns.ts";
import { expressionsOf, walkPlan } from "../logical/map.ts";
import type { Aggregate, AsofJoin, Limit, LogicalPlan, Sort, Window, With } from "../logical/plan.ts";
import { aggregateOf } from "../functions/registry.ts";
import type { Estimator } from "../optimize/cardinality/estimate.ts";
import { canFail } from "../optimize/fallible.ts";
import { conjunctsOf, literal } from "../optimize/predicates.ts";
import { outputOf } from "./columns.ts";
import { narrowed, planJoin } from "./plan-join.ts";
import { planProject } from "./plan-project.ts";
import type { PhysicalPlan } from "./plan.ts";
import { orderFilters } from "./order-filters.ts";

/** A heap of more rows than this is slower than sorting everything. */
const MAX_TOP_N = 100_000;

/**
 * Chooses algorithms and places exchanges; the result ends in a gather. Runtime filters would be planned here too: from the build
 * side of an inner or semi HashJoin to the TableScans below its probe side whose columns are its keys.
 */
export function planPhysical(plan: LogicalPlan, estimator: Estimator): PhysicalPlan {
  estimator.define(plan);
  const needed = new Set(outputColumns(plan).map(({ id }) => id));
  return planRoot(plan, needed, estimator);
}

type Ids = ReadonlySet<number>;

/** `rounds`: the recursions around, whose scans read other rows in every round. */
type PlanContext = Estimator & { readonly rounds?: Ids };

/** `gathered`: all rows are with one consumer already, in their order. */
type Planned = { readonly plan: PhysicalPlan; readonly gathered: boolean };

function planRoot(plan: LogicalPlan, needed: Ids, estimator: PlanContext): PhysicalPlan {
  if (plan.kind === "With") return withDefinitions(plan, planRoot(plan.input, needed, estimator), estimator);
  const planned = planNode(plan, needed, estimator);
  return gathered({ ...planned, plan: inOrder(planned.plan, outputColumns(plan)) });
}

/** `input` above the definitions that it reads. */
function withDefinitions(plan: With, input: PhysicalPlan, estimator: PlanContext): PhysicalPlan {
  const read = columnsReadByScans(plan);
  return plan.ctes.reduceRight((reader, cte) => {
    const columns = read.get(cte.id) ?? new Set();
    const definition = narrowed(planNode(cte.plan, columns, estimator).plan, columns);
    return {
      kind: "Materialize",
      id: cte.id,
      name: cte.name,
      plan: definition,
      planColumns: outputOf(definition),
      input: reader,
      rows: reader.rows,
    };
  }, input);
}

function allOf(plan: LogicalPlan): Ids {
  return new Set(outputColumns(plan).map(({ id }) => id));
}

/** The columns of each common subplan that some CteScan reads. */
function columnsReadByScans(root: LogicalPlan): ReadonlyMap<number, Ids> {
  const read = new Map<number, Set<number>>();
  walkPlan(root, (plan) => {
    if (plan.kind !== "CteScan") return;
    const ids = read.get(plan.id) ?? new Set();
    for (const { id } of plan.from) ids.add(id);
    read.set(plan.id, ids);
  });
  return read;
}

/** The plan with its columns in this order: joins put out the probe side first, whichever that is. */
function inOrder(plan: PhysicalPlan, columns: readonly Column[]): PhysicalPlan {
  const own = outputOf(plan);
  if (own.length === columns.length && own.every(({ id }, i) => id === columns[i]?.id)) return plan;
  const byId = new Map(own.map((column) => [column.id, column]));
  const outputs = columns.map((column) => ({
    column: byId.get(column.id) ?? column,
    expr: ref(byId.get(column.id) ?? column),
  }));
  return { kind: "Project", input: plan, outputs, rows: plan.rows };
}

/** `needed`: the columns that are read above. */
function planNode(plan: LogicalPlan, needed: Ids, estimator: PlanContext): Planned {
  const rows = rowsOf(plan, estimator);
  switch (plan.kind) {
    case "Scan": {
      const { source, alias, columns } = plan;
      const { pushed, kept } = pushFilters(source, columns, plan.filters);
      const filters = orderFilters(kept, estimator.of({ ...plan, filters: [] }).columns);
      const own = pushed.length === 0 ? {} : { pushed };
      return spread({ kind: "TableScan", source, alias, columns, filters, rows, ...own });
    }
    case "Values":
      return spread({ kind: "ValuesScan", columns: plan.columns, values: plan.rows, rows: plan.rows.length });
    case "Empty":
      return spread({ kind: "ValuesScan", columns: plan.columns, values: [], rows: 0 });
    case "CteScan":
      return spread({
        kind: "MaterializedScan",
        id: plan.id,
        name: plan.name,
        columns: plan.columns,
        from: plan.from,
        rows,
      });
    case "Filter": {
      const input = planNode(plan.input, withColumns(needed, expressionsOf(plan)), estimator);
      const predicates = orderFilters(conjunctsOf(plan.predicate), estimator.of(plan.input).columns);
      return { ...input, plan: { kind: "Filter", input: input.plan, predicates, rows } };
    }
    case "Project": {
      const input = planNode(plan.input, withColumns(new Set(), expressionsOf(plan)), estimator);
      return { ...input, plan: planProject(plan.outputs, input.plan, rows) };
    }
    case "Aggregate":
      return planAggregate(plan, estimator);
    case "Window":
      return planWindow(plan, needed, estimator);
    case "Unnest": {
      const { columns, ordinality } = plan;
      const input = planNode(plan.input, withColumns(needed, expressionsOf(plan)), estimator);
      return { ...input, plan: { kind: "Unnest", input: input.plan, columns, ordinality, rows } };
    }
    case "MapBatches": {
      const { function: fn, args, columns } = plan;
      const input = planNode(plan.input, withColumns(new Set(), args), estimator);
      return { ...input, plan: { kind: "MapBatches", input: input.plan, function: fn, args, columns, rows } };
    }
    case "Join": {
      const read = withColumns(needed, plan.conditions);
      const left = planNode(plan.left, read, estimator);
      const right = planNode(plan.right, read, estimator);
      const joined = planJoin(
        plan,
        { plan: left.plan, ...sizeOf(plan.left, read, estimator), varies: readsRound(plan.left, estimator) },
        { plan: right.plan, ...sizeOf(plan.right, read, estimator), varies: readsRound(plan.right, estimator) },
        read,
        rows,
      );
      const probe = joined.kind === "HashJoin" || joined.kind === "NestedLoopJoin" ? joined.probe : undefined;
      return { plan: joined, gathered: probe === left.plan ? left.gathered : right.gathered };
    }
    case "SetOperation": {
      if (plan.op !== "union" || !plan.all) throw notPlannable(plan.op);
      const inputs = plan.inputs.map(
        (input, i) => planNode(input, new Set((plan.inputColumns[i] ?? []).map(({ id }) => id)), estimator).plan,
      );
      return spread({ kind: "Union", inputs, columns: plan.columns, inputColumns: plan.inputColumns, rows });
    }
    case "Sort": {
      const input = planNode(plan.input, withColumns(needed, expressionsOf(plan)), estimator).plan;
      return mergeGathered({ kind: "Sort", input, keys: plan.keys, rows }, plan);
    }
    case "Limit":
      return planLimit(plan, needed, estimator);
    case "With": {
      const input = planNode(plan.input, needed, estimator);
      return { ...input, plan: withDefinitions(plan, input.plan, estimator) };
    }
    case "Recursion": {
      const { id, unionId, name, all, columns, keys, baseColumns, stepColumns } = plan;
      const base = planNode(plan.base, allOf(plan.base), estimator).plan;
      const inside = { ...estimator, rounds: new Set([...(estimator.rounds ?? []), id, unionId]) };
      const step = planNode(plan.step, allOf(plan.step), inside).plan;
      const ids = { id, unionId, name } as const;
      return spread({ kind: "Recursion", ...ids, all, columns, keys, base, baseColumns, step, stepColumns, rows });
    }
    case "Sample": {
      const { method, size, unit, offset, seed } = plan;
      const input = gathered(planNode(plan.input, needed, estimator));
      return { plan: { kind: "Sample", input, method, size, unit, offset, seed, rows }, gathered: true };
    }
    case "AsofJoin":
      return planAsofJoin(plan, needed, estimator);
    case "PositionalJoin": {
      const left = gathered(planNode(plan.left, needed, estimator));
      const right = gathered(planNode(plan.right, needed, estimator));
      return { plan: { kind: "PositionalJoin", left, right, rows }, gathered: true };
    }
    case "DependentJoin":
      throw notPlannable(plan.kind);
  }
}

function readsRound(root: LogicalPlan, { rounds }: PlanContext): boolean {
  let found = false;
  if (rounds !== undefined)
    walkPlan(root, (plan) => {
      if (plan.kind === "CteScan" && rounds.has(plan.id)) found = true;
    });
  return found;
}

function planAggregate(plan: Aggregate, estimator: PlanContext): Planned {
  const rows = rowsOf(plan, estimator);
  const input = planNode(plan.input, withColumns(new Set(), expressionsOf(plan)), estimator).plan;
  const { groups } = plan;
  const aggregates = plan.aggregates.map(({ column, call }) => ({ column, call: guarded(call) }));
  const ordered = aggregates.find(({ call }) => call.orderBy.length > 0);
  if (ordered !== undefined || aggregates.some(({ call }) => aggregateOf(call)?.ordered === true)) {
    const orderBy = ordered?.call.orderBy ?? [];
    return spread({ kind: "SortAggregate", input, groups, orderBy, aggregates, rows });
  }
  const partial: PhysicalPlan = { kind: "HashAggregate", phase: "partial", input, groups, aggregates, rows };
  const keys = groups.map(({ column }): Expr => ({ kind: "Column", column }));
  const isGrouped = groups.length > 0;
  const exchange: PhysicalPlan = {
    kind: "Exchange",
    exchange: isGrouped ? "hash" : "gather",
    input: partial,
    keys,
    sort: [],
    rows,
  };
  return {
    plan: { kind: "HashAggregate", phase: "final", input: exchange, groups, aggregates, rows },
    gathered: !isGrouped,
  };
}

/** Arguments that can fail are evaluated only where FILTER holds. */
function guarded(call: AggregateCall): AggregateCall {
  const { filter } = call;
  if (filter === undefined || !call.args.some(canFail)) return call;
  const args = call.args.map((arg): Expr => {
    if (!canFail(arg)) return arg;
    const type = typeOf(arg);
    return { kind: "Case", branches: [{ when: filter, then: arg }], otherwise: literal(null, type), type };
  });
  return { ...call, args };
}

function planWindow(plan: Window, needed: Ids, estimator: PlanContext): Planned {
  const { partitionBy, orderBy, functions } = plan;
  const { plan: input } = planNode(plan.input, withColumns(needed, expressionsOf(plan)), estimator);
  const isPartitioned = partitionBy.length > 0;
  const exchange: PhysicalPlan = {
    kind: "Exchange",
    exchange: isPartitioned ? "hash" : "gather",
    input,
    keys: partitionBy,
    sort: [],
    rows: input.rows,
  };
  const rows = rowsOf(plan, estimator);
  return { plan: { kind: "Window", input: exchange, partitionBy, orderBy, functions, rows }, gathered: !isPartitioned };
}

function planAsofJoin(plan: AsofJoin, needed: Ids, estimator: PlanContext): Planned {
  const read = withColumns(needed, expressionsOf(plan));
  const probe = planNode(plan.left, read, estimator);
  const build = narrowed(planNode(plan.right, read, estimator).plan, read);
  const { equalities, order } = plan;
  const joins = { inner: "inner", left: "probeOuter", semi: "probeSemi", anti: "probeAnti" } as const;
  return {
    gathered: probe.gathered,
    plan: {
      kind: "AsofJoin",
      join: joins[plan.join],
      probe: probe.plan,
      build: { kind: "Exchange", exchange: "broadcast", input: build, keys: [], sort: [], rows: build.rows },
      equalities: equalities.map(({ left, right, nullSafe }) => ({ probe: left, build: right, nullSafe })),
      order: { probe: order.left, build: order.right, op: order.op },
      residual: plan.residual,
      rows: rowsOf(plan, estimator),
    },
  };
}

function planLimit(plan: Limit, needed: Ids, estimator: PlanContext): Planned {
  const { limit, offset } = plan;
  const rows = rowsOf(plan, estimator);
  if (plan.input.kind === "Sort" && limit !== undefined && limit + offset <= MAX_TOP_N) {
    const sort = plan.input;
    const input = planNode(sort.input, withColumns(needed, expressionsOf(sort)), estimator).plan;
    const most = limit + offset;
    const local: PhysicalPlan = {
      kind: "TopN",
      input,
      keys: sort.keys,
      limit: most,
      offset: 0,
      rows: Math.min(input.rows, most),
    };
    return {
      plan: { kind: "TopN", input: mergeGathered(local, sort).plan, keys: sort.keys, limit, offset, rows },
      gathered: true,
    };
  }
  const planned = planNode(plan.input, needed, estimator);
  const input = gathered(limit === undefined ? planned : { ...planned, plan: limited(planned.plan, limit + offset) });
  return { plan: { kind: "Limit", input, limit, offset, rows }, gathered: true };
}

/** Tells a source that provides rows how many of them are looked at. */
function limited(plan: PhysicalPlan, limit: number): PhysicalPlan {
  if (plan.kind === "Project") return { ...plan, input: limited(plan.input, limit) };
  return plan.kind === "TableScan" && plan.source.kind === "provider" && plan.filters.length === 0
    ? { ...plan, limit }
    : plan;
}

function gathered({ plan, gathered: already }: Planned): PhysicalPlan {
  return already ? plan : { kind: "Exchange", exchange: "gather", input: plan, keys: [], sort: [], rows: plan.rows };
}

function mergeGathered(input: PhysicalPlan, { keys }: Sort): Planned {
  return {
    plan: { kind: "Exchange", exchange: "mergeGather", input, keys: [], sort: keys, rows: input.rows },
    gathered: true,
  };
}

function spread(plan: PhysicalPlan): Planned {
  return { plan, gathered: false };
}

function rowsOf(plan: LogicalPlan, estimator: PlanContext): number {
  return Math.ceil(estimator.of(plan).rows);
}

/** Rows, and the bytes that the columns in use take in a row. */
function sizeOf(
  plan: LogicalPlan,
  needed: Ids,
  estimator: PlanContext,
): { readonly rows: number; readonly width: number } {
  const { rows, columns } = estimator.of(plan);
  const width = outputColumns(plan).reduce(
    (sum, { id }) => (needed.has(id) ? sum + (columns.get(id)?.bytes ?? 8) : sum),
    0,
  );
  return { rows, width };
}

function withColumns(ids: Ids, exprs: readonly Expr[]): Ids {
  const columns = new Map<number, Column>();
  for (const expr of exprs) collectColumns(expr, columns);
  return new Set([...ids, ...columns.keys()]);
}

function notPlannable(what: string): HeadraceError {
  return new HeadraceError("internal", `${what} reached the physical planner`);
}
