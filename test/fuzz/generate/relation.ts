/** Relations in FROM other than tables: VALUES, UNNEST, range, PIVOT and UNPIVOT, and rows side by side. */
import { list, type Node, print, sequence, type Sequence, sql } from "../tree.ts";
import { literal } from "./literal.ts";
import { alias, columnsOf, type Context, type Relation, type RelationColumn } from "./scope.ts";
import type { Source } from "./from.ts";
import { anyType, BIGINT, BOOLEAN, INTEGER, VARCHAR } from "./types.ts";

const f = (strings: TemplateStringsArray, ...nodes: readonly Node[]): Sequence => sequence("from", "", strings, nodes);

function made(node: Sequence, name: string, columns: readonly RelationColumn[], rows: number): Source {
  return { node, columns: columnsOf({ name, columns, rows }), rows };
}

export function values(ctx: Context): Source {
  const { random } = ctx;
  const name = alias(ctx, "v");
  const types = Array.from({ length: random.between(1, 3) }, () => anyType(random));
  const row = (): Sequence => {
    const items = types.map((type) => literal(random, type).node);
    return sql`(${list(items, ", ", types.length)})`;
  };
  const rows = Array.from({ length: random.between(1, 5) }, row);
  const columns = types.map((type, i) => ({ name: `x${i}`, type, low: type.low, high: type.high, exact: true }));
  const node = f`(VALUES ${list(rows)}) AS ${name}(${columns.map((column) => column.name).join(", ")})`;
  return made(node, name, columns, rows.length);
}

export function range(ctx: Context): Source {
  const { random } = ctx;
  const name = alias(ctx, "r");
  const rows = random.pick([0, 1, 5, 30]);
  const columns = [{ name: "x0", type: BIGINT, low: -3, high: rows, exact: true }];
  return made(f`range(-3, ${String(rows - 3)}) AS ${name}(x0)`, name, columns, rows);
}

/** The elements of a table's lists beside its key; undefined where no table has lists. */
export function unnested(ctx: Context): Source | undefined {
  const { random } = ctx;
  const lists = ctx.tables.flatMap((table) =>
    table.columns.filter(({ type }) => type.family === "list").map((column) => ({ table, column })),
  );
  if (lists.length === 0) return undefined;
  const { table, column } = random.pick(lists);
  const name = alias(ctx, "u");
  const element = column.type.elements[0]!;
  const columns = [
    { name: "x0", type: element, low: element.low, high: element.high, exact: true },
    { ...table.columns[0]!, name: "x1" },
  ];
  const node = random.pick([
    f`(SELECT unnest(${column.name}) AS x0, c0 AS x1 FROM ${table.name}) AS ${name}`,
    f`(SELECT e AS x0, c0 AS x1 FROM ${table.name}, unnest(${column.name}) AS l(e)) AS ${name}`,
    f`(SELECT e AS x0, c0 AS x1 FROM ${table.name} LEFT JOIN LATERAL (SELECT unnest(${column.name}) AS e) AS l ON true) AS ${name}`,
  ]);
  return made(node, name, columns, table.rows * 3);
}

/** Counts, sums and extremes of `c0` for values of another column. */
export function pivoted(ctx: Context): Source | undefined {
  const { random } = ctx;
  const table = random.pick(ctx.tables);
  const others = table.columns.slice(1).filter(({ type }) => [INTEGER, BOOLEAN, VARCHAR].includes(type));
  if (others.length === 0) return undefined;
  const on = random.pick(others);
  const wanted = Array.from({ length: random.between(1, 3) }, () => print(literal(random, on.type).node));
  const known = [...new Set(wanted)].filter((value) => !value.includes("NULL"));
  if (known.length === 0) return undefined;
  const keys = table.columns.filter((column) => column !== on && column.type === INTEGER).slice(0, 2);
  const by = keys.length === 0 ? "" : ` GROUP BY ${keys.map((key) => key.name).join(", ")}`;
  const [call, high] = random.pick([
    ["count(*)", 1e6],
    ["sum(c0)", 1e7],
    ["max(c0)", 10],
  ] as const);
  const name = alias(ctx, "p");
  const columns = [
    ...keys.map((key, i): RelationColumn => ({ ...key, name: `k${i}` })),
    ...known.map((_, i): RelationColumn => ({ name: `x${i}`, type: BIGINT, low: -high, high, exact: true })),
  ];
  const items = known.map((value, i) => `${value} AS x${i}`).join(", ");
  const outputs = [
    ...keys.map((key, i) => `${key.name} AS k${i}`),
    ...known.map((_, i) => `CAST(x${i} AS BIGINT) AS x${i}`),
  ];
  const pivot = `PIVOT ${table.name} ON ${on.name} IN (${items}) USING ${call}${by}`;
  return made(f`(SELECT ${outputs.join(", ")} FROM (${pivot})) AS ${name}`, name, columns, table.rows);
}

/** Columns of one type as rows. */
export function unpivoted(ctx: Context): Source | undefined {
  const { random } = ctx;
  const table = random.pick(ctx.tables);
  const first = random.pick(table.columns);
  const same = table.columns.filter(({ type }) => type.name === first.type.name);
  if (same.length < 2) return undefined;
  const some = random.shuffle(same).slice(0, random.between(2, 3));
  const name = alias(ctx, "p");
  const bounds = { low: Math.min(...some.map(({ low }) => low)), high: Math.max(...some.map(({ high }) => high)) };
  const columns: RelationColumn[] = [
    { name: "x0", type: VARCHAR, low: 0, high: 10, exact: true },
    { ...first, ...bounds, name: "x1" },
  ];
  const names = some.map((column) => column.name).join(", ");
  const unpivot = random.pick([
    `FROM ${table.name} UNPIVOT (x1 FOR x0 IN (${names}))`,
    `FROM ${table.name} UNPIVOT INCLUDE NULLS (x1 FOR x0 IN (${names}))`,
    `FROM (UNPIVOT ${table.name} ON ${names} INTO NAME x0 VALUE x1)`,
  ]);
  return made(f`(SELECT x0, x1 ${unpivot}) AS ${name}`, name, columns, table.rows * some.length);
}

/** Two tables in their order, row beside row. */
export function positional(ctx: Context): Source {
  const { random } = ctx;
  const ordered = (table: Relation): readonly [string, string] => {
    const name = alias(ctx, "o");
    const keys = table.columns.map((column) => column.name).join(", ");
    return [name, `(SELECT * FROM ${table.name} ORDER BY ${keys}) AS ${name}`];
  };
  const [a, b] = [random.pick(ctx.tables), random.pick(ctx.tables)];
  const [[left, leftText], [right, rightText]] = [ordered(a), ordered(b)];
  const columns = [...columnsOf({ ...a, name: left }), ...columnsOf({ ...b, name: right })];
  return { node: f`(${leftText} POSITIONAL JOIN ${rightText})`, columns, rows: Math.max(a.rows, b.rows) };
}
