/** A case: tables, and two ways to the same rows. */
import { type Table, randomDatabase, rowsOf } from "./generate/database.ts";
import { dmlScript } from "./generate/dml.ts";
import { type Epoch, randomEpochs } from "./generate/epochs.ts";
import { anyExpr } from "./generate/expression.ts";
import { from, where } from "./generate/from.ts";
import { predicate } from "./generate/predicate.ts";
import { query } from "./generate/query.ts";
import type { Context, Expr, Scope } from "./generate/scope.ts";
import { Random } from "./random.ts";
import { list, type Node, print, type Sequence, sql } from "./tree.ts";

export type EngineName = "headrace" | "duckdb";

/** Options of `connect`. */
export type EngineConfig = {
  readonly workers: number;
  readonly config: Readonly<Record<string, number | boolean | string>>;
};

export type Execution = {
  readonly engine: EngineName;
  readonly config: EngineConfig;
  readonly sql: string;
  /** What becomes of the tables while the query is kept up to date; undefined: it is run once. */
  readonly epochs?: readonly Epoch[] | undefined;
};

export type Oracle = "duckdb" | "tlp" | "norec" | "config" | "stream";

/** `render` turns the tree and the tables, whole or shrunk, into what is run. */
export type Case = {
  readonly oracle: Oracle;
  readonly tables: readonly Table[];
  readonly tree: Node;
  /** Whether the rows come in an order that their values decide; the SQL then ends with this text. */
  readonly order: string | undefined;
  readonly render: (tree: Node, tables: readonly Table[]) => readonly [Execution, Execution];
};

const MOST_CHAINED = 400;

/** Chunks and morsels of few rows, so that small tables run in parallel too. */
export function randomConfig(random: Random, tables: readonly Table[]): EngineConfig {
  // Equal hashes make chains of all rows.
  const isSmall = tables.every((table) => rowsOf(table) <= MOST_CHAINED);
  const config = {
    inlineRows: 0,
    chunkRows: random.pick([3, 16, 64, 1024]),
    morselRows: random.pick([2, 7, 64, 1024]),
    vectorSize: random.pick([2, 7, 64, 1024]),
    ...(random.chance(0.1) && isSmall ? { constantHash: true } : {}),
    ...(random.chance(0.1) ? { checkedMemory: true } : {}),
  };
  return random.chance(0.1) ? { workers: 1, config: {} } : { workers: 2, config };
}

/** The tables that case `index` of a seed uses; neighbours share them. */
export function databaseOf(
  seed: number,
  group: number,
): { readonly tables: readonly Table[]; readonly config: EngineConfig } {
  const random = new Random(`database ${seed} ${group}`);
  const tables = randomDatabase(random);
  return { tables, config: randomConfig(random, tables) };
}

/** Case number `index` under a seed: always the same one. */
export function makeCase(oracle: Oracle, seed: number, index: number, casesPerDatabase: number): Case {
  const { tables, config } = databaseOf(seed, Math.floor(index / casesPerDatabase));
  const random = new Random(`${oracle} ${seed} ${index}`);
  const relations = tables.map((table) => ({
    name: table.name,
    rows: rowsOf(table),
    columns: table.columns.map((column) => ({ ...column, exact: true })),
  }));
  const ctx: Context = { random, tables: relations, counter: { value: 0 }, numbered: new Set() };
  switch (oracle) {
    case "duckdb":
      return duckDbCase(ctx, tables, config);
    case "config":
      return configCase(ctx, tables, config);
    case "tlp":
      return tlpCase(ctx, tables, config);
    case "norec":
      return noRecCase(ctx, tables, config);
    case "stream":
      return streamCase(ctx, tables, config);
    default:
      return oracle satisfies never;
  }
}

const EMPTY: Scope = { columns: [], outer: [], ctes: [], subqueries: 2, aggregated: undefined, windows: undefined };

/** A query, or a script that changes a table. */
function statements(ctx: Context): { readonly node: Sequence; readonly order: string | undefined } {
  if (ctx.random.chance(0.06)) return { node: dmlScript(ctx), order: undefined };
  return query(ctx, EMPTY, undefined, ctx.random.pick([0, 0, 1, 1, 1, 2, 2, 2, 3]));
}

function duckDbCase(ctx: Context, tables: readonly Table[], config: EngineConfig): Case {
  const { node, order } = statements(ctx);
  return {
    oracle: "duckdb",
    tables,
    tree: node,
    order,
    render: (tree) => [
      { engine: "headrace", config, sql: print(tree) },
      { engine: "duckdb", config, sql: print(tree) },
    ],
  };
}

/** The same query, optimized and not, or compiled and interpreted. */
function configCase(ctx: Context, tables: readonly Table[], config: EngineConfig): Case {
  const { node, order } = statements(ctx);
  const change = plainConfig(ctx);
  const other: EngineConfig = { ...config, config: { ...config.config, ...change } };
  return {
    oracle: "config",
    tables,
    tree: node,
    order,
    render: (tree) => [
      { engine: "headrace", config, sql: print(tree) },
      { engine: "headrace", config: other, sql: print(tree) },
    ],
  };
}

/** A query that is kept up to date while rows come and go, and the same one asked anew after every epoch. */
function streamCase(ctx: Context, tables: readonly Table[], config: EngineConfig): Case {
  const { random } = ctx;
  const { node } = query(ctx, EMPTY, undefined, random.pick([0, 1, 1, 2, 2, 3]));
  const compactedRows = random.pick([1, 8, 1024]);
  const lookups = random.pick(["always", "never"]);
  const live: EngineConfig = { ...config, config: { ...config.config, compactedRows, lookups } };
  const seed = `epochs ${random.next()}`;
  return {
    oracle: "stream",
    // Every epoch computes all of some queries anew.
    tables: tables.map((table) => ({ ...table, doublings: 0 })),
    tree: node,
    order: undefined,
    render: (tree, left) => [
      { engine: "headrace", config: live, sql: print(tree), epochs: randomEpochs(new Random(seed), left) },
      { engine: "headrace", config: live, sql: print(tree) },
    ],
  };
}

/** Without the optimizer or the compiler; interpreted queries over many rows take long. */
function plainConfig({ random, tables }: Context): EngineConfig["config"] {
  const isSmall = tables.every(({ rows }) => rows <= 400);
  return isSmall && random.chance(0.5) ? { interpreter: true } : { optimizer: false };
}

type Pieces = {
  readonly source: Sequence;
  readonly columns: readonly Expr[];
  readonly where: Node;
  readonly condition: Node;
};

function pieces(ctx: Context): Pieces {
  const source = from(ctx, { ...EMPTY, subqueries: 1 }, ctx.random.between(0, 1));
  const over: Scope = { ...EMPTY, columns: source.columns };
  return {
    source: source.node,
    columns: source.columns,
    where: ctx.random.chance(0.3) ? where(ctx, over, 1) : "",
    condition: predicate(ctx, over, 2).node,
  };
}

/**
 * Ternary logic partitioning (Rigger and Su, OOPSLA 2020): a condition is TRUE, FALSE or NULL for every row, so the rows
 * of the three together are all rows. With aggregates over the parts, with DISTINCT, and with HAVING for groups.
 */
function tlpCase(ctx: Context, tables: readonly Table[], config: EngineConfig): Case {
  const { random } = ctx;
  const made = pieces(ctx);
  const over: Scope = { ...EMPTY, columns: made.columns };
  const exact = made.columns.filter((column) => column.exact);
  const form = random.weighted([
    [6, "where"],
    [2, "distinct"],
    [2, "aggregate"],
    [exact.length > 0 ? 2 : 0, "having"],
  ] as const);
  const run = (text: string): Execution => ({ engine: "headrace", config, sql: text });
  const value = (): Node => anyExpr(ctx, over, 1).node;
  const parts = (condition: string): string[] => [`(${condition})`, `(NOT (${condition}))`, `((${condition}) IS NULL)`];
  const common = { oracle: "tlp", tables, order: undefined } as const;
  if (form === "where" || form === "distinct") {
    const outputs = list(Array.from({ length: random.between(1, 3) }, value));
    const head = form === "distinct" ? "SELECT DISTINCT " : "SELECT ";
    return {
      ...common,
      tree: sql`${outputs} FROM ${made.source} WHERE ${made.condition}`,
      render: (tree) => {
        const [items, source, condition] = piecesOf(tree);
        const arms = parts(condition).map((part) => `${head}${items} FROM ${source} WHERE ${part}`);
        return [run(`${head}${items} FROM ${source}`), run(arms.join(form === "distinct" ? " UNION " : " UNION ALL "))];
      },
    };
  }
  if (form === "aggregate") {
    const column = exact.length === 0 ? "1" : random.pick(exact).node;
    return {
      ...common,
      tree: sql`${column} FROM ${made.source} WHERE ${made.condition}`,
      render: (tree) => {
        const [item, source, condition] = piecesOf(tree);
        const inner = `SELECT count(*) AS a, count(${item}) AS b, min(${item}) AS c, max(${item}) AS d FROM ${source}`;
        const arms = parts(condition).map((part) => `${inner} WHERE ${part}`);
        return [
          run(inner),
          run(
            `SELECT CAST(sum(a) AS BIGINT), CAST(sum(b) AS BIGINT), min(c), max(d) FROM (${arms.join(" UNION ALL ")})`,
          ),
        ];
      },
    };
  }
  const keys = random.shuffle(exact).slice(0, 2);
  const groups: Scope = { ...EMPTY, columns: keys, aggregated: made.columns };
  return {
    ...common,
    tree: sql`${list(keys.map(({ node }) => node))} FROM ${made.source} WHERE ${predicate(ctx, groups, 1).node}`,
    render: (tree) => {
      const [items, source, condition] = piecesOf(tree);
      const inner = `SELECT ${items}, count(*) FROM ${source} GROUP BY ${items}`;
      return [
        run(inner),
        run(
          parts(condition)
            .map((part) => `${inner} HAVING ${part}`)
            .join(" UNION ALL "),
        ),
      ];
    },
  };
}

/**
 * Non-optimizing reference engine construction (Rigger and Su, ESEC/FSE 2020): how many rows a WHERE keeps, and of how many
 * rows the condition in the SELECT list is TRUE, there without the optimizer.
 */
function noRecCase(ctx: Context, tables: readonly Table[], config: EngineConfig): Case {
  const made = pieces(ctx);
  const plain: EngineConfig = ctx.random.chance(0.5)
    ? config
    : { ...config, config: { ...config.config, ...plainConfig(ctx) } };
  return {
    oracle: "norec",
    tables,
    order: undefined,
    tree: sql`${"1"} FROM ${made.source} WHERE ${made.condition}`,
    render: (tree) => {
      const [, source, condition] = piecesOf(tree);
      const counted = `SELECT CASE WHEN ${condition} THEN 1 ELSE 0 END AS c FROM ${source}`;
      return [
        { engine: "headrace", config, sql: `SELECT count(*) FROM ${source} WHERE ${condition}` },
        {
          engine: "headrace",
          config: plain,
          sql: `SELECT CAST(coalesce(sum(c), 0) AS BIGINT) FROM (${counted}) AS counted`,
        },
      ];
    },
  };
}

/** Of a tree `${items} FROM ${source} WHERE ${condition}`, which keeps its form when it is shrunk. */
function piecesOf(tree: Node): [items: string, source: string, condition: string] {
  const parts = typeof tree === "string" || tree.kind !== "sequence" ? [] : tree.parts;
  const at = parts.indexOf(" FROM ");
  return [parts.slice(0, at).map(print).join(""), print(parts[at + 1] ?? ""), print(parts[at + 3] ?? "")];
}
