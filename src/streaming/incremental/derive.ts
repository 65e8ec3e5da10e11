import { type ErrorDetail, HeadraceError } from "../../error.ts";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import { columnsOf, ref } from "../../planner/expr/columns.ts";
import type { Column } from "../../planner/expr/expr.ts";
import { walkExpr } from "../../planner/expr/map.ts";
import { definitionOf } from "../../planner/functions/registry.ts";
import { outputColumns } from "../../planner/logical/columns.ts";
import { expressionsOf, transformPlan, walkPlan } from "../../planner/logical/map.ts";
import type { CteScan, Limit, LogicalPlan, Scan, SetOperation } from "../../planner/logical/plan.ts";
import { aggregateChanges } from "./aggregate.ts";
import { byGroup } from "./by-group.ts";
import { Derivation } from "./derivation.ts";
import { joinChanges } from "./joins.ts";
import { consolidate, ONE, project, unionAll } from "./nodes.ts";
import type { Changes, IncrementalPlan } from "./plan.ts";
import { createRelation } from "./relation.ts";

/**
 * How the result of a query follows its inputs. `plan` is optimized and puts out `columns`. Rows of streams come epoch by epoch.
 * Throws `unsupported` for what cannot be maintained.
 *
 * - Filters, projections, unnesting and UNION ALL are linear: the same plan over the changes.
 * - Inner joins are bilinear: each side's changes meet the other side's state.
 * - Counts and exact sums take in the sums of the changes.
 * - All other operators work on groups of rows that agree on some keys: the groups that changed are computed anew, and what was
 *   put out for them before is taken back.
 */
export function deriveIncremental(plan: LogicalPlan, columns: readonly Column[]): IncrementalPlan {
  refuseVarying(plan);
  const derivation = new Derivation(1 + highestId(plan), changesOf);
  const { make } = derivation;
  const changes = derivation.changes(plan);
  const distinct = [...new Map(columns.map((column) => [column.id, column])).values()];
  const weight = make.weight();
  const narrowed = changes.insertOnly
    ? changes
    : { ...changes, plan: consolidate(make, changes.plan, distinct, changes.weight, weight), weight };
  const output = derivation.keep({ ...narrowed, columns: distinct }, "result");
  derivation.stateOf(output);
  return {
    inputs: derivation.inputs,
    constants: derivation.constants,
    tasks: derivation.tasks,
    updates: [...derivation.updates.values()],
    output: output.delta,
    columns: distinct,
    insertOnly: changes.insertOnly,
  };
}

function changesOf(derivation: Derivation, plan: LogicalPlan): Changes {
  switch (plan.kind) {
    case "Scan":
      return scan(derivation, plan);
    case "Values":
    case "Empty":
      return constant(derivation, plan, plan.kind);
    case "Filter": {
      const input = derivation.changes(plan.input);
      return { ...input, plan: { ...plan, input: input.plan } };
    }
    case "Project": {
      const input = derivation.changes(plan.input);
      const weight = derivation.make.weight();
      const outputs = [...plan.outputs, { column: weight, expr: ref(input.weight) }];
      return { ...input, plan: { ...plan, input: input.plan, outputs }, columns: outputColumns(plan), weight };
    }
    case "Unnest": {
      const input = derivation.changes(plan.input);
      return { ...input, plan: { ...plan, input: input.plan }, columns: outputColumns(plan) };
    }
    case "SetOperation":
      return setOperation(derivation, plan);
    case "Join":
      return joinChanges(derivation, plan);
    case "Aggregate":
      return aggregateChanges(derivation, plan);
    case "Window": {
      const inputs = [{ changes: derivation.changes(plan.input), keys: plan.partitionBy }];
      return byGroup(derivation, plan, inputs, ([input]) => ({ ...plan, input: input! }), plan.partitionBy);
    }
    case "AsofJoin": {
      const inputs = [
        { changes: derivation.changes(plan.left), keys: plan.equalities.map(({ left }) => left) },
        { changes: derivation.changes(plan.right), keys: plan.equalities.map(({ right }) => right) },
      ];
      const rebuild = ([left, right]: readonly LogicalPlan[]): LogicalPlan => ({ ...plan, left: left!, right: right! });
      return byGroup(derivation, plan, inputs, rebuild, inputs[0]!.keys);
    }
    case "Sort":
      return derivation.changes(plan.input); // a set has no order
    case "Limit":
      return limit(derivation, plan);
    case "With":
      for (const { id, name, plan: definition } of plan.ctes)
        derivation.ctes.set(id, derivation.keep(derivation.changes(definition), name));
      return derivation.changes(plan.input);
    case "CteScan":
      return cteScan(derivation, plan);
    case "Recursion":
      return whole(derivation, plan);
    case "MapBatches":
      throw cannot("a JavaScript function of rows");
    case "Sample":
      throw cannot("a sample");
    case "PositionalJoin":
      throw cannot("a positional join");
    case "DependentJoin":
      throw new HeadraceError("internal", "a dependent join was left in the plan");
  }
}

function scan(derivation: Derivation, plan: Scan): Changes {
  const { columns: scanned, source } = plan;
  if (source.kind !== "stream" && source.kind !== "memory") return constant(derivation, plan, plan.alias);
  const { make, inputs } = derivation;
  const fields = source.schema.map(({ name, type }) => make.make(name, type));
  const known = inputs.find((input) => input.source.handle === source.handle);
  const delta = known?.delta ?? createRelation("delta", source.name, fields);
  if (known === undefined) inputs.push({ source, delta });
  const weight = make.weight();
  const columns = [...scanned, { column: weight, ordinal: source.schema.length }];
  return {
    plan: { ...plan, source: delta.source, columns },
    columns: outputColumns(plan),
    weight,
    insertOnly: isInsertOnly(source),
  };
}

/** What never changes is there from the first epoch on. */
function constant(derivation: Derivation, plan: LogicalPlan, name: string): Changes {
  const columns = outputColumns(plan);
  const delta = createRelation("delta", name, columns);
  const weight = derivation.make.weight();
  derivation.constants.push({
    into: delta,
    plan: project(plan, columns, { column: weight, expr: ONE }),
    columns: [...columns, weight],
  });
  return derivation.read({ delta, columns, insertOnly: true });
}

function setOperation(derivation: Derivation, plan: SetOperation): Changes {
  if (plan.op !== "union" || !plan.all) throw cannot(plan.op.toUpperCase());
  const inputs = plan.inputs.map((input) => derivation.changes(input));
  const weight = derivation.make.weight();
  const parts = inputs.map((input, i) => ({ plan: input.plan, columns: [...plan.inputColumns[i]!, input.weight] }));
  return {
    plan: unionAll(parts, [...plan.columns, weight]),
    columns: plan.columns,
    weight,
    insertOnly: inputs.every(({ insertOnly }) => insertOnly),
  };
}

/** Ties are broken by the rest of the row. */
function limit(derivation: Derivation, plan: Limit): Changes {
  const { input } = plan;
  const rows = input.kind === "Sort" ? input.input : input;
  const keys = input.kind === "Sort" ? input.keys : [];
  const rest = outputColumns(rows).map((column) => ({ expr: ref(column), descending: false, nullsFirst: false }));
  const rebuild = ([bag]: readonly LogicalPlan[]): LogicalPlan => ({
    ...plan,
    input: { kind: "Sort", input: bag!, keys: [...keys, ...rest] },
  });
  return byGroup(derivation, plan, [{ changes: derivation.changes(rows), keys: [] }], rebuild, []);
}

function cteScan(derivation: Derivation, plan: CteScan): Changes {
  const kept = derivation.ctes.get(plan.id);
  if (kept === undefined) throw new HeadraceError("internal", `there is no common table ${plan.id}`);
  const read = derivation.readAgain(kept);
  const outputs = plan.columns.map((column, i) => {
    const at = kept.columns.findIndex(({ id }) => id === plan.from[i]!.id);
    return { column, expr: ref(read.columns[at]!) };
  });
  return { ...read, plan: project(read.plan, [read.weight], ...outputs), columns: plan.columns };
}

/** A subplan that is computed anew from all rows of what it reads whenever one of them changes. */
function whole(derivation: Derivation, plan: LogicalPlan): Changes {
  const leaves = new Map<LogicalPlan, number>();
  walkPlan(plan, (node) => {
    if (node.kind === "Scan" || (node.kind === "CteScan" && derivation.ctes.has(node.id)))
      leaves.set(node, leaves.size);
  });
  const inputs = [...leaves.keys()].map((leaf) => ({ changes: derivation.changes(leaf), keys: [] }));
  const rebuild = (bags: readonly LogicalPlan[]): LogicalPlan =>
    transformPlan(plan, (node) => bags[leaves.get(node) ?? -1] ?? node);
  return byGroup(derivation, plan, inputs, rebuild, []);
}

function isInsertOnly({ handle }: TableSource): boolean {
  return (handle as { readonly insertOnly?: boolean }).insertOnly === true;
}

const cannot = (what: string, at: ErrorDetail = {}): HeadraceError =>
  new HeadraceError("unsupported", `${what} cannot be kept up to date by a continuous query`, at);

function highestId(plan: LogicalPlan): number {
  let highest = 0;
  const see = ({ id }: { readonly id: number }): void => {
    highest = Math.max(highest, id);
  };
  walkPlan(plan, (node) => {
    outputColumns(node).forEach(see);
    if (node.kind === "With") node.ctes.forEach(see);
    if (node.kind === "Recursion") highest = Math.max(highest, node.id, node.unionId);
    for (const expr of expressionsOf(node)) columnsOf(expr).forEach(see);
  });
  return highest;
}

/** What gives other values at another time: no change of the inputs would tell that the result is another one. */
function refuseVarying(plan: LogicalPlan): void {
  walkPlan(plan, (node) => {
    for (const expr of expressionsOf(node)) {
      walkExpr(expr, (part) => {
        if (part.kind !== "Call" || definitionOf(part)?.volatility === "immutable") return;
        const hint = "its value depends on when it is asked for: take the moment from a column";
        throw cannot(`${part.name}()`, { span: part.span, hint });
      });
    }
  });
}
