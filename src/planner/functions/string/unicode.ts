/** What depends on Unicode's tables: graphemes, normal forms; and distances between texts. */
import { BIGINT, DOUBLE, type SqlType, VARCHAR } from "../../types/types.ts";
import type { ScalarFunction } from "../function.ts";
import { hostScalar } from "../nested/host-function.ts";
import { overload, overloads } from "../overload.ts";

type Spec = {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly doc: string;
  readonly example: readonly [string, string];
  readonly args: readonly (readonly SqlType[])[];
  readonly returns: SqlType;
  readonly canFail?: boolean;
};

const define = ({ name, aliases = [], doc, example, args, returns, canFail = false }: Spec): ScalarFunction =>
  hostScalar({
    name,
    aliases,
    category: "string",
    doc,
    examples: [example],
    resolve: overloads(...args.map((types) => overload(types, returns))),
    canFail,
  });

const TEXTS = [VARCHAR, VARCHAR] as const;

export const UNICODE_FUNCTIONS: readonly ScalarFunction[] = [
  define({
    name: "length_grapheme",
    doc: "The number of user-perceived characters.",
    example: ["length_grapheme('🤦🏼‍♂️a')", "2"],
    args: [[VARCHAR]],
    returns: BIGINT,
  }),
  define({
    name: "left_grapheme",
    doc: "The first user-perceived characters; a negative count leaves out the last ones.",
    example: ["left_grapheme('🤦🏼‍♂️ab', 2)", "🤦🏼‍♂️a"],
    args: [[VARCHAR, BIGINT]],
    returns: VARCHAR,
  }),
  define({
    name: "right_grapheme",
    doc: "The last user-perceived characters; a negative count leaves out the first ones.",
    example: ["right_grapheme('ab🤦🏼‍♂️', 1)", "🤦🏼‍♂️"],
    args: [[VARCHAR, BIGINT]],
    returns: VARCHAR,
  }),
  define({
    name: "substring_grapheme",
    doc: "Part of a text in user-perceived characters, from a position that counts from 1.",
    example: ["substring_grapheme('a🤦🏼‍♂️bc', 2, 2)", "🤦🏼‍♂️b"],
    args: [
      [VARCHAR, BIGINT],
      [VARCHAR, BIGINT, BIGINT],
    ],
    returns: VARCHAR,
  }),
  define({
    name: "nfc_normalize",
    doc: "The text in Unicode's normal form C, in which equal texts have equal characters.",
    example: ["nfc_normalize('ardèch')", "ardèch"],
    args: [[VARCHAR]],
    returns: VARCHAR,
  }),
  define({
    name: "jaccard",
    doc: "The share of distinct characters that two texts have in common.",
    example: ["jaccard('duck', 'luck')", "0.6"],
    args: [TEXTS],
    returns: DOUBLE,
    canFail: true,
  }),
  define({
    name: "damerau_levenshtein",
    doc: "The number of edits of single bytes between two texts in UTF-8, swaps of neighbours among them.",
    example: ["damerau_levenshtein('duckdb', 'udckbd')", "2"],
    args: [TEXTS],
    returns: BIGINT,
  }),
  define({
    name: "jaro_similarity",
    doc: "Jaro's similarity of two texts, from 0 to 1; below the least score asked for it is 0.",
    example: ["jaro_similarity('duck', 'duckdb')", "0.8888888888888888"],
    args: [TEXTS, [...TEXTS, DOUBLE]],
    returns: DOUBLE,
  }),
  define({
    name: "jaro_winkler_similarity",
    doc: "Jaro's similarity raised by a common prefix; below the least score asked for it is 0.",
    example: ["jaro_winkler_similarity('duck', 'duckdb')", "0.9333333333333333"],
    args: [TEXTS, [...TEXTS, DOUBLE]],
    returns: DOUBLE,
  }),
];
