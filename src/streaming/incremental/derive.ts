import { type ErrorDetail, HeadraceError } from "../../error.ts";
import { ref } from "../../planner/expr/columns.ts";
import type { Column, Expr } from "../../planner/expr/expr.ts";
import { walkExpr } from "../../planner/expr/map.ts";
import { definitionOf } from "../../planner/functions/registry.ts";
import { BOOLEAN } from "../../planner/types/types.ts";
import { outputColumns } from "../../planner/logical/columns.ts";
import { highestId } from "../../planner/logical/highest-id.ts";
import { expressionsOf, inputsOf, transformPlan, walkPlan } from "../../planner/logical/map.ts";
import type { CteScan, Filter, LogicalPlan, Project, Scan, SetOperation, Unnest } from "../../planner/logical/plan.ts";
import { type Clock, least, microsPerUnit } from "../time/bound.ts";
import { type Fact, factOf, factsBehindFilter, factsBehindProject } from "../time/facts.ts";
import { aggregateChanges } from "./aggregate.ts";
import { byGroup } from "./by-group.ts";
import { finalityOf } from "./clock.ts";
import { compacted } from "./compaction.ts";
import { Derivation, type Emit } from "./derivation.ts";
import { finalRows } from "./final-rows.ts";
import { withStreamTimes } from "./stream-times.ts";
import { limitChanges } from "./limit.ts";
import { topChanges, windowChanges } from "./windows.ts";
import { isFixed, joinChanges } from "./joins.ts";
import { mapChanges } from "./map-batches.ts";
import { momentChanges, readsMoment, withMoments } from "./moments.ts";
import { and, call, consolidate, ONE, project, unionAll } from "./nodes.ts";
import type { Changes, IncrementalPlan } from "./plan.ts";
import { createRelation } from "./relation.ts";
import { retractionOf } from "./retractions.ts";

export type DeriveOptions = {
  readonly emit?: Emit | undefined;
  /** Whether the result itself is kept, as a state of the output. */
  readonly keepsResult?: boolean;
  /** Whether the changes are put out in the order of all columns. */
  readonly ordered?: boolean;
};

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
export function deriveIncremental(
  query: LogicalPlan,
  columns: readonly Column[],
  { emit = "changes", keepsResult = true, ordered = false }: DeriveOptions = {},
): IncrementalPlan {
  const plan = withMoments(withStreamTimes(query, 1 + highestId(query)));
  refuseVarying(plan);
  const derive = (late: Derivation["late"]): { readonly derivation: Derivation; readonly result: IncrementalPlan } => {
    const derivation = new Derivation(plan, { firstId: 1 + highestId(plan), emit, late }, changesOf);
    return { derivation, result: deriveResult(derivation, plan, columns, { keepsResult, ordered }) };
  };
  const first = derive(undefined);
  const late = lateStreams(first.derivation);
  return late.size === 0 ? first.result : derive(late).result;
}

/** The streams whose late rows have to be left out for what the plan relies on. */
function lateStreams({ clocks }: Derivation): ReadonlySet<Clock> {
  return new Set(clocks.flatMap(({ bound }) => bound.flatMap((term) => (term.late ? [term.clock] : []))));
}

function deriveResult(
  derivation: Derivation,
  plan: LogicalPlan,
  columns: readonly Column[],
  { keepsResult, ordered }: { readonly keepsResult: boolean; readonly ordered: boolean },
): IncrementalPlan {
  const { make, inputs, constants, tasks, updates, clocks, emit } = derivation;
  const changes = emit === "final" ? finalChanges(derivation, plan) : derivation.changes(plan);
  const distinct = [...new Map(columns.map((column) => [column.id, column])).values()];
  const weight = make.weight();
  const isNet = changes.distinctBy?.every((id) => distinct.some((column) => column.id === id)) === true;
  const narrowed =
    changes.insertOnly || isNet
      ? changes
      : { ...changes, plan: consolidate(make, changes.plan, distinct, changes.weight, weight), weight };
  const keys = [...distinct, narrowed.weight].map((column) => ({
    expr: ref(column),
    descending: false,
    nullsFirst: false,
  }));
  const sorted = ordered ? ({ kind: "Sort", input: narrowed.plan, keys } as const) : narrowed.plan;
  const output = derivation.keep({ ...narrowed, plan: sorted, columns: distinct }, "result");
  if (keepsResult) derivation.stateOf(output);
  // Compaction registers clocks.
  const compactions = [...updates.values()].map((draft) => compacted(derivation, draft));
  return {
    inputs,
    clocks,
    slice: derivation.slice,
    late: [...(derivation.late ?? [])],
    constants,
    tasks,
    updates: compactions,
    output: output.delta,
    columns: distinct,
    insertOnly: changes.insertOnly,
    retracts: changes.insertOnly ? [] : derivation.retracts,
  };
}

/** The rows about which nothing can change any more, once. Rows that are never taken back are such from the beginning. */
function finalChanges(derivation: Derivation, plan: LogicalPlan): Changes {
  const changes = derivation.changes(plan);
  if (changes.insertOnly) return changes;
  const fact = finalityOf(changes.facts, changes.columns);
  if (fact !== undefined) return finalRows(derivation, changes, fact);
  throw new HeadraceError("unsupported", "no time tells when the rows of this query are final", {
    hint: "group by the window_end of a TUMBLE, HOP, CUMULATE or SESSION over a table with a WATERMARK, or leave out EMIT FINAL",
  });
}

function changesOf(derivation: Derivation, plan: LogicalPlan): Changes {
  // What an operator makes of rows that never change never changes.
  if (plan.kind !== "Scan" && retractionOf(plan) !== undefined && isFixed(derivation, plan))
    return constant(derivation, plan, plan.kind);
  switch (plan.kind) {
    case "Scan":
      return scan(derivation, plan);
    case "Values":
    case "Empty":
      return constant(derivation, plan, plan.kind);
    case "Filter":
      if (readsMoment(plan.predicate)) return momentChanges(derivation, plan);
      return topChanges(derivation, plan) ?? linear(derivation, plan, derivation.changes(plan.input));
    case "Project":
    case "Unnest":
      return linear(derivation, plan, derivation.changes(plan.input));
    case "SetOperation":
      return setOperation(derivation, plan);
    case "Join":
      return joinChanges(derivation, plan);
    case "Aggregate":
      return aggregateChanges(derivation, plan);
    case "Window":
      return windowChanges(derivation, plan);
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
      return limitChanges(derivation, plan);
    case "With":
      for (const { id, name, plan: definition } of plan.ctes)
        derivation.ctes.set(id, derivation.keep(derivation.changes(definition), name));
      return derivation.changes(plan.input);
    case "CteScan":
      return cteScan(derivation, plan);
    case "Recursion":
      return whole(derivation, plan);
    case "MapBatches":
      return mapChanges(derivation, plan);
    case "Sample":
      throw cannot("a sample");
    case "PositionalJoin":
      throw cannot("a positional join");
    case "DependentJoin":
      throw new HeadraceError("internal", "a dependent join was left in the plan");
  }
}

/** Functions of single rows. */
function linear(derivation: Derivation, plan: Filter | Project | Unnest, input: Changes): Changes {
  switch (plan.kind) {
    case "Filter":
      return { ...input, plan: { ...plan, input: input.plan }, facts: factsBehindFilter(input.facts, plan.predicate) };
    case "Project": {
      const weight = derivation.make.weight();
      const outputs = [...plan.outputs, { column: weight, expr: ref(input.weight) }];
      return {
        plan: { ...plan, input: input.plan, outputs },
        columns: outputColumns(plan),
        weight,
        insertOnly: input.insertOnly,
        distinctBy: distinctBehindProject(input.distinctBy, plan),
        fleeting: input.fleeting,
        facts: factsBehindProject(input.facts, plan),
      };
    }
    case "Unnest":
      return { ...input, plan: { ...plan, input: input.plan }, columns: outputColumns(plan), distinctBy: undefined };
  }
}

function distinctBehindProject(ids: Changes["distinctBy"], { outputs }: Project): Changes["distinctBy"] {
  const own = ids?.map((id) => outputs.find(({ expr }) => expr.kind === "Column" && expr.column.id === id)?.column.id);
  return own?.every((id) => id !== undefined) === true ? own : undefined;
}

function scan(derivation: Derivation, plan: Scan): Changes {
  const input = derivation.input(plan.source);
  if (input === undefined) return constant(derivation, plan, plan.alias);
  const { make, late } = derivation;
  const { source, ordinals, delta } = input;
  const facts: Fact[] = [];
  const read = [...plan.columns];
  const time = source.stream?.eventTime;
  const columnOf = (ordinal: number): Column => {
    const known = read.find((column) => column.ordinal === ordinal)?.column;
    if (known !== undefined) return known;
    const { name, type } = source.schema[ordinal]!;
    const column = make.make(name, type);
    read.push({ column, ordinal });
    return column;
  };
  const reads = (ordinal: number): boolean => plan.columns.some((column) => column.ordinal === ordinal);
  const filters: Expr[] = [];
  if (time !== undefined) {
    const isLeftOut = late?.has(source) ?? true;
    if (isLeftOut && (late !== undefined || reads(time.ordinal))) {
      const own = ref(columnOf(time.ordinal));
      facts.push({ expr: own, bound: [{ clock: source, offset: 0n, late: late === undefined }] });
      if (late !== undefined) filters.push(call(">=", [own, ref(columnOf(time.watermark))], BOOLEAN));
    }
    if (reads(time.watermark)) {
      const watermark = ref(columnOf(time.watermark));
      facts.push({ expr: watermark, bound: [{ clock: source, offset: 0n, late: false }] });
    }
  }
  const arrival = source.stream?.arrival;
  if (arrival !== undefined && reads(arrival))
    facts.push({ expr: ref(columnOf(arrival)), bound: [{ clock: "processing time", offset: 0n, late: false }] });
  const weight = make.weight();
  const columns = read.map(({ column, ordinal }) => ({ column, ordinal: ordinals.indexOf(ordinal) }));
  const scanned: Scan = {
    ...plan,
    source: delta.source,
    columns: [...columns, { column: weight, ordinal: ordinals.length }],
  };
  return {
    plan: filters.length === 0 ? scanned : { kind: "Filter", input: scanned, predicate: and(filters)! },
    columns: outputColumns(plan),
    weight,
    insertOnly: source.stream?.insertOnly === true,
    facts: plan.filters.reduce<readonly Fact[]>(factsBehindFilter, facts),
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
  // Nothing comes later.
  const facts = columns.flatMap((column): Fact[] =>
    microsPerUnit(column.type) === undefined ? [] : [{ expr: ref(column), bound: [] }],
  );
  return derivation.read({ delta, columns, insertOnly: true, facts });
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
    fleeting: inputs.every(({ fleeting }) => fleeting),
    facts: plan.columns.flatMap((column, i): Fact[] => {
      const bound = least(inputs.map(({ facts }, k) => factOf(facts, ref(plan.inputColumns[k]![i]!))));
      return bound === undefined ? [] : [{ expr: ref(column), bound }];
    }),
  };
}

function cteScan(derivation: Derivation, plan: CteScan): Changes {
  const kept = derivation.ctes.get(plan.id);
  if (kept === undefined) throw new HeadraceError("internal", `there is no common table ${plan.id}`);
  const read = derivation.readAgain(kept);
  const outputs = plan.columns.map((column, i) => {
    const at = kept.columns.findIndex(({ id }) => id === plan.from[i]!.id);
    return { column, expr: ref(read.columns[at]!) };
  });
  const facts = outputs.flatMap(({ column, expr }): Fact[] => {
    const bound = factOf(read.facts, expr);
    return bound === undefined ? [] : [{ expr: ref(column), bound }];
  });
  return { ...read, plan: project(read.plan, [read.weight], ...outputs), columns: plan.columns, facts };
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

const cannot = (what: string, at: ErrorDetail = {}): HeadraceError =>
  new HeadraceError("unsupported", `${what} cannot be kept up to date by a continuous query`, at);

/**
 * What gives other values at another time: no change of the inputs would tell that the result is another one. Of conditions on the
 * moment time itself tells.
 */
function refuseVarying(plan: LogicalPlan, isWhole: boolean = false): void {
  if (plan.kind === "Filter" && readsMoment(plan.predicate) && !isWhole) refuseIn(plan.predicate, readsMoment);
  else for (const expr of expressionsOf(plan)) refuseIn(expr, () => false);
  for (const input of inputsOf(plan)) refuseVarying(input, isWhole || plan.kind === "Recursion");
}

function refuseIn(expr: Expr, isFollowed: (call: Expr) => boolean): void {
  walkExpr(expr, (part) => {
    if (part.kind !== "Call") return;
    const definition = definitionOf(part);
    // Functions with lambdas are what these are.
    if (definition === undefined && part.args.some(({ kind }) => kind === "Lambda")) return;
    const { volatility, javaScript } = definition ?? {};
    // A JavaScript function is taken for one of its arguments, unless it is said to be volatile.
    if (volatility === "immutable" || (volatility === "stable" && javaScript !== undefined)) return;
    if (isFollowed(part)) return;
    const hint = readsMoment(part)
      ? "conditions of WHERE may ask for the moment; PROCTIME() is the time at which a row came"
      : "its value depends on when it is asked for: take the moment from a column";
    throw cannot(`${part.name}()`, { span: part.span, hint });
  });
}
