import type { Expression, Query, QueryBody } from "../../sql/ast.ts";
import type { BindContext, BoundQuery } from "./context.ts";
import { type CteScope, enterWith } from "./cte.ts";
import { makeEnvironment } from "./expression.ts";
import { bindLimit, type LimitCounts } from "./limit.ts";
import { orderQuery } from "./order-by.ts";
import { relationOf, type Scope } from "./scope.ts";
import { bindSelect } from "./select.ts";
import { bindSetOperation } from "./set-operation.ts";
import { bindValues } from "./values.ts";

/** A query with its WITH, ORDER BY and LIMIT. `parent`: the scope around it, for correlated references. */
export function bindQuery(
  query: Query,
  ctx: BindContext,
  parent: Scope | undefined,
  outerCtes: CteScope | undefined,
): BoundQuery {
  const { ctes, definitions } = enterWith(ctx, query, parent, outerCtes);
  const limit = query.limit === undefined ? undefined : bindLimit(ctx, query.limit, { relations: [], parent, ctes });
  const bound = bindOrdered(query, ctx, limit, parent, ctes);
  if (definitions.length === 0) return bound;
  return { plan: { kind: "With", ctes: [...definitions], input: bound.plan }, columns: bound.columns };
}

function bindOrdered(
  query: Query,
  ctx: BindContext,
  limit: LimitCounts | undefined,
  parent: Scope | undefined,
  ctes: CteScope | undefined,
): BoundQuery {
  const { body, orderBy } = query;
  if (body.kind === "Select") return bindSelect(ctx, body, orderBy, limit, parent, ctes);
  const { bound, names, expressions } = bindBody(body, ctx, parent, ctes);
  const scope: Scope = { relations: [relationOf(undefined, bound.columns)], parent, ctes };
  const env = makeEnvironment(ctx, scope, { kind: "forbidden", reason: "aggregates are not allowed in this ORDER BY" });
  return orderQuery(ctx, bound, orderBy, limit, env.bind, names, expressions);
}

type NamedBody = {
  readonly bound: BoundQuery;
  readonly names: readonly (readonly string[])[];
  /** What the SELECT lists of a set operation's operands have in their columns' places. */
  readonly expressions: readonly (readonly Expression[])[];
};

function bindBody(body: QueryBody, ctx: BindContext, parent: Scope | undefined, ctes: CteScope | undefined): NamedBody {
  switch (body.kind) {
    case "Select":
      return { bound: bindSelect(ctx, body, undefined, undefined, parent, ctes), names: [], expressions: [] };
    case "Values":
      return { bound: bindValues(ctx, body, parent, ctes), names: [], expressions: [] };
    case "Query":
      return { bound: bindQuery(body, ctx, parent, ctes), names: [], expressions: [] };
    case "SetOperation":
      return bindSetOperation(ctx, body, (operand) => bindBody(operand, ctx, parent, ctes).bound);
  }
}
