/** A catalog made by hand: the TPC-H schema, one table of every scalar type, and views. */
import type { CatalogEntry, CatalogSnapshot, SourceColumn } from "../../../src/planner/catalog/catalog.ts";
import type { TableDefinition } from "../../../src/planner/catalog/table-definition.ts";
import { laneOf } from "../../../src/planner/types/lane.ts";
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  decimal,
  DOUBLE,
  HUGEINT,
  INTEGER,
  INTERVAL,
  REAL,
  SMALLINT,
  type SqlType,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  UUID,
  VARCHAR,
} from "../../../src/planner/types/types.ts";

const MONEY = decimal(15, 2);

/** Columns in order; a name that ends in `!` is NOT NULL. */
export const TABLES: { readonly [table: string]: { readonly [column: string]: SqlType } } = {
  region: { "r_regionkey!": INTEGER, "r_name!": VARCHAR, r_comment: VARCHAR },
  nation: { "n_nationkey!": INTEGER, "n_name!": VARCHAR, "n_regionkey!": INTEGER, n_comment: VARCHAR },
  part: {
    "p_partkey!": BIGINT,
    "p_name!": VARCHAR,
    "p_mfgr!": VARCHAR,
    "p_brand!": VARCHAR,
    "p_type!": VARCHAR,
    "p_size!": INTEGER,
    "p_container!": VARCHAR,
    "p_retailprice!": MONEY,
    "p_comment!": VARCHAR,
  },
  supplier: {
    "s_suppkey!": BIGINT,
    "s_name!": VARCHAR,
    "s_address!": VARCHAR,
    "s_nationkey!": INTEGER,
    "s_phone!": VARCHAR,
    "s_acctbal!": MONEY,
    "s_comment!": VARCHAR,
  },
  partsupp: {
    "ps_partkey!": BIGINT,
    "ps_suppkey!": BIGINT,
    "ps_availqty!": BIGINT,
    "ps_supplycost!": MONEY,
    "ps_comment!": VARCHAR,
  },
  customer: {
    "c_custkey!": BIGINT,
    "c_name!": VARCHAR,
    "c_address!": VARCHAR,
    "c_nationkey!": INTEGER,
    "c_phone!": VARCHAR,
    "c_acctbal!": MONEY,
    "c_mktsegment!": VARCHAR,
    "c_comment!": VARCHAR,
  },
  orders: {
    "o_orderkey!": BIGINT,
    "o_custkey!": BIGINT,
    "o_orderstatus!": VARCHAR,
    "o_totalprice!": MONEY,
    "o_orderdate!": DATE,
    "o_orderpriority!": VARCHAR,
    "o_clerk!": VARCHAR,
    "o_shippriority!": INTEGER,
    "o_comment!": VARCHAR,
  },
  lineitem: {
    "l_orderkey!": BIGINT,
    "l_partkey!": BIGINT,
    "l_suppkey!": BIGINT,
    "l_linenumber!": BIGINT,
    "l_quantity!": MONEY,
    "l_extendedprice!": MONEY,
    "l_discount!": MONEY,
    "l_tax!": MONEY,
    "l_returnflag!": VARCHAR,
    "l_linestatus!": VARCHAR,
    "l_shipdate!": DATE,
    "l_commitdate!": DATE,
    "l_receiptdate!": DATE,
    "l_shipinstruct!": VARCHAR,
    "l_shipmode!": VARCHAR,
    "l_comment!": VARCHAR,
  },
  t: { i: INTEGER, s: VARCHAR, d42: decimal(4, 2) },
  u: { i: INTEGER, k: VARCHAR },
  types: {
    ti: TINYINT,
    si: SMALLINT,
    i: INTEGER,
    bi: BIGINT,
    hi: HUGEINT,
    uti: UTINYINT,
    usi: USMALLINT,
    ui: UINTEGER,
    ubi: UBIGINT,
    r: REAL,
    f: DOUBLE,
    d42: decimal(4, 2),
    d152: MONEY,
    d180: decimal(18, 0),
    d3810: decimal(38, 10),
    s: VARCHAR,
    b: BOOLEAN,
    dt: DATE,
    tm: TIME,
    ts: TIMESTAMP,
    tss: { kind: "Timestamp", unit: "s" },
    tsn: { kind: "Timestamp", unit: "ns" },
    tz: TIMESTAMPTZ,
    iv: INTERVAL,
    u: UUID,
    bl: BLOB,
  },
};

export const VIEWS: { readonly [view: string]: { readonly sql: string; readonly columnNames?: readonly string[] } } = {
  big_orders: { sql: "SELECT o_orderkey, o_totalprice AS price FROM orders WHERE o_totalprice > 1000" },
  renamed: { sql: "SELECT i, s FROM t", columnNames: ["a", "b"] },
  over_view: { sql: "SELECT a + 1 AS c FROM renamed" },
  endless: { sql: "SELECT * FROM endless" },
  broken: { sql: "SELECT nothing FROM t" },
};

function sourceColumns(columns: { readonly [column: string]: SqlType }): readonly SourceColumn[] {
  return Object.entries(columns).map(([key, type]) => ({
    name: key.replace(/!$/, ""),
    type,
    nullable: !key.endsWith("!"),
    lane: laneOf(type),
    dictionary: false,
  }));
}

function definitionOf(schema: readonly SourceColumn[]): TableDefinition {
  const columns = schema.map(({ name, type, nullable }) => {
    return { name, type, notNull: !nullable, defaultValue: undefined, generated: undefined };
  });
  return { columns, unique: [], checks: [], foreign: [] };
}

/** `files`: paths that resolve to table `t`. */
export function makeCatalog(files: readonly string[] = []): CatalogSnapshot {
  const entries = new Map<string, CatalogEntry>();
  for (const [name, columns] of Object.entries(TABLES)) {
    const schema = sourceColumns(columns);
    const statistics = { rows: 1000, trust: "hint", columns: schema.map(() => NOTHING_KNOWN) } as const;
    const source = { kind: "memory", name, schema, statistics, handle: undefined } as const;
    entries.set(name, {
      kind: "table",
      source,
      table: { name: { schema: "main", name }, definition: definitionOf(schema) },
    });
  }
  for (const [name, { sql, columnNames }] of Object.entries(VIEWS))
    entries.set(name, { kind: "view", name, sql, columnNames });
  const table = entries.get("t");
  if (table !== undefined) for (const path of files) entries.set(path, table);
  return {
    lookup: (name) => (name.length === 1 || name[0] === "main" ? entries.get(name.at(-1) ?? "") : undefined),
    names: () => [...Object.keys(TABLES), ...Object.keys(VIEWS)],
  };
}

const NOTHING_KNOWN = {
  min: undefined,
  max: undefined,
  nullCount: undefined,
  distinct: undefined,
  averageBytes: undefined,
};
