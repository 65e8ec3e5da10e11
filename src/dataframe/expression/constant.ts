import { HeadraceError } from "../../error.ts";
import type { Datum, IntervalValue } from "../../planner/expr/expr.ts";
import { type SqlType, typeName } from "../../planner/types/types.ts";
import type { Expression } from "../../sql/ast.ts";
import { identifier, literal, NO_SPAN, typedLiteral } from "./nodes.ts";

/** The value of a parameter as a tree of the same type, for queries inside other ones. */
export function constant(value: Datum, type: SqlType): Expression {
  if (value === null) return literal(null);
  switch (type.kind) {
    // Literals of these would take the narrowest type.
    case "BigInt":
    case "HugeInt":
    case "Double": {
      const name = {
        kind: "ObjectName",
        parts: [{ kind: "Identifier", name: type.kind.toUpperCase(), quoted: false, span: NO_SPAN }],
        span: NO_SPAN,
      } as const;
      const target = { kind: "NamedType", name, modifiers: [], span: NO_SPAN } as const;
      return { kind: "Cast", operand: literal(value), type: target, try: false, span: NO_SPAN };
    }
    case "Timestamp":
      return literal(new Date(Number((value as bigint) / 1000n))); // it was a Date
    case "Interval": {
      const { months, days, micros } = value as IntervalValue;
      return typedLiteral("INTERVAL", `${months} months ${days} days ${micros} microseconds`);
    }
    case "List":
      return {
        kind: "ListLiteral",
        items: (value as readonly Datum[]).map((item) => constant(item, type.element)),
        span: NO_SPAN,
      };
    case "Struct": {
      const values = value as readonly Datum[];
      const fields = type.fields.map((field, i) => ({
        name: identifier(field.name),
        value: constant(values[i]!, field.type),
      }));
      return { kind: "StructLiteral", fields, span: NO_SPAN };
    }
    case "Map": {
      const entries = (value as readonly (readonly Datum[])[]).map(([key, item]) => ({
        key: constant(key!, type.key),
        value: constant(item!, type.value),
      }));
      return { kind: "MapLiteral", entries, span: NO_SPAN };
    }
    case "Null":
    case "Boolean":
    case "Varchar":
    case "Blob":
      return literal(value);
    default:
      throw new HeadraceError("internal", `no parameter has the type ${typeName(type)}`);
  }
}
