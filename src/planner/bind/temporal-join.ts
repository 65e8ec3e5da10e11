import type { Join as JoinNode, VersionedTable } from "../../sql/ast.ts";
import { readsOnly, ref } from "../expr/columns.ts";
import type { Column, Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { PROCESSING_TIME } from "../functions/date/make.ts";
import { outputColumns } from "../logical/columns.ts";
import { walkPlan } from "../logical/map.ts";
import type { AsofJoin, LogicalPlan } from "../logical/plan.ts";
import { TIMESTAMP_INFINITY } from "../types/date-time.ts";
import { isInteger, TIMESTAMP, typeName } from "../types/types.ts";
import { toBoolean } from "./coercion.ts";
import { compare } from "./comparison.ts";
import { type BindContext, bindError, unsupported } from "./context.ts";
import { makeEnvironment } from "./expression.ts";
import type { BoundTables } from "./from.ts";
import { joinTables } from "./join.ts";
import { and, conjuncts } from "./logic.ts";
import { makeRelation, nullableRelation, type Relation, type Scope, shownColumn } from "./scope.ts";

const NO_AGGREGATES = { kind: "forbidden", reason: "aggregates are not allowed in a join condition" } as const;

/**
 * `left JOIN table FOR SYSTEM_TIME AS OF time ON ...`: with the version that the table's key had at the left row's time. At the
 * time of processing it is the latest one; a table without versions is there as it is then, and at no other time.
 */
export function temporalJoin(
  ctx: BindContext,
  join: JoinNode,
  node: VersionedTable,
  left: BoundTables,
  right: BoundTables,
  outer: Scope,
): BoundTables {
  if (join.type !== "inner" && join.type !== "left")
    throw unsupported(ctx, `FOR SYSTEM_TIME AS OF in a ${join.type} join`, node);
  if (join.asof || join.natural || join.condition?.kind !== "On")
    throw unsupported(ctx, "FOR SYSTEM_TIME AS OF without ON", node);
  const time = makeEnvironment(ctx, { ...outer, relations: left.relations }, NO_AGGREGATES).bind(node.asOf);
  const { kind } = typeOf(time);
  if (kind !== "Timestamp" && kind !== "TimestampTz")
    throw bindError(ctx, `FOR SYSTEM_TIME AS OF takes a TIMESTAMP, not ${typeName(typeOf(time))}`, node.asOf);
  const ordinary: JoinNode = { ...join, right: node.table };
  const versions = versionsOf(right);
  const isNow = isProcessingTime(left.plan, time);
  if (isNow && versions === undefined) return joinTables(ctx, ordinary, left, right, outer);
  if (versions === undefined) {
    const hint = "it needs a watermark and a primary key; PROCTIME() means the rows that are there";
    throw bindError(ctx, "the table has no versions of other times", node.table, hint);
  }
  const latest: Expr = { kind: "Literal", value: TIMESTAMP_INFINITY, type: TIMESTAMP };
  return versionJoin(ctx, ordinary, { left, right, outer, time: isNow ? latest : time, versions });
}

type Versions = { readonly time: Column; readonly key: readonly Column[] };
type Sides = {
  readonly left: BoundTables;
  readonly right: BoundTables;
  readonly outer: Scope;
  readonly time: Expr;
  readonly versions: Versions;
};

/** The latest version not after the left row's time, found by the key; other conditions are on what was found. */
function versionJoin(ctx: BindContext, node: JoinNode, { left, right, outer, time, versions }: Sides): BoundTables {
  const env = makeEnvironment(ctx, { ...outer, relations: [...left.relations, ...right.relations] }, NO_AGGREGATES);
  const condition = node.condition?.kind === "On" ? env.bind(node.condition.expression) : undefined;
  const conditions = condition === undefined ? [] : conjuncts(toBoolean(ctx, condition, "a join condition"));
  const inLeft = idTest(left.plan);
  const equalities: AsofJoin["equalities"][number][] = [];
  const rest: Expr[] = [];
  for (const part of conditions) {
    const equality = keyEquality(part, inLeft, versions.key);
    if (equality === undefined) rest.push(part);
    else equalities.push({ ...equality, nullSafe: false });
  }
  const missing = versions.key.find((column) => !equalities.some(({ right: side }) => isColumn(side, column)));
  if (missing !== undefined)
    throw bindError(ctx, `a join with versions is by the table's key: "${missing.name}" = ... is missing`, node);
  const after = compare(ctx, ">=", time, ref(versions.time), node);
  const [leftTime, rightTime] = after.kind === "Call" ? after.args : [];
  if (leftTime === undefined || rightTime === undefined) throw new TypeError("a comparison is a call");
  const plan: AsofJoin = {
    kind: "AsofJoin",
    join: node.type === "left" ? "left" : "inner",
    left: left.plan,
    right: right.plan,
    equalities,
    order: { left: leftTime, right: rightTime, op: ">=" },
    residual: [],
  };
  if (node.type !== "left") {
    return {
      plan: rest.length === 0 ? plan : { kind: "Filter", input: plan, predicate: and(rest) },
      relations: [...left.relations, ...right.relations],
    };
  }
  const padded = right.relations.map(nullableRelation);
  if (rest.length === 0) return { plan, relations: [...left.relations, ...padded] };
  const found = whereFound(ctx, plan, padded, and(rest));
  return { plan: found.plan, relations: [...left.relations, ...found.relations] };
}

/** NULL in the place of a version that does not meet the condition. */
function whereFound(
  ctx: BindContext,
  plan: AsofJoin,
  relations: readonly Relation[],
  condition: Expr,
): { readonly plan: LogicalPlan; readonly relations: readonly Relation[] } {
  const kept = outputColumns(plan.left).map((column) => ({ column, expr: ref(column) }));
  const shown = relations.map((relation) => {
    const columns = relation.columns.map((entry) => ({
      ...entry,
      column: ctx.ids.column(entry.name, entry.column.type, true),
    }));
    return makeRelation(relation.name, columns, relation.schema);
  });
  const versions = shown.flatMap(({ columns }, r) =>
    columns.map(({ column }, i) => {
      const then = ref(relations[r]!.columns[i]!.column);
      const otherwise: Expr = { kind: "Literal", value: null, type: column.type };
      return {
        column,
        expr: { kind: "Case", branches: [{ when: condition, then }], otherwise, type: column.type } as const,
      };
    }),
  );
  return { plan: { kind: "Project", input: plan, outputs: [...kept, ...versions] }, relations: shown };
}

function idTest(plan: LogicalPlan): (id: number) => boolean {
  const ids = new Set(outputColumns(plan).map(({ id }) => id));
  return (id) => ids.has(id);
}

/** `left expression = key column`, either way round. */
function keyEquality(
  condition: Expr,
  inLeft: (id: number) => boolean,
  key: readonly Column[],
): { readonly left: Expr; readonly right: Expr } | undefined {
  if (condition.kind !== "Call" || condition.name !== "=") return undefined;
  const [first, second] = condition.args as [Expr, Expr];
  const isKey = (expr: Expr): boolean => key.some((column) => isColumn(expr, column));
  if (isKey(second) && readsOnly(first, inLeft)) return { left: first, right: second };
  if (isKey(first) && readsOnly(second, inLeft)) return { left: second, right: first };
  return undefined;
}

/** The column, also as an integer of another width for a comparison. */
function isColumn(expr: Expr, column: Column): boolean {
  if (expr.kind === "Cast" && isInteger(expr.type) && isInteger(typeOf(expr.input)))
    return isColumn(expr.input, column);
  return expr.kind === "Column" && expr.column.id === column.id;
}

/** The time and the key of the table that a relation shows, where it has versions. */
function versionsOf({ plan, relations }: BoundTables): Versions | undefined {
  let bottom = plan;
  while (bottom.kind === "Project" || bottom.kind === "Filter") bottom = bottom.input;
  const facts = bottom.kind === "Scan" ? bottom.source.time : undefined;
  const [relation] = relations;
  if (facts === undefined || facts.key.length === 0 || relation === undefined) return undefined;
  const [time, ...key] = [facts.column, ...facts.key].map((name) => columnNamed(relation, name));
  return time === undefined || key.includes(undefined) ? undefined : { time, key: key as readonly Column[] };
}

function columnNamed(relation: Relation, name: string): Column | undefined {
  const entry = relation.index.get(name.toLowerCase());
  return entry === undefined ? undefined : shownColumn(entry);
}

/** Whether a time is the moment of processing: PROCTIME() or now(), maybe computed further down. */
export function isProcessingTime(plan: LogicalPlan, time: Expr): boolean {
  if (time.kind === "Call") return time.name === PROCESSING_TIME || time.name === "now";
  if (time.kind !== "Column") return false;
  const { id } = time.column;
  let found = false;
  walkPlan(plan, (part) => {
    if (found || part.kind !== "Project") return;
    const output = part.outputs.find(({ column, expr }) => column.id === id && !isColumn(expr, column));
    found = output !== undefined && isProcessingTime(part.input, output.expr);
  });
  return found;
}
