/** Distances and products of lists of numbers (`host/vectors.ts`). */
import { isList } from "../../types/nested.ts";
import { DOUBLE, isNumeric, listOf, REAL, type SqlType } from "../../types/types.ts";
import type { ScalarFunction } from "../function.ts";
import type { Resolve } from "../overload.ts";
import { hostScalar } from "./host-function.ts";
import { elementType } from "./list.ts";

/** Two lists of numbers, REAL where both are, else DOUBLE. */
const numbers =
  (returns: (number: SqlType) => SqlType): Resolve =>
  (types) => {
    const fits = (type: SqlType): boolean => {
      const element = elementType(type);
      return type.kind === "Null" || (isList(type) && (isNumeric(element) || element.kind === "Null"));
    };
    if (types.length !== 2 || !types.every(fits)) return undefined;
    const number = types.every((type) => elementType(type).kind === "Real") ? REAL : DOUBLE;
    return { args: [listOf(number), listOf(number)], returns: returns(number) };
  };

const itself = (number: SqlType): SqlType => number;

function define(
  name: string,
  aliases: readonly string[],
  doc: string,
  example: readonly [string, string],
  resolve: Resolve = numbers(itself),
): ScalarFunction {
  return hostScalar({ name, aliases, category: "list", doc, examples: [example], resolve });
}

export const VECTOR_FUNCTIONS: readonly ScalarFunction[] = [
  define("list_distance", ["array_distance", "<->"], "The distance between two vectors.", [
    "list_distance([1, 1], [4, 5])",
    "5.0",
  ]),
  define(
    "list_inner_product",
    ["list_dot_product", "array_inner_product", "array_dot_product"],
    "The inner product of two vectors.",
    ["list_inner_product([1, 2], [3, 4])", "11.0"],
  ),
  define(
    "list_negative_inner_product",
    ["list_negative_dot_product", "array_negative_inner_product", "array_negative_dot_product", "<#>"],
    "The inner product of two vectors, negated.",
    ["list_negative_inner_product([1, 2], [3, 4])", "-11.0"],
  ),
  define("list_cosine_similarity", ["array_cosine_similarity"], "The cosine of the angle between two vectors.", [
    "list_cosine_similarity([1, 0], [2, 0])",
    "1.0",
  ]),
  define(
    "list_cosine_distance",
    ["array_cosine_distance", "<=>"],
    "1 less the cosine of the angle between two vectors.",
    ["list_cosine_distance([1, 0], [0, 2])", "1.0"],
  ),
  define(
    "array_cross_product",
    [],
    "The cross product of two vectors of three dimensions.",
    ["array_cross_product(array_value(1.0, 2.0, 3.0), array_value(2.0, 3.0, 4.0))", "[-1.0, 2.0, -1.0]"],
    numbers((number) => ({ kind: "Array", element: number, length: 3 })),
  ),
];
