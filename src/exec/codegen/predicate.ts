import type { Expr } from "../../planner/expr/expr.ts";
import { someExpr } from "../../planner/expr/map.ts";
import { typeOf } from "../../planner/expr/type-of.ts";
import { and } from "../../planner/ir/builder.ts";
import type { Ir } from "../../planner/ir/ir.ts";
import type { Operand } from "../../planner/ir/operand.ts";
import { canFail } from "../../planner/optimize/fallible.ts";
import type { Consumer, Pipeline, QueryCompiler } from "./compiler.ts";
import type { RowScope } from "./scope.ts";
import { stageBoundary } from "./stage.ts";
import { withColumnsOf } from "./required.ts";

/** 1 where a BOOLEAN is TRUE, 0 where it is FALSE or NULL. */
export function truth(value: Operand): Ir {
  return value.valid === undefined ? value.lo : and(value.valid, value.lo);
}

/** Selectivities between these are mispredicted often: such filters fill a vector without a branch instead. */
const PREDICTABLE_BELOW = 0.04;
const PREDICTABLE_ABOVE = 0.94;

/** Predicates up to which each is a branch inside the one before. */
const MOST_NESTED = 64;

/**
 * Passes on the rows that satisfy all predicates. Rare or near-certain outcomes are branches in the same loop; anything
 * else ends in a stage boundary that compacts row positions without branching. Predicates that can fail, and those that
 * search strings, are evaluated only for rows that passed the ones before.
 */
export function emitFilters(
  compiler: QueryCompiler,
  pipeline: Pipeline,
  scope: RowScope,
  predicates: readonly Expr[],
  selectivity: number,
  consumer: Consumer,
): void {
  const [first, ...rest] = predicates;
  if (first === undefined) return consumer.consume(pipeline, scope);
  const costly = predicates.findIndex((predicate) => canFail(predicate) || searchesStrings(scope, predicate));
  const branchFree = predicates.slice(0, costly < 0 ? undefined : costly);
  const { b } = scope;
  if (branchFree.length === 0 && predicates.length > MOST_NESTED) {
    const all: Expr = { kind: "And", args: predicates };
    b.if(truth(compiler.lower(scope, all)), () => consumer.consume(pipeline, scope));
    return;
  }
  if (branchFree.length === 0) {
    b.if(truth(compiler.lower(scope, first)), () => emitFilters(compiler, pipeline, scope, rest, 1, consumer));
    return;
  }
  const others = predicates.slice(branchFree.length);
  // One variable each: ten thousand conditions must not make one expression ten thousand deep.
  const pass = branchFree
    .map((predicate) => truth(compiler.lower(scope, predicate)))
    .reduce((all, next) => and(b.let(all), next));
  if (selectivity < PREDICTABLE_BELOW || selectivity > PREDICTABLE_ABOVE) {
    b.if(pass, () => emitFilters(compiler, pipeline, scope, others, 1, consumer));
    return;
  }
  const required = withColumnsOf(consumer.required, others);
  stageBoundary(compiler, pipeline, scope, required, [], b.let(pass), (inner, at) =>
    emitFilters(compiler, inner, at, others, 1, consumer),
  );
}

/** Whether evaluation reads string bytes, rather than dictionary codes. */
function searchesStrings(scope: RowScope, predicate: Expr): boolean {
  return someExpr(
    predicate,
    (part) =>
      part.kind === "Column" && typeOf(part).kind === "Varchar" && scope.dictionaryOf(part.column) === undefined,
  );
}
