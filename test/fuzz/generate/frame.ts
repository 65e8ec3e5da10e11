/** What stands behind OVER: partitions, orders and frames that leave no result open. */
import { list, type Node, optional, print, type Sequence, sql } from "../tree.ts";
import { anyExpr } from "./expression.ts";
import { alias, type Context, type Expr, type NamedWindow, type Scope } from "./scope.ts";

const MOST_KEYS = 8;

const DIRECTIONS: readonly string[] = ["", " DESC", " NULLS FIRST", " DESC NULLS FIRST", " DESC NULLS LAST"];

const EXCLUSIONS: readonly string[] = ["CURRENT ROW", "GROUP", "TIES", "NO OTHERS"].map((what) => ` EXCLUDE ${what}`);

/**
 * Whether there is an order by all columns of the scope. Rows that are equal in all of them may change places, but in one
 * window of a query only once for all calls.
 */
export const hasTotalOrder = ({ numbered }: Context, { columns, windows }: Scope): boolean =>
  windows?.some(({ total }) => total) === true ||
  (!numbered.has(columns) && columns.length > 0 && columns.length <= MOST_KEYS && columns.every(({ exact }) => exact));

/** ` OVER ...` for what depends on the order of all rows; `frames`: whether it also depends on the frame. */
export function totalOver(ctx: Context, scope: Scope, frames: boolean): Sequence {
  ctx.numbered.add(scope.columns);
  return over(ctx, scope, { keys: [allKeys(ctx, scope)], frame: frames ? rowsFrame(ctx, scope) : "" }, true);
}

/** ` OVER ...` for what is the same for all rows that are equal in the keys. */
export function peerOver(ctx: Context, scope: Scope): Sequence {
  return over(ctx, scope, { keys: someKeys(ctx, scope), frame: "" }, false);
}

/** ` OVER ...` for an aggregate: any frame whose rows are certain. */
export function aggregateOver(ctx: Context, scope: Scope): Sequence {
  const { random } = ctx;
  if (hasTotalOrder(ctx, scope) && random.chance(0.5)) return totalOver(ctx, scope, true);
  const exclusion = random.chance(0.25) ? random.pick(EXCLUSIONS) : "";
  if (random.chance(0.2)) {
    const key = rangeKey(ctx, scope);
    if (key !== undefined) return over(ctx, scope, { ...key, frame: `${key.frame}${exclusion}` }, false);
  }
  const frame = random.pick(["", "", RANGES, groupsFrame(ctx)]);
  const bounds = frame === RANGES ? ` RANGE BETWEEN ${random.pick(RANGE_BOUNDS)}` : frame;
  return over(ctx, scope, { keys: someKeys(ctx, scope), frame: bounds === "" ? "" : `${bounds}${exclusion}` }, false);
}

/** One or two windows for a WINDOW clause, without frames; one that leaves no order open only where rows may be numbered. */
export function namedWindows(ctx: Context, scope: Scope): readonly NamedWindow[] {
  const { random } = ctx;
  return Array.from({ length: random.between(1, 2) }, (_, i): NamedWindow => {
    const total = i === 0 && hasTotalOrder(ctx, scope) && random.chance(0.5);
    if (total) ctx.numbered.add(scope.columns);
    const keys = total ? [allKeys(ctx, scope)] : someKeys(ctx, scope);
    return { name: alias(ctx, "n"), total, node: specification(ctx, scope, { keys, frame: "" }) };
  });
}

type Ordering = { readonly keys: readonly Node[]; readonly frame: string };

const RANGES = "RANGE";
const RANGE_BOUNDS: readonly string[] = [
  "UNBOUNDED PRECEDING AND CURRENT ROW",
  "CURRENT ROW AND CURRENT ROW",
  "CURRENT ROW AND UNBOUNDED FOLLOWING",
  "UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
];

function over(ctx: Context, scope: Scope, ordering: Ordering, total: boolean): Sequence {
  const { random } = ctx;
  const named = (scope.windows ?? []).filter((window) => window.total === total);
  if (named.length === 0 || (!total && random.chance(0.3))) return sql` OVER (${specification(ctx, scope, ordering)})`;
  const { name } = random.pick(named);
  // A window of one name may have other keys than the frame was made for.
  const frame = ordering.frame.includes("INTERVAL") || /RANGE BETWEEN.*\d/.test(ordering.frame) ? "" : ordering.frame;
  return frame === "" && random.chance(0.7) ? sql` OVER ${name}` : sql` OVER (${name}${optional(frame)})`;
}

function specification(ctx: Context, scope: Scope, { keys, frame }: Ordering): Sequence {
  const { random } = ctx;
  const inner: Scope = { ...scope, windows: undefined, subqueries: 0 };
  const partition = random.chance(0.5)
    ? optional(
        sql`PARTITION BY ${list(Array.from({ length: random.pick([1, 1, 2]) }, () => anyExpr(ctx, inner, 0).node))} `,
      )
    : "";
  return sql`${partition}ORDER BY ${list(keys)}${optional(frame)}`;
}

function allKeys({ random }: Context, scope: Scope): string {
  return random
    .shuffle(scope.columns)
    .map(({ node }) => `${print(node)}${random.pick(DIRECTIONS)}`)
    .join(", ");
}

function someKeys({ random }: Context, scope: Scope): readonly Node[] {
  const exact = scope.columns.filter((column) => column.exact);
  if (exact.length === 0) return ["1"];
  return random
    .shuffle(exact)
    .slice(0, random.between(1, 2))
    .map(({ node }) => sql`${node}${random.pick(DIRECTIONS)}`);
}

function rowsFrame(ctx: Context, scope: Scope): string {
  const { random } = ctx;
  if (random.chance(0.25)) return "";
  const bounds = random.chance(0.15) ? rowOffsets(ctx, scope) : undefined;
  const exclusion = random.chance(0.25) ? random.pick(EXCLUSIONS) : "";
  return ` ROWS BETWEEN ${bounds ?? boundsOf(ctx, ["1", "2", "3", "10"])}${exclusion}`;
}

/** Offsets that differ from row to row. */
function rowOffsets({ random }: Context, { columns }: Scope): string | undefined {
  const small = columns.filter(({ type, low, high }) => type.family === "integer" && low > -100 && high < 1000);
  if (small.length === 0) return undefined;
  const offset = (column: Expr): string => `coalesce(abs(${print(column.node)}), 1)`;
  return random.pick([
    `${offset(random.pick(small))} PRECEDING AND CURRENT ROW`,
    `1 PRECEDING AND ${offset(random.pick(small))} FOLLOWING`,
    `${offset(random.pick(small))} PRECEDING AND ${offset(random.pick(small))} FOLLOWING`,
  ]);
}

const groupsFrame = (ctx: Context): string => ` GROUPS BETWEEN ${boundsOf(ctx, ["1", "2"])}`;

/** Any two bounds, some of them with nothing between. */
function boundsOf({ random }: Context, offsets: readonly string[]): string {
  const offset = (): string => random.pick(offsets);
  return random.weighted([
    [2, `UNBOUNDED PRECEDING AND ${random.pick(["CURRENT ROW", `${offset()} PRECEDING`, `${offset()} FOLLOWING`])}`],
    [2, `${random.pick(["CURRENT ROW", `${offset()} PRECEDING`, `${offset()} FOLLOWING`])} AND UNBOUNDED FOLLOWING`],
    [2, `${offset()} PRECEDING AND ${random.pick(["CURRENT ROW", `${offset()} FOLLOWING`])}`],
    [1, `${offset()} PRECEDING AND ${offset()} PRECEDING`],
    [1, `${random.pick(["CURRENT ROW", `${offset()} FOLLOWING`])} AND ${offset()} FOLLOWING`],
    [0.5, "UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"],
  ]);
}

/** One key with a frame of values around its own. */
function rangeKey(ctx: Context, { columns }: Scope): Ordering | undefined {
  const { random } = ctx;
  const usable = columns.filter(
    ({ exact, type, low, high }) =>
      exact &&
      (((type.family === "integer" || type.family === "decimal") && low > type.low / 2 && high < type.high / 2) ||
        ((type.family === "date" || type.family === "timestamp") && low > type.low / 2 && high < type.high / 2) ||
        (type.name === "DOUBLE" && Number.isFinite(low) && Number.isFinite(high))),
  );
  if (usable.length === 0) return undefined;
  const { node, type } = random.pick(usable);
  const isTime = type.family === "date" || type.family === "timestamp";
  const offsets = isTime
    ? ["INTERVAL 10 DAY", "INTERVAL 3 MONTH", "INTERVAL 2 YEAR", "INTERVAL 36 HOUR"]
    : ["1", "2", ...(type.high > 1000 ? ["50"] : [])]; // not 0: DuckDB loses peers
  const bounds = boundsOf(ctx, offsets);
  return { keys: [`${print(node)}${random.pick(DIRECTIONS)}`], frame: ` RANGE BETWEEN ${bounds}` };
}
