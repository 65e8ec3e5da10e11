import { ref } from "../../planner/expr/columns.ts";
import type { Column, Expr } from "../../planner/expr/expr.ts";
import { someExpr, transformExpr } from "../../planner/expr/map.ts";
import { typeOf } from "../../planner/expr/type-of.ts";
import { CURRENT_WATERMARK, PROCESSING_TIME } from "../../planner/functions/date/make.ts";
import { expressionsOf, inputsOf, mapExpressions, mapInputs, transformPlan } from "../../planner/logical/map.ts";
import type { LogicalPlan, Scan } from "../../planner/logical/plan.ts";
import { TIMESTAMP_INFINITY } from "../../planner/types/date-time.ts";
import { call, literal, when } from "./nodes.ts";
import { BOOLEAN } from "../../planner/types/types.ts";

/**
 * The plan with what a stream knows of its rows' times as columns: `PROCTIME()`, the time at which a row came, which it keeps, and
 * `CURRENT_WATERMARK(time)`, how far the stream was before it. Calls over rows of which nothing is known stay as they are.
 *
 * @param firstId ids from here on are free
 */
export function withStreamTimes(plan: LogicalPlan, firstId: number): LogicalPlan {
  let id = firstId;
  const newColumn = (scan: Scan, ordinal: number): Column => {
    const { name, type } = scan.source.schema[ordinal]!;
    return { id: id++, name, type, nullable: false };
  };
  return transformPlan(plan, (node) => {
    if (!expressionsOf(node).some((expr) => someExpr(expr, isStreamTime))) return node;
    const [input, ...others] = inputsOf(node);
    if (others.length > 0) return node;
    let below = input ?? node;
    const values = new Map<string, Expr>();
    for (const expr of expressionsOf(node)) {
      someExpr(expr, (part) => {
        const key = keyOf(part);
        if (key === undefined || values.has(key)) return false;
        const exposed = expose(below, part, newColumn);
        if (exposed === undefined) return false;
        below = exposed.plan;
        values.set(key, valueOf(part, exposed.column));
        return false;
      });
    }
    return mapExpressions(input === undefined ? below : mapInputs(node, () => below), (expr) =>
      transformExpr(expr, (part) => values.get(keyOf(part) ?? "") ?? part),
    );
  });
}

/** What tells calls apart; undefined for all else. */
function keyOf(expr: Expr): string | undefined {
  if (expr.kind !== "Call") return undefined;
  if (expr.name === PROCESSING_TIME) return expr.name;
  const [time] = expr.args;
  return expr.name === CURRENT_WATERMARK && time?.kind === "Column" ? `${expr.name} ${time.column.id}` : undefined;
}

const isStreamTime = (expr: Expr): boolean => keyOf(expr) !== undefined;

function valueOf(expr: Expr, column: Column): Expr {
  if (expr.kind === "Call" && expr.name === PROCESSING_TIME) return ref(column);
  const type = typeOf(expr);
  const isNone = call("=", [ref(column), literal(-TIMESTAMP_INFINITY, type)], BOOLEAN);
  return when(isNone, literal(null, type), ref(column), type);
}

type Exposed = { readonly plan: LogicalPlan; readonly column: Column };

/** The plan with the hidden column that a call asks for. */
function expose(
  plan: LogicalPlan,
  asked: Expr,
  newColumn: (scan: Scan, ordinal: number) => Column,
): Exposed | undefined {
  switch (plan.kind) {
    case "Scan": {
      const ordinal = hiddenOrdinal(plan, asked);
      if (ordinal === undefined) return undefined;
      const known = plan.columns.find((read) => read.ordinal === ordinal)?.column;
      if (known !== undefined) return { plan, column: known };
      const column = newColumn(plan, ordinal);
      return { plan: { ...plan, columns: [...plan.columns, { column, ordinal }] }, column };
    }
    case "Filter":
    case "Unnest": {
      const inner = expose(plan.input, asked, newColumn);
      return inner && { ...inner, plan: { ...plan, input: inner.plan } };
    }
    case "Project": {
      const below = throughProject(plan.outputs, asked);
      const inner = below && expose(plan.input, below, newColumn);
      if (inner === undefined) return undefined;
      const { column } = inner;
      const known = plan.outputs.some((output) => output.column.id === column.id);
      const outputs = known ? plan.outputs : [...plan.outputs, { column, expr: ref(column) }];
      return { column, plan: { ...plan, input: inner.plan, outputs } };
    }
    default:
      return undefined;
  }
}

/** The call as it would be below a projection. */
function throughProject(
  outputs: readonly { readonly column: Column; readonly expr: Expr }[],
  asked: Expr,
): Expr | undefined {
  const [time] = asked.kind === "Call" ? asked.args : [];
  if (asked.kind !== "Call" || time?.kind !== "Column") return asked;
  const from = outputs.find(({ column }) => column.id === time.column.id)?.expr;
  return from?.kind === "Column" ? { ...asked, args: [from] } : undefined;
}

function hiddenOrdinal({ source, columns }: Scan, asked: Expr): number | undefined {
  const facts = source.stream;
  if (facts === undefined || !facts.insertOnly || asked.kind !== "Call") return undefined;
  if (asked.name === PROCESSING_TIME) return facts.arrival;
  const [time] = asked.args;
  const ordinal = columns.find(({ column }) => time?.kind === "Column" && column.id === time.column.id)?.ordinal;
  return ordinal !== undefined && ordinal === facts.eventTime?.ordinal ? facts.eventTime.watermark : undefined;
}
