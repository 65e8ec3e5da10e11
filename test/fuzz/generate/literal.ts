import type { Random } from "../random.ts";
import { list, sql } from "../tree.ts";
import { otherLiteral, randomDate, randomInstant, randomInterval, randomTime } from "./database.ts";
import { e, type Expr, makeExpr } from "./scope.ts";
import { INTEGER, type Type } from "./types.ts";

/** A constant of exactly the type, now and then NULL. */
export function literal(random: Random, type: Type): Expr {
  const make = (text: string, low = 0, high = 0): Expr => makeExpr(type, e(type)`${text}`, { low, high });
  if (random.chance(0.06)) return make(`CAST(NULL AS ${type.name})`);
  switch (type.family) {
    case "boolean":
      return make(random.pick(["true", "false"]));
    case "integer": {
      const value = random.weighted([
        [6, random.between(Math.max(type.low, -3), 10)],
        [2, random.between(Math.max(type.low, -100), 100)],
        [0.3, random.pick([type.low, type.high])],
      ]);
      const text =
        value === type.high ? String(type.high < 2 ** 53 ? value : BigInt(value + 1) - 1n) : String(BigInt(value));
      // The least INTEGER is the negative of a BIGINT.
      return make(type === INTEGER && value > type.low ? text : `CAST(${text} AS ${type.name})`, value, value);
    }
    case "decimal": {
      const digits = random.between(0, Math.min(type.scale, 3));
      const bound = Math.min(type.high, 20) - 1;
      const whole = bound < 1 ? 0 : random.between(-bound, bound);
      const text =
        digits === 0 ? String(whole) : `${whole}.${String(random.below(10 ** digits)).padStart(digits, "0")}`;
      return make(`CAST(${text} AS ${type.name})`, whole - 1, whole + 1);
    }
    case "float": {
      const value = random.between(-40, 40) / 4;
      return make(`CAST(${value} AS ${type.name})`, value, value);
    }
    case "text":
      return make(`'${random.pick(["", "a", "b", "ab", "A", "é", "abc", "42", "日本", " ", "a%"])}'`, 0, 3);
    case "date":
      return make(`DATE '${randomDate(random)}'`, 8000, 20_000);
    case "time":
      return make(`TIME '${randomTime(random)}'`);
    case "timestamp":
      return make(`TIMESTAMP '${randomDate(random)} ${randomTime(random)}'`, 8000 * 86_400, 20_000 * 86_400);
    case "instant":
      return make(randomInstant(random), 8000 * 86_400, 20_000 * 86_400);
    case "interval":
      return make(randomInterval(random));
    case "list": {
      const items = Array.from({ length: random.pick([0, 1, 2, 3]) }, () => literal(random, type.elements[0]!).node);
      return makeExpr(type, e(type)`CAST([${list(items, ", ", 0)}] AS ${type.name})`, { low: 0, high: 3 });
    }
    case "struct": {
      const fields = type.elements.map((element, i) => sql`'f${String(i)}': ${literal(random, element).node}`);
      return makeExpr(type, e(type)`CAST({${list(fields, ", ", fields.length)}} AS ${type.name})`);
    }
    case "other":
      return make(otherLiteral(random, type));
    default:
      return type.family satisfies never;
  }
}
