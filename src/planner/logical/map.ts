import type { Column, Expr, SortKey } from "../expr/expr.ts";
import { mapList } from "../expr/map.ts";
import type { LogicalPlan } from "./plan.ts";

/** The direct inputs of a plan node; a With's definitions come before its input. Subquery plans are not among them. */
export function inputsOf(plan: LogicalPlan): readonly LogicalPlan[] {
  switch (plan.kind) {
    case "Scan":
    case "Values":
    case "Empty":
    case "CteScan":
      return [];
    case "Filter":
    case "Project":
    case "Aggregate":
    case "Sort":
    case "Limit":
      return [plan.input];
    case "Join":
    case "DependentJoin":
      return [plan.left, plan.right];
    case "SetOperation":
      return plan.inputs;
    case "With":
      return [...plan.ctes.map((cte) => cte.plan), plan.input];
  }
}

/** The node with every direct input replaced by `map(input)`; the same object when none changed. */
export function mapInputs(plan: LogicalPlan, map: (input: LogicalPlan) => LogicalPlan): LogicalPlan {
  switch (plan.kind) {
    case "Scan":
    case "Values":
    case "Empty":
    case "CteScan":
      return plan;
    case "Filter":
    case "Project":
    case "Aggregate":
    case "Sort":
    case "Limit": {
      const input = map(plan.input);
      return input === plan.input ? plan : { ...plan, input };
    }
    case "Join":
    case "DependentJoin": {
      const left = map(plan.left);
      const right = map(plan.right);
      return left === plan.left && right === plan.right ? plan : { ...plan, left, right };
    }
    case "SetOperation": {
      const inputs = mapList(plan.inputs, map);
      return inputs === plan.inputs ? plan : { ...plan, inputs };
    }
    case "With": {
      const ctes = mapList(plan.ctes, (cte) => {
        const definition = map(cte.plan);
        return definition === cte.plan ? cte : { ...cte, plan: definition };
      });
      const input = map(plan.input);
      return ctes === plan.ctes && input === plan.input ? plan : { ...plan, ctes, input };
    }
  }
}

/** Rewrites bottom-up: `rewrite` sees each node with its inputs already rewritten. Subquery plans are not entered. */
export function transformPlan(plan: LogicalPlan, rewrite: (plan: LogicalPlan) => LogicalPlan): LogicalPlan {
  return rewrite(mapInputs(plan, (input) => transformPlan(input, rewrite)));
}

/** Calls `visit` on the plan and everything below it, parents first; does not enter subquery plans. */
export function walkPlan(plan: LogicalPlan, visit: (plan: LogicalPlan) => void): void {
  const pending: LogicalPlan[] = [plan];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    visit(next);
    const inputs = inputsOf(next);
    for (let i = inputs.length - 1; i >= 0; i--) pending.push(inputs[i] as LogicalPlan);
  }
}

/** The expressions that the node itself evaluates. */
export function expressionsOf(plan: LogicalPlan): readonly Expr[] {
  switch (plan.kind) {
    case "Scan":
      return plan.filters;
    case "Values":
      return plan.rows.flat();
    case "Filter":
      return [plan.predicate];
    case "Project":
      return plan.outputs.map(({ expr }) => expr);
    case "Aggregate":
      return [
        ...plan.groups.map(({ expr }) => expr),
        ...plan.aggregates.flatMap(({ call }) => [
          ...call.args,
          ...(call.filter === undefined ? [] : [call.filter]),
          ...call.orderBy.map(({ expr }) => expr),
        ]),
      ];
    case "Join":
    case "DependentJoin":
      return plan.conditions;
    case "Sort":
      return plan.keys.map(({ expr }) => expr);
    case "Empty":
    case "SetOperation":
    case "Limit":
    case "CteScan":
    case "With":
      return [];
  }
}

/** The node with every expression that it evaluates replaced by `map(expr)`; the same object when none changed. */
export function mapExpressions(plan: LogicalPlan, map: (expr: Expr) => Expr): LogicalPlan {
  switch (plan.kind) {
    case "Scan": {
      const filters = mapList(plan.filters, map);
      return filters === plan.filters ? plan : { ...plan, filters };
    }
    case "Values": {
      const rows = mapList(plan.rows, (row) => mapList(row, map));
      return rows === plan.rows ? plan : { ...plan, rows };
    }
    case "Filter": {
      const predicate = map(plan.predicate);
      return predicate === plan.predicate ? plan : { ...plan, predicate };
    }
    case "Project": {
      const outputs = mapBindings(plan.outputs, map);
      return outputs === plan.outputs ? plan : { ...plan, outputs };
    }
    case "Aggregate": {
      const groups = mapBindings(plan.groups, map);
      const aggregates = mapList(plan.aggregates, (aggregate) => {
        const { call } = aggregate;
        const args = mapList(call.args, map);
        const filter = call.filter === undefined ? undefined : map(call.filter);
        const orderBy = mapSortKeys(call.orderBy, map);
        if (args === call.args && filter === call.filter && orderBy === call.orderBy) return aggregate;
        return { ...aggregate, call: { ...call, args, filter, orderBy } };
      });
      return groups === plan.groups && aggregates === plan.aggregates ? plan : { ...plan, groups, aggregates };
    }
    case "Join":
    case "DependentJoin": {
      const conditions = mapList(plan.conditions, map);
      return conditions === plan.conditions ? plan : { ...plan, conditions };
    }
    case "Sort": {
      const keys = mapSortKeys(plan.keys, map);
      return keys === plan.keys ? plan : { ...plan, keys };
    }
    case "Empty":
    case "SetOperation":
    case "Limit":
    case "CteScan":
    case "With":
      return plan;
  }
}

type Binding = { readonly column: Column; readonly expr: Expr };

function mapBindings(bindings: readonly Binding[], map: (expr: Expr) => Expr): readonly Binding[] {
  return mapList(bindings, (binding) => {
    const expr = map(binding.expr);
    return expr === binding.expr ? binding : { column: binding.column, expr };
  });
}

function mapSortKeys(keys: readonly SortKey[], map: (expr: Expr) => Expr): readonly SortKey[] {
  return mapList(keys, (key) => {
    const expr = map(key.expr);
    return expr === key.expr ? key : { ...key, expr };
  });
}
