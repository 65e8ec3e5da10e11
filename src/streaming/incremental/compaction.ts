import type { Column } from "../../planner/expr/expr.ts";
import type { LogicalPlan } from "../../planner/logical/plan.ts";
import { ColumnMaker, consolidate } from "./nodes.ts";
import type { Task } from "./plan.ts";
import { type Relation, scanRelation } from "./relation.ts";

/** The rows of a relation as they are, to be put into one chunk. */
export function copying(relation: Relation): Query {
  const { columns, weight, scan } = readingOf(relation);
  return { plan: scan, columns: [...columns, weight] };
}

/** The same Z-set in as few rows as it needs. */
export function consolidating(relation: Relation): Query {
  const { make, columns, weight, scan } = readingOf(relation);
  const sum = make.weight();
  return { plan: consolidate(make, scan, columns, weight, sum), columns: [...columns, sum] };
}

type Query = Pick<Task, "plan" | "columns">;

function readingOf(relation: Relation): {
  readonly make: ColumnMaker;
  readonly columns: readonly Column[];
  readonly weight: Column;
  readonly scan: LogicalPlan;
} {
  const make = new ColumnMaker(1);
  const columns = relation.source.schema.slice(0, -1).map(({ name, type }) => make.make(name, type));
  const weight = make.weight();
  return { make, columns, weight, scan: scanRelation(relation, columns, weight) };
}
