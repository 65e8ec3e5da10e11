import { columnsOf, ref, substituteColumns } from "../../planner/expr/columns.ts";
import type { Column, Expr } from "../../planner/expr/expr.ts";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { LogicalPlan } from "../../planner/logical/plan.ts";
import { outputColumns } from "../../planner/logical/columns.ts";
import { walkPlan } from "../../planner/logical/map.ts";
import { copyPlan } from "../../planner/logical/rename.ts";
import { type SqlType, UBIGINT } from "../../planner/types/types.ts";
import type { Bound, Clock } from "../time/bound.ts";
import type { Fact } from "../time/facts.ts";
import { ColumnMaker, ONE, project } from "./nodes.ts";
import type { Changes, ClockRow, Input, Kept, Task } from "./plan.ts";
import { createRelation, type Relation, scanRelation } from "./relation.ts";
import { retractionOf } from "./retractions.ts";

/** A state to be: `columns` are those of the delta. */
export type Draft = {
  readonly state: Relation;
  readonly delta: Relation;
  readonly columns: readonly Column[];
  readonly insertOnly: boolean;
  readonly fleeting: boolean;
  /** Rows in which `expr` is below the bound are of no use any more. */
  readonly expiry: Fact | undefined;
  /** Gives a state that is as good in fewer rows, of all its rows under the ids of `columns`, which it keeps; `weight`: its own. */
  readonly rebuild: ((rows: LogicalPlan, weight: Column) => LogicalPlan) | undefined;
  /** Rows that differ in them have nothing to do with each other; undefined: those that differ in anything. */
  readonly keys: readonly Expr[] | undefined;
  /** What `rebuild` leaves, in words. */
  readonly keeps: string | undefined;
  /** `rebuild` leaves all there is, in other rows. */
  readonly merges: boolean;
};

/** What a state keeps. */
export type Retention = {
  readonly name?: string | undefined;
  readonly expiry?: Draft["expiry"];
  readonly rebuild?: Draft["rebuild"];
  readonly keys?: Draft["keys"];
  readonly keeps?: string | undefined;
  readonly merges?: boolean | undefined;
};

/**
 * What a continuous query puts out:
 *
 * - changes: whatever changes, when it does; the result is always that of the rows so far.
 * - windows: groups that a time bounds once, when nothing about them can change any more; the rest as it changes.
 * - final: all rows once; a query of which no time tells when they are final is refused.
 */
export type Emit = "changes" | "windows" | "final";

/** What the derivation of one query's incremental plan collects, and its means to read changes more than once. */
export class Derivation {
  readonly make: ColumnMaker;
  readonly inputs: readonly Input[];
  readonly constants: Task[] = [];
  readonly tasks: Task[] = [];
  readonly updates: Map<Relation, Draft> = new Map();
  readonly clocks: ClockRow[] = [];
  readonly slice: Relation;
  /** Common subplans by id. */
  readonly ctes: Map<number, Kept> = new Map();
  readonly emit: Emit;
  /** Streams whose late rows are left out; undefined: what follows if they were is taken for granted, to see where it matters. */
  readonly late: ReadonlySet<Clock> | undefined;
  /** The changes of any subplan. */
  readonly changes: (plan: LogicalPlan) => Changes;
  /** What takes rows back for which nobody else made up so far: the operators where it begins, in words. */
  private retractions: readonly string[] = [];

  constructor(
    plan: LogicalPlan,
    { firstId, emit, late }: { readonly firstId: number; readonly emit: Emit; readonly late: Derivation["late"] },
    changes: (derivation: Derivation, plan: LogicalPlan) => Changes,
  ) {
    this.make = new ColumnMaker(firstId);
    this.emit = emit;
    this.late = late;
    this.inputs = inputsOf(plan, late);
    this.slice = createRelation("clock", "slice", [this.make.make("mask", UBIGINT), this.make.make("number", UBIGINT)]);
    this.changes = (part) => {
      const before = this.retractions;
      const made = changes(this, part);
      const begins = part.kind === "Join" && part.join === "full" ? before : this.retractions;
      const own = begins === before ? retractionOf(part) : undefined;
      this.retractions = made.insertOnly ? before : own === undefined ? this.retractions : [...before, own];
      return made;
    };
  }

  /** What takes rows back of the result, in words; nothing: rows are only added. */
  get retracts(): readonly string[] {
    return [...new Set(this.retractions)];
  }

  input({ handle }: TableSource): Input | undefined {
    return this.inputs.find(({ source }) => source.handle === handle);
  }

  /** Puts changes into a relation. */
  keep({ plan, columns, weight, insertOnly, facts, fleeting }: Changes, name: string, clock?: Relation): Kept {
    const delta = createRelation("delta", name, columns);
    this.tasks.push({ into: delta, plan, columns: [...columns, weight], ...(clock && { clock }) });
    const ids = new Set(columns.map(({ id }) => id));
    const own = facts.filter(({ expr }) => [...columnsOf(expr).keys()].every((id) => ids.has(id)));
    return { delta, columns, insertOnly, facts: own, fleeting };
  }

  /** Changes that were kept, under the ids of their columns: once in a statement. */
  read({ delta, ...kept }: Kept): Changes {
    const weight = this.make.weight();
    return { ...kept, plan: scanRelation(delta, kept.columns, weight), weight };
  }

  /** The same under new ids, in the order of the columns. */
  readAgain({ columns, facts, ...kept }: Kept): Changes {
    const own = columns.map((column) => this.make.copy(column));
    const by = new Map<number, Expr>(columns.map((column, i) => [column.id, ref(own[i]!)]));
    const renamed = facts.map(({ expr, bound }): Fact => ({ expr: substituteColumns(expr, by), bound }));
    return this.read({ ...kept, columns: own, facts: renamed });
  }

  /** A subplan without changes, read under the ids of its columns: once in a statement. */
  fixed(plan: LogicalPlan, name: string): LogicalPlan {
    const columns = outputColumns(plan);
    const into = createRelation("constant", name, columns);
    const [weight, read] = [this.make.weight(), this.make.weight()];
    const rows = project(plan, columns, { column: weight, expr: ONE });
    this.constants.push({ into, plan: rows, columns: [...columns, weight] });
    return scanRelation(into, columns, read);
  }

  /** All changes of the epochs before this one; those of which `expiry` tells are forgotten. */
  stateOf(
    { delta, columns, insertOnly, fleeting = false }: Pick<Kept, "delta" | "columns" | "insertOnly" | "fleeting">,
    { name = delta.name, expiry, rebuild, keys, keeps, merges = false }: Retention = {},
  ): Relation {
    const known = this.updates.get(delta)?.state;
    if (known !== undefined) return known;
    const state = createRelation("state", name, columns);
    const draft = { delta, state, columns, insertOnly, fleeting, rebuild, keys, expiry, keeps, merges };
    this.updates.set(delta, draft);
    return state;
  }

  /** A relation with a bound of times, in units of `type`, before and after the epoch. */
  clock(bound: Bound, type: SqlType): Relation {
    const known = this.clocks.find((row) => row.bound === bound && row.type === type);
    if (known !== undefined) return known.into;
    const name = bound.some(({ clock }) => clock === "now") ? "moment" : "watermark";
    const into = createRelation("clock", name, [this.make.make("before", type), this.make.make("now", type)]);
    this.clocks.push({ into, bound, type });
    return into;
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

/** Streams and tables that a plan reads, with the columns that it needs of them. */
function inputsOf(plan: LogicalPlan, late: Derivation["late"]): readonly Input[] {
  const found: { readonly source: TableSource; readonly ordinals: Set<number> }[] = [];
  walkPlan(plan, (node) => {
    if (node.kind !== "Scan" || (node.source.kind !== "stream" && node.source.kind !== "memory")) return;
    const { source } = node;
    let input = found.find((one) => one.source.handle === source.handle);
    if (input === undefined) found.push((input = { source, ordinals: new Set() }));
    // What a table's new version changes comes whole.
    if (source.kind === "memory") source.schema.forEach((_, ordinal) => input.ordinals.add(ordinal));
    for (const { ordinal } of node.columns) input.ordinals.add(ordinal);
    const time = source.stream?.eventTime;
    if (time !== undefined && late?.has(input.source) === true) input.ordinals.add(time.ordinal).add(time.watermark);
  });
  return found.map(({ source, ordinals }) => {
    const sorted = [...ordinals].toSorted((a, b) => a - b);
    const columns = sorted.map((ordinal, id): Column => {
      const { name, type } = source.schema[ordinal]!;
      return { id, name, type, nullable: true };
    });
    return { source, ordinals: sorted, delta: createRelation("delta", source.name, columns) };
  });
}
