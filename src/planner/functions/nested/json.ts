/** Functions of JSON texts. */
import type { Datum } from "../../expr/expr.ts";
import { hasWildcard, parseJsonPath } from "../../types/json-path.ts";
import { isList } from "../../types/nested.ts";
import {
  BIGINT,
  BOOLEAN,
  isInteger,
  JSON_TYPE,
  listOf,
  type SqlType,
  type StructField,
  UBIGINT,
  VARCHAR,
} from "../../types/types.ts";
import type { ScalarFunction } from "../function.ts";
import type { Resolve } from "../overload.ts";
import { hostScalar } from "./host-function.ts";

const isText = (type: SqlType | undefined): type is SqlType =>
  type !== undefined && (type.kind === "Varchar" || type.kind === "Json" || type.kind === "Null");

const asText = (type: SqlType): SqlType => (type.kind === "Null" ? JSON_TYPE : type);

/** A JSON text and a path: a text, a position in an array, or a list of texts. */
const withPath =
  (returns: SqlType): Resolve =>
  (types, literals) => {
    const [text, path] = types;
    if (types.length !== 2 || !isText(text) || path === undefined) return undefined;
    if (isInteger(path)) return { args: [asText(text), BIGINT], returns };
    if (isList(path) && (path.element.kind === "Varchar" || path.element.kind === "Null")) {
      return { args: [asText(text), listOf(VARCHAR)], returns: listOf(returns) };
    }
    if (!isText(path)) return undefined;
    return { args: [asText(text), VARCHAR], returns: findsSeveral(literals[1]) ? listOf(returns) : returns };
  };

function findsSeveral(path: Datum | undefined): boolean {
  const steps = typeof path === "string" ? parseJsonPath(path) : undefined;
  return steps !== undefined && hasWildcard(steps);
}

/** A JSON text and perhaps a path. */
const maybePath =
  (returns: SqlType): Resolve =>
  (types) => {
    const [text, path] = types;
    if (types.length > 2 || !isText(text) || (path !== undefined && !isText(path))) return undefined;
    return { args: path === undefined ? [asText(text)] : [asText(text), VARCHAR], returns };
  };

const texts =
  (least: number, returns: SqlType): Resolve =>
  (types) =>
    types.length >= least && types.every(isText) ? { args: types.map(asText), returns } : undefined;

const anything =
  (test: (types: readonly SqlType[]) => boolean, returns: SqlType): Resolve =>
  (types) =>
    test(types) ? { args: types, returns } : undefined;

const one = (types: readonly SqlType[]): boolean => types.length === 1;

type Examples = ScalarFunction["examples"];

function define(
  name: string,
  aliases: readonly string[],
  doc: string,
  examples: Examples,
  resolve: Resolve,
  nulls: ScalarFunction["nulls"] = "propagate",
  op: string = name,
): ScalarFunction {
  return hostScalar({ name, aliases, op, category: "json", doc, examples, resolve, nulls });
}

const field = (name: string, type: SqlType): StructField => ({ name, type });

/** The columns of `json_each` and `json_tree`. */
export const JSON_TREE: readonly StructField[] = [
  field("key", VARCHAR),
  field("value", JSON_TYPE),
  field("type", VARCHAR),
  field("atom", JSON_TYPE),
  field("id", UBIGINT),
  field("parent", UBIGINT),
  field("fullkey", VARCHAR),
  field("path", VARCHAR),
];

const TREE_ROWS: SqlType = listOf({ kind: "Struct", fields: JSON_TREE });

export const JSON_FUNCTIONS: readonly ScalarFunction[] = [
  define(
    "json_extract",
    ["->", "json_extract_path"],
    "What a path finds in a JSON text, as JSON; a list for a list of paths and for a path with wildcards.",
    [
      [`'{"a": [1, 2]}' -> '$.a[1]'`, "2"],
      [`json_extract('{"a": {"b": "x"}}', '/a/b')`, '"x"'],
      [`'[1, 2, 3]' -> -1`, "3"],
    ],
    withPath(JSON_TYPE),
  ),
  define(
    "json_extract_string",
    ["->>", "json_extract_path_text"],
    "What a path finds in a JSON text, as text; null is NULL.",
    [[`'{"a": "x"}' ->> 'a'`, "x"]],
    withPath(VARCHAR),
  ),
  define(
    "json_value",
    [],
    "What a path finds, as JSON, where it is no array or object.",
    [[`json_value('{"a": 1}', '$.a')`, "1"]],
    withPath(JSON_TYPE),
  ),
  define(
    "json_exists",
    [],
    "Whether a path finds something.",
    [[`json_exists('{"a": 1}', '$.b')`, "false"]],
    withPath(BOOLEAN),
  ),
  define(
    "json_type",
    [],
    "The type of a JSON value, or of what a path finds in it.",
    [
      [`json_type('[1]')`, "ARRAY"],
      [`json_type('{"a": 1.5}', '$.a')`, "DOUBLE"],
    ],
    maybePath(VARCHAR),
  ),
  define(
    "json_array_length",
    [],
    "The number of elements of a JSON array; 0 of all else.",
    [["json_array_length('[1, 2]')", "2"]],
    maybePath(UBIGINT),
  ),
  define(
    "json_keys",
    [],
    "The keys of a JSON object.",
    [[`json_keys('{"a": 1, "b": 2}')`, "[a, b]"]],
    maybePath(listOf(VARCHAR)),
  ),
  define("json_valid", [], "Whether a text is JSON.", [["json_valid('{a}')", "false"]], texts(1, BOOLEAN)),
  define("json", [], "A JSON text without white space.", [[`json(' { "a" : 1 }')`, '{"a":1}']], texts(1, JSON_TYPE)),
  define(
    "json_pretty",
    [],
    "A JSON text with a line for every member.",
    [[`json_pretty('{"a": [1]}')`, '{\n    "a": [\n        1\n    ]\n}']],
    texts(1, VARCHAR),
  ),
  define(
    "json_structure",
    [],
    "The types of a JSON value, as JSON.",
    [[`json_structure('{"a": [1]}')`, '{"a":["UBIGINT"]}']],
    texts(1, JSON_TYPE),
  ),
  define(
    "json_contains",
    [],
    "Whether a JSON value contains another.",
    [["json_contains('[1, 2]', '2')", "true"]],
    texts(2, BOOLEAN),
  ),
  define(
    "json_merge_patch",
    [],
    "JSON values merged (RFC 7396): later ones replace and null removes.",
    [[`json_merge_patch('{"a": 1, "b": 2}', '{"a": null}')`, '{"b":2}']],
    texts(2, JSON_TYPE),
    "custom",
  ),
  define(
    "to_json",
    ["json_quote", "row_to_json", "array_to_json"],
    "A value as JSON.",
    [
      ["to_json({'a': [1, NULL]})", '{"a":[1,null]}'],
      ["to_json('x')", '"x"'],
    ],
    anything(one, JSON_TYPE),
  ),
  define(
    "json_array",
    [],
    "The JSON array of the arguments.",
    [["json_array(1, 'a', NULL)", '[1,"a",null]']],
    anything(() => true, JSON_TYPE),
    "custom",
  ),
  define(
    "json_object",
    [],
    "The JSON object of keys and values, which alternate.",
    [["json_object('a', 1, 'b', [2])", '{"a":1,"b":[2]}']],
    anything((types) => types.length % 2 === 0, JSON_TYPE),
    "custom",
  ),
];

/** What the binder makes of the table functions. */
export const JSON_ROWS: readonly ScalarFunction[] = [
  define("json_each_rows", [], "The rows of json_each as a list.", [], maybePath(TREE_ROWS), "propagate", "json_each"),
  define("json_tree_rows", [], "The rows of json_tree as a list.", [], maybePath(TREE_ROWS), "propagate", "json_tree"),
];
