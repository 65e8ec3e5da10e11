import type { CatalogEntry, CatalogSnapshot, ColumnStatistics } from "../../../src/planner/catalog/catalog.ts";
import { laneOf } from "../../../src/planner/types/lane.ts";
import { BIGINT, DATE, decimal, INTEGER, type SqlType, VARCHAR } from "../../../src/planner/types/types.ts";

/** Type, distinct values, least and greatest value, average bytes. Rows count as at scale factor 1. */
type ColumnSpec = readonly [
  type: SqlType,
  distinct: number,
  min?: number | string,
  max?: number | string,
  bytes?: number,
];

const MONEY = decimal(15, 2);
const day = (text: string): number => Date.parse(`${text}T00:00:00Z`) / 86_400_000;

const TABLES: {
  readonly [table: string]: { readonly rows: number; readonly columns: { readonly [column: string]: ColumnSpec } };
} = {
  region: {
    rows: 5,
    columns: {
      r_regionkey: [INTEGER, 5, 0, 4],
      r_name: [VARCHAR, 5, "AFRICA", "MIDDLE EAST", 7],
      r_comment: [VARCHAR, 5, "a", "z", 66],
    },
  },
  nation: {
    rows: 25,
    columns: {
      n_nationkey: [INTEGER, 25, 0, 24],
      n_name: [VARCHAR, 25, "ALGERIA", "VIETNAM", 7],
      n_regionkey: [INTEGER, 5, 0, 4],
      n_comment: [VARCHAR, 25, "a", "z", 74],
    },
  },
  part: {
    rows: 200_000,
    columns: {
      p_partkey: [BIGINT, 200_000, 1, 200_000],
      p_name: [VARCHAR, 199_997, "almond antique", "yellow white", 33],
      p_mfgr: [VARCHAR, 5, "Manufacturer#1", "Manufacturer#5", 14],
      p_brand: [VARCHAR, 25, "Brand#11", "Brand#55", 8],
      p_type: [VARCHAR, 150, "ECONOMY ANODIZED BRASS", "STANDARD POLISHED TIN", 21],
      p_size: [INTEGER, 50, 1, 50],
      p_container: [VARCHAR, 40, "JUMBO BAG", "WRAP PKG", 8],
      p_retailprice: [MONEY, 20_899, 90_100, 209_800],
      p_comment: [VARCHAR, 131_753, "a", "z", 14],
    },
  },
  supplier: {
    rows: 10_000,
    columns: {
      s_suppkey: [BIGINT, 10_000, 1, 10_000],
      s_name: [VARCHAR, 10_000, "Supplier#000000001", "Supplier#000010000", 18],
      s_address: [VARCHAR, 10_000, " 2", "zz", 25],
      s_nationkey: [INTEGER, 25, 0, 24],
      s_phone: [VARCHAR, 10_000, "10-1", "34-9", 15],
      s_acctbal: [MONEY, 9955, -99_822, 999_972],
      s_comment: [VARCHAR, 10_000, "a", "z", 62],
    },
  },
  partsupp: {
    rows: 800_000,
    columns: {
      ps_partkey: [BIGINT, 200_000, 1, 200_000],
      ps_suppkey: [BIGINT, 10_000, 1, 10_000],
      ps_availqty: [INTEGER, 9999, 1, 9999],
      ps_supplycost: [MONEY, 99_901, 100, 100_000],
      ps_comment: [VARCHAR, 799_124, "a", "z", 124],
    },
  },
  customer: {
    rows: 150_000,
    columns: {
      c_custkey: [BIGINT, 150_000, 1, 150_000],
      c_name: [VARCHAR, 150_000, "Customer#000000001", "Customer#000150000", 18],
      c_address: [VARCHAR, 150_000, " 2", "zz", 25],
      c_nationkey: [INTEGER, 25, 0, 24],
      c_phone: [VARCHAR, 150_000, "10-1", "34-9", 15],
      c_acctbal: [MONEY, 140_187, -99_999, 999_999],
      c_mktsegment: [VARCHAR, 5, "AUTOMOBILE", "MACHINERY", 9],
      c_comment: [VARCHAR, 149_968, "a", "z", 73],
    },
  },
  orders: {
    rows: 1_500_000,
    columns: {
      o_orderkey: [BIGINT, 1_500_000, 1, 6_000_000],
      o_custkey: [BIGINT, 99_996, 1, 149_999],
      o_orderstatus: [VARCHAR, 3, "F", "P", 1],
      o_totalprice: [MONEY, 1_464_556, 85_771, 55_528_516],
      o_orderdate: [DATE, 2406, day("1992-01-01"), day("1998-08-02")],
      o_orderpriority: [VARCHAR, 5, "1-URGENT", "5-LOW", 8],
      o_clerk: [VARCHAR, 1000, "Clerk#000000001", "Clerk#000001000", 15],
      o_shippriority: [INTEGER, 1, 0, 0],
      o_comment: [VARCHAR, 1_482_071, "a", "z", 49],
    },
  },
  lineitem: {
    rows: 6_001_215,
    columns: {
      l_orderkey: [BIGINT, 1_500_000, 1, 6_000_000],
      l_partkey: [BIGINT, 200_000, 1, 200_000],
      l_suppkey: [BIGINT, 10_000, 1, 10_000],
      l_linenumber: [INTEGER, 7, 1, 7],
      l_quantity: [MONEY, 50, 100, 5000],
      l_extendedprice: [MONEY, 933_900, 90_100, 10_494_950],
      l_discount: [MONEY, 11, 0, 10],
      l_tax: [MONEY, 9, 0, 8],
      l_returnflag: [VARCHAR, 3, "A", "R", 1],
      l_linestatus: [VARCHAR, 2, "F", "O", 1],
      l_shipdate: [DATE, 2526, day("1992-01-02"), day("1998-12-01")],
      l_commitdate: [DATE, 2466, day("1992-01-31"), day("1998-10-31")],
      l_receiptdate: [DATE, 2554, day("1992-01-04"), day("1998-12-31")],
      l_shipinstruct: [VARCHAR, 4, "COLLECT COD", "TAKE BACK RETURN", 12],
      l_shipmode: [VARCHAR, 7, "AIR", "TRUCK", 4],
      l_comment: [VARCHAR, 4_580_667, "a", "z", 27],
    },
  },
};

/** Tables without statistics to speak of, for tests of single rules: all columns nullable unless the name ends in `!`. */
const SMALL: { readonly [table: string]: { readonly [column: string]: SqlType } } = {
  t: { a: INTEGER, b: INTEGER, s: VARCHAR, "n!": INTEGER },
  u: { c: INTEGER, d: INTEGER, r: VARCHAR, "m!": INTEGER },
  v: { e: INTEGER, f: INTEGER },
};

/** TPC-H with the statistics of a scale factor up to 1, and three small tables of 1000 rows. */
export function tpchCatalog(scale = 1): CatalogSnapshot {
  const entries = new Map<string, CatalogEntry>();
  for (const [name, { rows: rowsAtOne, columns }] of Object.entries(TABLES)) {
    const specs = Object.entries(columns);
    const rows = name === "nation" || name === "region" ? rowsAtOne : Math.round(rowsAtOne * scale);
    add(
      entries,
      name,
      rows,
      specs.map(([column, [type]]) => [column, type, false]),
      specs.map(([, spec]) => statisticsOf(spec, rowsAtOne, scale)),
    );
  }
  for (const [name, columns] of Object.entries(SMALL)) {
    const list = Object.entries(columns).map(
      ([column, type]) => [column.replace("!", ""), type, !column.endsWith("!")] as const,
    );
    add(
      entries,
      name,
      1000,
      list,
      list.map(() => ({
        min: undefined,
        max: undefined,
        nullCount: undefined,
        distinct: 100,
        averageBytes: undefined,
      })),
    );
  }
  return { lookup: (name) => entries.get(name.at(-1) ?? ""), names: () => [...entries.keys()] };
}

function add(
  entries: Map<string, CatalogEntry>,
  name: string,
  rows: number,
  columns: readonly (readonly [string, SqlType, boolean])[],
  statistics: readonly ColumnStatistics[],
): void {
  const schema = columns.map(([column, type, nullable]) => ({
    name: column,
    type,
    nullable,
    lane: laneOf(type),
    dictionary: false,
  }));
  entries.set(name, {
    kind: "table",
    source: {
      kind: "memory",
      name,
      schema,
      statistics: { rows, trust: "computed", columns: statistics },
      handle: undefined,
    },
  });
}

function statisticsOf(
  [type, distinctAtOne, min, maxAtOne, bytes]: ColumnSpec,
  rows: number,
  scale: number,
): ColumnStatistics {
  // Keys and texts scale with the rows, other domains stay.
  const isKey = rows > 25 && (type.kind === "BigInt" || distinctAtOne > rows / 10);
  const distinct = isKey ? Math.ceil(distinctAtOne * scale) : distinctAtOne;
  const max = isKey && typeof maxAtOne === "number" ? Math.ceil(maxAtOne * scale) : maxAtOne;
  const datum = (value: number | string | undefined): number | bigint | string | undefined =>
    typeof value === "number" && (type.kind === "BigInt" || type.kind === "Decimal") ? BigInt(value) : value;
  return { min: datum(min), max: datum(max), nullCount: 0, distinct, averageBytes: bytes };
}
