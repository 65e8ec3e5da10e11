/** Window function calls whose result is the same for every order of equal rows. */
import { list, type Node, optional, print } from "../tree.ts";
import { anyExpr, castTo, expr, fits, hull } from "./expression.ts";
import { type Context, e, type Expr, makeExpr, type Scope } from "./scope.ts";
import { BIGINT, HUGEINT, INTEGERS, type Type } from "./types.ts";

const MOST_ROWS = 1e6;
const MOST_KEYS = 8;

export function windowCall(ctx: Context, scope: Scope, type: Type, depth: number): Expr | undefined {
  const { random } = ctx;
  const over: Scope = { ...scope, windows: false, subqueries: 0 };
  const argument = (wanted: Type): Expr => expr(ctx, over, wanted, Math.min(depth - 1, 1));
  // Rows that are equal in all columns may change places.
  const total =
    !ctx.numbered.has(scope.columns) &&
    scope.columns.length > 0 &&
    scope.columns.length <= MOST_KEYS &&
    scope.columns.every(({ exact }) => exact);
  const { family } = type;
  const kind = random.weighted([
    [family === "integer" ? 3 : 0, "rank"],
    [family === "integer" && total ? 3 : 0, "number"],
    [total ? 3 : 0, "value"],
    [type.name === "HUGEINT" ? 4 : 0, "sum"],
    [family === "integer" ? 2 : 0, "count"],
    [family === "interval" ? 0 : 2, "extreme"],
  ] as const);
  switch (kind) {
    case "rank": {
      const call = random.pick(["rank", "dense_rank"]);
      const value = makeExpr(BIGINT, e(BIGINT)`${call}() OVER (${spec(ctx, over, some(ctx, scope), "")})`, {
        low: 0,
        high: MOST_ROWS,
      });
      return fits(value, type) ? castTo(value, type) : undefined;
    }
    case "number": {
      const call = random.pick(["row_number()", `ntile(${random.between(1, 5)})`]);
      const value = makeExpr(BIGINT, e(BIGINT)`${call} OVER (${spec(ctx, over, all(ctx, scope), "")})`, {
        low: 0,
        high: MOST_ROWS,
      });
      return fits(value, type) ? castTo(value, type) : undefined;
    }
    case "value": {
      const a = argument(type);
      const shape = random.below(3);
      const window = (frames: boolean): Node => spec(ctx, over, all(ctx, scope), frames ? rowsFrame(ctx) : "");
      if (shape === 0) {
        const node = e(
          type,
        )`${random.pick(["lag", "lead"])}(${a.node}, ${String(random.between(0, 3))}) OVER (${window(false)})`;
        return makeExpr(type, node, hull([a]));
      }
      if (shape === 1) {
        const node = e(type)`nth_value(${a.node}, ${String(random.between(1, 3))}) OVER (${window(true)})`;
        return makeExpr(type, node, hull([a]));
      }
      const node = e(type)`${random.pick(["first_value", "last_value"])}(${a.node}) OVER (${window(true)})`;
      return makeExpr(type, node, hull([a]));
    }
    case "sum": {
      const a = argument(random.pick(INTEGERS));
      const bounds = { low: a.low * MOST_ROWS, high: a.high * MOST_ROWS };
      const sum = makeExpr(HUGEINT, e(HUGEINT)`sum(${a.node}) OVER (${anyFrame(ctx, over, scope, total)})`, bounds);
      return fits(sum, HUGEINT) ? sum : undefined;
    }
    case "count": {
      const a = anyExpr(ctx, over, 1);
      const inside = random.chance(0.5) ? "*" : a.node;
      const value = makeExpr(BIGINT, e(BIGINT)`count(${inside}) OVER (${anyFrame(ctx, over, scope, total)})`, {
        low: 0,
        high: MOST_ROWS,
      });
      return fits(value, type) ? castTo(value, type) : undefined;
    }
    case "extreme": {
      if (family === "interval") return undefined;
      const a = argument(type);
      const node = e(type)`${random.pick(["min", "max"])}(${a.node}) OVER (${anyFrame(ctx, over, scope, total)})`;
      return makeExpr(type, node, hull([a]));
    }
    default:
      return kind satisfies never;
  }
}

function anyFrame(ctx: Context, over: Scope, scope: Scope, total: boolean): Node {
  const { random } = ctx;
  if (total && random.chance(0.6)) return spec(ctx, over, all(ctx, scope), rowsFrame(ctx));
  return spec(ctx, over, some(ctx, scope), random.pick(["", "", PEERS, ...GROUPS]));
}

const PEERS = " RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
const GROUPS: readonly string[] = [
  " GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW",
  " GROUPS BETWEEN CURRENT ROW AND 2 FOLLOWING",
  " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
  " RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE TIES",
];

function rowsFrame({ random }: Context): string {
  if (random.chance(0.3)) return "";
  const from = random.pick(["UNBOUNDED PRECEDING", "2 PRECEDING", "1 PRECEDING", "CURRENT ROW"]);
  const to = random.pick(["CURRENT ROW", "1 FOLLOWING", "3 FOLLOWING", "UNBOUNDED FOLLOWING"]);
  const exclude = random.chance(0.15) ? random.pick([" EXCLUDE CURRENT ROW", " EXCLUDE NO OTHERS"]) : "";
  return ` ROWS BETWEEN ${from} AND ${to}${exclude}`;
}

function spec(ctx: Context, over: Scope, keys: readonly Node[], frame: string): Node {
  const { random } = ctx;
  const partition = random.chance(0.5) ? anyExpr(ctx, over, 0).node : undefined;
  const order = list(keys);
  return e({
    ...BIGINT,
    name: "",
  })`${optional(partition && e({ ...BIGINT, name: "" })`PARTITION BY ${partition} `)}ORDER BY ${order}${optional(frame)}`;
}

const DIRECTIONS: readonly string[] = ["", " DESC", " NULLS FIRST", " DESC NULLS FIRST", " DESC NULLS LAST"];

/** Every column: what is left equal is the same. One text, since it must not lose a part. */
function all({ random, numbered }: Context, scope: Scope): Node[] {
  numbered.add(scope.columns);
  const keys = random.shuffle(scope.columns).map(({ node }) => `${print(node)}${random.pick(DIRECTIONS)}`);
  return [keys.join(", ")];
}

function some({ random }: Context, scope: Scope): Node[] {
  const exact = scope.columns.filter((column) => column.exact);
  if (exact.length === 0) return ["1"];
  return random
    .shuffle(exact)
    .slice(0, random.between(1, 2))
    .map(({ node }) => e({ ...BIGINT, name: "" })`${node}${random.pick(DIRECTIONS)}`);
}
