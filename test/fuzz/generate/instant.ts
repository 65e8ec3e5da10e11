/** TIMESTAMP WITH TIME ZONE. Years stay between 1900 and 2100: before, engines know different rules. */
import { castTo, expr, hull, leaf } from "./expression.ts";
import { type Context, e, type Expr, makeExpr, type Scope } from "./scope.ts";
import { BIGINT, INSTANT, INTERVAL, TIMESTAMP, VARCHAR } from "./types.ts";

const DAY = 86_400;
const ZONES: readonly string[] = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];
const UNITS: readonly string[] = ["year", "quarter", "month", "week", "day", "hour", "minute", "second"];

const isModern = ({ low, high }: Expr): boolean => low > -60 * 365 * DAY && high < 120 * 365 * DAY;

export function instantExpr(ctx: Context, scope: Scope, depth: number): Expr {
  const { random } = ctx;
  const sub = (): Expr => expr(ctx, scope, INSTANT, depth - 1);
  const moved = (a: Expr, node: Expr["node"], days: number): Expr =>
    isModern(a) ? makeExpr(INSTANT, node, { low: a.low - days * DAY, high: a.high + days * DAY }) : a;
  const kind = random.weighted([
    [3, "add"],
    [2, "truncate"],
    [3, "zone"],
    [1, "cast"],
    [1, "bucket"],
    [1, "make"],
    [1, "text"],
  ] as const);
  switch (kind) {
    case "add": {
      const [a, b] = [sub(), expr(ctx, scope, INTERVAL, depth - 1)];
      return moved(a, e(INSTANT)`(${a.node} ${random.pick(["+", "-"])} ${b.node})`, 2000);
    }
    case "truncate": {
      const a = sub();
      return moved(a, e(INSTANT)`date_trunc('${random.pick(UNITS)}', ${a.node})`, 400);
    }
    case "zone":
    case "cast": {
      const a = expr(ctx, scope, TIMESTAMP, depth - 1);
      if (!isModern(a)) return leaf(ctx, scope, INSTANT);
      const node =
        kind === "cast"
          ? e(INSTANT)`CAST(${a.node} AS TIMESTAMPTZ)`
          : e(INSTANT)`(${a.node} AT TIME ZONE '${random.pick(ZONES)}')`;
      return makeExpr(INSTANT, node, { low: a.low - DAY, high: a.high + DAY });
    }
    case "bucket": {
      const a = sub();
      return moved(
        a,
        e(INSTANT)`time_bucket(INTERVAL '${random.pick(["6 hours", "2 days", "15 minutes"])}', ${a.node})`,
        3,
      );
    }
    case "make": {
      const zone = random.chance(0.5) ? `, '${random.pick(ZONES)}'` : "";
      const parts = [random.between(1970, 2020), random.between(1, 12), random.between(1, 28), random.below(24)];
      const node = e(INSTANT)`make_timestamptz(${parts.join(", ")}, 30, 1.5${zone})`;
      return makeExpr(INSTANT, node, { low: -DAY, high: 20_000 * DAY });
    }
    case "text": {
      const a = sub();
      return { ...a, node: e(INSTANT)`CAST(CAST(${a.node} AS VARCHAR) AS TIMESTAMPTZ)` };
    }
    default:
      return kind satisfies never;
  }
}

/** The wall clock of an instant somewhere. */
export function wallClock(ctx: Context, scope: Scope, depth: number): Expr {
  const { random } = ctx;
  const a = expr(ctx, scope, INSTANT, depth - 1);
  if (!isModern(a)) return leaf(ctx, scope, TIMESTAMP);
  const node = random.chance(0.3)
    ? e(TIMESTAMP)`CAST(${a.node} AS TIMESTAMP)`
    : e(TIMESTAMP)`(${a.node} AT TIME ZONE '${random.pick(ZONES)}')`;
  return makeExpr(TIMESTAMP, node, { low: a.low - DAY, high: a.high + DAY });
}

/** A part of an instant, or how far two are apart, in the session's zone. */
export function instantNumber(ctx: Context, scope: Scope, depth: number): Expr | undefined {
  const { random } = ctx;
  const [a, b] = [expr(ctx, scope, INSTANT, depth - 1), expr(ctx, scope, INSTANT, depth - 1)];
  if (!isModern(a) || !isModern(b)) return undefined;
  const unit = random.pick(UNITS);
  const node = random.pick([
    e(BIGINT)`date_part('${unit}', ${a.node})`,
    e(BIGINT)`date_diff('${unit}', ${a.node}, ${b.node})`,
    e(BIGINT)`date_sub('${unit}', ${a.node}, ${b.node})`,
    e(BIGINT)`epoch_us(${a.node})`,
  ]);
  return castTo(makeExpr(BIGINT, node, { low: -1e16, high: 1e16 }), BIGINT);
}

/** As text in some format. */
export function instantText(ctx: Context, scope: Scope, depth: number): Expr | undefined {
  const a = expr(ctx, scope, INSTANT, depth - 1);
  if (!isModern(a)) return undefined;
  const format = ctx.random.pick(["%Y-%m-%d %H:%M:%S", "%c", "%d.%m.%y %I:%M %p", "%G-%V-%u"]);
  return makeExpr(VARCHAR, e(VARCHAR)`strftime(${a.node}, '${format}')`, { ...hull([a]), low: 0, high: 40 });
}
