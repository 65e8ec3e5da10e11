import { HeadraceError } from "../error.ts";
import type { ParameterValue, ParameterValues } from "../planner/bind/context.ts";
import type { Datum, Expr } from "../planner/expr/expr.ts";
import { transformExpr } from "../planner/expr/map.ts";
import { commonType } from "../planner/types/coerce.ts";
import { castDatum } from "../planner/types/convert.ts";
import { mapExpressions, transformPlan } from "../planner/logical/map.ts";
import type { LogicalPlan } from "../planner/logical/plan.ts";
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DOUBLE,
  HUGEINT,
  INTERVAL,
  listOf,
  NULL_TYPE,
  type SqlType,
  TIMESTAMP,
  VARCHAR,
} from "../planner/types/types.ts";

/** Values for `?` and `$1` by position, or for `$name`. */
export type Parameters = readonly unknown[] | Readonly<Record<string, unknown>>;

const INT64_MAX = 2n ** 63n - 1n;

/** JavaScript values as typed SQL values. Throws `bind` for what has no SQL type. */
export function parameterValues(parameters: Parameters | undefined): ParameterValues {
  if (parameters === undefined) return [];
  if (Array.isArray(parameters)) return parameters.map((value, i) => parameterValue(value, `$${i + 1}`));
  return new Map(Object.entries(parameters).map(([name, value]) => [name, parameterValue(value, `$${name}`)]));
}

function parameterValue(value: unknown, name: string): Required<ParameterValue> {
  const typed = (type: SqlType, datum: Datum): Required<ParameterValue> => ({ type, value: datum });
  switch (typeof value) {
    case "boolean":
      return typed(BOOLEAN, value);
    case "string":
      return typed(VARCHAR, value);
    case "number":
      return Number.isSafeInteger(value) ? typed(BIGINT, BigInt(value)) : typed(DOUBLE, value);
    case "bigint": {
      if (value >= -INT64_MAX - 1n && value <= INT64_MAX) return typed(BIGINT, value);
      if (value >= -(2n ** 127n) && value < 2n ** 127n) return typed(HUGEINT, value);
      throw new HeadraceError("overflow", `parameter ${name} does not fit into 128 bits`);
    }
    case "object":
      return objectParameter(value, name);
    default:
      throw new HeadraceError("bind", `parameter ${name} is ${typeof value}, which is no SQL value`, {
        hint: value === undefined ? "use null for NULL" : undefined,
      });
  }
}

function objectParameter(value: object | null, name: string): Required<ParameterValue> {
  if (value === null) return { type: NULL_TYPE, value: null };
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new HeadraceError("bind", `parameter ${name} is an invalid Date`);
    return { type: TIMESTAMP, value: BigInt(value.getTime()) * 1000n };
  }
  if (value instanceof Uint8Array) return { type: BLOB, value };
  const { months, days, micros } = value as { months?: unknown; days?: unknown; micros?: unknown };
  if (
    typeof months === "number" &&
    typeof days === "number" &&
    (typeof micros === "bigint" || typeof micros === "number")
  ) {
    return { type: INTERVAL, value: { months, days, micros: BigInt(micros) } };
  }
  if (Array.isArray(value)) {
    const { element, values } = commonValues(value, name);
    return { type: listOf(element), value: values };
  }
  if (value instanceof Map) return mapParameter(value, name);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return structParameter(Object.entries(value), name);
  throw new HeadraceError("bind", `parameter ${name} is a ${value.constructor.name}, which is no SQL value`);
}

function structParameter(entries: readonly (readonly [string, unknown])[], name: string): Required<ParameterValue> {
  if (entries.length === 0) throw new HeadraceError("bind", `parameter ${name} is an object without fields`);
  const fields = entries.map(([field, value]) => ({ name: field, ...parameterValue(value, `${name}.${field}`) }));
  return {
    type: { kind: "Struct", fields: fields.map((field) => ({ name: field.name, type: field.type })) },
    value: fields.map((field) => field.value),
  };
}

function mapParameter(map: ReadonlyMap<unknown, unknown>, name: string): Required<ParameterValue> {
  if (map.has(null)) throw new HeadraceError("bind", `parameter ${name} is a map with a NULL key`);
  const keys = commonValues([...map.keys()], `the keys of ${name}`);
  const values = commonValues([...map.values()], `the values of ${name}`);
  return {
    type: { kind: "Map", key: keys.element, value: values.element },
    value: keys.values.map((key, i) => [key, values.values[i]!]),
  };
}

/** Values cast to the one type that they have in common. */
function commonValues(
  given: readonly unknown[],
  name: string,
): { readonly element: SqlType; readonly values: readonly Datum[] } {
  const items = given.map((value, i) => parameterValue(value, `${name}[${i + 1}]`));
  const element = items.reduce<SqlType | undefined>(
    (type, item) => (type === undefined ? undefined : commonType(type, item.type)),
    NULL_TYPE,
  );
  const list = items.map((item) => (element === undefined ? undefined : castDatum(item.value, item.type, element)));
  if (element === undefined || list.includes(undefined)) {
    throw new HeadraceError("bind", `the values of parameter ${name} have no common type`);
  }
  return { element, values: list as readonly Datum[] };
}

/** The plan with every parameter replaced by its value. */
export function fillParameters(plan: LogicalPlan, values: ParameterValues): LogicalPlan {
  const list = [...values.values()];
  if (list.length === 0) return plan;
  const fill = (expr: Expr): Expr =>
    transformExpr(expr, (part) => {
      if (part.kind === "Subquery") return { ...part, plan: fillParameters(part.plan, values) };
      if (part.kind !== "Parameter") return part;
      const given = list[part.index];
      if (given?.value === undefined)
        throw new HeadraceError("bind", `no value is given for parameter $${part.index + 1}`, { span: part.span });
      return {
        kind: "Literal",
        value: given.value,
        type: part.type,
        ...(part.span === undefined ? {} : { span: part.span }),
      };
    });
  return transformPlan(plan, (node) => mapExpressions(node, fill));
}
