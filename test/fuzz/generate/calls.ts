/** Function calls by template: what a function needs stands in braces, by the letters of `HOLES`. */
import { type Node, sequence } from "../tree.ts";
import { anyExpr, expr } from "./expression.ts";
import { type Context, type Expr, makeExpr, type Scope } from "./scope.ts";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  INTEGER,
  INTERVAL,
  LISTS,
  TIME,
  TIMESTAMP,
  type Type,
  VARCHAR,
} from "./types.ts";

type Hole = (ctx: Context, scope: Scope) => Expr | string;

const of =
  (type: Type): Hole =>
  (ctx, scope) =>
    expr(ctx, scope, type, 1);

const HOLES: Readonly<Record<string, Hole>> = {
  b: of(BOOLEAN),
  d: of(DATE),
  f: of(DOUBLE),
  h: ({ random }) => String(random.between(0, 23)),
  i: of(INTEGER),
  I: of(BIGINT),
  k: ({ random }) => String(random.between(-3, 6)),
  l: of(LISTS[0]!),
  m: of(LISTS.find(({ elements }) => elements[0] === VARCHAR)!),
  p: ({ random }) => String(random.between(1, 6)),
  s: of(TIMESTAMP),
  t: of(VARCHAR),
  T: of(TIME),
  u: ({ random }) => random.pick(["year", "quarter", "month", "week", "day", "hour", "minute", "decade", "century"]),
  v: of(INTERVAL),
  w: ({ random }) => random.pick(["year", "quarter", "month", "day", "hour", "minute", "decade", "century"]),
  /** Anything whose text is certain. */
  x: (ctx, scope) => {
    const a = anyExpr(ctx, scope, 1);
    return /FLOAT|DOUBLE|DECIMAL|INTERVAL|BLOB/.test(a.type.name) ? expr(ctx, scope, VARCHAR, 0) : a;
  },
  y: ({ random }) => String(random.between(1800, 2200)),
};

const TEXTS: readonly string[] = [
  "hex({t})",
  "bin({t})",
  "hex({i})",
  "bin({i})",
  "to_base(abs(CAST({i} AS BIGINT)), 7, 4)",
  "bar({k}, 0, 10, 5)",
  "chr(64 + {p})",
  "format('{}/{:>4}', {t}, {i})",
  "printf('%d|%5s', {i}, {t})",
  "sha256({t})",
  "sha1({t})",
  "to_base64(encode({t}))",
  "decode(from_base64(to_base64(encode({t}))))",
  "url_encode({t})",
  "url_decode(url_encode({t}))",
  "strip_accents({t})",
  "nfc_normalize({t})",
  "left_grapheme({t}, {k})",
  "right_grapheme({t}, {k})",
  "substring_grapheme({t}, {p}, {p})",
  "parse_filename({t})",
  "parse_dirname({t})",
  "parse_dirpath({t})",
  "regexp_escape({t})",
  "format_bytes({I})",
  "typeof({x})",
  "array_to_string({m}, ',')",
  "list_aggregate({m}, 'string_agg', '-')",
  "({t})[{k}]",
  "({t})[{k}:{p}]",
  "regexp_extract({t}, '([a-z])(.)', {p} % 3)",
  "regexp_replace({t}, '[aeiou]', '<\\0>', 'g')",
  "MAP([1, 2, 3], [{t}, {t}, {t}])[{k}]",
  "CAST(MAP([1, 2], [{t}, {t}]) AS VARCHAR)",
  "list_max({m})",
  "({m})[{k}]",
  "concat({t}, {i}, {b})",
  "strftime({s}, '%G-W%V-%u %y %p')",
  "CAST({x} AS VARCHAR)",
  "CAST(CAST({s} AS TIMESTAMP_MS) AS VARCHAR)",
  "CAST(({s} AT TIME ZONE 'Europe/Berlin') AS VARCHAR)",
  "json_extract_string(json_object('a', {t}, 'b', {i}), '$.a')",
  "(json_object('k', {l}) ->> '$.k[1]')",
  "json_type(to_json({x}))",
  "CAST(to_json({x}) AS VARCHAR)",
  "CAST(json_array({i}, {t}, {b}) AS VARCHAR)",
  "CAST(json_merge_patch(json_object('a', {i}, 'b', {t}), json_object('b', {b})) AS VARCHAR)",
  "CAST(json_structure(to_json({l})) AS VARCHAR)",
  "CAST(json_extract(to_json({m}), ['$[0]', '$[1]'])[1] AS VARCHAR)",
];

const INTEGRAL: readonly string[] = [
  "levenshtein({t}, {t})",
  "damerau_levenshtein({t}, {t})",
  "ascii({t})",
  "unicode({t})",
  "length_grapheme({t})",
  "bit_length({t})",
  "octet_length(encode({t}))",
  "bit_count({I})",
  "xor({i}, {i})",
  "(~ {i})",
  "(abs(CAST({i} AS BIGINT)) >> {p})",
  "gcd({k}, {i})",
  "lcm({k}, {p})",
  "hamming(md5({t}), md5({t}))",
  "date_sub('{u}', {s}, {s})",
  "date_diff('{u}', {d}, {d})",
  "date_part('{u}', {s})",
  "date_part('{w}', {v})",
  "isoyear({d})",
  "yearweek({d})",
  "millennium({s})",
  "microsecond({s})",
  "epoch_ms({s})",
  "list_position({l}, {i})",
  "list_count({l})",
  "list_unique({m})",
  "list_min({l})",
  "list_product(list_filter({l}, e -> false))",
  "list_bit_xor({l})",
  "len(string_split({t}, 'a'))",
  "len(regexp_extract_all({t}, '[a-c]'))",
  "cardinality(MAP([1, 2], [{i}, {i}]))",
  "json_array_length(to_json({l}))",
  "CAST(json_extract(json_object('n', {i}), '$.n') AS INTEGER)",
  "instr({t}, {t})",
  "list_reduce([0] || {l}, (e, g) -> coalesce(e, 0) // 2 + coalesce(g, 0) // 2)",
  "list_aggregate({l}, 'count')",
  "array_length([{i}, {i}])",
];

const CONDITIONS: readonly string[] = [
  "isnan({f})",
  "isinf({f})",
  "signbit({f} + 0)",
  "json_valid({t})",
  "({t} GLOB 'a*')",
  "({t} SIMILAR TO '[a-z]*')",
  "regexp_full_match({t}, '.*b')",
  "ends_with({t}, {t})",
  "({l} @> {l})",
  "({l} && {l})",
  "({t} ~ 'a+')",
  "({t} ^@ 'a')",
  "({b} IS NOT FALSE)",
  "({b} IS UNKNOWN)",
  "map_contains(MAP([1, 2], [{i}, {i}]), {k})",
  "json_exists(json_object('a', {i}), '$.a')",
  "({t} LIKE '%\\%%' ESCAPE '\\')",
  "isfinite({d})",
];

const BY_TYPE: Readonly<Record<string, readonly string[]>> = {
  VARCHAR: TEXTS,
  BOOLEAN: CONDITIONS,
  DATE: [
    "make_date({y}, {p}, {p})",
    "CAST(time_bucket(INTERVAL 7 DAY, {d}) AS DATE)",
    "CAST(date_trunc('{u}', {d}) AS DATE)",
    "CAST(date_add({d}, INTERVAL 3 MONTH) AS DATE)",
    "try_cast({t} AS DATE)",
    "CAST(strptime(strftime({d}, '%Y %j'), '%Y %j') AS DATE)",
  ],
  TIMESTAMP: [
    "time_bucket(INTERVAL '3 hours', {s})",
    "time_bucket(INTERVAL '2 months', {s})",
    "make_timestamp({y}, {p}, {p}, {h}, {h}, 6.5)",
    "make_timestamp(epoch_us({s}))",
    "(({s} AT TIME ZONE 'America/New_York') AT TIME ZONE 'UTC')",
    "timezone('Asia/Tokyo', timezone('UTC', {s}))",
    "CAST(CAST({s} AS TIMESTAMP_S) AS TIMESTAMP)",
    "CAST(date_trunc('{u}', {s} AT TIME ZONE 'UTC') AS TIMESTAMP)",
    "try_strptime({t}, '%Y-%m-%d')",
  ],
  TIME: ["make_time({h}, {h}, 1.5)", "CAST({s} + {v} AS TIME)", "try_cast({t} AS TIME)"],
  DOUBLE: ["even({f})", "round_even({f}, 0)", "list_sum([{f}, 0.5])", "greatest({f}, {i})", "fmod({f}, 4)"],
  "INTEGER[]": [
    "list_append({l}, {i})",
    "list_prepend({i}, {l})",
    "list_resize({l}, {p}, {i})",
    "list_resize({l}, {p})",
    "list_sort(list_intersect({l}, {l}))",
    "list_where({l}, list_transform({l}, e -> coalesce(e > 0, false)))",
    "list_select({l}, [1, {p}])",
    "flatten([{l}, {l}])",
    "[e // 2 FOR e IN {l} IF e < 1000]",
    "list_transform({l}, (e, g) -> g)",
    "list_sort({l}, 'DESC', 'NULLS FIRST')",
    "list_slice({l}, {k}, {p})",
    "({l})[{k}:{p}:2]",
    "list_concat({l}, {l})",
    "map_values(MAP([1, 2], [{i}, {i}]))",
    "map_keys(MAP([1, {p} + 1], [{t}, {t}]))",
    "list_transform(list_zip({l}, {l}), e -> e[2])",
    "array_pop_back({l})",
    "list_transform(list_filter(generate_series({k}, {p}), e -> e % 2 = 0), e -> CAST(e AS INTEGER))",
    "json_transform(to_json({l}), '[\"INTEGER\"]')",
  ],
  "VARCHAR[]": [
    "regexp_extract_all({t}, '[a-z]')",
    "string_split_regex({t}, '[, ]')",
    "list_transform({l}, e -> CAST(e AS VARCHAR))",
    "[upper(e) FOR e IN {m}]",
    "json_keys(json_object('a', {i}, 'b', {t}))",
    "map_values(MAP([1, 2], [{t}, {t}]))",
    "list_sort(list_distinct({m}))",
  ],
  "BIGINT[]": ["range({k}, {p})", "generate_series({p}, {k}, -1)"],
};

/** A call of the type; undefined when there is none. */
export function functionCall(ctx: Context, scope: Scope, type: Type): Expr | undefined {
  if (type === BIGINT || type === INTEGER) {
    const call = filled(ctx, scope, INTEGER, ctx.random.pick(INTEGRAL));
    return makeExpr(type, sequence("expression", type.name, ["try_cast(", ` AS ${type.name})`], [call]));
  }
  const templates = BY_TYPE[type.name];
  return templates === undefined ? undefined : makeExpr(type, filled(ctx, scope, type, ctx.random.pick(templates)));
}

/** Those whose type is the engine's business, or whose last digits are. */
const LOOSE: readonly string[] = [
  ...[...INTEGRAL, "epoch({s})", "julian({s})", "jaro_similarity({t}, {t})", "jaro_winkler_similarity({t}, {t})"],
  ...["age({s}, {s})", "({s} - {s})", "({v} + {v})", "({v} * {k})", "list_avg({l})", "list_stddev_pop({l})"],
  ...["MAP([1, 2], [{i}, {I}])", "[{i}, {I}]", "{'a': {i}, 'b': {l}}", "to_json({x})"],
  ...[
    "({s} AT TIME ZONE 'America/New_York')",
    "encode({t})",
    "[{'a': {i}}, {'a': {I}}]",
    "[[{i}], {l}]",
    "list_histogram({l})",
  ],
  ...[
    "array_value({i}, {i})",
    "({d} + {T})",
    "({d} - {d})",

    "time_bucket(INTERVAL 1 DAY, {d})",
  ],
  ...[
    "nullif({i}, {I})",
    "coalesce({i}, {f})",
    "CASE WHEN {b} THEN {i} ELSE {f} END",
    "round({f}, 1)",
    "{i} / {k}",
    "{i} ** 2",
  ],
  ...[
    "date_trunc('{u}', {d})",
    "date_trunc('day', {v})",
    "to_timestamp({k})",
    "make_timestamptz({y}, {p}, {p}, {h}, 0, 0)",
  ],
  ...[
    "json_extract(json_object('a', {l}), '$.a')",
    "map_entries(MAP([1], [{t}]))",
    "struct_insert({'a': {i}}, b := {t})",
    "list_distance([1.5, 2], [0.5, {p}])",
  ],
];

export function looseCall(ctx: Context, scope: Scope): Expr {
  const type: Type = { ...VARCHAR, family: "other", name: "" };
  return makeExpr(type, filled(ctx, scope, type, ctx.random.pick(LOOSE)), { exact: false });
}

function filled(ctx: Context, scope: Scope, { name }: Type, template: string): Expr["node"] {
  const pieces = template.split(/\{([a-zA-Z])\}/);
  const texts = pieces.filter((_, i) => i % 2 === 0);
  const holes = pieces.filter((_, i) => i % 2 === 1);
  const nodes = holes.map((letter): Node => {
    const value = HOLES[letter]!(ctx, scope);
    return typeof value === "string" ? value : value.node;
  });
  return sequence("expression", name, texts, nodes);
}
