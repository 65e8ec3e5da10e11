import { expr, hull, leaf } from "./expression.ts";
import { wallClock } from "./instant.ts";
import { literal } from "./literal.ts";
import { type Context, e, type Expr, makeExpr, type Scope } from "./scope.ts";
import { DATE, INTEGER, INTERVAL, TIME, TIMESTAMP, type Type } from "./types.ts";

const DAY = 86_400;
const UNITS: readonly string[] = ["year", "quarter", "month", "week", "day"];
const FINE_UNITS: readonly string[] = [...UNITS, "hour", "minute", "second", "decade"];

/** Whether the value may move by some years and stay within what texts and all functions take. */
const isCentral = ({ low, high, type }: Expr): boolean => low > type.low * 0.9 && high < type.high * 0.9;

export function dateExpr(ctx: Context, scope: Scope, depth: number): Expr {
  const { random } = ctx;
  const sub = (type: Type = DATE): Expr => expr(ctx, scope, type, depth - 1);
  const moved = (a: Expr, node: Expr["node"], days: number): Expr =>
    isCentral(a) ? makeExpr(DATE, node, { low: a.low - days, high: a.high + days }) : a;
  const kind = random.weighted([
    [3, "add"],
    [2, "cast"],
    [2, "truncate"],
    [1, "last day"],
    [1, "make"],
    [1, "text"],
  ] as const);
  switch (kind) {
    case "add": {
      const [a, days] = [sub(), random.chance(0.6) ? literal(random, INTEGER) : expr(ctx, scope, INTEGER, 0)];
      if (!(Math.abs(days.low) + Math.abs(days.high) < 20_000)) return a;
      return moved(a, e(DATE)`(${a.node} ${random.pick(["+", "-"])} ${days.node})`, 20_000);
    }
    case "cast": {
      const a = sub(TIMESTAMP);
      return makeExpr(DATE, e(DATE)`CAST(${a.node} AS DATE)`, { low: a.low / DAY - 1, high: a.high / DAY + 1 });
    }
    case "truncate": {
      const a = sub();
      return moved(a, e(DATE)`CAST(date_trunc('${random.pick(UNITS)}', ${a.node}) AS DATE)`, 400);
    }
    case "last day": {
      const a = sub();
      return moved(a, e(DATE)`last_day(${a.node})`, 31);
    }
    case "make": {
      const [year, month, day] = [random.between(1970, 2020), random.between(1, 12), random.between(1, 28)].map(String);
      return makeExpr(DATE, e(DATE)`make_date(${year!}, ${month!}, ${day!})`, { low: 0, high: 20_000 });
    }
    case "text": {
      const a = sub();
      return isCentral(a) ? { ...a, node: e(DATE)`CAST(CAST(${a.node} AS VARCHAR) AS DATE)` } : a;
    }
    default:
      return kind satisfies never;
  }
}

export function timestampExpr(ctx: Context, scope: Scope, depth: number): Expr {
  const { random } = ctx;
  const sub = (type: Type = TIMESTAMP): Expr => expr(ctx, scope, type, depth - 1);
  const moved = (a: Expr, node: Expr["node"], days: number): Expr =>
    isCentral(a) ? makeExpr(TIMESTAMP, node, { low: a.low - days * DAY, high: a.high + days * DAY }) : a;
  const kind = random.weighted([
    [4, "add"],
    [3, "cast"],
    [2, "truncate"],
    [1, "date and interval"],
    [1, "text"],
    [1, "date and time"],
    [1, "wall clock"],
  ] as const);
  switch (kind) {
    case "add": {
      const [a, b] = [sub(), sub(INTERVAL)];
      return moved(a, e(TIMESTAMP)`(${a.node} ${random.pick(["+", "-"])} ${b.node})`, 2000);
    }
    case "cast": {
      const a = sub(DATE);
      return makeExpr(TIMESTAMP, e(TIMESTAMP)`CAST(${a.node} AS TIMESTAMP)`, { low: a.low * DAY, high: a.high * DAY });
    }
    case "truncate": {
      const a = sub();
      return moved(a, e(TIMESTAMP)`date_trunc('${random.pick(FINE_UNITS)}', ${a.node})`, 4000);
    }
    case "date and interval": {
      const [a, b] = [sub(DATE), sub(INTERVAL)];
      const node = e(TIMESTAMP)`(${a.node} + ${b.node})`;
      if (!isCentral(a)) return leaf(ctx, scope, TIMESTAMP);
      return makeExpr(TIMESTAMP, node, { low: (a.low - 2000) * DAY, high: (a.high + 2000) * DAY });
    }
    case "text": {
      const a = sub();
      return isCentral(a) ? { ...a, node: e(TIMESTAMP)`CAST(CAST(${a.node} AS VARCHAR) AS TIMESTAMP)` } : a;
    }
    case "wall clock":
      return wallClock(ctx, scope, depth);
    case "date and time": {
      const [a, b] = [sub(DATE), sub(TIME)];
      return makeExpr(TIMESTAMP, e(TIMESTAMP)`(${a.node} + ${b.node})`, { low: a.low * DAY, high: (a.high + 1) * DAY });
    }
    default:
      return kind satisfies never;
  }
}

export function timeExpr(ctx: Context, scope: Scope, depth: number): Expr {
  const { random } = ctx;
  if (random.chance(0.5)) {
    return makeExpr(TIME, e(TIME)`CAST(${expr(ctx, scope, TIMESTAMP, depth - 1).node} AS TIME)`);
  }
  const a = expr(ctx, scope, TIME, depth - 1);
  return makeExpr(TIME, e(TIME)`(${a.node} ${random.pick(["+", "-"])} ${literal(random, INTERVAL).node})`);
}

/** Sums of intervals may have other spellings than equal ones. */
export function intervalExpr(ctx: Context, scope: Scope, depth: number): Expr {
  const { random } = ctx;
  const kind = random.weighted([
    [2, "negate"],
    [2, "unit"],
    [2, "leaf"],
  ] as const);
  switch (kind) {
    case "negate": {
      const a = expr(ctx, scope, INTERVAL, depth - 1);
      return makeExpr(INTERVAL, e(INTERVAL)`(- ${a.node})`, hull([a]));
    }
    case "unit": {
      const name = random.pick(["to_days", "to_months", "to_hours", "to_seconds"]);
      return makeExpr(INTERVAL, e(INTERVAL)`${name}(${String(random.between(-12, 12))})`);
    }
    case "leaf":
      return leaf(ctx, scope, INTERVAL);
    default:
      return kind satisfies never;
  }
}
