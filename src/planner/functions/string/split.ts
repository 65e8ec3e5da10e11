/** Texts into lists by a separator; by a pattern: `regexp/lists.ts`. */
import { listOf, VARCHAR } from "../../types/types.ts";
import type { ScalarFunction } from "../function.ts";
import { hostScalar } from "../nested/host-function.ts";
import { overload, overloads } from "../overload.ts";

export const SPLIT_FUNCTIONS: readonly ScalarFunction[] = [
  hostScalar({
    name: "string_split",
    aliases: ["str_split", "string_to_array", "split"],
    category: "string",
    doc: "The parts of a text between separators; an empty separator splits it into characters, NULL not at all.",
    examples: [
      ["string_split('a-b--c', '-')", "[a, b, '', c]"],
      ["string_split('abc', '')", "[a, b, c]"],
    ],
    resolve: overloads(overload([VARCHAR, VARCHAR], listOf(VARCHAR))),
    nulls: "custom",
    canFail: false,
  }),
];
