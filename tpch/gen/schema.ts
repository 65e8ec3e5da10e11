/** The eight tables of TPC-H (clause 1.4): columns, types and sizes. Every column is NOT NULL. */
import { HeadraceError } from "../../src/error.ts";

export type TableName = "region" | "nation" | "supplier" | "customer" | "part" | "partsupp" | "orders" | "lineitem";

/** Money and quantities are DECIMAL(15,2). */
export type ColumnType = "INTEGER" | "BIGINT" | "DECIMAL(15,2)" | "DATE" | "VARCHAR";

export type ColumnSchema = { readonly name: string; readonly type: ColumnType };

function columns(prefix: string, types: { readonly [name: string]: ColumnType }): readonly ColumnSchema[] {
  return Object.entries(types).map(([name, type]) => ({ name: `${prefix}_${name}`, type }));
}

/** Keys that grow with the scale factor are BIGINT, small domains INTEGER. */
export const SCHEMA: { readonly [T in TableName]: readonly ColumnSchema[] } = {
  region: columns("r", { regionkey: "INTEGER", name: "VARCHAR", comment: "VARCHAR" }),
  nation: columns("n", { nationkey: "INTEGER", name: "VARCHAR", regionkey: "INTEGER", comment: "VARCHAR" }),
  supplier: columns("s", {
    suppkey: "BIGINT",
    name: "VARCHAR",
    address: "VARCHAR",
    nationkey: "INTEGER",
    phone: "VARCHAR",
    acctbal: "DECIMAL(15,2)",
    comment: "VARCHAR",
  }),
  customer: columns("c", {
    custkey: "BIGINT",
    name: "VARCHAR",
    address: "VARCHAR",
    nationkey: "INTEGER",
    phone: "VARCHAR",
    acctbal: "DECIMAL(15,2)",
    mktsegment: "VARCHAR",
    comment: "VARCHAR",
  }),
  part: columns("p", {
    partkey: "BIGINT",
    name: "VARCHAR",
    mfgr: "VARCHAR",
    brand: "VARCHAR",
    type: "VARCHAR",
    size: "INTEGER",
    container: "VARCHAR",
    retailprice: "DECIMAL(15,2)",
    comment: "VARCHAR",
  }),
  partsupp: columns("ps", {
    partkey: "BIGINT",
    suppkey: "BIGINT",
    availqty: "BIGINT",
    supplycost: "DECIMAL(15,2)",
    comment: "VARCHAR",
  }),
  orders: columns("o", {
    orderkey: "BIGINT",
    custkey: "BIGINT",
    orderstatus: "VARCHAR",
    totalprice: "DECIMAL(15,2)",
    orderdate: "DATE",
    orderpriority: "VARCHAR",
    clerk: "VARCHAR",
    shippriority: "INTEGER",
    comment: "VARCHAR",
  }),
  lineitem: columns("l", {
    orderkey: "BIGINT",
    partkey: "BIGINT",
    suppkey: "BIGINT",
    linenumber: "BIGINT",
    quantity: "DECIMAL(15,2)",
    extendedprice: "DECIMAL(15,2)",
    discount: "DECIMAL(15,2)",
    tax: "DECIMAL(15,2)",
    returnflag: "VARCHAR",
    linestatus: "VARCHAR",
    shipdate: "DATE",
    commitdate: "DATE",
    receiptdate: "DATE",
    shipinstruct: "VARCHAR",
    shipmode: "VARCHAR",
    comment: "VARCHAR",
  }),
};

/** In the order in which they are written: the small ones first, so that all workers stay busy to the end. */
export const TABLES: readonly TableName[] = [
  "region",
  "nation",
  "supplier",
  "customer",
  "part",
  "partsupp",
  "orders",
  "lineitem",
];

const ROWS_AT_SCALE_1 = { supplier: 10_000, customer: 150_000, part: 200_000, orders: 1_500_000 };

/** From this scale factor on the reference generator draws keys from another generator that cannot be skipped. */
const SCALE_LIMIT = 30_000;

/** How many rows each scaled population has. */
export type Population = { readonly [T in keyof typeof ROWS_AT_SCALE_1]: number };

/** Throws `unsupported` unless 0 < scale factor < 30,000. */
export function population(scaleFactor: number): Population {
  if (!(scaleFactor > 0 && scaleFactor < SCALE_LIMIT)) {
    throw new HeadraceError(
      "unsupported",
      `TPC-H scale factor ${scaleFactor}: it must be above 0 and below ${SCALE_LIMIT}`,
    );
  }
  // The small addend keeps 0.07 * 150000 = 10500.000000000002 and 0.29 * 200000 = 57999.99999999999 what they mean.
  const scaled = (base: number): number => Math.max(1, Math.floor(base * scaleFactor + 1e-6));
  return {
    supplier: scaled(ROWS_AT_SCALE_1.supplier),
    customer: scaled(ROWS_AT_SCALE_1.customer),
    part: scaled(ROWS_AT_SCALE_1.part),
    orders: 10 * scaled(ROWS_AT_SCALE_1.orders / 10),
  };
}

/**
 * The units of a table that a chunk counts: rows, except that four rows of partsupp come from one part, and one to
 * seven rows of lineitem from one order.
 */
export function unitCount(table: TableName, scaleFactor: number): number {
  const counts = population(scaleFactor);
  switch (table) {
    case "region":
      return 5;
    case "nation":
      return 25;
    case "supplier":
      return counts.supplier;
    case "customer":
      return counts.customer;
    case "part":
    case "partsupp":
      return counts.part;
    case "orders":
    case "lineitem":
      return counts.orders;
    default:
      return table satisfies never;
  }
}

/** Rows per unit; for lineitem the expected number. */
export function rowsPerUnit(table: TableName): number {
  return table === "partsupp" || table === "lineitem" ? 4 : 1;
}
