import { ref } from "../../planner/expr/columns.ts";
import type { Column, Expr } from "../../planner/expr/expr.ts";
import { typeOf } from "../../planner/expr/type-of.ts";
import { outputColumns } from "../../planner/logical/columns.ts";
import type { LogicalPlan } from "../../planner/logical/plan.ts";
import { type Bound, least } from "../time/bound.ts";
import { type Fact, factOf } from "../time/facts.ts";
import { becomingFinal, notSettled } from "./clock.ts";
import type { Derivation, Retention } from "./derivation.ts";
import { consolidate, join, MINUS_ONE, negated, ONE, project, repeat, same, unionAll } from "./nodes.ts";
import type { Changes, Kept } from "./plan.ts";
import { createRelation, type Relation, scanRelation } from "./relation.ts";

/**
 * An input of an operator; `keys` are expressions over its columns that tell the group of a row. `useful`: where not all rows of a
 * group can matter again, those that can, of rows under the ids of `changes.columns`.
 */
export type GroupedInput = {
  readonly changes: Changes;
  readonly keys: readonly Expr[];
  readonly useful?: Retention["rebuild"];
  /** The same in words. */
  readonly keeps?: string | undefined;
};

/**
 * An operator whose output rows belong to groups: all those of one group follow from the input rows with the group's keys. Groups
 * that an epoch touches are computed anew from the states, and what was put out for them before is taken back.
 *
 * @param inputs as many keys each; none: all rows are one group
 * @param rebuild the operator over other inputs
 * @param outputKeys the keys as expressions over the operator's output
 */
export function byGroup(
  derivation: Derivation,
  plan: LogicalPlan,
  inputs: readonly GroupedInput[],
  rebuild: (inputs: readonly LogicalPlan[]) => LogicalPlan,
  outputKeys: readonly Expr[],
  { settled, repeatable = false, constant, facts: known = [] }: GroupFacts = {},
): Changes {
  const time = timeOfGroups(inputs, outputKeys);
  const facts = [...factsOfKeys(inputs, outputKeys), ...known];
  if (derivation.emit !== "changes" && time !== undefined)
    return { ...finalGroups(derivation, plan, inputs, rebuild, time), facts };
  const { make } = derivation;
  const columns = outputColumns(plan);
  const kept = inputs.map((input) => ({
    ...derivation.keep(input.changes, `input of ${plan.kind}`),
    keys: input.keys,
    rest: {
      rebuild: input.useful,
      keeps: input.keeps,
      keys: input.keys,
      expiry: time && { expr: input.keys[time.at]!, bound: time.bound },
    },
  }));
  const changed = outputKeys.length === 0 ? undefined : changedKeys(derivation, kept, plan.kind);
  const restrict = (rows: LogicalPlan, keys: readonly Expr[]): LogicalPlan => {
    if (changed === undefined) return rows;
    const { plan: own, columns: named } = derivation.readAgain(changed);
    return join(
      "semi",
      rows,
      own,
      keys.map((key, i) => same(key, ref(named[i]!))),
    );
  };

  const unsettled = (rows: LogicalPlan): LogicalPlan =>
    settled === undefined ? rows : notSettled(derivation, rows, settled);
  const fleeting = outputKeys.length > 0 && inputs.every(({ changes }) => changes.fleeting);
  const result = createRelation("delta", plan.kind, columns);
  const rebuilt = (from: RowsOf, sign: Expr): Part => {
    const rows = unsettled(rebuild(kept.map((input) => from(derivation, input, (all) => restrict(all, input.keys)))));
    const signed = make.weight();
    return derivation.copy(project(rows, columns, { column: signed, expr: sign }), [...columns, signed]);
  };
  const put = (): Part => {
    const state = derivation.stateOf(
      { delta: result, columns, insertOnly: false, fleeting },
      {
        name: `result of ${plan.kind}`,
        keys: outputKeys.length === 0 ? undefined : outputKeys,
        expiry: settled ?? (time && { expr: outputKeys[time.at]!, bound: time.bound }),
      },
    );
    const [before, removed] = [make.weight(), make.weight()];
    const rows = unsettled(restrict(scanRelation(state, columns, before), outputKeys));
    return derivation.copy(project(rows, columns, { column: removed, expr: negated(before) }), [...columns, removed]);
  };
  const current = rebuilt(rowsNow, ONE);
  const past = repeatable && changed !== undefined ? rebuilt(rowsBefore, MINUS_ONE) : put();

  const [weight, sum] = [make.weight(), make.weight()];
  const union = unionAll([current, past], [...columns, weight]);
  derivation.tasks.push({
    into: result,
    plan: consolidate(make, union, columns, weight, sum),
    columns: [...columns, sum],
  });
  const distinctBy = columns.flatMap(({ id }) => (constant?.id === id ? [] : [id]));
  return { ...derivation.read({ delta: result, columns, insertOnly: false, facts, fleeting }), distinctBy };
}

/** What is known of the rows that an operator puts out. */
type GroupFacts = {
  /** Rows in which it is below the bound never change again, whatever else changes in their group. */
  readonly settled?: Fact | undefined;
  /**
   * The rows of a group are the same whenever they are computed, and there are none for no rows: what was put out before need not
   * be kept.
   */
  readonly repeatable?: boolean;
  /** The same in all rows. */
  readonly constant?: Column | undefined;
  readonly facts?: readonly Fact[];
};

/** A key that tells when a group is over: its position, and the least that it is in later changes. */
type GroupTime = { readonly at: number; readonly bound: Bound };

function timeOfGroups(inputs: readonly GroupedInput[], outputKeys: readonly Expr[]): GroupTime | undefined {
  for (const at of outputKeys.keys()) {
    const bound = least(inputs.map(({ changes, keys }) => factOf(changes.facts, keys[at]!)));
    if (bound?.every(({ late }) => !late)) return { at, bound };
  }
  return undefined;
}

function factsOfKeys(inputs: readonly GroupedInput[], outputKeys: readonly Expr[]): readonly Fact[] {
  return outputKeys.flatMap((expr, at): Fact[] => {
    const bound = least(inputs.map(({ changes, keys }) => factOf(changes.facts, keys[at]!)));
    return bound === undefined ? [] : [{ expr, bound }];
  });
}

/** The results of groups that are over, when they are. */
function finalGroups(
  derivation: Derivation,
  plan: LogicalPlan,
  inputs: readonly GroupedInput[],
  rebuild: (inputs: readonly LogicalPlan[]) => LogicalPlan,
  { at, bound }: GroupTime,
): Changes {
  const { make } = derivation;
  const clock = derivation.clock(bound, typeOf(inputs[0]!.keys[at]!));
  const kept = inputs.map(({ changes, keys, useful, keeps }) => ({
    ...derivation.keep(changes, `input of ${plan.kind}`),
    keys,
    rest: { rebuild: useful, keys, keeps, expiry: { expr: keys[at]!, bound } },
  }));
  const now = rebuild(
    kept.map((input) => rowsNow(derivation, input, (rows) => becomingFinal(derivation, rows, input.keys[at]!, clock))),
  );
  const [columns, weight] = [outputColumns(plan), make.weight()];
  const made = {
    plan: project(now, columns, { column: weight, expr: ONE }),
    columns,
    weight,
    insertOnly: true,
    facts: [],
  };
  return derivation.read(derivation.keep(made, plan.kind, clock));
}

/** The keys of this epoch's changes, each once. */
function changedKeys(
  derivation: Derivation,
  inputs: readonly (Kept & { readonly keys: readonly Expr[] })[],
  name: string,
): Kept {
  const { make } = derivation;
  const columns = inputs[0]!.keys.map((key, i) => make.make(`key${i}`, typeOf(key)));
  const parts = inputs.map(({ delta, columns: of, keys }) => {
    const outputs = keys.map((expr) => ({ column: make.make("key", typeOf(expr)), expr }));
    return derivation.copy(
      { kind: "Project", input: scanRelation(delta, of, make.weight()), outputs },
      outputs.map(({ column }) => column),
    );
  });
  const weight = make.weight();
  const distinct: LogicalPlan = {
    kind: "Aggregate",
    input: unionAll(parts, columns),
    groups: columns.map((column) => ({ column, expr: ref(column) })),
    aggregates: [],
  };
  const plan = project(distinct, columns, { column: weight, expr: ONE });
  return derivation.keep({ plan, columns, weight, insertOnly: true, facts: [] }, `changed keys of ${name}`);
}

type Part = { readonly plan: LogicalPlan; readonly columns: readonly Column[] };

type KeptInput = Kept & { readonly rest: Retention };

/** The rows of an input that `restrict` lets pass. */
type RowsOf = (derivation: Derivation, kept: KeptInput, restrict: (rows: LogicalPlan) => LogicalPlan) => LogicalPlan;

/** As they are after this epoch. */
const rowsNow: RowsOf = (derivation, kept, restrict) =>
  rowsIn(derivation, kept, [derivation.stateOf(kept, kept.rest), kept.delta], restrict);

/** As they were before it. */
const rowsBefore: RowsOf = (derivation, kept, restrict) =>
  rowsIn(derivation, kept, [derivation.stateOf(kept, kept.rest)], restrict);

function rowsIn(
  derivation: Derivation,
  { columns, insertOnly }: KeptInput,
  relations: readonly Relation[],
  restrict: (rows: LogicalPlan) => LogicalPlan,
): LogicalPlan {
  const { make } = derivation;
  const parts = relations.map((relation): Part => {
    const weight = make.weight();
    return derivation.copy(restrict(scanRelation(relation, columns, weight)), [...columns, weight]);
  });
  const [weight, sum] = [make.weight(), make.weight()];
  const all = unionAll(parts, [...columns, weight]);
  if (insertOnly) return project(all, columns);
  return repeat(make, consolidate(make, all, columns, weight, sum), columns, sum);
}
