import { HeadraceError } from "../../error.ts";
import { ref } from "../../planner/expr/columns.ts";
import type { Expr } from "../../planner/expr/expr.ts";
import { typeOf } from "../../planner/expr/type-of.ts";
import type { Aggregate, LogicalPlan, MapBatches } from "../../planner/logical/plan.ts";
import { transformPlan } from "../../planner/logical/map.ts";
import type { Derivation } from "./derivation.ts";
import { consolidate, join, MINUS_ONE, negated, ONE, project, repeat, same, unionAll } from "./nodes.ts";
import type { Changes } from "./plan.ts";
import { createRelation, scanRelation } from "./relation.ts";

/** A function is taken for one of its row. Nobody knows which rows of a batch made what. */
export function mapChanges(derivation: Derivation, plan: MapBatches): Changes {
  const { name, takes } = plan.function.spec;
  switch (takes) {
    case "batch":
      throw cannot(`${name}, a JavaScript function of batches,`, "use flatMap, or mapReduceMerge");
    case "row":
      return rowsMade(derivation, plan, derivation.changes(plan.input));
    case "pairs":
      return rowsMade(derivation, plan, grown(derivation, plan.input, plan));
    case "keys":
      return mergeChanges(derivation, plan);
  }
}

/** The rows that are made of those that came, and of those that went. */
function rowsMade(derivation: Derivation, plan: MapBatches, input: Changes): Changes {
  const { make } = derivation;
  const { columns } = plan;
  const weight = make.weight();
  const made = (rows: LogicalPlan, sign: Expr): LogicalPlan =>
    project({ ...plan, input: rows }, columns, { column: weight, expr: sign });
  if (input.insertOnly) return { plan: made(input.plan, ONE), columns, weight, insertOnly: true, facts: [] };
  const { delta, columns: read, fleeting } = derivation.keep(input, `input of ${plan.function.spec.name}`);
  const [came, went, less] = [make.weight(), make.weight(), make.weight()];
  const lost = project(scanRelation(delta, read, went), read, { column: less, expr: negated(went) });
  const parts = [
    made(repeat(make, scanRelation(delta, read, came), read, came), ONE),
    made(repeat(make, lost, read, less), MINUS_ONE),
  ];
  const all = [...columns, weight];
  const union = unionAll(
    parts.map((part) => derivation.copy(part, all)),
    all,
  );
  return { plan: union, columns, weight, insertOnly: false, facts: [], fleeting };
}

/**
 * The values that an epoch has for a key are listed and merged into the key's result so far, which is kept with the key's state. What
 * was there before is taken back.
 */
function mergeChanges(derivation: Derivation, plan: MapBatches): Changes {
  const { make } = derivation;
  const { columns } = plan;
  const grouped = aggregateIn(plan.input);
  const input = grown(derivation, grouped.input, plan);
  const lists = transformPlan(plan.input, (node) => (node === grouped.input ? input.plan : node));
  const [key, values] = plan.args.map((arg, i) => ({
    column: make.make(i === 0 ? "key" : "values", typeOf(arg)),
    expr: arg,
  }));
  const weight = make.weight();
  const epoch = derivation.keep(
    {
      plan: project(lists, [], key!, values!, { column: weight, expr: ONE }),
      columns: [key!.column, values!.column],
      weight,
      insertOnly: true,
      facts: [],
    },
    "values by key",
  );

  const change = createRelation("delta", plan.function.spec.name, columns);
  const state = derivation.stateOf(
    { delta: change, columns, insertOnly: false },
    {
      name: `results of ${plan.function.spec.name}`,
      keys: [ref(columns[0]!)],
      keeps: "one row a key",
      merges: true,
      rebuild: (rows, one) => project(rows, columns, { column: one, expr: ONE }),
    },
  );
  const named = derivation.readAgain(epoch);
  const [stored, net] = [make.weight(), make.weight()];
  const known = join("semi", scanRelation(state, columns, stored), named.plan, [
    same(ref(columns[0]!), ref(named.columns[0]!)),
  ]);
  const before = derivation.keep(
    { plan: consolidate(make, known, columns, stored, net), columns, weight: net, insertOnly: false, facts: [] },
    "results before",
  );

  const [now, past, gone] = [derivation.readAgain(epoch), derivation.readAgain(before), derivation.readAgain(before)];
  const [pastKey, ...old] = past.columns;
  const joined = join("left", now.plan, past.plan, [same(ref(now.columns[0]!), ref(pastKey!))]);
  const merged: LogicalPlan = { ...plan, ...withOld(plan, now.columns.map(ref), old.map(ref)), input: joined };
  const [added, removed, weightOfAll] = [make.weight(), make.weight(), make.weight()];
  const all = [...columns, weightOfAll];
  const union = unionAll(
    [
      derivation.copy(project(merged, columns, { column: added, expr: ONE }), [...columns, added]),
      {
        plan: project(gone.plan, gone.columns, { column: removed, expr: negated(gone.weight) }),
        columns: [...gone.columns, removed],
      },
    ],
    all,
  );
  derivation.tasks.push({ into: change, plan: union, columns: all });
  return derivation.read({ delta: change, columns, insertOnly: false, facts: [] });
}

/** The function with what there was before as further arguments. */
function withOld(
  { function: fn }: MapBatches,
  args: readonly Expr[],
  old: readonly Expr[],
): Pick<MapBatches, "function" | "args"> {
  const types = old.map((expr, i) => ({ name: i === 0 ? "old" : "state", type: typeOf(expr) }));
  return { function: { ...fn, spec: { ...fn.spec, args: [...fn.spec.args, ...types] } }, args: [...args, ...old] };
}

/** Changes of rows that are never taken back. Throws `unsupported` for others. */
function grown(derivation: Derivation, input: LogicalPlan, { function: { spec } }: MapBatches): Changes {
  const changes = derivation.changes(input);
  if (changes.insertOnly) return changes;
  throw cannot(
    `${spec.name} over rows that may be taken back`,
    "read a stream that only grows, and not an aggregate or an outer join of it",
  );
}

/** The aggregate that lists the values of each key, below projections. */
function aggregateIn(plan: LogicalPlan): Aggregate {
  if (plan.kind === "Aggregate") return plan;
  if (plan.kind === "Project") return aggregateIn(plan.input);
  throw new HeadraceError("internal", "the values of keys are not listed");
}

const cannot = (what: string, hint: string): HeadraceError =>
  new HeadraceError("unsupported", `${what} cannot be kept up to date by a continuous query`, { hint });
