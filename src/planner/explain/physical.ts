import type { Column } from "../expr/expr.ts";
import { outputOf, physicalInputs } from "../physical/columns.ts";
import type { PhysicalPlan } from "../physical/plan.ts";
import {
  aggregateDetail,
  asofDetail,
  limitDetail,
  mapDetail,
  recursionDetail,
  sampleDetail,
  unnestDetail,
  windowDetail,
} from "./logical.ts";
import { createPrinter, type PlanPrinter } from "./names.ts";
import { type ExplainJson, type ExplainNode, treeJson, treeText } from "./tree.ts";

export type ExplainPhysicalOptions = {
  /** Show the planner's estimates of rows. */
  readonly estimates?: boolean;
  /** EXPLAIN ANALYZE: what was measured at a node, by name: `{ rows: 42, "rows by worker": "20 + 22", time: "1.2 ms" }`. */
  readonly metrics?: (node: PhysicalPlan) => Readonly<Record<string, string | number>> | undefined;
};

/** The physical plan as a tree of text; exchanges show as the fragments that they end. */
export function explainPhysical(plan: PhysicalPlan, options: ExplainPhysicalOptions = {}): string {
  return treeText(describePhysical(plan, options));
}

export function explainPhysicalJson(plan: PhysicalPlan, options: ExplainPhysicalOptions = {}): ExplainJson {
  return treeJson(describePhysical(plan, options));
}

function describePhysical(root: PhysicalPlan, { estimates = false, metrics }: ExplainPhysicalOptions): ExplainNode {
  const columns: Column[] = [];
  const fragments = new Map<PhysicalPlan, number>();
  collect(root, columns, fragments);
  const print = createPrinter(columns);
  const describe = (plan: PhysicalPlan): ExplainNode => ({
    ...headOf(plan, print, fragments),
    figures: { ...(estimates ? { estimate: plan.rows } : {}), ...metrics?.(plan) },
    inputs: physicalInputs(plan).map(describe),
  });
  return describe(root);
}

/** Fragments are numbered from the top, in the order in which the tree shows them. */
function collect(plan: PhysicalPlan, columns: Column[], fragments: Map<PhysicalPlan, number>): void {
  columns.push(...outputOf(plan));
  if (plan.kind === "Exchange") fragments.set(plan, fragments.size + 1);
  for (const input of physicalInputs(plan)) collect(input, columns, fragments);
}

const EXCHANGES = {
  gather: "Gather",
  mergeGather: "MergeGather",
  hash: "Hash",
  broadcast: "Broadcast",
  roundRobin: "RoundRobin",
} as const;

function headOf(
  plan: PhysicalPlan,
  print: PlanPrinter,
  fragments: ReadonlyMap<PhysicalPlan, number>,
): Pick<ExplainNode, "operator" | "detail"> {
  const operator = plan.kind;
  switch (plan.kind) {
    case "TableScan": {
      const columns = print.columns(plan.columns.map(({ column }) => column));
      const alias = plan.alias === plan.source.name ? "" : ` AS ${plan.alias}`;
      const filters = plan.filters.length === 0 ? "" : ` WHERE ${print.list(plan.filters, " AND ")}`;
      const pushed = (plan.pushed ?? []).map(
        ({ expr, exact }) => `${print.expr(expr)} ${exact ? "exactly" : "inexactly"}`,
      );
      const given = pushed.length === 0 ? "" : ` PUSHED ${pushed.join(", ")}`;
      const limit = plan.limit === undefined ? "" : ` LIMIT ${plan.limit}`;
      return { operator, detail: `${plan.source.name}${alias} [${columns}]${filters}${given}${limit}` };
    }
    case "ValuesScan":
      return {
        operator,
        detail: `[${print.columns(plan.columns)}] ${plan.values.length} ${plan.values.length === 1 ? "row" : "rows"}`,
      };
    case "MaterializedScan":
      return { operator, detail: `${plan.name}#${plan.id} [${print.columns(plan.columns)}]` };
    case "Filter":
      return { operator, detail: print.list(plan.predicates, " AND ") };
    case "Project":
      return { operator, detail: print.bindings(plan.outputs) };
    case "JavaScript": {
      const calls = plan.calls.map(({ column, call, guard, function: { place, reason } }) => {
        const condition = guard === undefined ? "" : ` IF ${print.expr(guard)}`;
        const where = place === "workers" ? "in the workers" : "on the main thread";
        return `${print.column(column)} = ${print.expr(call)}${condition} ${where}, as ${reason}`;
      });
      return { operator, detail: calls.join("; ") };
    }
    case "MapBatches": {
      const { place, reason } = plan.function;
      const where = place === "workers" ? "in the workers" : "on the main thread";
      return { operator, detail: `${mapDetail(plan, print)} ${where}, as ${reason}` };
    }
    case "HashJoin": {
      const keys = plan.keys.map(
        ({ probe, build, nullSafe }) =>
          `${print.expr(probe)} ${nullSafe ? "IS NOT DISTINCT FROM" : "="} ${print.expr(build)}`,
      );
      const residual = plan.residual.length === 0 ? "" : ` IF ${print.list(plan.residual, " AND ")}`;
      return { operator, detail: `${plan.join} ON ${keys.join(" AND ")}${residual}${markOf(plan.mark, print)}` };
    }
    case "NestedLoopJoin": {
      const conditions = plan.conditions.length === 0 ? "" : ` ON ${print.list(plan.conditions, " AND ")}`;
      const [bound] = plan.range;
      const sorted = bound === undefined ? "" : ` SORTED BY ${print.expr(bound.build)}`;
      return { operator, detail: `${plan.join}${conditions}${sorted}${markOf(plan.mark, print)}` };
    }
    case "HashAggregate":
      return { operator, detail: `${plan.phase} ${aggregateDetail(plan, print)}`.trimEnd() };
    case "Window":
      return { operator, detail: windowDetail(plan, print) };
    case "Unnest":
      return { operator, detail: unnestDetail(plan, print) };
    case "Sort":
      return { operator, detail: print.keys(plan.keys) };
    case "TopN":
      return { operator, detail: `${limitDetail(plan)} BY ${print.keys(plan.keys)}` };
    case "Limit":
      return { operator, detail: limitDetail(plan) };
    case "Union":
      return { operator, detail: `all [${print.columns(plan.columns)}]` };
    case "Exchange": {
      const keys =
        plan.keys.length > 0 ? ` ${print.list(plan.keys)}` : plan.sort.length > 0 ? ` ${print.keys(plan.sort)}` : "";
      return { operator: `Fragment ${fragments.get(plan)}:`, detail: `${EXCHANGES[plan.exchange]}Exchange${keys}` };
    }
    case "Materialize":
      return { operator, detail: `${plan.name}#${plan.id}` };
    case "SortAggregate": {
      const order = plan.orderBy.length === 0 ? "" : ` SORTED BY ${print.keys(plan.orderBy)}`;
      return { operator, detail: `${aggregateDetail(plan, print)}${order}` };
    }
    case "Recursion":
      return {
        operator,
        detail: `${plan.name}#${plan.id}${recursionDetail(plan)} [${print.columns(plan.columns)}]`,
      };
    case "Sample":
      return { operator, detail: sampleDetail(plan) };
    case "AsofJoin": {
      const { join, order, residual } = plan;
      const equalities = plan.equalities.map(({ probe, build, nullSafe }) => ({ left: probe, right: build, nullSafe }));
      const sides = { left: order.probe, right: order.build, op: order.op };
      const detail = asofDetail({ equalities, order: sides, residual }, print);
      return { operator, detail: `${join} ${detail}` };
    }
    case "PositionalJoin":
      return { operator, detail: "" };
  }
}

function markOf(mark: Column | undefined, print: PlanPrinter): string {
  return mark === undefined ? "" : ` AS ${print.column(mark)}`;
}
