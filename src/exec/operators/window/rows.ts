import { collectColumns, ref } from "../../../planner/expr/columns.ts";
import { sameExpr } from "../../../planner/expr/equal.ts";
import type { Column, Expr, SortKey, WindowCall } from "../../../planner/expr/expr.ts";
import { replaceParts } from "../../../planner/expr/map.ts";
import { typeOf } from "../../../planner/expr/type-of.ts";
import { FunctionBuilder, i32 } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import type { Operand } from "../../../planner/ir/operand.ts";
import { mapWindowCall } from "../../../planner/logical/map.ts";
import { canFail, isVolatile } from "../../../planner/optimize/fallible.ts";
import { outputOf } from "../../../planner/physical/columns.ts";
import type { PhysicalPlan, Window } from "../../../planner/physical/plan.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import type { KeptColumn } from "../../codegen/keep-row.ts";
import { loadField, type RowField, RowLayout } from "../../codegen/row-layout.ts";
import type { Location, Position, RowScope } from "../../codegen/scope.ts";
import { equalOperands } from "../join/keys.ts";

export type OrderColumn = { readonly column: Column; readonly descending: boolean; readonly nullsFirst: boolean };

/**
 * The rows that a Window keeps, and its expressions in terms of their fields. Keys, and arguments that cannot fail, are computed
 * once, when the row is kept; all else where it is used, so that it fails only where it is needed.
 */
export class WindowRows {
  readonly layout: RowLayout;
  readonly partitionBy: readonly Column[];
  readonly orderBy: readonly OrderColumn[];
  readonly functions: readonly { readonly column: Column; readonly call: WindowCall }[];
  private readonly compiler: QueryCompiler;
  private readonly computed: { readonly expr: Expr; readonly column: Column }[] = [];
  private readonly columns: readonly Column[];
  private readonly position: Position = { name: "window row" };

  /** `headerBytes`: kept free in front of the fields. `required`: columns that the consumer reads. */
  constructor(
    compiler: QueryCompiler,
    plan: Window,
    input: PhysicalPlan,
    headerBytes: number,
    required: ReadonlySet<number>,
  ) {
    this.compiler = compiler;
    this.layout = new RowLayout(headerBytes);
    this.partitionBy = plan.partitionBy.map((expr) => this.columnOf(expr));
    this.orderBy = plan.orderBy.map(({ expr, ...rest }: SortKey) => ({ ...rest, column: this.columnOf(expr) }));
    for (const { call } of plan.functions) {
      for (const arg of call.args) {
        if (arg.kind !== "Literal" && (isVolatile(arg) || !canFail(arg))) this.columnOf(arg);
      }
      for (const { expr } of call.orderBy) this.columnOf(expr);
    }
    const rewrite = (expr: Expr): Expr =>
      replaceParts(expr, (part) => {
        const known = this.computed.find((entry) => sameExpr(entry.expr, part));
        return known === undefined ? undefined : ref(known.column);
      });
    this.functions = plan.functions.map(({ column, call }) => ({ column, call: mapWindowCall(call, rewrite) }));
    const read = new Map<number, Column>();
    for (const column of [...this.partitionBy, ...this.orderBy.map((key) => key.column)]) read.set(column.id, column);
    for (const { call } of this.functions) mapWindowCall(call, (expr) => (collectColumns(expr, read), expr));
    const kept = outputOf(input).filter(({ id }) => required.has(id) || read.has(id));
    this.columns = kept;
  }

  get sortKeys(): readonly SortKey[] {
    return this.orderBy.map(({ column, ...rest }) => ({ ...rest, expr: ref(column) }));
  }

  /** Columns of the input that keeping a row reads. */
  get required(): ReadonlySet<number> {
    const read = new Map(this.columns.map((column) => [column.id, column]));
    for (const { expr } of this.computed) collectColumns(expr, read);
    return new Set(read.keys());
  }

  /** What a row keeps, at the input's scope. */
  kept(scope: RowScope): readonly KeptColumn[] {
    return [
      ...this.columns.map((column) => ({ id: column.id, column })),
      ...this.computed.map(({ column, expr }) => ({ id: column.id, operand: this.compiler.lower(scope, expr) })),
    ];
  }

  /** A scope at the kept row at address `row`. */
  scope(b: FunctionBuilder, row: Ir): RowScope {
    const locations = new Map<number, Location>();
    for (const [id, field] of this.layout.entries())
      locations.set(id, { kind: "row", field, optional: false, position: this.position });
    const scope = this.compiler.scope(b, locations, undefined);
    scope.setPosition(this.position, b.let(row));
    return scope;
  }

  /** What the code for an expression yields, without leaving code behind. */
  describe(expr: Expr): Operand {
    const b = new FunctionBuilder("unused", ["i32", "i32"], [], false);
    return this.compiler.lower(this.scope(b, i32(0)), expr);
  }

  /** Whether two rows agree on the columns; NULLs agree. */
  same(b: FunctionBuilder, columns: readonly Column[], x: Ir, y: Ir): Ir {
    const [p, q] = [b.let(x), b.let(y)];
    const test = (column: Column): Ir => {
      const field = asKey(this.layout.field(column));
      return equalOperands(this.compiler, b, loadField(b, p, field), loadField(b, q, field), true);
    };
    const [first, ...rest] = columns;
    if (first === undefined) return i32(1);
    if (rest.length === 0) return test(first);
    const result = b.bind(i32(0), "same");
    let then = (): void => b.set(result, i32(1));
    for (const column of columns.toReversed()) {
      const inner = then;
      then = () => b.if(test(column), inner);
    }
    then();
    return { op: "get", type: "i32", local: result };
  }

  /** The column that holds the value of a key or argument. */
  private columnOf(expr: Expr): Column {
    if (expr.kind === "Column") return expr.column;
    const known = this.computed.find((entry) => sameExpr(entry.expr, expr));
    if (known !== undefined) return known.column;
    const column: Column = { id: this.compiler.syntheticId(), name: "computed", type: typeOf(expr), nullable: true };
    this.computed.push({ expr, column });
    return column;
  }
}

/** Dictionary fields compare by their codes. */
export function asKey(field: RowField): RowField {
  return field.dictionary === undefined ? field : { ...field, dictionary: undefined, rep: "i32", range: undefined };
}
