import type { Column, Expr, FrameBound, SortKey, WindowCall } from "../expr/expr.ts";
import { mapList, walkExpr } from "../expr/map.ts";
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
    case "Window":
    case "Unnest":
    case "MapBatches":
    case "Sort":
    case "Limit":
    case "Sample":
      return [plan.input];
    case "Join":
    case "DependentJoin":
    case "AsofJoin":
    case "PositionalJoin":
      return [plan.left, plan.right];
    case "Recursion":
      return [plan.base, plan.step];
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
    case "Window":
    case "Unnest":
    case "MapBatches":
    case "Sort":
    case "Limit":
    case "Sample": {
      const input = map(plan.input);
      return input === plan.input ? plan : { ...plan, input };
    }
    case "Recursion": {
      const base = map(plan.base);
      const step = map(plan.step);
      return base === plan.base && step === plan.step ? plan : { ...plan, base, step };
    }
    case "Join":
    case "DependentJoin":
    case "AsofJoin":
    case "PositionalJoin": {
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

/** The same, and enters subquery plans. */
export function walkWholePlan(plan: LogicalPlan, visit: (plan: LogicalPlan) => void): void {
  walkPlan(plan, (node) => {
    visit(node);
    for (const expr of expressionsOf(node))
      walkExpr(expr, (part) => {
        if (part.kind === "Subquery") walkWholePlan(part.plan, visit);
      });
  });
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
    case "Window":
      return [
        ...plan.partitionBy,
        ...plan.orderBy.map(({ expr }) => expr),
        ...plan.functions.flatMap(({ call }) => windowExpressions(call)),
      ];
    case "Unnest":
      return plan.columns.map(({ expr }) => expr);
    case "MapBatches":
      return plan.args;
    case "Join":
    case "DependentJoin":
      return plan.conditions;
    case "Sort":
      return plan.keys.map(({ expr }) => expr);
    case "AsofJoin":
      return [
        ...plan.equalities.flatMap(({ left, right }) => [left, right]),
        plan.order.left,
        plan.order.right,
        ...plan.residual,
      ];
    case "Empty":
    case "SetOperation":
    case "Limit":
    case "CteScan":
    case "With":
    case "Recursion":
    case "Sample":
    case "PositionalJoin":
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
    case "Window": {
      const partitionBy = mapList(plan.partitionBy, map);
      const orderBy = mapSortKeys(plan.orderBy, map);
      const functions = mapList(plan.functions, (fn) => {
        const call = mapWindowCall(fn.call, map);
        return call === fn.call ? fn : { ...fn, call };
      });
      const unchanged = partitionBy === plan.partitionBy && orderBy === plan.orderBy && functions === plan.functions;
      return unchanged ? plan : { ...plan, partitionBy, orderBy, functions };
    }
    case "Unnest": {
      const columns = mapBindings(plan.columns, map);
      return columns === plan.columns ? plan : { ...plan, columns };
    }
    case "MapBatches": {
      const args = mapList(plan.args, map);
      return args === plan.args ? plan : { ...plan, args };
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
    case "AsofJoin": {
      const { order } = plan;
      const equalities = mapList(plan.equalities, (pair) => {
        const [left, right] = [map(pair.left), map(pair.right)];
        return left === pair.left && right === pair.right ? pair : { ...pair, left, right };
      });
      const [left, right] = [map(order.left), map(order.right)];
      const residual = mapList(plan.residual, map);
      const sameOrder = left === order.left && right === order.right;
      return equalities === plan.equalities && sameOrder && residual === plan.residual
        ? plan
        : { ...plan, equalities, order: { ...order, left, right }, residual };
    }
    case "Empty":
    case "SetOperation":
    case "Limit":
    case "CteScan":
    case "With":
    case "Recursion":
    case "Sample":
    case "PositionalJoin":
      return plan;
  }
}

/** Arguments, filter and frame. */
function windowExpressions({ args, filter, orderBy, frame }: WindowCall): readonly Expr[] {
  return [
    ...args,
    ...(filter === undefined ? [] : [filter]),
    ...orderBy.map(({ expr }) => expr),
    ...boundExpressions(frame.start),
    ...boundExpressions(frame.end),
  ];
}

function boundExpressions(bound: FrameBound): readonly Expr[] {
  if (bound.kind !== "preceding" && bound.kind !== "following") return [];
  const { offset, range } = bound;
  return range === undefined ? [offset] : [offset, range.key, range.limit, range.negative];
}

/** The call with every expression replaced by `map(expr)`; the same object when none changed. */
export function mapWindowCall(call: WindowCall, map: (expr: Expr) => Expr): WindowCall {
  const args = mapList(call.args, map);
  const filter = call.filter === undefined ? undefined : map(call.filter);
  const orderBy = mapSortKeys(call.orderBy, map);
  const start = mapBound(call.frame.start, map);
  const end = mapBound(call.frame.end, map);
  const frame = start === call.frame.start && end === call.frame.end ? call.frame : { ...call.frame, start, end };
  const unchanged = args === call.args && filter === call.filter && orderBy === call.orderBy && frame === call.frame;
  return unchanged ? call : { ...call, args, filter, orderBy, frame };
}

function mapBound(bound: FrameBound, map: (expr: Expr) => Expr): FrameBound {
  const parts = boundExpressions(bound);
  const mapped = mapList(parts, map);
  if (mapped === parts || !("offset" in bound)) return bound;
  const [offset, key, limit, negative] = mapped as [Expr, Expr, Expr, Expr];
  return { ...bound, offset, range: bound.range === undefined ? undefined : { key, limit, negative } };
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
