import type { Column, Expr } from "../expr/expr.ts";
import { walkExpr } from "../expr/map.ts";
import { outputColumns } from "../logical/columns.ts";
import { expressionsOf, inputsOf, walkPlan } from "../logical/map.ts";
import type { AsofJoin, LogicalPlan, Sample } from "../logical/plan.ts";
import type { RuleTrace } from "../optimize/driver.ts";
import { createPrinter, type PlanPrinter } from "./names.ts";
import { type ExplainJson, type ExplainNode, treeJson, treeText } from "./tree.ts";

/** The logical plan as a tree of text. */
export function explainLogical(plan: LogicalPlan): string {
  return treeText(describeLogical(plan));
}

export function explainLogicalJson(plan: LogicalPlan): ExplainJson {
  return treeJson(describeLogical(plan));
}

/** The bound plan, then the plan after each rule that changed it, each under the rule's name. */
export function explainRules(trace: RuleTrace): string {
  const first = trace[0];
  if (first === undefined) return "";
  const stages = [{ name: "initial", text: explainLogical(first.before) }];
  for (const { rule, after } of trace) {
    const text = explainLogical(after);
    // Some rules rebuild what they do not change, or change what does not show.
    if (text !== stages.at(-1)?.text) stages.push({ name: rule, text });
  }
  return stages.map(({ name, text }) => `${name}\n${indented(text)}`).join("\n");
}

export function explainRulesJson(trace: RuleTrace): readonly { readonly rule: string; readonly plan: ExplainJson }[] {
  const first = trace[0];
  if (first === undefined) return [];
  return [
    { rule: "initial", plan: explainLogicalJson(first.before) },
    ...trace.map(({ rule, after }) => ({ rule, plan: explainLogicalJson(after) })),
  ];
}

function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}

function describeLogical(plan: LogicalPlan): ExplainNode {
  const columns: Column[] = [];
  collectColumns(plan, columns);
  return describe(plan, createPrinter(columns));
}

function collectColumns(root: LogicalPlan, into: Column[]): void {
  walkPlan(root, (plan) => {
    into.push(...outputColumns(plan));
    for (const expr of expressionsOf(plan)) for (const inner of subqueriesOf(expr)) collectColumns(inner, into);
  });
}

function subqueriesOf(expr: Expr): readonly LogicalPlan[] {
  const plans: LogicalPlan[] = [];
  walkExpr(expr, (part) => {
    if (part.kind === "Subquery") plans.push(part.plan);
  });
  return plans;
}

function describe(plan: LogicalPlan, print: PlanPrinter): ExplainNode {
  const names = plan.kind === "With" ? [...plan.ctes.map(({ name, id }) => `${name}#${id}`), undefined] : [];
  const subqueries = expressionsOf(plan)
    .flatMap(subqueriesOf)
    .map((inner) => titled("Subquery", "", describe(inner, print)));
  const inputs = inputsOf(plan).map((input, i) => {
    const node = describe(input, print);
    const name = names[i];
    return name === undefined ? node : titled("Definition", name, node);
  });
  return { ...headOf(plan, print), figures: {}, inputs: [...subqueries, ...inputs] };
}

function titled(operator: string, detail: string, node: ExplainNode): ExplainNode {
  return { operator, detail, figures: {}, inputs: [node] };
}

function headOf(plan: LogicalPlan, print: PlanPrinter): Pick<ExplainNode, "operator" | "detail"> {
  const operator = plan.kind;
  switch (plan.kind) {
    case "Scan": {
      const columns = print.columns(plan.columns.map(({ column }) => column));
      const alias = plan.alias === plan.source.name ? "" : ` AS ${plan.alias}`;
      const filters = plan.filters.length === 0 ? "" : ` WHERE ${print.list(plan.filters, " AND ")}`;
      return { operator, detail: `${plan.source.name}${alias} [${columns}]${filters}` };
    }
    case "Values":
      return {
        operator,
        detail: `[${print.columns(plan.columns)}] ${plan.rows
          .slice(0, 10)
          .map((row) => `(${print.list(row)})`)
          .join(", ")}${plan.rows.length > 10 ? ", ..." : ""}`,
      };
    case "Empty":
      return { operator, detail: `[${print.columns(plan.columns)}]` };
    case "Filter":
      return { operator, detail: print.expr(plan.predicate) };
    case "Project":
      return { operator, detail: print.bindings(plan.outputs) };
    case "Aggregate":
      return { operator, detail: aggregateDetail(plan, print) };
    case "Window":
      return { operator, detail: windowDetail(plan, print) };
    case "Unnest":
      return { operator, detail: unnestDetail(plan, print) };
    case "MapBatches":
      return { operator, detail: mapDetail(plan, print) };
    case "Join":
    case "DependentJoin": {
      const conditions = plan.conditions.length === 0 ? "" : ` ON ${print.list(plan.conditions, " AND ")}`;
      const mark = plan.mark === undefined ? "" : ` AS ${print.column(plan.mark)}`;
      return { operator, detail: `${plan.join}${conditions}${mark}` };
    }
    case "SetOperation":
      return { operator, detail: `${plan.op}${plan.all ? " all" : ""} [${print.columns(plan.columns)}]` };
    case "Sort":
      return { operator, detail: print.keys(plan.keys) };
    case "Limit":
      return { operator, detail: limitDetail(plan) };
    case "CteScan":
      return {
        operator,
        detail: `${plan.name}#${plan.id} [${plan.columns.map((column, k) => `${print.column(plan.from[k] ?? column)} AS ${print.column(column)}`).join(", ")}]`,
      };
    case "With":
      return { operator, detail: plan.ctes.map(({ name, id }) => `${name}#${id}`).join(", ") };
    case "Recursion":
      return {
        operator,
        detail: `${plan.name}#${plan.id}${recursionDetail(plan)} [${print.columns(plan.columns)}]`,
      };
    case "Sample":
      return { operator, detail: sampleDetail(plan) };
    case "AsofJoin":
      return { operator, detail: `${plan.join} ${asofDetail(plan, print)}` };
    case "PositionalJoin":
      return { operator, detail: "" };
  }
}

export function aggregateDetail(
  plan: Pick<Extract<LogicalPlan, { kind: "Aggregate" }>, "groups" | "aggregates">,
  print: PlanPrinter,
): string {
  const groups = plan.groups.length === 0 ? "" : `BY ${print.bindings(plan.groups)}`;
  const aggregates = print.aggregates(plan.aggregates);
  return [groups, aggregates].filter((part) => part !== "").join(": ");
}

export function recursionDetail({ all, keys }: { readonly all: boolean; readonly keys: readonly Column[] }): string {
  if (keys.length > 0) return ` key (${keys.map(({ name }) => name).join(", ")})`;
  return all ? " all" : "";
}

export function sampleDetail({ method, size, unit, offset, seed }: Omit<Sample, "kind" | "input">): string {
  const amount = `${method} ${size}${unit === "percent" ? "%" : " rows"}`;
  return `${amount}${offset === 0 ? "" : ` offset ${offset}`}${seed === undefined ? "" : ` seed ${seed}`}`;
}

export function asofDetail(
  { equalities, order, residual }: Pick<AsofJoin, "equalities" | "order" | "residual">,
  print: PlanPrinter,
): string {
  const equal = equalities.map(({ left, right }) => `${print.expr(left)} = ${print.expr(right)} AND `).join("");
  const further = residual.length === 0 ? "" : ` IF ${print.list(residual, " AND ")}`;
  return `ON ${equal}${print.expr(order.left)} ${order.op} ${print.expr(order.right)}${further}`;
}

/** `BY key ORDER key: function AS name`. */
export function windowDetail(
  plan: Pick<Extract<LogicalPlan, { kind: "Window" }>, "partitionBy" | "orderBy" | "functions">,
  print: PlanPrinter,
): string {
  const by = plan.partitionBy.length === 0 ? [] : [`BY ${print.list(plan.partitionBy)}`];
  const order = plan.orderBy.length === 0 ? [] : [`ORDER ${print.keys(plan.orderBy)}`];
  const functions = print.windows(plan.functions, plan.orderBy.length);
  return `${[...by, ...order].join(" ")}: ${functions}`.replace(/^: /, "");
}

export function limitDetail({
  limit,
  offset,
}: {
  readonly limit: number | undefined;
  readonly offset: number;
}): string {
  return `${limit ?? "all"}${offset === 0 ? "" : ` offset ${offset}`}`;
}

export function unnestDetail(
  { columns, ordinality }: Pick<Extract<LogicalPlan, { kind: "Unnest" }>, "columns" | "ordinality">,
  print: PlanPrinter,
): string {
  const lists = columns.map(({ column, expr }) => `${print.expr(expr)} AS ${print.column(column)}`);
  return [...lists, ...(ordinality === undefined ? [] : [`ordinality ${print.column(ordinality)}`])].join(", ");
}

/** `name [a, b] AS [c]`. */
export function mapDetail(
  {
    function: { spec },
    args,
    columns,
  }: Pick<Extract<LogicalPlan, { kind: "MapBatches" }>, "function" | "args" | "columns">,
  print: PlanPrinter,
): string {
  return `${spec.name} [${print.list(args)}] AS [${print.columns(columns)}]`;
}
