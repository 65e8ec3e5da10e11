import { columnsOf, ref } from "../../planner/expr/columns.ts";
import type { Column, Expr } from "../../planner/expr/expr.ts";
import { mapChildren, someExpr } from "../../planner/expr/map.ts";
import { typeOf } from "../../planner/expr/type-of.ts";
import { call, i32, i64, load, num, select } from "../../planner/ir/builder.ts";
import type { Ir } from "../../planner/ir/ir.ts";
import { type Operand, operand } from "../../planner/ir/operand.ts";
import { isMovable } from "../../planner/optimize/fallible.ts";
import { BOOLEAN } from "../../planner/types/types.ts";
import { HOST_ALLOC, type QueryCompiler } from "./compiler.ts";
import type { Dictionary } from "./program.ts";
import { dictionaryString } from "./row-layout.ts";
import type { RowScope } from "./scope.ts";

/** A predicate evaluated beforehand for every entry of a dictionary: `slot` holds the address of one byte per code. */
export type DictionaryLookup = { readonly column: Column; readonly slot: number; readonly nullable: boolean };

/**
 * Replaces predicates over a single dictionary column by look-ups: `p_type LIKE '%BRASS'` is searched 150 times, not
 * 200,000 times. Byte per code: 0 FALSE, 1 TRUE, 2 NULL; the entry behind the last code is for NULL input.
 */
export function useDictionaryLookups(
  compiler: QueryCompiler,
  known: Map<string, DictionaryLookup>,
  scope: RowScope,
  expr: Expr,
): Expr {
  if (!someExpr(expr, (part) => part.kind === "Column" && scope.dictionaryOf(part.column) !== undefined)) return expr;
  const rewrite = (part: Expr): Expr => {
    if (part.kind === "Lambda" || typeOf(part).kind !== "Boolean" || part.kind === "Literal" || part.kind === "Column")
      return mapChildren(part, rewrite);
    const columns = [...columnsOf(part).values()];
    const [column] = columns;
    if (
      column === undefined ||
      columns.length > 1 ||
      someExpr(part, (e) => e.kind === "Parameter" || e.kind === "LambdaParameter") ||
      !isMovable(part)
    ) {
      return mapChildren(part, rewrite);
    }
    const dictionary = scope.dictionaryOf(column);
    if (dictionary === undefined) return mapChildren(part, rewrite);
    const id = `${dictionary.slot}:${JSON.stringify(part, printable)}`;
    let lookup = known.get(id);
    if (lookup === undefined) {
      lookup = compileLookup(compiler, dictionary, column, part);
      known.set(id, lookup);
    }
    scope.define(lookup.column, { kind: "lookup", lookup, of: column });
    return ref(lookup.column);
  };
  return rewrite(expr);
}

/** Identifies expressions by content: spans do not matter. */
function printable(key: string, value: unknown): unknown {
  if (key === "span") return undefined;
  return typeof value === "bigint" ? `${value}n` : value;
}

function compileLookup(
  compiler: QueryCompiler,
  dictionary: Dictionary,
  column: Column,
  predicate: Expr,
): DictionaryLookup {
  const slot = compiler.global(4);
  const name = compiler.uniqueName("lookup");
  let nullable = false;
  compiler.define(name, [], [], true, (b) => {
    const table = b.entry(call(HOST_ALLOC, i32(dictionary.size + 1)), "table");
    b.store("i32.store", b.param(0), table, slot);
    const emit = (at: Ir, valid: Ir | undefined, text: Ir): void => {
      const scope = compiler.scope(b, new Map(), undefined);
      scope.define(column, { kind: "value", operand: operand("str", text, { valid, stable: true }) });
      const value = compiler.lowerPlain(scope, predicate);
      const bit = num("i32.ne", value.lo, i32(0));
      if (value.valid !== undefined) nullable = true;
      b.store(
        "i32.store8",
        num("i32.add", table, at),
        value.valid === undefined ? bit : select(value.valid, bit, i32(2)),
      );
    };
    b.forRange(i32(0), i32(dictionary.size), (code) => emit(code, undefined, dictionaryString(b, dictionary, code)));
    emit(i32(dictionary.size), i32(0), i64(0));
  });
  compiler.prologue.push({ kind: "dictionary", fn: name });
  return { column: { id: compiler.syntheticId(), name, type: BOOLEAN, nullable }, slot, nullable };
}

/** The predicate's value at the scope's row. */
export function loadLookup(scope: RowScope, lookup: DictionaryLookup, of: Column): Operand {
  const { b } = scope;
  const code = scope.code(of);
  if (code === undefined) throw new Error(`${of.name} is not kept as dictionary codes here`);
  const table = b.entry(load("i32.load", b.param(0), lookup.slot), `lookup${lookup.slot}`);
  const entry = code.valid === undefined ? code.code : select(code.valid, code.code, i32(code.dictionary.size));
  const byte = b.let(load("i32.load8_u", num("i32.add", table, entry)));
  if (!lookup.nullable) return operand("i32", byte);
  return operand("i32", b.let(num("i32.and", byte, i32(1))), { valid: b.let(num("i32.ne", byte, i32(2))) });
}
