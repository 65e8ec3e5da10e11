import { typeOf } from "../../planner/expr/type-of.ts";
import type { Fact } from "../time/facts.ts";
import { becomingFinal } from "./clock.ts";
import type { Derivation } from "./derivation.ts";
import { consolidate, repeat, unionAll, project, ONE } from "./nodes.ts";
import type { Changes } from "./plan.ts";
import { type Relation, scanRelation } from "./relation.ts";

/** The rows of changes that a time bounds, put out once, when it has passed them. */
export function finalRows(derivation: Derivation, changes: Changes, fact: Fact): Changes {
  const { make } = derivation;
  const clock = derivation.clock(fact.bound, typeOf(fact.expr));
  const kept = derivation.keep(changes, "rows to be final");
  const state = derivation.stateOf(kept, { expiry: fact });
  const { columns } = kept;
  const part = (relation: Relation): ReturnType<Derivation["copy"]> => {
    const weight = make.weight();
    const rows = becomingFinal(derivation, scanRelation(relation, columns, weight), fact.expr, clock);
    return derivation.copy(rows, [...columns, weight]);
  };
  const [weight, sum, one] = [make.weight(), make.weight(), make.weight()];
  const all = unionAll([part(state), part(kept.delta)], [...columns, weight]);
  const rows = repeat(make, consolidate(make, all, columns, weight, sum), columns, sum);
  const made = {
    plan: project(rows, columns, { column: one, expr: ONE }),
    columns,
    weight: one,
    insertOnly: true,
    facts: changes.facts,
  };
  return derivation.read(derivation.keep(made, "final rows", clock));
}
