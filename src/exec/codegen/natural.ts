import type { Column } from "../../planner/expr/expr.ts";
import { f32, f64, get, i32, i64 } from "../../planner/ir/builder.ts";
import { toRep } from "../../planner/ir/lower/rep.ts";
import { type Operand, operand, type Rep } from "../../planner/ir/operand.ts";
import { laneOf } from "../../planner/types/lane.ts";
import type { SqlType } from "../../planner/types/types.ts";
import type { Location, RowScope } from "./scope.ts";

/** The representation that holds every value of the type, whatever statistics say. */
export function naturalRep(type: SqlType): Rep {
  const lane = laneOf(type);
  switch (lane) {
    case "bool":
    case "i8":
    case "i16":
    case "i32":
    case "u8":
    case "u16":
      return "i32";
    case "u32":
      return type.kind === "Enum" ? "i32" : "i64";
    case "i64":
      return "i64";
    case "u64":
    case "i128":
      return "i128";
    default:
      return lane;
  }
}

/** A NULL of the type. */
export function nullOperand(type: SqlType): Operand {
  const rep = naturalRep(type);
  const valid = i32(0);
  switch (rep) {
    case "i32":
      return operand(rep, i32(0), { valid });
    case "i64":
    case "str":
      return operand(rep, i64(0), { valid });
    case "f32":
      return operand(rep, f32(0), { valid });
    case "f64":
      return operand(rep, f64(0), { valid });
    case "i128":
    case "interval":
      return operand(rep, i64(0), { hi: i64(0), valid });
  }
}

/**
 * A column of `outer` in its natural representation, nullable, without a range. An operator whose rows reach its consumer
 * from several pipelines passes columns on this way, so that all of them agree on the layout of what is kept.
 */
export function naturalLocation(outer: RowScope, from: Column, type: SqlType = from.type): Location {
  return {
    kind: "lazy",
    load: ({ b }): Operand => {
      const value = outer.column(from);
      // A NULL that code generation knew of would fold what is computed from it, into another representation than elsewhere.
      const known = value.valid?.op === "const" && value.valid.value === 0;
      const valid = known ? get(b.local("i32")) : (value.valid ?? i32(1));
      return { ...toRep(b, value, naturalRep(type)), valid, range: undefined, stable: false };
    },
  };
}

/** NULL where other pipelines have a `naturalLocation`. */
export function nullLocation(type: SqlType): Location {
  return { kind: "lazy", load: ({ b }): Operand => ({ ...nullOperand(type), valid: get(b.local("i32")) }) };
}
