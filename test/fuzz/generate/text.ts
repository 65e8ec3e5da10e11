import { anyExpr, expr } from "./expression.ts";
import { instantText } from "./instant.ts";
import { literal } from "./literal.ts";
import { list } from "../tree.ts";
import { type Context, e, type Expr, makeExpr, type Scope } from "./scope.ts";
import { BOOLEAN, DATE, INTEGER, TIMESTAMP, VARCHAR } from "./types.ts";

const MOST = 3000;
const FORMATS: readonly string[] = [
  "%Y-%m-%d",
  "%d.%m.%y",
  "%H:%M:%S",
  "%j",
  "%b %A",
  "%Y%m%dT%H%M%S.%f",
  "%-m/%-d %I %p",
];

export function textExpr(ctx: Context, scope: Scope, depth: number): Expr {
  const { random } = ctx;
  const sub = (): Expr => expr(ctx, scope, VARCHAR, depth - 1);
  const number = (low: number, high: number): string => String(random.between(low, high));
  const made = (node: Expr["node"], high: number): Expr => makeExpr(VARCHAR, node, { low: 0, high });
  const kind = random.weighted([
    [5, "concat"],
    [3, "case"],
    [3, "substring"],
    [2, "trim"],
    [2, "replace"],
    [2, "left"],
    [1, "pad"],
    [1, "reverse"],
    [1, "repeat"],
    [4, "cast"],
    [1, "concat function"],
    [1, "split"],
    [1, "format"],
    [1, "regexp"],
    [1, "md5"],
    [0.5, "name"],
    [0.5, "instant"],
  ] as const);
  switch (kind) {
    case "concat": {
      const [a, b] = [sub(), sub()];
      return a.high + b.high > MOST ? a : made(e(VARCHAR)`(${a.node} || ${b.node})`, a.high + b.high);
    }
    case "case": {
      const a = sub();
      return made(e(VARCHAR)`${random.pick(["upper", "lower"])}(${a.node})`, a.high * 2);
    }
    case "substring": {
      const a = sub();
      // Far behind the start the answer of DuckDB depends on what it knows of the characters.
      const from = random.chance(0.7) ? number(1, 6) : e(INTEGER)`greatest(${expr(ctx, scope, INTEGER, 0).node}, 1)`;
      if (random.chance(0.3)) return made(e(VARCHAR)`substring(${a.node}, ${from})`, a.high);
      return made(e(VARCHAR)`substring(${a.node}, ${from}, ${number(0, 6)})`, a.high);
    }
    case "trim": {
      const a = sub();
      const name = random.pick(["trim", "ltrim", "rtrim"]);
      return made(random.chance(0.5) ? e(VARCHAR)`${name}(${a.node})` : e(VARCHAR)`${name}(${a.node}, 'a ')`, a.high);
    }
    case "replace": {
      const [a, b, c] = [sub(), literal(random, VARCHAR), literal(random, VARCHAR)];
      if (a.high * 4 > MOST) return a;
      if (random.chance(0.3)) return made(e(VARCHAR)`translate(${a.node}, ${b.node}, ${c.node})`, a.high);
      return made(e(VARCHAR)`replace(${a.node}, ${b.node}, ${c.node})`, a.high * 4);
    }
    case "left": {
      const a = sub();
      return made(e(VARCHAR)`${random.pick(["left", "right"])}(${a.node}, ${number(-3, 8)})`, a.high);
    }
    case "pad": {
      const a = sub();
      return made(
        e(VARCHAR)`${random.pick(["lpad", "rpad"])}(${a.node}, ${number(0, 12)}, '${random.pick(["x", "ab", "é"])}')`,
        12,
      );
    }
    case "reverse": {
      const a = sub();
      return made(e(VARCHAR)`reverse(${a.node})`, a.high);
    }
    case "repeat": {
      const a = sub();
      return a.high * 3 > MOST ? a : made(e(VARCHAR)`repeat(${a.node}, ${number(-1, 3)})`, a.high * 3);
    }
    case "cast": {
      const a = anyExpr(ctx, scope, depth - 1);
      // DuckDB leaves out the digit before the point where the type has none.
      if (!a.exact || a.type.name === "DECIMAL(4,4)") return sub();
      // Zeros of both signs are equal, but not as text.
      if (a.type.family === "float") return made(e(VARCHAR)`CAST((${a.node} + 0) AS VARCHAR)`, 30);
      return made(e(VARCHAR)`CAST(${a.node} AS VARCHAR)`, Math.max(50, a.type.family === "text" ? a.high : 0));
    }
    case "concat function": {
      const args = Array.from({ length: random.between(1, 3) }, () =>
        random.chance(0.6) ? sub() : expr(ctx, scope, random.pick([INTEGER, BOOLEAN, DATE]), 0),
      );
      const length = args.reduce((sum, { high, type }) => sum + (type.family === "text" ? high : 30) + 1, 0);
      const items = list(args.map(({ node }) => node));
      if (length > MOST) return args[0]!.type === VARCHAR ? args[0]! : sub();
      return made(random.chance(0.5) ? e(VARCHAR)`concat(${items})` : e(VARCHAR)`concat_ws('-', ${items})`, length);
    }
    case "split": {
      const a = sub();
      return made(e(VARCHAR)`split_part(${a.node}, '${random.pick([",", "a", " ", "-"])}', ${number(1, 3)})`, a.high);
    }
    case "format": {
      const a = expr(ctx, scope, random.chance(0.5) ? DATE : TIMESTAMP, depth - 1);
      return made(e(VARCHAR)`strftime(${a.node}, '${random.pick(FORMATS)}')`, 40);
    }
    case "regexp": {
      const a = sub();
      const pattern = random.pick(["a", "[0-9]+", "^.", "(a|b)", "é", " +", "x*"]);
      if (a.high * 3 > MOST) return a;
      if (random.chance(0.4)) return made(e(VARCHAR)`regexp_extract(${a.node}, '${pattern}')`, a.high);
      return made(
        e(
          VARCHAR,
        )`regexp_replace(${a.node}, '${pattern}', '${random.pick(["", "-", "<\\0>"])}'${random.pick(["", ", 'g'"])})`,
        a.high * 6,
      );
    }
    case "instant":
      return instantText(ctx, scope, depth) ?? sub();
    case "md5":
      return made(e(VARCHAR)`md5(${sub().node})`, 32);
    case "name": {
      const a = expr(ctx, scope, random.chance(0.5) ? DATE : TIMESTAMP, depth - 1);
      return made(e(VARCHAR)`${random.pick(["dayname", "monthname"])}(${a.node})`, 10);
    }
    default:
      return kind satisfies never;
  }
}
