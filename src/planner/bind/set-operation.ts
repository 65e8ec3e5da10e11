import type { Expression, QueryBody, SetOperation as SetOperationNode } from "../../sql/ast.ts";
import { ref } from "../expr/columns.ts";
import type { Column, Expr } from "../expr/expr.ts";
import type { LogicalPlan, SetOperation } from "../logical/plan.ts";
import { setOperationType } from "../types/coerce.ts";
import { collationOf } from "../types/collation.ts";
import { BOOLEAN, NULL_TYPE, type SqlType, typeName } from "../types/types.ts";
import { collatedGroups, collationKey } from "./collation.ts";
import { type BindContext, bindError, type BoundQuery, unsupported } from "./context.ts";
import { convertColumns } from "./subquery.ts";
import { MAX_JOINS } from "./join.ts";

const OPERATIONS = { UNION: "union", INTERSECT: "intersect", EXCEPT: "except" } as const;

/**
 * A chain of set operations leans left. Equal ones in a row (of UNION) become one n-ary node; `bindBody` binds the operands.
 * `names` and `expressions` are those of each operand, by which ORDER BY may call the columns.
 */
export function bindSetOperation(
  ctx: BindContext,
  node: SetOperationNode,
  bindBody: (body: QueryBody) => BoundQuery,
): {
  readonly bound: BoundQuery;
  readonly names: readonly (readonly string[])[];
  readonly expressions: readonly (readonly Expression[])[];
} {
  const spine: SetOperationNode[] = [];
  let bottom: QueryBody = node;
  while (bottom.kind === "SetOperation") {
    spine.push(bottom);
    bottom = bottom.left;
  }
  const names: (readonly string[])[] = [];
  const expressions: (readonly Expression[])[] = [];
  const bindOperand = (body: QueryBody): BoundQuery => {
    const bound = bindBody(body);
    names.push(bound.columns.map((column) => column.name));
    if (body.kind === "Select") expressions.push(body.items.map(({ expression }) => expression));
    return bound;
  };
  let left = bindOperand(bottom);
  let depth = 0;
  const operations = spine.toReversed();
  for (let i = 0; i < operations.length;) {
    const first = operations[i] as SetOperationNode;
    const operands = [left];
    // INTERSECT and EXCEPT stay binary.
    do operands.push(bindOperand((operations[i++] as SetOperationNode).right));
    while (first.operator === "UNION" && sameOperation(first, operations[i]));
    if (++depth > MAX_JOINS) throw unsupported(ctx, `more than ${MAX_JOINS} set operations in a row`, first);
    left = combine(ctx, first, first.byName ? alignByName(ctx, operands) : operands);
  }
  return { bound: left, names, expressions };
}

function sameOperation(a: SetOperationNode, b: SetOperationNode | undefined): boolean {
  return b !== undefined && a.operator === b.operator && a.all === b.all && a.byName === b.byName;
}

function combine(ctx: BindContext, node: SetOperationNode, operands: readonly BoundQuery[]): BoundQuery {
  const [first] = operands as readonly [BoundQuery, ...BoundQuery[]];
  const width = first.columns.length;
  const types: SqlType[] = [];
  for (const operand of operands) {
    if (operand.columns.length !== width) {
      throw bindError(ctx, `${node.operator} of ${width} and ${operand.columns.length} columns`, node);
    }
    for (const [i, column] of operand.columns.entries()) {
      const type = setOperationType(types[i] ?? NULL_TYPE, column.type);
      if (type === undefined) {
        const both = `${typeName(types[i] as SqlType)} and ${typeName(column.type)}`;
        throw bindError(
          ctx,
          `${node.operator} mixes ${both} in column ${i + 1}: an explicit cast is required`,
          node,
          undefined,
          "type",
        );
      }
      types[i] = type;
    }
  }
  const inputs = operands.map((operand) => convertColumns(ctx, operand, types));
  const columns = first.columns.map((column, i) =>
    ctx.ids.column(
      column.name,
      types[i] as SqlType,
      nullability(
        node,
        inputs.map((input) => (input.columns[i] as Column).nullable),
      ),
    ),
  );
  const plan: SetOperation = {
    kind: "SetOperation",
    op: OPERATIONS[node.operator],
    all: node.all,
    columns,
    inputs: inputs.map((input) => input.plan),
    inputColumns: inputs.map((input) => input.columns),
  };
  return { plan: collated(ctx, node, plan), columns };
}

/** Rows with texts of a collation are the same row where their keys are: then the first of them stands for all. */
function collated(ctx: BindContext, node: SetOperationNode, plan: SetOperation): LogicalPlan {
  const { groups, aggregates } = collatedGroups(
    ctx,
    plan.columns.map((column) => ({ column, expr: ref(column) })),
  );
  if (aggregates.length === 0 || (plan.op === "union" && plan.all)) return plan;
  if (plan.all) throw unsupported(ctx, `${node.operator} ALL of texts with a collation`, node);
  const distinct = (input: LogicalPlan): LogicalPlan => ({
    kind: "Project",
    input: { kind: "Aggregate", input, groups, aggregates },
    outputs: plan.columns.map((column) => ({ column, expr: ref(column) })),
  });
  if (plan.op === "union") return distinct({ ...plan, all: true });
  const [left, right] = plan.inputs as readonly [LogicalPlan, LogicalPlan];
  const [ofLeft, ofRight] = plan.inputColumns as readonly [readonly Column[], readonly Column[]];
  const conditions = plan.columns.map(({ type }, i): Expr => {
    const keys = [ofLeft[i], ofRight[i]].map((column) => collationKey(ctx, ref(column as Column), collationOf(type)));
    return { kind: "Call", name: "is_not_distinct", args: keys, type: BOOLEAN };
  });
  const join = plan.op === "intersect" ? "semi" : "anti";
  return distinct({
    kind: "Project",
    input: { kind: "Join", join, left, right, conditions, mark: undefined },
    outputs: plan.columns.map((column, i) => ({ column, expr: ref(ofLeft[i] as Column) })),
  });
}

/** A row of INTERSECT is in all inputs, one of EXCEPT in the first, one of UNION in any. */
function nullability(node: SetOperationNode, inputs: readonly boolean[]): boolean {
  if (node.operator === "INTERSECT") return inputs.every(Boolean);
  return node.operator === "EXCEPT" ? inputs[0] === true : inputs.some(Boolean);
}

/** BY NAME: every operand gets all names, in order of appearance, NULL where it has none. */
function alignByName(ctx: BindContext, operands: readonly BoundQuery[]): readonly BoundQuery[] {
  const names = new Map<string, string>();
  for (const operand of operands) {
    for (const { name } of operand.columns) if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  }
  return operands.map((operand) => {
    const outputs = [...names].map(([key, name]) => {
      const column = operand.columns.find((candidate) => candidate.name.toLowerCase() === key);
      if (column !== undefined) return { column, expr: ref(column) };
      const missing: Expr = { kind: "Literal", value: null, type: NULL_TYPE };
      return { column: ctx.ids.column(name, NULL_TYPE, true), expr: missing };
    });
    return { plan: { kind: "Project", input: operand.plan, outputs }, columns: outputs.map(({ column }) => column) };
  });
}
