import type { Column, Expr } from "../../expr/expr.ts";
import { ref } from "../../expr/columns.ts";
import { mapList, transformExpr } from "../../expr/map.ts";
import { outputColumns } from "../../logical/columns.ts";
import { inputsOf, mapExpressions, mapInputs } from "../../logical/map.ts";
import type { LogicalPlan } from "../../logical/plan.ts";
import { mayBeNull } from "../nullability.ts";
import { countsRows } from "../unnest/scalar-aggregate.ts";
import type { PlanRule } from "../rule.ts";

/**
 * Says of every column and reference whether it can be NULL at that place, as outer joins may have become inner ones, and
 * unnesting makes new ones. Executors rely on `nullable: false`.
 */
export const refreshNullability: PlanRule = {
  name: "RefreshNullability",
  on: "Plan",
  apply: (plan) => refresh(plan, new Map()),
};

type Columns = ReadonlyMap<number, Column>;

function refresh(plan: LogicalPlan, ctes: Map<number, Columns>): LogicalPlan {
  if (plan.kind === "With") {
    const definitions = mapList(plan.ctes, (cte) => {
      const definition = refresh(cte.plan, ctes);
      ctes.set(cte.id, columnsById(definition));
      return definition === cte.plan ? cte : { ...cte, plan: definition };
    });
    const input = refresh(plan.input, ctes);
    return definitions === plan.ctes && input === plan.input ? plan : { ...plan, ctes: definitions, input };
  }
  const node = mapInputs(plan, (input) => refresh(input, ctes));
  const columns = new Map<number, Column>();
  for (const input of inputsOf(node)) for (const column of outputColumns(input)) columns.set(column.id, column);
  if (node.kind === "Scan") for (const { column } of node.columns) columns.set(column.id, column);
  const inExpr = (expr: Expr): Expr =>
    transformExpr(expr, (part) => {
      if (part.kind !== "Column") return part;
      const column = columns.get(part.column.id);
      return column === undefined || column.nullable === part.column.nullable
        ? part
        : { ...ref(column), ...(part.span === undefined ? {} : { span: part.span }) };
    });
  return withColumns(mapExpressions(node, inExpr), columns, ctes);
}

/** The node with its own columns told whether they can be NULL. */
function withColumns(node: LogicalPlan, columns: Columns, ctes: ReadonlyMap<number, Columns>): LogicalPlan {
  switch (node.kind) {
    case "Project": {
      const outputs = mapList(node.outputs, (output) => {
        const column = nullableIf(output.column, mayBeNull(output.expr, columns));
        return column === output.column ? output : { column, expr: output.expr };
      });
      return outputs === node.outputs ? node : { ...node, outputs };
    }
    case "Aggregate": {
      const groups = mapList(node.groups, (group) => {
        const column = nullableIf(group.column, mayBeNull(group.expr, columns));
        return column === group.column ? group : { column, expr: group.expr };
      });
      const aggregates = mapList(node.aggregates, (aggregate) => {
        if (!countsRows(aggregate.call.name)) return aggregate;
        const column = nullableIf(aggregate.column, false);
        return column === aggregate.column ? aggregate : { column, call: aggregate.call };
      });
      return groups === node.groups && aggregates === node.aggregates ? node : { ...node, groups, aggregates };
    }
    case "SetOperation": {
      const inputColumns = mapList(node.inputColumns, (list) =>
        mapList(list, (column) => columns.get(column.id) ?? column),
      );
      const result = mapList(node.columns, (column) =>
        nullableIf(
          column,
          inputColumns.some((list) => list[node.columns.indexOf(column)]?.nullable ?? true),
        ),
      );
      return result === node.columns && inputColumns === node.inputColumns
        ? node
        : { ...node, columns: result, inputColumns };
    }
    case "CteScan": {
      const defined = ctes.get(node.id);
      if (defined === undefined) return node;
      const from = mapList(node.from, (column) => defined.get(column.id) ?? column);
      const own = mapList(node.columns, (column) =>
        nullableIf(column, from[node.columns.indexOf(column)]?.nullable ?? true),
      );
      return { ...node, from, columns: own };
    }
    default:
      return node;
  }
}

function nullableIf(column: Column, nullable: boolean): Column {
  return column.nullable === nullable ? column : { ...column, nullable };
}

function columnsById(plan: LogicalPlan): Columns {
  return new Map(outputColumns(plan).map((column) => [column.id, column]));
}
