/** Operations on JSON texts. */
import type { Datum } from "../../expr/expr.ts";
import {
  formatJson,
  isJsonArray,
  isJsonObject,
  jsonType,
  type JsonValue,
  parseJson,
  prettyJson,
} from "../../types/json.ts";
import { fromJson, toJson } from "../../types/json-convert.ts";
import { findJson, hasWildcard, parseJsonPath, type JsonStep } from "../../types/json-path.ts";
import { formatDatum } from "../../types/literals.ts";
import { isList } from "../../types/nested.ts";
import { type SqlType, typeName } from "../../types/types.ts";
import type { NestedOperation, OperationContext } from "./nested-operation.ts";

function read(text: Datum, ctx: OperationContext): JsonValue {
  const value = parseJson(text as string);
  return value === undefined ? ctx.fail(`malformed JSON: ${shown(text as string)}`) : value;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}

function stepsOf(path: Datum, ctx: OperationContext): readonly JsonStep[] {
  if (typeof path === "bigint") return [{ kind: "index", index: Number(path) }];
  return parseJsonPath(path as string) ?? ctx.fail(`malformed JSON path: ${shown(path as string)}`);
}

/** A value as the text that the function returns; undefined: NULL. */
type Show = (value: JsonValue) => string | null;

const asText: Show = (value) => (value === null ? null : typeof value === "string" ? value : formatJson(value));

/** One path gives a value, one with wildcards or a list of paths a list. */
const extract =
  (show: Show): NestedOperation =>
  ([text, path], ctx) => {
    const value = read(text as Datum, ctx);
    const one = (steps: readonly JsonStep[]): string | null => {
      const [found] = findJson(value, steps);
      return found === undefined ? null : show(found);
    };
    if (Array.isArray(path))
      return (path as readonly Datum[]).map((each) => (each === null ? null : one(stepsOf(each, ctx))));
    const steps = stepsOf(path as Datum, ctx);
    if (!isList(ctx.returns)) return hasWildcard(steps) ? null : one(steps);
    return findJson(value, steps).map(show);
  };

/** The value, or what a path finds in it. */
function target([text, path]: readonly Datum[], ctx: OperationContext): JsonValue | undefined {
  const value = read(text as Datum, ctx);
  return path === undefined ? value : findJson(value, stepsOf(path, ctx))[0];
}

const ofTarget =
  (measure: (value: JsonValue) => Datum): NestedOperation =>
  (args, ctx) => {
    const value = target(args, ctx);
    return value === undefined ? null : measure(value);
  };

/** RFC 7396. */
function mergePatch(value: JsonValue, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const merged = new Map(isJsonObject(value) ? value.entries : []);
  for (const [key, item] of patch.entries) {
    if (item === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key) ?? null, item));
  }
  return { entries: [...merged] };
}

function contains(value: JsonValue, part: JsonValue): boolean {
  if (formatJson(value) === formatJson(part)) return true;
  if (isJsonArray(value)) return value.some((item) => contains(item, part));
  if (!isJsonObject(value)) return false;
  if (isJsonObject(part) && part.entries.length > 0) {
    const own = new Map(value.entries);
    const all = part.entries.every(([key, item]) => {
      const mine = own.get(key);
      return mine !== undefined && formatJson(mine) === formatJson(item);
    });
    if (all) return true;
  }
  return value.entries.some(([, item]) => contains(item, part));
}

function structure(value: JsonValue): JsonValue {
  if (isJsonObject(value)) return { entries: value.entries.map(([key, item]) => [key, structure(item)]) };
  if (!isJsonArray(value)) return jsonType(value);
  return [value.map(structure).reduce<JsonValue>(commonStructure, "NULL")];
}

function commonStructure(a: JsonValue, b: JsonValue): JsonValue {
  if (a === "NULL") return b;
  if (b === "NULL" || formatJson(a) === formatJson(b)) return a;
  if (isJsonArray(a) && isJsonArray(b)) return [commonStructure(a[0] ?? "NULL", b[0] ?? "NULL")];
  if (isJsonObject(a) && isJsonObject(b)) {
    const merged = new Map(a.entries);
    for (const [key, item] of b.entries) merged.set(key, commonStructure(merged.get(key) ?? "NULL", item));
    return { entries: [...merged] };
  }
  const numbers = ["UBIGINT", "BIGINT", "HUGEINT", "DOUBLE"];
  const ranks = [a, b].map((type) => (typeof type === "string" ? numbers.indexOf(type) : -1));
  return ranks.includes(-1) ? "JSON" : (numbers[Math.max(...ranks)] as string);
}

const convert =
  (strict: boolean): NestedOperation =>
  ([text = null], ctx) => {
    if (text === null) return null;
    const json = strict ? read(text, ctx) : parseJson(text as string);
    const value = json === undefined ? undefined : fromJson(json, ctx.returns, !strict);
    if (value !== undefined) return value;
    return strict ? ctx.fail(`could not convert JSON ${shown(text as string)} to ${typeName(ctx.returns)}`) : null;
  };

/** A row of `json_each` or `json_tree`, in the order of their columns. */
type TreeRow = readonly Datum[];

/** Values are numbered in the order of the text, keys counting too. */
function rowsOf(root: JsonValue, deep: boolean): readonly TreeRow[] {
  const rows: TreeRow[] = [];
  let next = 0;
  const visit = (
    value: JsonValue,
    key: string | null,
    parent: bigint | null,
    full: string,
    path: string,
    depth: number,
  ): void => {
    const id = BigInt(next++);
    const container = isJsonArray(value) || isJsonObject(value);
    const shownHere = deep || depth === 1 || (depth === 0 && !container);
    const text = formatJson(value);
    if (shownHere)
      rows.push([key, text, jsonType(value), container ? null : text, id, deep ? parent : null, full, path]);
    if (!deep && depth === 1) {
      next += countValues(value) - 1;
      return;
    }
    if (isJsonArray(value)) {
      for (const [i, item] of value.entries()) visit(item, String(i), id, `${full}[${i}]`, full, depth + 1);
    } else if (isJsonObject(value)) {
      for (const [name, item] of value.entries) {
        next++;
        const plain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
        visit(item, name, id, `${full}.${plain ? name : JSON.stringify(name)}`, full, depth + 1);
      }
    }
  };
  visit(root, null, null, "$", "$", 0);
  return rows;
}

function countValues(value: JsonValue): number {
  if (isJsonArray(value)) return value.reduce<number>((sum, item) => sum + countValues(item), 1);
  if (isJsonObject(value)) return value.entries.reduce((sum, [, item]) => sum + 1 + countValues(item), 1);
  return 1;
}

const treeRows =
  (deep: boolean): NestedOperation =>
  (args, ctx) => {
    const value = args[0] === null ? undefined : target(args, ctx);
    return value === undefined ? [] : rowsOf(value, deep);
  };

const typeAt = (ctx: OperationContext, i: number): SqlType => ctx.args[i] as SqlType;

export const JSON_OPERATIONS: Readonly<Record<string, NestedOperation>> = {
  json_extract: extract((value) => formatJson(value)),
  json_extract_string: extract(asText),
  json_value: ([text, path], ctx) => {
    const [found] = findJson(read(text as Datum, ctx), stepsOf(path as Datum, ctx));
    return found === undefined || found === null || isJsonArray(found) || isJsonObject(found) ? null : asText(found);
  },
  json_exists: ([text, path], ctx) => findJson(read(text as Datum, ctx), stepsOf(path as Datum, ctx)).length > 0,
  json_type: ofTarget(jsonType),
  json_array_length: ofTarget((value) => (isJsonArray(value) ? BigInt(value.length) : 0n)),
  json_keys: ofTarget((value) => (isJsonObject(value) ? value.entries.map(([key]) => key) : [])),
  json_valid: ([text]) => parseJson(text as string) !== undefined,
  json: ([text], ctx) => formatJson(read(text as Datum, ctx)),
  json_pretty: ([text], ctx) => prettyJson(read(text as Datum, ctx)),
  json_structure: ([text], ctx) => formatJson(structure(read(text as Datum, ctx))),
  json_contains: ([text, part], ctx) => contains(read(text as Datum, ctx), read(part as Datum, ctx)),
  json_merge_patch: (texts, ctx) =>
    formatJson(texts.map((text) => (text === null ? null : read(text, ctx))).reduce(mergePatch)),
  to_json: ([value = null], ctx) => (value === null ? null : formatJson(toJson(value, typeAt(ctx, 0)))),
  json_array: (values, ctx) => formatJson(values.map((value, i) => toJson(value, typeAt(ctx, i)))),
  json_object: (values, ctx) => {
    const entries: [string, JsonValue][] = [];
    for (let i = 0; i + 1 < values.length; i += 2) {
      const key = values[i] as Datum;
      if (key === null) return ctx.fail("a key of a JSON object cannot be NULL");
      entries.push([formatDatum(key, typeAt(ctx, i)), toJson(values[i + 1] as Datum, typeAt(ctx, i + 1))]);
    }
    return formatJson({ entries });
  },
  json_group_array: ([list = null], ctx) => (list === null ? "[]" : formatJson(toJson(list, typeAt(ctx, 0)))),
  json_group_object: ([list = null], ctx) => {
    const pair = typeAt(ctx, 0);
    const fields = isList(pair) && pair.element.kind === "Struct" ? pair.element.fields : [];
    const entries = ((list ?? []) as readonly (readonly Datum[])[]).map(
      ([key = null, value = null]): [string, JsonValue] => {
        if (key === null) return ctx.fail("a key of a JSON object cannot be NULL");
        return [
          formatDatum(key, (fields[0] as { type: SqlType }).type),
          toJson(value, (fields[1] as { type: SqlType }).type),
        ];
      },
    );
    return formatJson({ entries });
  },
  from_json: convert(true),
  try_from_json: convert(false),
  json_each: treeRows(false),
  json_tree: treeRows(true),
};
