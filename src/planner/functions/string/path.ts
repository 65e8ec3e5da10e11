/** Parts of file paths. The separator is `system`, `both_slash` (the default), `forward_slash` or `backslash`. */
import { BOOLEAN, listOf, type SqlType, VARCHAR } from "../../types/types.ts";
import type { ScalarFunction } from "../function.ts";
import { hostScalar } from "../nested/host-function.ts";
import { overload, overloads } from "../overload.ts";

const ofPath = (name: string, returns: SqlType, doc: string, example: readonly [string, string]): ScalarFunction =>
  hostScalar({
    name,
    category: "string",
    doc,
    examples: [example],
    resolve: overloads(overload([VARCHAR], returns), overload([VARCHAR, VARCHAR], returns)),
    canFail: false,
  });

export const PATH_FUNCTIONS: readonly ScalarFunction[] = [
  ofPath("parse_dirname", VARCHAR, "The first folder of a path.", ["parse_dirname('path/to/file.csv')", "path"]),
  ofPath("parse_dirpath", VARCHAR, "The path without its last part.", ["parse_dirpath('path/to/file.csv')", "path/to"]),
  ofPath("parse_path", listOf(VARCHAR), "The parts of a path.", [
    "parse_path('/path/file.csv')",
    "[/, path, file.csv]",
  ]),
  hostScalar({
    name: "parse_filename",
    category: "string",
    doc: "The last part of a path, without its extension if the second argument is TRUE.",
    examples: [
      ["parse_filename('path/to/file.csv')", "file.csv"],
      ["parse_filename('path/to/file.csv', true)", "file"],
    ],
    resolve: overloads(
      overload([VARCHAR], VARCHAR),
      overload([VARCHAR, VARCHAR], VARCHAR),
      overload([VARCHAR, BOOLEAN], VARCHAR),
      overload([VARCHAR, BOOLEAN, VARCHAR], VARCHAR),
    ),
    canFail: false,
  }),
];
