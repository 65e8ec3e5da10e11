import type { Column } from "../../planner/expr/expr.ts";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { LogicalPlan } from "../../planner/logical/plan.ts";
import { copyPlan } from "../../planner/logical/rename.ts";
import { ColumnMaker } from "./nodes.ts";
import type { Changes, Kept, Task, Update } from "./plan.ts";
import { createRelation, type Relation, scanRelation } from "./relation.ts";

/** What the derivation of one query's incremental plan collects, and its means to read changes more than once. */
export class Derivation {
  readonly make: ColumnMaker;
  readonly inputs: { readonly source: TableSource; readonly delta: Relation }[] = [];
  readonly constants: Task[] = [];
  readonly tasks: Task[] = [];
  readonly updates: Map<Relation, Update> = new Map();
  /** Common subplans by id. */
  readonly ctes: Map<number, Kept> = new Map();
  /** The changes of any subplan. */
  readonly changes: (plan: LogicalPlan) => Changes;

  constructor(firstId: number, changes: (derivation: Derivation, plan: LogicalPlan) => Changes) {
    this.make = new ColumnMaker(firstId);
    this.changes = (plan) => changes(this, plan);
  }

  /** Puts changes into a relation. */
  keep({ plan, columns, weight, insertOnly }: Changes, name: string): Kept {
    const delta = createRelation("delta", name, columns);
    this.tasks.push({ into: delta, plan, columns: [...columns, weight] });
    return { delta, columns, insertOnly };
  }

  /** Changes that were kept, under the ids of their columns: once in a statement. */
  read({ delta, columns, insertOnly }: Kept): Changes {
    const weight = this.make.weight();
    return { plan: scanRelation(delta, columns, weight), columns, weight, insertOnly };
  }

  /** The same under new ids, in the order of the columns. */
  readAgain({ delta, columns, insertOnly }: Kept): Changes {
    const own = columns.map((column) => this.make.copy(column));
    return this.read({ delta, columns: own, insertOnly });
  }

  /** All changes of the epochs before this one. */
  stateOf({ delta, columns, insertOnly }: Kept): Relation {
    const known = this.updates.get(delta)?.state;
    if (known !== undefined) return known;
    const state = createRelation("state", delta.name, columns);
    this.updates.set(delta, { delta, state, insertOnly, compaction: undefined });
    return state;
  }

  /** A copy with columns of its own, for another place in one statement. */
  copy(
    plan: LogicalPlan,
    columns: readonly Column[],
  ): { readonly plan: LogicalPlan; readonly columns: readonly Column[] } {
    const copied = copyPlan(
      plan,
      (column) => this.make.copy(column),
      () => this.make.id(),
    );
    return { plan: copied.plan, columns: columns.map((column) => copied.columns.get(column.id) ?? column) };
  }
}
