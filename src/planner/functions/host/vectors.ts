/** Lists of numbers as vectors. */
import type { Datum } from "../../expr/expr.ts";
import { isList } from "../../types/nested.ts";
import type { NestedOperation, OperationContext } from "./nested-operation.ts";

function vectors(args: readonly Datum[], ctx: OperationContext): readonly [readonly number[], readonly number[]] {
  const [left, right] = args as readonly [readonly Datum[], readonly Datum[]];
  if (left.length !== right.length) return ctx.fail(`the lists differ in length: ${left.length} and ${right.length}`);
  if (left.includes(null) || right.includes(null)) return ctx.fail("the lists cannot contain NULL");
  return [left as readonly number[], right as readonly number[]];
}

function dot(x: readonly number[], y: readonly number[]): number {
  return x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
}

function distance(x: readonly number[], y: readonly number[]): number {
  return Math.sqrt(x.reduce((sum, value, i) => sum + (value - (y[i] as number)) ** 2, 0));
}

/** NaN, so NULL, for a vector of length 0. */
function cosine(x: readonly number[], y: readonly number[]): number {
  const similarity = dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  return Math.min(1, Math.max(-1, similarity));
}

const measure =
  (of: (x: readonly number[], y: readonly number[]) => number): NestedOperation =>
  (args, ctx) => {
    const [x, y] = vectors(args, ctx);
    const value = of(x, y);
    if (Number.isNaN(value)) return null;
    return ctx.returns.kind === "Real" ? Math.fround(value) : value;
  };

const cross: NestedOperation = (args, ctx) => {
  const [x, y] = vectors(args, ctx) as unknown as readonly [[number, number, number], [number, number, number]];
  const product = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]];
  const isReal = isList(ctx.returns) && ctx.returns.element.kind === "Real";
  return isReal ? product.map(Math.fround) : product;
};

export const VECTOR_OPERATIONS: Readonly<Record<string, NestedOperation>> = {
  list_distance: measure(distance),
  list_inner_product: measure(dot),
  list_negative_inner_product: measure((x, y) => -dot(x, y)),
  list_cosine_similarity: measure(cosine),
  list_cosine_distance: measure((x, y) => 1 - cosine(x, y)),
  array_cross_product: cross,
};
