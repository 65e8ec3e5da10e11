/** Functions of lists that JavaScript computes (`host/lists.ts`). */
import { commonType } from "../../types/coerce.ts";
import type { ListType } from "../../types/nested.ts";
import { BIGINT, BOOLEAN, listOf, type SqlType, UBIGINT, VARCHAR } from "../../types/types.ts";
import { commonTypeOf } from "../coercion.ts";
import type { ScalarFunction } from "../function.ts";
import type { Resolve } from "../overload.ts";
import { VECTOR_FUNCTIONS } from "./vector.ts";
import { hostScalar } from "./host-function.ts";
import { elementType, isListOrNull } from "./list.ts";

const asList = (type: SqlType): ListType => ({ kind: "List", element: elementType(type) });

/** A list, then arguments of these types, the last `optional` of which may be missing. */
const listThen =
  (rest: readonly SqlType[], optional: number, returns: (list: ListType) => SqlType): Resolve =>
  (types) => {
    const [list, ...others] = types;
    if (!isListOrNull(list) || others.length > rest.length || others.length < rest.length - optional) return undefined;
    const type = asList(list);
    return { args: [type, ...rest.slice(0, others.length)], returns: returns(type) };
  };

const twoLists =
  (returns: (list: ListType) => SqlType): Resolve =>
  (types) => {
    const [left, right] = types;
    if (types.length !== 2 || !isListOrNull(left) || !isListOrNull(right)) return undefined;
    const element = commonType(elementType(left), elementType(right));
    if (element === undefined) return undefined;
    const type: ListType = { kind: "List", element };
    return { args: [type, type], returns: returns(type) };
  };

const itself = (list: ListType): SqlType => list;

const zipped: Resolve = (types) => {
  const lists = types.at(-1)?.kind === "Boolean" ? types.slice(0, -1) : types;
  if (lists.length === 0 || !lists.every(isListOrNull)) return undefined;
  const args = types.map((type) => (type.kind === "Boolean" ? type : asList(type)));
  const fields = lists.map((type) => ({ name: "", type: elementType(type) }));
  return { args, returns: listOf({ kind: "Struct", fields }) };
};

/** `list_slice(list, from, to[, step])`: NULL bounds make NULL. */
const sliced =
  (bounds: number): Resolve =>
  (types) => {
    const [value, ...rest] = types;
    if (value === undefined || rest.length < bounds || rest.length > bounds + 1) return undefined;
    const isText = value.kind === "Varchar" || value.kind === "Blob";
    const type = isText ? value : isListOrNull(value) ? asList(value) : undefined;
    return type === undefined ? undefined : { args: [type, ...rest.map(() => BIGINT)], returns: type };
  };

/** A slice with the bounds that are written: the binder calls `slice_ab`, `slice_a`, `slice_b`, `slice_`. */
function slice(
  name: string,
  aliases: readonly string[],
  op: string,
  bounds: number,
  examples: ScalarFunction["examples"],
): ScalarFunction {
  return hostScalar({
    name,
    aliases,
    op,
    category: "list",
    doc: "The elements between two positions, both included, negative ones counting from the end; every so many by a step.",
    examples,
    resolve: sliced(bounds),
    nulls: "custom",
  });
}

export const HOST_LIST_FUNCTIONS: readonly ScalarFunction[] = [
  hostScalar({
    name: "list_sort",
    aliases: ["array_sort"],
    category: "list",
    doc: "The elements in order; 'ASC' or 'DESC' and 'NULLS FIRST' or 'NULLS LAST' may follow.",
    examples: [
      ["list_sort([3, NULL, 1])", "[1, 3, NULL]"],
      ["list_sort([3, NULL, 1], 'DESC', 'NULLS FIRST')", "[NULL, 3, 1]"],
    ],
    resolve: listThen([VARCHAR, VARCHAR], 2, itself),
  }),
  hostScalar({
    name: "list_reverse_sort",
    aliases: ["array_reverse_sort"],
    category: "list",
    doc: "The elements in descending order.",
    examples: [["list_reverse_sort([3, NULL, 1])", "[3, 1, NULL]"]],
    resolve: listThen([VARCHAR], 1, itself),
  }),
  hostScalar({
    name: "list_grade_up",
    aliases: ["array_grade_up", "grade_up"],
    category: "list",
    doc: "The positions of the elements in their order.",
    examples: [["list_grade_up([30, 10, 20])", "[2, 3, 1]"]],
    resolve: listThen([VARCHAR, VARCHAR], 2, () => listOf(BIGINT)),
  }),
  hostScalar({
    name: "list_distinct",
    aliases: ["array_distinct"],
    category: "list",
    doc: "The different elements that are not NULL.",
    examples: [["list_distinct([1, 2, NULL, 1])", "[1, 2]"]],
    resolve: listThen([], 0, itself),
  }),
  hostScalar({
    name: "list_unique",
    aliases: ["array_unique"],
    category: "list",
    doc: "The number of different elements that are not NULL.",
    examples: [["list_unique([1, 2, NULL, 1])", "2"]],
    resolve: listThen([], 0, () => UBIGINT),
  }),
  hostScalar({
    name: "list_has_any",
    aliases: ["array_has_any", "&&"],
    category: "list",
    doc: "Whether two lists share an element.",
    examples: [["list_has_any([1, 2], [2, 3])", "true"]],
    resolve: twoLists(() => BOOLEAN),
  }),
  hostScalar({
    name: "list_has_all",
    aliases: ["array_has_all", "@>"],
    category: "list",
    doc: "Whether the first list has all elements of the second.",
    examples: [["list_has_all([1, 2, 3], [2, 3])", "true"]],
    resolve: twoLists(() => BOOLEAN),
  }),
  hostScalar({
    name: "list_intersect",
    aliases: ["array_intersect"],
    category: "list",
    doc: "The different elements that both lists have.",
    examples: [
      ["list_intersect([1, 2, 3, 2], [2, 3, NULL])", "[2, 3]"],
      ["list_intersect([1], NULL)", "[]"],
    ],
    resolve: twoLists(itself),
    nulls: "custom",
  }),
  hostScalar({
    name: "array_to_string",
    aliases: [],
    category: "list",
    doc: "The elements as one text with a separator between them; NULLs are left out.",
    examples: [
      ["array_to_string([1, NULL, 3], '-')", "1-3"],
      ["array_to_string([], ',')", ""],
      ["array_to_string([NULL], ',')", "NULL"],
    ],
    resolve: (types) =>
      types.length === 2 && isListOrNull(types[0]) ? { args: [listOf(VARCHAR), VARCHAR], returns: VARCHAR } : undefined,
  }),
  hostScalar({
    name: "list_zip",
    aliases: ["array_zip"],
    category: "list",
    doc: "Rows of the elements at the same positions; cut to the shortest list where the last argument is TRUE.",
    examples: [["list_zip([1, 2], ['a'])", "[(1, a), (2, NULL)]"]],
    resolve: zipped,
    nulls: "custom",
  }),
  hostScalar({
    name: "list_resize",
    aliases: ["array_resize"],
    category: "list",
    doc: "The list with so many elements: cut, or filled with NULL or the third argument.",
    examples: [
      ["list_resize([1, 2], 3)", "[1, 2, NULL]"],
      ["list_resize([1, 2], 3, 0)", "[1, 2, 0]"],
    ],
    resolve: (types, literals) => {
      const [list, size, fill] = types;
      if (!isListOrNull(list) || size === undefined || types.length > 3) return undefined;
      const element =
        fill === undefined ? elementType(list) : commonTypeOf([elementType(list), fill], [undefined, literals[2]]);
      if (element === undefined) return undefined;
      const type = listOf(element);
      return { args: [type, BIGINT, ...(fill === undefined ? [] : [element])], returns: type };
    },
    nulls: "custom",
  }),
  hostScalar({
    name: "list_where",
    aliases: ["array_where"],
    category: "list",
    doc: "The elements at whose positions the second list is TRUE.",
    examples: [["list_where([1, 2, 3], [true, false, true])", "[1, 3]"]],
    resolve: listThen([listOf(BOOLEAN)], 0, itself),
  }),
  hostScalar({
    name: "list_select",
    aliases: ["array_select"],
    category: "list",
    doc: "The elements at the positions in the second list.",
    examples: [["list_select([4, 5, 6], [3, 1])", "[6, 4]"]],
    resolve: listThen([listOf(BIGINT)], 0, itself),
  }),
  hostScalar({
    name: "list_pop_back",
    aliases: ["array_pop_back"],
    category: "list",
    doc: "The list without its last element.",
    examples: [["list_pop_back([1, 2, 3])", "[1, 2]"]],
    resolve: listThen([], 0, itself),
  }),
  hostScalar({
    name: "list_pop_front",
    aliases: ["array_pop_front"],
    category: "list",
    doc: "The list without its first element.",
    examples: [["list_pop_front([1, 2, 3])", "[2, 3]"]],
    resolve: listThen([], 0, itself),
  }),
  ...VECTOR_FUNCTIONS,
  slice("list_slice", ["array_slice"], "slice ab", 2, [
    ["list_slice([1, 2, 3, 4], 2, 3)", "[2, 3]"],
    ["[1, 2, 3, 4][-2:]", "[3, 4]"],
    ["[1, 2, 3, 4, 5][1:5:2]", "[1, 3, 5]"],
    ["'hello'[2:3]", "el"],
  ]),
];

/** What the binder makes of slices without both bounds. */
export const OPEN_SLICES: readonly ScalarFunction[] = [
  slice("slice_a", [], "slice a.", 1, []),
  slice("slice_b", [], "slice .b", 1, []),
  slice("slice_", [], "slice ..", 0, []),
];
