import { ref } from "../../planner/expr/columns.ts";
import type { AggregateCall, Column, Expr } from "../../planner/expr/expr.ts";
import type { Aggregate, LogicalPlan } from "../../planner/logical/plan.ts";
import { typeOf } from "../../planner/expr/type-of.ts";
import { BIGINT, BOOLEAN, DOUBLE, HUGEINT, isInteger, type SqlType } from "../../planner/types/types.ts";
import { byGroup } from "./by-group.ts";
import { outputColumns } from "../../planner/logical/columns.ts";
import { type Fact, factOf, isSure } from "../time/facts.ts";
import { becomingFinal } from "./clock.ts";
import type { Derivation } from "./derivation.ts";
import {
  and,
  call,
  cast,
  hasEqualForms,
  isNull,
  join,
  literal,
  not,
  ONE,
  orZero,
  project,
  same,
  unionAll,
  when,
} from "./nodes.ts";
import { orderOf } from "./order.ts";
import { aggregateParts } from "./parts.ts";
import type { Changes, Kept } from "./plan.ts";
import { type Relation, scanRelation } from "./relation.ts";

/**
 * Aggregates whose state is a few sums take in an epoch's sums by group; the others are computed anew for the groups that an epoch
 * touches, or for parts of all rows.
 */
export function aggregateChanges(derivation: Derivation, plan: Aggregate): Changes {
  const order = orderOf(plan.input);
  const input = derivation.changes(plan.input);
  const sums = plan.aggregates.map(({ call: aggregate }) => sumsOf(aggregate, input));
  // A group shows the form of a row that it has.
  const hasForms = plan.groups.some(({ column }) => hasEqualForms(column.type));
  if (!hasForms && sums.every((sum) => sum !== undefined)) return bySums(derivation, plan, input, sums);
  const ofParts = aggregateParts(derivation, plan, input);
  if (ofParts !== undefined) return ofParts;
  const keys = plan.groups.map(({ expr }) => order?.below(expr) ?? expr);
  return byGroup(
    derivation,
    plan,
    [{ changes: order === undefined ? input : derivation.changes(order.rows), keys }],
    ([rows]) => ({ ...plan, input: order?.rebuild(rows!) ?? rows! }),
    plan.groups.map(({ column }) => ref(column)),
  );
}

/** A number kept for each group: the sum, or the least or greatest, of `value` over all changes. */
type Part = { readonly merge: "sum" | "min" | "max"; readonly value: Expr; readonly type: SqlType };

/** What an aggregate is made of, and how `finish` makes its value from these. */
type Sums = { readonly parts: readonly Part[]; readonly finish: (parts: readonly Expr[]) => Expr };

function sumsOf({ name, args, distinct, filter, orderBy, type }: AggregateCall, input: Changes): Sums | undefined {
  if (distinct || orderBy.length > 0) return undefined;
  const [arg] = args;
  const weight = ref(input.weight);
  const counted = and([...(filter === undefined ? [] : [filter]), ...(arg === undefined ? [] : [not(isNull(arg))])]);
  const count: Part = {
    merge: "sum",
    value: counted === undefined ? weight : when(counted, weight, literal(0n, BIGINT), BIGINT),
    type: HUGEINT,
  };
  switch (name) {
    case "count":
      return args.length > 1 ? undefined : { parts: [count], finish: ([n]) => cast(orZero(n!), BIGINT) };
    case "sum":
    case "avg": {
      const total = arg === undefined ? undefined : totalOf(arg, weight, input.insertOnly);
      if (total === undefined) return undefined;
      const value =
        filter === undefined ? total.value : when(filter, total.value, literal(null, total.part), total.part);
      const parts: Part[] = [{ merge: "sum", value, type: total.type }, count];
      const some = (n: Expr): Expr => call(">", [n, literal(0n, HUGEINT)], BOOLEAN);
      if (name === "sum") {
        if (!(type.kind === total.type.kind)) return undefined;
        return { parts, finish: ([sum, n]) => when(some(n!), sum!, literal(null, type), type) };
      }
      if (type.kind !== "Double" || total.type.kind !== "HugeInt") return undefined;
      const mean = (sum: Expr, n: Expr): Expr => call("/", [cast(sum, DOUBLE), cast(n, DOUBLE)], DOUBLE);
      return { parts, finish: ([sum, n]) => when(some(n!), mean(sum!, n!), literal(null, DOUBLE), DOUBLE) };
    }
    case "min":
    case "max": {
      // What is taken back may have been the extreme.
      if (!input.insertOnly || args.length !== 1 || arg === undefined) return undefined;
      const value = filter === undefined ? arg : when(filter, arg, literal(null, type), type);
      return { parts: [{ merge: name, value, type }], finish: ([extreme]) => extreme! };
    }
    default:
      return undefined;
  }
}

/** `arg` as often as `weight` says, exactly; undefined where no exact type holds it. `part`: the type of one value. */
function totalOf(
  arg: Expr,
  weight: Expr,
  once: boolean,
): { readonly value: Expr; readonly part: SqlType; readonly type: SqlType } | undefined {
  const type = typeOf(arg);
  if (isInteger(type) && type.kind !== "UHugeInt") {
    const wide = cast(arg, HUGEINT);
    return { value: once ? wide : call("*", [wide, cast(weight, HUGEINT)], HUGEINT), part: HUGEINT, type: HUGEINT };
  }
  if (type.kind !== "Decimal" || type.precision > 28) return undefined;
  const { precision, scale } = type;
  const sum: SqlType = { kind: "Decimal", precision: 38, scale };
  if (once) return { value: arg, part: type, type: sum };
  const factor: SqlType = { kind: "Decimal", precision: 10, scale: 0 };
  const part: SqlType = { kind: "Decimal", precision: precision + 10, scale };
  return { value: call("*", [arg, cast(weight, factor)], part), part, type: sum };
}

function bySums(derivation: Derivation, plan: Aggregate, input: Changes, sums: readonly Sums[]): Changes {
  const { make } = derivation;
  const keys = plan.groups.map(({ column }) => column);
  const parts = [
    { merge: "sum", value: ref(input.weight), type: HUGEINT } as Part,
    ...sums.flatMap((sum) => sum.parts),
  ];
  const columns = parts.map(({ type }, i) => make.make(i === 0 ? "rows" : `part${i}`, type));
  const grouped = (rows: LogicalPlan, groups: Aggregate["groups"], values: readonly Expr[]): LogicalPlan => ({
    kind: "Aggregate",
    input: rows,
    groups,
    aggregates: parts.map((part, i) => ({ column: columns[i]!, call: merging(part, values[i]!, undefined) })),
  });

  // This epoch's sums by group.
  const weight = make.weight();
  const own = grouped(
    input.plan,
    plan.groups,
    parts.map(({ value }) => value),
  );
  const stored = [...keys, ...columns];
  const facts = plan.groups.flatMap(({ column, expr }): Fact[] => {
    const bound = factOf(input.facts, expr);
    return bound === undefined ? [] : [{ expr: ref(column), bound }];
  });
  const expiry = facts.find(isSure);
  const delta = derivation.keep(
    { plan: project(own, stored, { column: weight, expr: ONE }), columns: stored, weight, insertOnly: true, facts },
    "sums of Aggregate",
  );
  const state = derivation.stateOf(delta, {
    expiry,
    keeps: keys.length === 0 ? "one row" : "one row a group",
    keys: keys.map((column) => ref(column)),
    merges: true,
    rebuild: (rows, weightOfRows) => mergeSums(derivation, rows, weightOfRows, keys, columns, grouped),
  });

  const finished = (of: readonly Column[]): Expr[] => {
    let at = 1;
    return sums.map(({ parts: { length }, finish }) =>
      finish(of.slice(at, (at += length)).map((column) => ref(column))),
    );
  };
  if (derivation.emit !== "changes" && expiry !== undefined) {
    const merged = mergeFinal(derivation, delta, state, keys, columns, grouped, expiry);
    const sum = make.weight();
    const outputs = finished(columns).map((expr, i) => ({ column: plan.aggregates[i]!.column, expr }));
    const made = {
      plan: project(merged, keys, ...outputs, { column: sum, expr: ONE }),
      columns: outputColumns(plan),
      weight: sum,
      insertOnly: true,
      facts,
    };
    return derivation.read(derivation.keep(made, "Aggregate", derivation.clock(expiry.bound, typeOf(expiry.expr))));
  }

  // Before and after, of the groups that have changed.
  const past = make.make("past", BOOLEAN);
  const side = (
    rows: LogicalPlan,
    isPast: boolean,
  ): { readonly plan: LogicalPlan; readonly columns: readonly Column[] } =>
    derivation.copy(project(rows, stored, { column: past, expr: literal(isPast, BOOLEAN) }), [...stored, past]);
  const changed = derivation.readAgain(delta);
  const touched =
    keys.length === 0
      ? scanRelation(state, stored, make.weight())
      : join(
          "semi",
          scanRelation(state, stored, make.weight()),
          changed.plan,
          keys.map((key, i) => same(ref(key), ref(changed.columns[i]!))),
        );
  const both = unionAll(
    [side(touched, true), side(scanRelation(delta.delta, stored, make.weight()), false)],
    [...stored, past],
  );
  const after = columns.map((column) => make.copy(column));
  const before = columns.map((column) => make.copy(column));
  const existed = make.make("existed", BIGINT);
  const compared: LogicalPlan = {
    kind: "Aggregate",
    input: both,
    groups: keys.map((column) => ({ column, expr: ref(column) })),
    aggregates: [
      ...parts.map((part, i) => ({ column: after[i]!, call: merging(part, ref(columns[i]!), undefined) })),
      ...parts.map((part, i) => ({ column: before[i]!, call: merging(part, ref(columns[i]!), ref(past)) })),
      {
        column: existed,
        call: { name: "count", args: [], distinct: false, filter: ref(past), orderBy: [], type: BIGINT },
      },
    ],
  };
  const one = make.weight();
  const all = [...keys, ...after, ...before, existed];
  const groups = derivation.keep(
    { plan: project(compared, all, { column: one, expr: ONE }), columns: all, weight: one, insertOnly: true, facts },
    "groups of Aggregate",
  );

  const present = (rows: Column): Expr => call(">", [ref(rows), literal(0n, HUGEINT)], BOOLEAN);
  // Without groups there is a row from the first epoch on, whatever the input.
  const isNew = keys.length === 0 ? literal(true, BOOLEAN) : present(after[0]!);
  const wasOld = keys.length === 0 ? call(">", [ref(existed), literal(0n, BIGINT)], BOOLEAN) : present(before[0]!);
  const [now, then] = [finished(after), finished(before)];
  const unchanged = and([
    isNew,
    when(isNull(wasOld), literal(false, BOOLEAN), wasOld, BOOLEAN),
    ...now.map((value, i) => same(value, then[i]!)),
  ])!;
  const branch = (
    exists: Expr,
    values: readonly Expr[],
    sign: bigint,
  ): { readonly plan: LogicalPlan; readonly columns: readonly Column[] } => {
    const [read, signed] = [scanRelation(groups.delta, all, make.weight()), make.weight()];
    const rows: LogicalPlan = { kind: "Filter", input: read, predicate: and([exists, not(unchanged)])! };
    const outputs = plan.aggregates.map(({ column }, i) => ({ column, expr: values[i]! }));
    const output = project(rows, keys, ...outputs, { column: signed, expr: literal(sign, BIGINT) });
    return derivation.copy(output, [...keys, ...plan.aggregates.map(({ column }) => column), signed]);
  };
  const result = [...keys, ...plan.aggregates.map(({ column }) => column)];
  const signs = make.weight();
  return {
    plan: unionAll([branch(isNew, now, 1n), branch(wasOld, then, -1n)], [...result, signs]),
    columns: result,
    weight: signs,
    // A group without values comes once.
    insertOnly: input.insertOnly && sums.length === 0,
    distinctBy: result.map(({ id }) => id),
    facts,
  };
}

function merging({ merge, type }: Part, value: Expr, filter: Expr | undefined): AggregateCall {
  return { name: merge, args: [value], distinct: false, filter, orderBy: [], type };
}

type Grouping = (rows: LogicalPlan, groups: Aggregate["groups"], values: readonly Expr[]) => LogicalPlan;

/** One row a group, under the same ids; groups without rows go. */
function mergeSums(
  derivation: Derivation,
  rows: LogicalPlan,
  weight: Column,
  keys: readonly Column[],
  columns: readonly Column[],
  grouped: Grouping,
): LogicalPlan {
  const { make } = derivation;
  const stored = [...keys, ...columns];
  const own = stored.map((column) => make.copy(column));
  const renamed = project(rows, [], ...stored.map((column, i) => ({ column: own[i]!, expr: ref(column) })));
  const merged = grouped(
    renamed,
    keys.map((column, i) => ({ column, expr: ref(own[i]!) })),
    columns.map((_, i) => ref(own[keys.length + i]!)),
  );
  const kept = keys.length === 0 ? merged : withRows(merged, columns);
  return project(kept, stored, { column: weight, expr: ONE });
}

/** The groups that are over with this epoch. */
function mergeFinal(
  derivation: Derivation,
  delta: Kept,
  state: Relation,
  keys: readonly Column[],
  columns: readonly Column[],
  grouped: Grouping,
  { expr, bound }: Fact,
): LogicalPlan {
  const { make } = derivation;
  const stored = [...keys, ...columns];
  const clock = derivation.clock(bound, typeOf(expr));
  const part = (relation: Relation): { readonly plan: LogicalPlan; readonly columns: readonly Column[] } =>
    derivation.copy(becomingFinal(derivation, scanRelation(relation, stored, make.weight()), expr, clock), stored);
  const own = stored.map((column) => make.copy(column));
  const merged = grouped(
    unionAll([part(state), part(delta.delta)], own),
    keys.map((column, i) => ({ column, expr: ref(own[i]!) })),
    columns.map((_, i) => ref(own[keys.length + i]!)),
  );
  return withRows(merged, columns);
}

/** Groups without rows go. */
const withRows = (groups: LogicalPlan, [rows]: readonly Column[]): LogicalPlan => ({
  kind: "Filter",
  input: groups,
  predicate: call("<>", [ref(rows!), literal(0n, HUGEINT)], BOOLEAN),
});
