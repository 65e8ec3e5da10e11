import type { Column } from "../../planner/expr/expr.ts";
import { type FunctionBuilder, get, i32, i64, num } from "../../planner/ir/builder.ts";
import type { FunctionRef, Ir } from "../../planner/ir/ir.ts";
import type { Operand } from "../../planner/ir/operand.ts";
import { HOST_ALLOC, HOST_ALLOC_ROWS, type QueryCompiler } from "./compiler.ts";
import { type RowLayout, storeField } from "./row-layout.ts";
import type { RowScope } from "./scope.ts";

/** A value to keep: a column of the scope (by its dictionary code where it has one), or a computed operand. */
export type KeptColumn =
  | { readonly id: number; readonly column: Column }
  | { readonly id: number; readonly operand: Operand };

type Value = { readonly id: number; readonly value: Operand };

/**
 * Writes the row that the scope is at into a store and returns its address. The first call decides the fields of `layout`;
 * `store` is asked for once they are known; `index` picks one of several in a row. Strings that would not outlive the morsel are copied.
 */
export function keepRow(
  compiler: QueryCompiler,
  scope: RowScope,
  layout: RowLayout,
  kept: readonly KeptColumn[],
  store: () => number,
  index?: Ir,
): Ir {
  const values = keptValues(scope, layout, kept);
  const row = compiler.appendRow(scope.b, store(), index);
  for (const { id, value } of values) {
    const field = layout.field(id);
    const stable =
      field.dictionary === undefined && value.rep === "str"
        ? stableString(compiler, scope.b, value, HOST_ALLOC_ROWS)
        : value;
    storeField(scope.b, row, field, stable);
  }
  return row;
}

/** The values to keep; the first call decides the fields of `layout`. Those kept as codes hold the code in `lo`. */
export function keptValues(scope: RowScope, layout: RowLayout, kept: readonly KeptColumn[]): readonly Value[] {
  return kept.map((item) => {
    const code = "column" in item ? scope.code(item.column) : undefined;
    let value: Operand;
    if (code !== undefined)
      value = { rep: "str", lo: code.code, hi: undefined, valid: code.valid, range: undefined, stable: true };
    else value = "column" in item ? scope.column(item.column) : item.operand;
    if (!layout.has(item.id)) layout.add(item.id, value, value.valid !== undefined, code?.dictionary);
    return { id: item.id, value };
  });
}

/** The string in memory that lives as long as the query, or as `memory` says. */
export function stableString(
  compiler: QueryCompiler,
  b: FunctionBuilder,
  value: Operand,
  memory: FunctionRef = HOST_ALLOC,
): Operand {
  if (value.stable) return value;
  const length = b.let(num("i32.wrap_i64", num("i64.shr_u", value.lo, i64(32))));
  const copy = b.bind(i64(0), "copy");
  b.if(value.valid === undefined ? length : num("i32.and", value.valid, num("i32.ne", length, i32(0))), () => {
    const to = compiler.allocate(b, length, memory);
    b.push({ op: "memory.copy", to, from: num("i32.wrap_i64", value.lo), bytes: length });
    b.set(copy, num("i64.or", num("i64.extend_i32_u", to), num("i64.shl", num("i64.extend_i32_u", length), i64(32))));
  });
  return { ...value, lo: get(copy), stable: true };
}
