/** UNNEST in a SELECT list and in FROM. */
import type { FunctionCall, TableFunction } from "../../sql/ast.ts";
import { ref } from "../expr/columns.ts";
import { sameExpr } from "../expr/equal.ts";
import type { Column, Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { isList } from "../types/nested.ts";
import { BIGINT, NULL_TYPE, type SqlType, typeName } from "../types/types.ts";
import { type BindContext, bindError, type BoundQuery } from "./context.ts";
import type { Environment } from "./environment.ts";
import { callScalar } from "./function-call.ts";
import { fieldAt } from "./nested.ts";

type Node = Parameters<typeof bindError>[2];

/** A level of UNNESTs, all over the rows that the level before makes. */
type Level = { readonly column: Column; readonly expr: Expr }[];

/** Collects the UNNESTs of one SELECT list. Those of one level go side by side. */
export class UnnestCollector {
  readonly #ctx: BindContext;
  readonly #below: UnnestCollector | undefined;
  readonly #levels: Level[] = [];

  /** `below`: the UNNESTs of GROUP BY, which equal ones mean. */
  constructor(ctx: BindContext, below?: UnnestCollector) {
    this.#ctx = ctx;
    this.#below = below;
  }

  find(list: Expr, level: number): Column | undefined {
    return this.#levels[level]?.find(({ expr }) => sameExpr(expr, list))?.column;
  }

  /** The column that holds the elements of a list. */
  add(list: Expr, level: number, element: SqlType): Column {
    const known = this.#below?.find(list, level);
    if (known !== undefined) return known;
    const column = this.#ctx.ids.column("unnest", element, true);
    (this.#levels[level] ??= []).push({ column, expr: list });
    return column;
  }

  /** The plan with the elements; `over` maps what is unnested first. */
  plan(input: LogicalPlan, over: (expr: Expr) => Expr): LogicalPlan {
    return this.#levels.reduce<LogicalPlan>(
      (plan, columns) => ({
        kind: "Unnest",
        input: plan,
        columns: columns.map(({ column, expr }) => ({ column, expr: over(expr) })),
        ordinality: undefined,
      }),
      input,
    );
  }

  get ids(): readonly number[] {
    return this.#levels.flatMap((level) => level.map(({ column }) => column.id));
  }
}

/** Whether a call is of UNNEST. */
export function isUnnest(node: FunctionCall): boolean {
  return node.name.parts.at(-1)?.name.toLowerCase() === "unnest";
}

/** UNNEST of a list as part of an expression: the column of its elements. */
export function bindUnnest(env: Environment, node: FunctionCall): Expr {
  const parts = unnestParts(env, node);
  const [part] = parts;
  if (parts.length !== 1 || part === undefined) {
    throw bindError(
      env.ctx,
      "UNNEST of a STRUCT makes several columns: it must be an item of the SELECT list by itself",
      node,
    );
  }
  return part.expr;
}

type Part = { readonly name: string; readonly expr: Expr };

/** How deep an UNNEST goes: 1, or what `recursive := true` or `max_depth := n` say. */
function depthOf(env: Environment, node: FunctionCall): number {
  let depth = 1;
  for (const { name, value } of node.args.slice(1)) {
    const option = name?.name.toLowerCase();
    const bound = env.bind(value);
    if (option === "recursive" && bound.kind === "Literal" && typeof bound.value === "boolean") {
      depth = bound.value ? Number.POSITIVE_INFINITY : 1;
    } else if (
      option === "max_depth" &&
      bound.kind === "Literal" &&
      typeof bound.value === "number" &&
      bound.value > 0
    ) {
      depth = bound.value;
    } else throw bindError(env.ctx, "UNNEST takes one list, and recursive := true or max_depth := n", node);
  }
  return depth;
}

/** What an UNNEST as an item of the SELECT list gives: one column for a list, one for every field of a struct. */
export function unnestParts(env: Environment, node: FunctionCall): readonly Part[] {
  const { ctx, unnests } = env;
  const [argument] = node.args;
  if (unnests === undefined) throw bindError(ctx, "UNNEST is not allowed here", node);
  if (argument === undefined) throw bindError(ctx, "UNNEST needs a list", node);
  const depth = depthOf(env, node);
  const place: Environment = env.withoutUnnest();
  return open(ctx, unnests, place.bind(argument.value), "unnest", depth, 0, node);
}

function open(
  ctx: BindContext,
  unnests: UnnestCollector,
  expr: Expr,
  name: string,
  depth: number,
  level: number,
  node: Node,
): readonly Part[] {
  const type = typeOf(expr);
  if (type.kind === "Struct" && depth > 0) {
    return type.fields.flatMap((field, i) => {
      const part = fieldAt(ctx, expr, type.fields, i, node);
      const label = field.name === "" ? `element${i + 1}` : field.name;
      const deeper = isList(field.type) || field.type.kind === "Struct";
      return deeper && depth > 1
        ? open(ctx, unnests, part, label, depth - 1, level, node)
        : [{ name: label, expr: part }];
    });
  }
  if (!isList(type) && type.kind !== "Null") {
    throw bindError(ctx, `UNNEST is of lists and structs, not of ${typeName(type)}`, node, undefined, "type");
  }
  const element = isList(type) ? type.element : NULL_TYPE;
  const list: Expr = isList(type) ? expr : { kind: "Literal", value: null, type: { kind: "List", element: NULL_TYPE } };
  const column = unnests.add(list, level, element);
  const deeper = isList(element) || element.kind === "Struct";
  if (depth > 1 && deeper) return open(ctx, unnests, ref(column), name, depth - 1, level + 1, node);
  return [{ name, expr: ref(column) }];
}

/** `json_each(text[, path])` and `json_tree`: lists of rows unnested. */
export function bindJsonTable(env: Environment, table: TableFunction, name: string): BoundQuery | undefined {
  if (name !== "json_each" && name !== "json_tree") return undefined;
  const { ctx } = env;
  const rows = callScalar(
    ctx,
    `${name}_rows`,
    table.args.map(({ value }) => env.bind(value)),
    table,
  );
  const type = typeOf(rows);
  const element = isList(type) ? type.element : NULL_TYPE;
  const row = ctx.ids.column("row", element, true);
  const unnested: LogicalPlan = {
    kind: "Unnest",
    input: { kind: "Values", columns: [], rows: [[]] },
    columns: [{ column: row, expr: rows }],
    ordinality: undefined,
  };
  const fields = element.kind === "Struct" ? element.fields : [];
  const outputs = fields.map(({ name: label, type: of }, i) => ({
    column: ctx.ids.column(label, of, true),
    expr: fieldAt(ctx, ref(row), fields, i, table),
  }));
  return { plan: { kind: "Project", input: unnested, outputs }, columns: outputs.map(({ column }) => column) };
}

/** UNNEST in FROM, and series whose ends are no constants: they are lists unnested. `env` sees the tables to its left. */
export function bindUnnestTable(env: Environment, table: TableFunction, name: string): BoundQuery | undefined {
  const { ctx } = env;
  const isSeries = name === "range" || name === "generate_series";
  if (name !== "unnest" && !isSeries) return undefined;
  const values = table.args.filter((arg) => arg.name === undefined).map(({ value }) => env.bind(value));
  const lists = isSeries ? [callScalar(ctx, name, values, table)] : values;
  if (lists.length === 0) throw bindError(ctx, "UNNEST needs a list", table);
  const columns = lists.map((list) => {
    const type = typeOf(list);
    if (!isList(type)) {
      throw bindError(ctx, `UNNEST in FROM is of lists, not of ${typeName(type)}`, table, undefined, "type");
    }
    return { column: ctx.ids.column(name, type.element, true), expr: list };
  });
  const ordinality = table.withOrdinality ? ctx.ids.column("ordinality", BIGINT, false) : undefined;
  const input: LogicalPlan = { kind: "Values", columns: [], rows: [[]] };
  const plan: LogicalPlan = { kind: "Unnest", input, columns, ordinality };
  return { plan, columns: [...columns.map(({ column }) => column), ...(ordinality === undefined ? [] : [ordinality])] };
}
