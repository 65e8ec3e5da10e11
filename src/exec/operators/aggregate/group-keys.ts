import type { Column, Expr } from "../../../planner/expr/expr.ts";
import { typeOf } from "../../../planner/expr/type-of.ts";
import type { Operand } from "../../../planner/ir/operand.ts";
import type { HashAggregate } from "../../../planner/physical/plan.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import type { Dictionary } from "../../codegen/program.ts";
import type { RowScope } from "../../codegen/scope.ts";
import { stableString } from "../../codegen/keep-row.ts";
import { BIGINT, type SqlType } from "../../../planner/types/types.ts";

/** A group key at a row. With a dictionary, `value.lo` is the code (i32) and `value.rep` says so. */
export type GroupKey = {
  readonly column: Column;
  readonly value: Operand;
  readonly dictionary: Dictionary | undefined;
  /** Type to hash and compare by. */
  readonly type: SqlType;
};

/** Evaluates the group keys: as dictionary codes where the column is kept as codes. */
export function groupKeys(compiler: QueryCompiler, scope: RowScope, plan: HashAggregate): readonly GroupKey[] {
  return plan.groups.map(({ column, expr }) => {
    const code = expr.kind === "Column" ? scope.code(expr.column) : undefined;
    if (code !== undefined) {
      const range = { min: 0n, max: BigInt(Math.max(0, code.dictionary.size - 1)) };
      const value: Operand = { rep: "i32", lo: code.code, hi: undefined, valid: code.valid, range, stable: true };
      return { column, value, dictionary: code.dictionary, type: BIGINT };
    }
    return { column, value: compiler.lower(scope, expr), dictionary: undefined, type: typeOf(expr) };
  });
}

/** The arguments of every aggregate at a row. */
export function aggregateArguments(
  compiler: QueryCompiler,
  scope: RowScope,
  plan: Pick<HashAggregate, "aggregates">,
): readonly (readonly Operand[])[] {
  return plan.aggregates.map(({ call }) => call.args.map((arg: Expr) => compiler.lower(scope, arg)));
}

/** The key as it is kept in a group's row. */
export function keptKey(compiler: QueryCompiler, scope: RowScope, key: GroupKey): Operand {
  return key.value.rep === "str" ? stableString(compiler, scope.b, key.value) : key.value;
}
