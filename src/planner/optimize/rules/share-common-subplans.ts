import type { Column, ColumnRef } from "../../expr/expr.ts";
import { substituteColumns } from "../../expr/columns.ts";
import { outputColumns } from "../../logical/columns.ts";
import { expressionsOf, inputsOf, mapInputs, walkPlan } from "../../logical/map.ts";
import type { LogicalPlan, With } from "../../logical/plan.ts";
import { copyPlan } from "../../logical/rename.ts";
import { workOf } from "../cardinality/estimate.ts";
import type { RuleContext } from "../context.ts";
import { isVolatile } from "../fallible.ts";
import { isRegionJoin } from "../join-order/region.ts";
import { exprKey } from "../predicates.ts";
import type { PlanRule } from "../rule.ts";

/** Computing a plan again must cost this many times the rows that keeping its result would write and read. */
const MIN_SAVING = 4;

/**
 * Joins and aggregates that a statement contains twice, the same but for their column ids, are computed once (TPC-H Q11). Runs
 * before columns are pruned, as the two may use different ones.
 */
export const shareCommonSubplans: PlanRule = {
  name: "ShareCommonSubplans",
  on: "Plan",
  apply: (plan, context) => {
    const sharing: Sharing = {
      context,
      sources: new Map(),
      uses: new Map(),
      keys: new Map(),
      shared: new Map(),
      ctes: [],
    };
    const candidates: Candidate[] = [];
    collectCandidates(plan, false, sharing.sources, candidates);
    // Most statements end here: keys are dear, and needed only where the shapes agree.
    const shapes = new Map<string, number>();
    for (const { shape } of candidates) shapes.set(shape, (shapes.get(shape) ?? 0) + 1);
    for (const candidate of candidates) {
      if ((shapes.get(candidate.shape) ?? 0) < 2 || !isShareable(candidate.plan)) continue;
      const key = planKey(candidate.plan, new Map(), sharing.sources);
      sharing.keys.set(candidate.plan, key);
      sharing.uses.set(key, (sharing.uses.get(key) ?? 0) + 1);
    }
    if (![...sharing.uses.values()].some((uses) => uses > 1)) return undefined;
    const input = replace(plan, sharing);
    if (sharing.ctes.length === 0) return undefined;
    return input.kind === "With"
      ? { ...input, ctes: [...sharing.ctes, ...input.ctes] }
      : { kind: "With", ctes: sharing.ctes, input };
  },
};

type Shared = { readonly id: number; readonly columns: readonly Column[] };

type Sharing = {
  readonly context: RuleContext;
  /** Numbers for tables, whose identity counts. */
  readonly sources: Map<unknown, number>;
  readonly uses: Map<string, number>;
  /** Keys of the candidates. */
  readonly keys: Map<LogicalPlan, string>;
  readonly shared: Map<string, Shared>;
  readonly ctes: With["ctes"][number][];
};

type Candidate = { readonly plan: LogicalPlan; readonly shape: string };

/**
 * Whole join regions and aggregates; what is part of a larger region is left to join ordering. Returns the plan's shape: its
 * nodes' kinds and tables.
 */
function collectCandidates(
  plan: LogicalPlan,
  inRegion: boolean,
  sources: Map<unknown, number>,
  into: Candidate[],
): string {
  const isJoin = isRegionJoin(plan);
  const inputs = inputsOf(plan).map((input) => collectCandidates(input, isJoin, sources, into));
  const shape = plan.kind === "Scan" ? `${numberOf(plan.source, sources)}` : `${plan.kind}(${inputs.join()})`;
  if (plan.kind === "Aggregate" || (isJoin && !inRegion)) into.push({ plan, shape });
  return shape;
}

function numberOf(source: unknown, sources: Map<unknown, number>): number {
  const number = sources.get(source) ?? sources.size;
  sources.set(source, number);
  return number;
}

function isShareable(root: LogicalPlan): boolean {
  let shareable = true;
  walkPlan(root, (plan) => {
    if (
      plan.kind === "CteScan" ||
      plan.kind === "With" ||
      plan.kind === "Sample" ||
      expressionsOf(plan).some(isVolatile)
    )
      shareable = false;
  });
  return shareable;
}

function replace(plan: LogicalPlan, sharing: Sharing): LogicalPlan {
  const key = sharing.keys.get(plan);
  if (key !== undefined && (sharing.uses.get(key) ?? 0) > 1) {
    const definition = sharing.shared.get(key) ?? share(plan, key, sharing);
    if (definition !== undefined) {
      return {
        kind: "CteScan",
        id: definition.id,
        name: "shared",
        columns: outputColumns(plan),
        from: definition.columns,
      };
    }
  }
  return mapInputs(plan, (input) => replace(input, sharing));
}

function share(plan: LogicalPlan, key: string, { context, shared, ctes }: Sharing): Shared | undefined {
  if (workOf(plan, context.estimate) < context.estimate.of(plan).rows * MIN_SAVING) return undefined;
  const copy = copyPlan(plan, ({ name, type, nullable }) => context.newColumn(name, type, nullable), context.newCteId);
  const definition = { id: context.newCteId(), columns: outputColumns(copy.plan) };
  shared.set(key, definition);
  ctes.push({ id: definition.id, name: "shared", plan: copy.plan });
  return definition;
}

/**
 * A text that two plans share when they are the same but for column ids: columns count by the order in which they come into
 * being.
 */
function planKey(plan: LogicalPlan, numbered: Map<number, ColumnRef>, sources: Map<unknown, number>): string {
  const inputs = inputsOf(plan).map((input) => planKey(input, numbered, sources));
  for (const { id } of outputColumns(plan)) {
    if (numbered.has(id)) continue;
    numbered.set(id, { kind: "Column", column: { id: numbered.size, name: "", type: NO_TYPE, nullable: true } });
  }
  const texts = expressionsOf(plan).map((expr) => exprKey(substituteColumns(expr, numbered)));
  const number = ({ id }: Column): number => numbered.get(id)?.column.id ?? -1;
  return `${plan.kind}[${ownKey(plan, number, sources)}|${texts.join()}](${inputs.join()})`;
}

const NO_TYPE = { kind: "Null" } as const;

/** What a node holds besides expressions and inputs. */
function ownKey(plan: LogicalPlan, number: (column: Column) => number, sources: Map<unknown, number>): string {
  switch (plan.kind) {
    case "Scan":
      return `${numberOf(plan.source, sources)}:${plan.columns.map(({ column, ordinal }) => `${ordinal}=${number(column)}`).join()}`;
    case "Values":
    case "Empty":
      return plan.columns.map(number).join();
    case "Project":
      return plan.outputs.map(({ column }) => number(column)).join();
    case "Aggregate":
      return `${plan.groups.map(({ column }) => number(column)).join()};${plan.aggregates
        .map(({ column, call }) => {
          const shape = [
            call.args.length,
            call.distinct,
            call.filter !== undefined,
            ...call.orderBy.map((key) => [key.descending, key.nullsFirst]),
          ];
          return `${number(column)}=${call.name}:${shape.join("/")}`;
        })
        .join()}`;
    case "Window":
      return [
        plan.partitionBy.length,
        ...plan.orderBy.map(({ descending, nullsFirst }) => `${descending}${nullsFirst}`),
        ...plan.functions.map(({ column, call }) => {
          const { unit, start, end, exclude } = call.frame;
          const shape = [
            call.args.length,
            call.distinct,
            call.filter !== undefined,
            call.ignoreNulls,
            call.orderKeys,
            ...call.orderBy.map(({ descending, nullsFirst }) => `${descending}${nullsFirst}`),
          ];
          return `${number(column)}=${call.name}:${[...shape, unit, start.kind, end.kind, exclude].join("/")}`;
        }),
      ].join();
    case "Unnest":
      return [
        ...plan.columns.map(({ column }) => number(column)),
        plan.ordinality === undefined ? "" : number(plan.ordinality),
      ].join();
    case "Join":
    case "DependentJoin":
      return `${plan.join}${plan.mark === undefined ? "" : number(plan.mark)}`;
    case "SetOperation":
      return `${plan.op}${plan.all}${plan.columns.map(number).join()};${plan.inputColumns.map((list) => list.map(number).join()).join(";")}`;
    case "Sort":
      return plan.keys.map(({ descending, nullsFirst }) => `${descending}${nullsFirst}`).join();
    case "Limit":
      return `${plan.limit}+${plan.offset}`;
    case "CteScan":
      return `${plan.id}:${plan.from.map(({ id }) => id).join()}`;
    case "MapBatches":
      // Never shared: nobody knows whether the function gives the same again.
      return `${numberOf(plan, sources)}:${plan.columns.map(number).join()}`;
    case "Recursion":
      return `${plan.id}`;
    case "Sample":
      return `${plan.method}${plan.size}${plan.unit}${plan.offset}:${plan.seed}`;
    case "AsofJoin":
      return `${plan.join}${plan.order.op}${plan.equalities.length}`;
    case "Filter":
    case "With":
    case "PositionalJoin":
      return "";
  }
}
