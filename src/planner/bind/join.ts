import type { Span } from "../../error.ts";
import type { Identifier, Join as JoinNode } from "../../sql/ast.ts";
import { ref } from "../expr/columns.ts";
import type { Column, Expr } from "../expr/expr.ts";
import { isNullable } from "../expr/nullable.ts";
import { typeOf } from "../expr/type-of.ts";
import { outputColumns } from "../logical/columns.ts";
import { freeColumns } from "../logical/free-columns.ts";
import type { JoinKind, LogicalPlan } from "../logical/plan.ts";
import { toBoolean, toCommonType } from "./coercion.ts";
import { compare } from "./comparison.ts";
import { asofJoin } from "./asof-join.ts";
import { type BindContext, bindError, unsupported } from "./context.ts";
import { makeEnvironment } from "./expression.ts";
import type { BoundTables } from "./from.ts";
import { conjuncts } from "./logic.ts";
import { nearestRows } from "./nearest-join.ts";
import {
  makeRelation,
  nullableRelation,
  type Relation,
  type RelationColumn,
  type Scope,
  shownColumn,
} from "./scope.ts";
import { didYouMean } from "./suggest.ts";

/** Plans are as deep as joins are many. */
export const MAX_JOINS = 1000;

const NO_AGGREGATES = { kind: "forbidden", reason: "aggregates are not allowed in a join condition" } as const;

export function crossJoin(
  ctx: BindContext,
  left: BoundTables,
  right: BoundTables,
  node: { readonly span: Span },
): BoundTables {
  rejectSameNames(ctx, left, right, node);
  return {
    plan: joinPlans(ctx, "inner", left.plan, right.plan, [], node),
    relations: [...left.relations, ...right.relations],
  };
}

/** `left JOIN right`; `outer` has the queries around and no relations of its own. */
export function joinTables(
  ctx: BindContext,
  node: JoinNode,
  left: BoundTables,
  right: BoundTables,
  outer: Scope,
): BoundTables {
  if (node.type === "positional") return positionalJoin(ctx, left, right, node);
  const kind: JoinKind = node.type === "cross" ? "inner" : node.type;
  rejectSameNames(ctx, left, right, node.right);
  if (node.natural) return joinUsing(ctx, kind, left, right, commonNames(ctx, left, right, node), node);
  if (node.condition?.kind === "Using") return joinUsing(ctx, kind, left, right, node.condition.columns, node);
  const relations = outputRelations(kind, left.relations, right.relations);
  const { condition } = node;
  const both: Scope = { ...outer, relations: [...left.relations, ...right.relations] };
  const env = makeEnvironment(ctx, both, NO_AGGREGATES);
  if (condition?.kind === "Nearest") {
    const nearest = nearestRows(ctx, node, condition, right.plan, env.bind(condition.expression), outer);
    return { plan: joinPlans(ctx, kind, left.plan, nearest, [], node), relations };
  }
  const conditions =
    condition === undefined ? [] : conjuncts(toBoolean(ctx, env.bind(condition.expression), "a join condition"));
  const join = node.asof ? asofPlans : joinPlans;
  return { plan: join(ctx, kind, left.plan, right.plan, conditions, node), relations };
}

function positionalJoin(ctx: BindContext, left: BoundTables, right: BoundTables, node: JoinNode): BoundTables {
  rejectSameNames(ctx, left, right, node.right);
  if (readsFrom(right.plan, left.plan))
    throw bindError(ctx, "the right side of a positional join cannot refer to its left side", node.right);
  return {
    plan: { kind: "PositionalJoin", left: left.plan, right: right.plan },
    relations: [...left.relations, ...right.relations].map(nullableRelation),
  };
}

function asofPlans(
  ctx: BindContext,
  join: JoinKind,
  left: LogicalPlan,
  right: LogicalPlan,
  conditions: readonly Expr[],
  node: { readonly span: Span },
): LogicalPlan {
  if (readsFrom(right, left)) throw unsupported(ctx, "a lateral ASOF join", node);
  return asofJoin(ctx, join, left, right, conditions, node);
}

/** Two tables of one FROM need different names: no reference could tell them apart. */
function rejectSameNames(ctx: BindContext, left: BoundTables, right: BoundTables, node: { readonly span: Span }): void {
  const key = ({ name, schema }: Relation): string =>
    `${(schema ?? "main").toLowerCase()}.${name?.toLowerCase() ?? ""}`;
  const names = new Set(left.relations.map(key));
  const same = right.relations.find((relation) => relation.name !== undefined && names.has(key(relation)));
  if (same === undefined) return;
  throw bindError(ctx, `"${same.name}" names two tables in FROM`, node, "give one of them an alias");
}

function outputRelations(kind: JoinKind, left: readonly Relation[], right: readonly Relation[]): readonly Relation[] {
  if (kind === "semi" || kind === "anti") return left;
  const padsLeft = kind === "right" || kind === "full";
  const padsRight = kind === "left" || kind === "full";
  return [...(padsLeft ? left.map(nullableRelation) : left), ...(padsRight ? right.map(nullableRelation) : right)];
}

/** A DependentJoin where the right side reads columns of the left. */
function joinPlans(
  ctx: BindContext,
  join: JoinKind,
  left: LogicalPlan,
  right: LogicalPlan,
  conditions: readonly Expr[],
  node: { readonly span: Span },
): LogicalPlan {
  const dependent = right.kind !== "Scan" && readsFrom(right, left);
  if (dependent && (join === "right" || join === "full")) {
    throw bindError(ctx, `the right side of a ${join} join cannot refer to its left side`, node);
  }
  return { kind: dependent ? "DependentJoin" : "Join", join, left, right, conditions, mark: undefined };
}

function readsFrom(right: LogicalPlan, left: LogicalPlan): boolean {
  const free = freeColumns(right);
  if (free.length === 0) return false;
  const ids = new Set(outputColumns(left).map(({ id }) => id));
  return free.some(({ id }) => ids.has(id));
}

/** The names for NATURAL: those that both sides show. */
function commonNames(ctx: BindContext, left: BoundTables, right: BoundTables, node: JoinNode): readonly Identifier[] {
  const shown = (tables: BoundTables): readonly RelationColumn[] =>
    tables.relations.flatMap((relation) => relation.columns.filter((entry) => !entry.hidden));
  const rightNames = new Set(shown(right).map((entry) => entry.name.toLowerCase()));
  const names = shown(left).filter((entry) => rightNames.has(entry.name.toLowerCase()));
  if (names.length === 0) throw bindError(ctx, "a NATURAL join needs columns of the same name on both sides", node);
  return names.map((entry) => ({ kind: "Identifier", name: entry.name, quoted: true, span: node.span }));
}

/**
 * Equal columns of both sides become one: the bare name and `*` show it once, at its place on the left. It is the left column,
 * in a right join the right one, in a full join COALESCE of both.
 */
function joinUsing(
  ctx: BindContext,
  kind: JoinKind,
  left: BoundTables,
  right: BoundTables,
  using: readonly Identifier[],
  node: JoinNode,
): BoundTables {
  const merged = new Map<string, Column | undefined>();
  const computed: { readonly column: Column; readonly expr: Expr }[] = [];
  const conditions = using.map((identifier, i) => {
    const [l, r] = [findShown(ctx, left, identifier, "left"), findShown(ctx, right, identifier, "right")];
    const [leftRef, rightRef] = [ref(shownColumn(l)), ref(shownColumn(r))];
    if (kind === "right") merged.set(identifier.name.toLowerCase(), shownColumn(r));
    else if (kind === "full") {
      const expr = coalesce(ctx, leftRef, rightRef);
      const nullable = isNullable(leftRef) || isNullable(rightRef);
      const column = ctx.ids.column(l.name, typeOf(expr), nullable);
      computed.push({ column, expr });
      merged.set(identifier.name.toLowerCase(), column);
    } else merged.set(identifier.name.toLowerCase(), undefined);
    // The last column of an ASOF join's USING is the one that only has to be near.
    const op = node.asof && i === using.length - 1 ? ">=" : "=";
    return compare(ctx, op, leftRef, rightRef, identifier);
  });
  const join = node.asof ? asofPlans : joinPlans;
  let plan = join(ctx, kind, left.plan, right.plan, conditions, node);
  if (computed.length > 0) {
    const passed = outputColumns(plan).map((column) => ({ column, expr: ref(column) }));
    plan = { kind: "Project", input: plan, outputs: [...passed, ...computed] };
  }
  const relations = outputRelations(kind, left.relations, right.relations);
  const leftCount = left.relations.length;
  return {
    plan,
    relations: relations.map((relation, i) =>
      makeRelation(
        relation.name,
        relation.columns.map((entry) => {
          const key = entry.name.toLowerCase();
          if (entry.hidden || !merged.has(key)) return entry;
          if (i >= leftCount) return { ...entry, hidden: true };
          return { ...entry, merged: merged.get(key) ?? entry.merged };
        }),
        relation.schema,
      ),
    ),
  };
}

function coalesce(ctx: BindContext, left: Expr, right: Expr): Expr {
  const { type, exprs } = toCommonType(ctx, [left, right], "USING");
  const [first, second] = exprs as [Expr, Expr];
  return {
    kind: "Case",
    branches: [{ when: { kind: "IsNull", input: first, negated: true }, then: first }],
    otherwise: second,
    type,
  };
}

function findShown(ctx: BindContext, tables: BoundTables, identifier: Identifier, side: string): RelationColumn {
  const key = identifier.name.toLowerCase();
  const found = tables.relations.flatMap((relation) => {
    const entry = relation.index.get(key);
    return entry === undefined || entry.hidden ? [] : [entry];
  });
  const [first] = found;
  if (first === undefined) {
    const names = tables.relations.flatMap((relation) => relation.columns.map((entry) => entry.name));
    const message = `there is no column "${identifier.name}" on the ${side} side of the join`;
    throw bindError(ctx, message, identifier, didYouMean(identifier.name, names));
  }
  if (found.length > 1)
    throw bindError(ctx, `column "${identifier.name}" is ambiguous on the ${side} side of the join`, identifier);
  return first;
}
