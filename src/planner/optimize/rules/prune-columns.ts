import type { Column, Expr } from "../../expr/expr.ts";
import { collectColumns } from "../../expr/columns.ts";
import { outputColumns } from "../../logical/columns.ts";
import { expressionsOf, mapInputs } from "../../logical/map.ts";
import type { LogicalPlan, With } from "../../logical/plan.ts";
import { isUniqueOn, joinKeys } from "../keys.ts";
import type { PlanRule } from "../rule.ts";

/** Computes and reads only columns that something above uses. */
export const pruneColumns: PlanRule = {
  name: "PruneColumns",
  on: "Plan",
  apply: (plan) => prune(plan, new Set(outputColumns(plan).map(({ id }) => id)), new Map()),
};

type Ids = ReadonlySet<number>;

/** `cteColumns` gathers which columns of common subplans are read. Puts out at least the `needed` columns. */
function prune(plan: LogicalPlan, needed: Ids, cteColumns: Map<number, Set<number>>): LogicalPlan {
  const into = (input: LogicalPlan, ids: Ids): LogicalPlan => prune(input, ids, cteColumns);
  switch (plan.kind) {
    case "Scan": {
      const used = withColumns(needed, plan.filters);
      return narrowed(
        plan,
        "columns",
        plan.columns.filter(({ column }) => used.has(column.id)),
      );
    }
    case "Empty":
      return narrowed(
        plan,
        "columns",
        plan.columns.filter(({ id }) => needed.has(id)),
      );
    case "Values": {
      const kept = plan.columns.flatMap(({ id }, k) => (needed.has(id) ? [k] : []));
      if (kept.length === plan.columns.length) return plan;
      return { ...plan, columns: pick(plan.columns, kept), rows: plan.rows.map((row) => pick(row, kept)) };
    }
    case "Filter":
    case "Sort":
      return withInput(plan, into(plan.input, withColumns(needed, expressionsOf(plan))));
    case "Limit":
      return withInput(plan, into(plan.input, needed));
    case "Project": {
      const outputs = plan.outputs.filter(({ column }) => needed.has(column.id));
      const node = narrowed(plan, "outputs", outputs);
      return withInput(node, into(plan.input, withColumns(new Set(), expressionsOf(node))));
    }
    case "Aggregate": {
      const used = plan.aggregates.filter(({ column }) => needed.has(column.id));
      // The one row of an aggregate without groups, of which nothing is read.
      if (used.length === 0 && plan.groups.length === 0) return { kind: "Values", columns: [], rows: [[]] };
      const node = narrowed(plan, "aggregates", used);
      return withInput(node, into(plan.input, withColumns(new Set(), expressionsOf(node))));
    }
    case "MapBatches":
      return withInput(plan, into(plan.input, withColumns(new Set(), plan.args)));
    case "Unnest":
      return withInput(plan, into(plan.input, withColumns(needed, expressionsOf(plan))));
    case "Window": {
      const functions = plan.functions.filter(({ column }) => needed.has(column.id));
      if (functions.length === 0) return into(plan.input, needed);
      const node = narrowed(plan, "functions", functions);
      return withInput(node, into(plan.input, withColumns(needed, expressionsOf(node))));
    }
    case "Join":
    case "DependentJoin": {
      if (plan.kind === "Join" && isUseless(plan, needed)) return into(plan.left, needed);
      const ids = withColumns(needed, plan.conditions);
      const left = into(plan.left, ids);
      const right = into(
        plan.right,
        plan.join === "semi" || plan.join === "anti" || plan.join === "mark"
          ? withColumns(new Set(), plan.conditions)
          : ids,
      );
      return left === plan.left && right === plan.right ? plan : { ...plan, left, right };
    }
    case "SetOperation": {
      const kept =
        plan.op === "union" && plan.all
          ? plan.columns.flatMap(({ id }, k) => (needed.has(id) ? [k] : []))
          : [...plan.columns.keys()];
      const inputColumns =
        kept.length === plan.columns.length ? plan.inputColumns : plan.inputColumns.map((list) => pick(list, kept));
      const inputs = plan.inputs.map((input, i) => into(input, new Set((inputColumns[i] ?? []).map(({ id }) => id))));
      if (inputColumns === plan.inputColumns && inputs.every((input, i) => input === plan.inputs[i])) return plan;
      return { ...plan, columns: pick(plan.columns, kept), inputs, inputColumns };
    }
    case "CteScan": {
      const kept = plan.columns.flatMap(({ id }, k) => (needed.has(id) ? [k] : []));
      const read = cteColumns.get(plan.id) ?? new Set();
      for (const column of pick(plan.from, kept)) read.add(column.id);
      cteColumns.set(plan.id, read);
      return kept.length === plan.columns.length
        ? plan
        : { ...plan, columns: pick(plan.columns, kept), from: pick(plan.from, kept) };
    }
    case "Recursion":
      // Rounds read what rounds before wrote, and without ALL every column tells rows apart.
      return mapInputs(plan, (input) => {
        const columns = input === plan.base ? plan.baseColumns : plan.stepColumns;
        return into(input, new Set(columns.map(({ id }) => id)));
      });
    case "Sample":
      return withInput(plan, into(plan.input, needed));
    case "AsofJoin": {
      const ids = withColumns(needed, expressionsOf(plan));
      return mapInputs(plan, (input) => into(input, ids));
    }
    case "PositionalJoin":
      return mapInputs(plan, (input) => into(input, needed));
    case "With": {
      // Readers first: later definitions may read earlier ones.
      const input = into(plan.input, needed);
      const ctes: With["ctes"][number][] = [];
      for (const cte of plan.ctes.toReversed()) {
        const definition = into(cte.plan, cteColumns.get(cte.id) ?? new Set());
        ctes.unshift(definition === cte.plan ? cte : { ...cte, plan: definition });
      }
      const unchanged = input === plan.input && ctes.every((cte, i) => cte === plan.ctes[i]);
      return unchanged ? plan : { ...plan, ctes, input };
    }
  }
}

/** A join that neither adds a column that is used nor a row nor removes one. */
function isUseless(plan: Extract<LogicalPlan, { kind: "Join" }>, needed: Ids): boolean {
  if (plan.join === "mark") return plan.mark !== undefined && !needed.has(plan.mark.id);
  if (plan.join !== "left" || outputColumns(plan.right).some(({ id }) => needed.has(id))) return false;
  return isUniqueOn(plan.right, new Set(joinKeys(plan).right));
}

function withColumns(ids: Ids, exprs: readonly Expr[]): Ids {
  const columns = new Map<number, Column>();
  for (const expr of exprs) collectColumns(expr, columns);
  return new Set([...ids, ...columns.keys()]);
}

function withInput<P extends Extract<LogicalPlan, { readonly input: LogicalPlan }>>(plan: P, input: LogicalPlan): P {
  return input === plan.input ? plan : { ...plan, input };
}

/** The node with a shorter list, or itself when the list is as long as before. */
function narrowed<P extends LogicalPlan, K extends keyof P>(plan: P, key: K, list: P[K] & readonly unknown[]): P {
  return list.length === (plan[key] as readonly unknown[]).length ? plan : { ...plan, [key]: list };
}

function pick<T>(items: readonly T[], at: readonly number[]): readonly T[] {
  return at.map((k) => items[k] as T);
}
