/** Arithmetic and numeric functions. Bounds are followed, so that overflow is rare. */
import { anyExpr, castTo, expr, fits, leaf } from "./expression.ts";
import { instantNumber } from "./instant.ts";
import { literal } from "./literal.ts";
import { type Context, e, type Expr, makeExpr, type Scope } from "./scope.ts";
import { BIGINT, DATE, DECIMALS, DOUBLE, INTEGER, INTEGERS, LISTS, TIMESTAMP, type Type, VARCHAR } from "./types.ts";

export function integerExpr(ctx: Context, scope: Scope, type: Type, depth: number): Expr {
  const { random } = ctx;
  const sub = (wanted: Type = type): Expr => expr(ctx, scope, wanted, depth - 1);
  const small = (): Expr => literal(random, type);
  const kind = random.weighted([
    [8, "arithmetic"],
    [2, "modulo"],
    [2, "divide"],
    [2, "abs"],
    [type.low < 0 ? 1 : 0, "negate"],
    [3, "cast integer"],
    [1.5, "cast decimal"],
    [1, "cast boolean"],
    [2, "length"],
    [2, "part"],
    [1, "difference"],
    [1.5, "bits"],
    [1, "sign"],
    [0.5, "position"],
    [1, "list"],
    [1, "text"],
    [type === BIGINT ? 1 : 0, "instant"],
  ] as const);
  switch (kind) {
    case "arithmetic":
      return arithmetic(ctx, type, sub(), random.chance(0.5) ? sub() : small());
    case "modulo": {
      const [a, b] = [sub(), small()];
      const high = Math.max(Math.abs(a.low), Math.abs(a.high));
      return makeExpr(type, e(type)`(${a.node} % ${b.node})`, { low: a.low < 0 ? -high : 0, high });
    }
    case "divide": {
      const [a, b] = [sub(), small()];
      if (a.low === type.low && type.low < 0) return a; // by -1
      const high = Math.max(Math.abs(a.low), Math.abs(a.high));
      if (high > type.high || (type.low === 0 && b.low < 0)) return a;
      return makeExpr(type, e(type)`(${a.node} // ${b.node})`, { low: Math.max(type.low, -high), high });
    }
    case "abs": {
      const a = sub();
      const high = Math.max(Math.abs(a.low), Math.abs(a.high));
      return high > type.high || a.low === type.low ? a : makeExpr(type, e(type)`abs(${a.node})`, { low: 0, high });
    }
    case "negate": {
      const a = sub();
      if (a.low <= type.low) return a;
      return makeExpr(type, e(type)`(- ${a.node})`, { low: -a.high, high: -a.low });
    }
    case "cast integer": {
      const a = sub(random.pick(INTEGERS));
      return fits(a, type) ? castTo(a, type) : leaf(ctx, scope, type);
    }
    case "cast decimal": {
      const a = sub(random.chance(0.5) ? random.pick(DECIMALS) : DOUBLE);
      return fits(a, { ...type, low: type.low + 1, high: type.high - 1 }) &&
        a.exact &&
        a.high < 2 ** 52 &&
        a.low > -(2 ** 52)
        ? castTo({ ...a, low: a.low - 1, high: a.high + 1 }, type)
        : leaf(ctx, scope, type);
    }
    case "cast boolean":
      return makeExpr(
        type,
        e(type)`CAST(${sub({ ...type, family: "boolean", name: "BOOLEAN" }).node} AS ${type.name})`,
        {
          low: 0,
          high: 1,
        },
      );
    case "length": {
      const a = sub(VARCHAR);
      const node = e(BIGINT)`${random.pick(["length", "length", "strlen", "char_length"])}(${a.node})`;
      return a.high * 4 > type.high
        ? leaf(ctx, scope, type)
        : castTo(makeExpr(BIGINT, node, { low: 0, high: a.high * 4 }), type);
    }
    case "part": {
      const a = sub(random.chance(0.5) ? DATE : TIMESTAMP);
      const [part, low, high] = random.pick(PARTS);
      const form = random.below(3);
      const node =
        form === 0
          ? e(BIGINT)`EXTRACT(${part} FROM ${a.node})`
          : form === 1
            ? e(BIGINT)`date_part('${part}', ${a.node})`
            : e(BIGINT)`${part}(${a.node})`;
      const value = makeExpr(BIGINT, node, { low, high });
      return fits(value, type) ? castTo(value, type) : leaf(ctx, scope, type);
    }
    case "difference": {
      if (random.chance(0.5)) {
        const value = makeExpr(BIGINT, e(BIGINT)`(${sub(DATE).node} - ${sub(DATE).node})`, { low: -4e6, high: 4e6 });
        return fits(value, type) ? castTo(value, type) : leaf(ctx, scope, type);
      }
      const unit = random.pick(["day", "month", "year", "hour", "week", "quarter"]);
      const node = e(BIGINT)`date_diff('${unit}', ${sub(TIMESTAMP).node}, ${sub(TIMESTAMP).node})`;
      const value = makeExpr(BIGINT, node, { low: -1e8, high: 1e8 });
      return fits(value, type) ? castTo(value, type) : leaf(ctx, scope, type);
    }
    case "bits": {
      const [a, b] = [sub(), sub()];
      if (type.name === "HUGEINT" || a.low < 0 || b.low < 0) return a;
      const high = 2 ** Math.ceil(Math.log2(Math.max(a.high, b.high, 1) + 1)) - 1;
      return makeExpr(type, e(type)`(${a.node} ${random.pick(["&", "|"])} ${b.node})`, { low: 0, high });
    }
    case "sign": {
      const a = anyNumber(ctx, scope, depth);
      return type.low < 0
        ? makeExpr(type, e(type)`CAST(sign(${a.node}) AS ${type.name})`, { low: -1, high: 1 })
        : leaf(ctx, scope, type);
    }
    case "text": {
      // Texts are short numbers or none at all.
      const a = sub(VARCHAR);
      return makeExpr(type, e(type)`TRY_CAST(left(${a.node}, 2) AS ${type.name})`, {
        low: Math.max(type.low, -9),
        high: 99,
      });
    }
    case "list": {
      const a = sub(random.pick(LISTS));
      const name = random.pick(["len", "len", "list_unique"]);
      const value = makeExpr(BIGINT, e(BIGINT)`CAST(${name}(${a.node}) AS BIGINT)`, { low: 0, high: a.high });
      return fits(value, type) ? castTo(value, type) : leaf(ctx, scope, type);
    }
    case "instant":
      return instantNumber(ctx, scope, depth) ?? sub();
    case "position": {
      const [a, b] = [sub(VARCHAR), sub(VARCHAR)];
      const node = random.chance(0.5)
        ? e(BIGINT)`strpos(${a.node}, ${b.node})`
        : e(BIGINT)`position(${b.node} IN ${a.node})`;
      return a.high > type.high
        ? leaf(ctx, scope, type)
        : castTo(makeExpr(BIGINT, node, { low: 0, high: a.high }), type);
    }
    default:
      return kind satisfies never;
  }
}

const PARTS: readonly (readonly [string, number, number])[] = [
  ["year", -10_000, 10_000],
  ["month", 1, 12],
  ["day", 1, 31],
  ["hour", 0, 23],
  ["minute", 0, 59],
  ["second", 0, 59],
  ["quarter", 1, 4],
  ["week", 1, 53],
  ["dayofweek", 0, 6],
  ["isodow", 1, 7],
  ["dayofyear", 1, 366],
];

/** `a + b`, `a - b` or `a * b` where that stays in the type, `a` where none of them does. */
function arithmetic({ random }: Context, type: Type, a: Expr, b: Expr): Expr {
  const products = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high].map((x) =>
    Number.isNaN(x) ? 0 : x,
  );
  const results: Record<string, readonly [number, number]> = {
    "+": [a.low + b.low, a.high + b.high],
    "-": [a.low - b.high, a.high - b.low],
    "*": [Math.min(...products), Math.max(...products)],
  };
  const margin = type.high > 2 ** 50 ? 0.999 : 1; // bounds are doubles
  const possible = Object.entries(results).filter(
    ([, [low, high]]) => low >= type.low * margin && high <= type.high * margin,
  );
  if (possible.length === 0) return a;
  const [operator, [low, high]] = random.pick(possible);
  return makeExpr(type, e(type)`(${a.node} ${operator} ${b.node})`, { low, high, exact: a.exact && b.exact });
}

export function decimalExpr(ctx: Context, scope: Scope, type: Type, depth: number): Expr {
  const { random } = ctx;
  const sub = (wanted: Type = type): Expr => expr(ctx, scope, wanted, depth - 1);
  const kind = random.weighted([
    [6, "arithmetic"],
    [3, "cast integer"],
    [3, "cast decimal"],
    [2, "round"],
    [1, "abs"],
    [1, "negate"],
    [1, "modulo"],
  ] as const);
  switch (kind) {
    case "arithmetic": {
      const [a, b] = [sub(), sub(random.chance(0.5) ? type : random.pick(DECIMALS))];
      const narrow =
        b.type.scale + type.scale <= 12 &&
        Math.max(Math.abs(a.low), Math.abs(a.high), Math.abs(b.low), Math.abs(b.high)) < 1e8;
      const result = arithmetic(ctx, type, a, b);
      return result === a || !narrow ? a : { ...result, node: e(type)`CAST(${result.node} AS ${type.name})` };
    }
    case "cast integer": {
      const a = sub(random.pick(INTEGERS));
      return fits(a, type) && a.high < type.high && a.low > type.low ? castTo(a, type) : leaf(ctx, scope, type);
    }
    case "cast decimal": {
      const a = sub(random.pick(DECIMALS));
      return a.low - 1 > type.low && a.high + 1 < type.high
        ? castTo({ ...a, low: a.low - 1, high: a.high + 1 }, type)
        : leaf(ctx, scope, type);
    }
    case "round": {
      const a = sub();
      if (a.high + 1 >= type.high || a.low - 1 <= type.low) return a;
      const call = random.pick([
        e(type)`round(${a.node}, ${String(random.between(0, Math.max(0, type.scale)))})`,
        e(type)`round(${a.node})`,
        e(type)`floor(${a.node})`,
        e(type)`ceil(${a.node})`,
        e(type)`trunc(${a.node})`,
      ]);
      return makeExpr(type, e(type)`CAST(${call} AS ${type.name})`, { low: a.low - 1, high: a.high + 1 });
    }
    case "abs": {
      const a = sub();
      return makeExpr(type, e(type)`abs(${a.node})`, { low: 0, high: Math.max(Math.abs(a.low), Math.abs(a.high)) });
    }
    case "negate": {
      const a = sub();
      return makeExpr(type, e(type)`(- ${a.node})`, { low: -a.high, high: -a.low });
    }
    case "modulo": {
      const [a, b] = [sub(), sub()];
      return makeExpr(type, e(type)`CAST((${a.node} % ${b.node}) AS ${type.name})`, a);
    }
    default:
      return kind satisfies never;
  }
}

/** Only what every engine rounds alike. */
export function floatExpr(ctx: Context, scope: Scope, type: Type, depth: number): Expr {
  const { random } = ctx;
  const sub = (wanted: Type = type): Expr => expr(ctx, scope, wanted, depth - 1);
  const kind = random.weighted([
    [6, "arithmetic"],
    [3, "cast"],
    [2, "divide"],
    [2, "round"],
    [1, "abs"],
    [1, "negate"],
    [1, "sqrt"],
    [1, "cast float"],
  ] as const);
  switch (kind) {
    case "arithmetic":
      return arithmetic(ctx, type, sub(), sub());
    case "cast":
      return castTo(sub(random.chance(0.6) ? INTEGER : random.pick(random.chance(0.5) ? INTEGERS : DECIMALS)), type);
    case "divide": {
      if (type !== DOUBLE) return leaf(ctx, scope, type);
      const [a, b] = [anyNumber(ctx, scope, depth), anyNumber(ctx, scope, depth)];
      const node = e(type)`(CAST(${a.node} AS DOUBLE) / nullif(CAST(${b.node} AS DOUBLE), 0))`;
      // Small divisors make large quotients.
      const high = 1e7 * Math.max(Math.abs(a.low), Math.abs(a.high));
      return makeExpr(type, node, { low: -high, high, exact: a.exact && b.exact });
    }
    case "round": {
      const a = sub();
      const name = random.pick(["floor", "ceil", "round", "trunc"]);
      return makeExpr(type, e(type)`${name}(${a.node})`, { low: a.low - 1, high: a.high + 1, exact: a.exact });
    }
    case "abs": {
      const a = sub();
      return makeExpr(type, e(type)`abs(${a.node})`, {
        low: 0,
        high: Math.max(Math.abs(a.low), Math.abs(a.high)),
        exact: a.exact,
      });
    }
    case "negate": {
      const a = sub();
      return makeExpr(type, e(type)`(- ${a.node})`, { low: -a.high, high: -a.low, exact: a.exact });
    }
    case "sqrt": {
      if (type !== DOUBLE) return leaf(ctx, scope, type);
      const a = sub();
      return makeExpr(type, e(type)`sqrt(abs(${a.node}))`, {
        low: 0,
        high: Math.abs(a.high) + Math.abs(a.low) + 1,
        exact: a.exact,
      });
    }
    case "cast float": {
      const a = sub(random.pick([DOUBLE, type]));
      return a.low > type.low && a.high < type.high ? castTo(a, type) : leaf(ctx, scope, type);
    }
    default:
      return kind satisfies never;
  }
}

export function anyNumber(ctx: Context, scope: Scope, depth: number): Expr {
  const value = anyExpr(ctx, scope, depth - 1);
  if (value.type.family === "integer" || value.type.family === "decimal" || value.type.family === "float") return value;
  return expr(ctx, scope, ctx.random.pick([INTEGER, BIGINT, DOUBLE, ctx.random.pick(DECIMALS)]), depth - 1);
}

/** What engines may round differently, and may fail outside its domain. */
export function inexactCall(ctx: Context, scope: Scope, depth: number): Expr {
  const { random } = ctx;
  const a = expr(ctx, scope, random.pick([INTEGER, DOUBLE, random.pick(DECIMALS)]), depth - 1);
  const small = Math.max(Math.abs(a.low), Math.abs(a.high)) < 500;
  const name = random.pick([
    "sin",
    "cos",
    "tan",
    "atan",
    "cbrt",
    "radians",
    "degrees",
    ...(small ? ["exp", "sinh", "tanh"] : []),
  ]);
  const positive = random.pick(["ln", "log2", "log10", "sqrt", "log"]);
  const node = random.chance(0.6)
    ? e(DOUBLE)`${name}(CASE WHEN isfinite(CAST(${a.node} AS DOUBLE)) THEN CAST(${a.node} AS DOUBLE) END)`
    : e(DOUBLE)`${positive}(nullif(abs(CAST(${a.node} AS DOUBLE)), 0))`;
  return makeExpr(DOUBLE, node, { exact: false });
}

/** Two numbers of different types with an operator between them: its type is the engine's business. */
export function mixedArithmetic(ctx: Context, scope: Scope, depth: number): Expr | undefined {
  const { random } = ctx;
  const [a, b] = [
    anyNumber(ctx, scope, depth),
    random.chance(0.3) ? literal(random, INTEGER) : anyNumber(ctx, scope, depth),
  ];
  const bound = Math.max(Math.abs(a.low), Math.abs(a.high), Math.abs(b.low), Math.abs(b.high));
  const type =
    [a, b].find((value) => value.type.family === "float")?.type ??
    [a, b].find((value) => value.type.family === "decimal")?.type ??
    BIGINT;
  const narrow = [a, b].every((value) => value.type.high >= 2 ** 30 && value.type.low < 0 && value.type.scale <= 6);
  if (!(bound < 3e4) || !narrow) return undefined;
  // DuckDB computes remainders of more than 38 digits in DOUBLE.
  const isWide = [a, b].some((value) => value.type.high > 1e30 && value.type.family !== "float");
  const operator = random.pick(["+", "-", "*", "/", ...(isWide ? [] : ["%"])]);
  const exact = type.family !== "float" && operator !== "/";
  return makeExpr(operator === "/" ? DOUBLE : type, e({ ...type, name: "" })`(${a.node} ${operator} ${b.node})`, {
    low: -1e9,
    high: 1e9,
    exact,
  });
}
