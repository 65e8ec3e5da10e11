/** Plans and expressions over Z-sets. */
import { HeadraceError } from "../../error.ts";
import { ref } from "../../planner/expr/columns.ts";
import type { Column, Datum, Expr } from "../../planner/expr/expr.ts";
import type { Join, LogicalPlan } from "../../planner/logical/plan.ts";
import { BIGINT, BLOB, BOOLEAN, HUGEINT, listOf, type SqlType, VARCHAR } from "../../planner/types/types.ts";

export const ONE: Expr = { kind: "Literal", value: 1n, type: BIGINT };
export const MINUS_ONE: Expr = { kind: "Literal", value: -1n, type: BIGINT };
const ZERO: Expr = { kind: "Literal", value: 0n, type: BIGINT };

/** New columns of one statement. */
export class ColumnMaker {
  private next: number;

  constructor(first: number) {
    this.next = first;
  }

  make(name: string, type: Column["type"], nullable: boolean = true): Column {
    return { id: this.next++, name, type, nullable };
  }

  weight(): Column {
    return this.make("weight", BIGINT, false);
  }

  copy(column: Column): Column {
    return { ...column, id: this.next++ };
  }

  id(): number {
    return this.next++;
  }
}

export const call = (name: string, args: readonly Expr[], type: Column["type"]): Expr => ({
  kind: "Call",
  name,
  args,
  type,
});

export const negated = (weight: Column): Expr => call("negate", [ref(weight)], BIGINT);

export const times = (left: Column, right: Column): Expr => call("*", [ref(left), ref(right)], BIGINT);

/** NULL equals NULL. */
export const same = (left: Expr, right: Expr): Expr => call("is_not_distinct", [left, right], BOOLEAN);

export function project(
  input: LogicalPlan,
  columns: readonly Column[],
  ...added: readonly { readonly column: Column; readonly expr: Expr }[]
): LogicalPlan {
  return {
    kind: "Project",
    input,
    outputs: [...columns.map((column) => ({ column, expr: ref(column) })), ...added],
  };
}

export function unionAll(
  inputs: readonly { readonly plan: LogicalPlan; readonly columns: readonly Column[] }[],
  columns: readonly Column[],
): LogicalPlan {
  const [only] = inputs;
  if (only === undefined) throw new HeadraceError("internal", "a union of nothing");
  return {
    kind: "SetOperation",
    op: "union",
    all: true,
    columns,
    inputs: inputs.map(({ plan }) => plan),
    inputColumns: inputs.map((input) => input.columns),
  };
}

export function join(
  kind: Join["join"],
  left: LogicalPlan,
  right: LogicalPlan,
  conditions: readonly Expr[],
): LogicalPlan {
  return { kind: "Join", join: kind, left, right, conditions, mark: undefined };
}

/**
 * The same rows as one, with the sum of their weights; those whose weights add up to 0 go. `columns` are those of the input. Zeros of
 * either sign are the same.
 */
export function consolidate(
  make: ColumnMaker,
  input: LogicalPlan,
  columns: readonly Column[],
  from: Column,
  weight: Column,
): LogicalPlan {
  const sum = make.make("weight", HUGEINT);
  const forms = columns.filter(({ type }) => hasEqualForms(type)).map((column) => formOf(make, column));
  const grouped: LogicalPlan = {
    kind: "Aggregate",
    input,
    groups: [...columns.map((column) => ({ column, expr: ref(column) })), ...forms],
    aggregates: [
      {
        column: sum,
        call: { name: "sum", args: [ref(from)], distinct: false, filter: undefined, orderBy: [], type: HUGEINT },
      },
    ],
  };
  const filtered: LogicalPlan = {
    kind: "Filter",
    input: project(grouped, columns, {
      column: weight,
      expr: { kind: "Cast", input: ref(sum), type: BIGINT, try: false },
    }),
    predicate: call("<>", [ref(weight), ZERO], BOOLEAN),
  };
  return filtered;
}

function formOf(make: ColumnMaker, column: Column): { readonly column: Column; readonly expr: Expr } {
  return column.type.kind === "Varchar"
    ? { column: make.make("form", BLOB), expr: call("encode", [ref(column)], BLOB) }
    : { column: make.make("form", VARCHAR), expr: cast(ref(column), VARCHAR) };
}

/** Whether values may be equal and not the same, as 30 days and a month are, or texts under a collation; the text of a value tells. */
export function hasEqualForms(type: SqlType): boolean {
  switch (type.kind) {
    case "Interval":
      return true;
    case "Varchar":
      return type.collation !== undefined;
    case "List":
    case "Array":
      return hasEqualForms(type.element);
    case "Struct":
      return type.fields.some((field) => hasEqualForms(field.type));
    case "Union":
      return type.members.some((member) => hasEqualForms(member.type));
    case "Map":
      return hasEqualForms(type.key) || hasEqualForms(type.value);
    default:
      return false;
  }
}

/** Every row as often as its weight says. */
export function repeat(make: ColumnMaker, input: LogicalPlan, columns: readonly Column[], weight: Column): LogicalPlan {
  const positive: LogicalPlan = { kind: "Filter", input, predicate: call(">", [ref(weight), ZERO], BOOLEAN) };
  const copy = { column: make.make("copy", BIGINT), expr: call("range", [ref(weight)], listOf(BIGINT)) };
  return project({ kind: "Unnest", input: positive, columns: [copy], ordinality: undefined }, columns);
}

export const literal = (value: Datum, type: SqlType): Expr => ({ kind: "Literal", value, type });
export const cast = (input: Expr, type: SqlType): Expr => ({ kind: "Cast", input, type, try: false });
export const isNull = (input: Expr): Expr => ({ kind: "IsNull", input, negated: false });
export const not = (input: Expr): Expr => ({ kind: "Not", input });
export const when = (condition: Expr, then: Expr, otherwise: Expr, type: SqlType): Expr => ({
  kind: "Case",
  branches: [{ when: condition, then }],
  otherwise,
  type,
});

/** A HUGEINT sum, which is NULL of no rows. */
export const orZero = (sum: Expr): Expr => when(isNull(sum), literal(0n, HUGEINT), sum, HUGEINT);

/** Undefined for no conditions. */
export function and(args: readonly Expr[]): Expr | undefined {
  return args.length > 1 ? { kind: "And", args } : args[0];
}
