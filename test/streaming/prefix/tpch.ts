/** Small parts of the TPC-H tables, whose rows find partners in the others. */
import { connect } from "headrace";
import { TABLES } from "../../../tpch/gen/schema.ts";
import { QUERY_COUNT, query } from "../../../tpch/queries/queries.ts";
import { tpchData } from "../../support/tpch-data.ts";
import type { Tables } from "./oracle.ts";

export const TPCH_QUERIES: readonly string[] = Array.from({ length: QUERY_COUNT }, (_, i) => query(i + 1));

const ORDERS = (customers: number, every: number): string => `o_custkey <= ${customers} AND o_orderkey % ${every} = 1`;
const LINES = (customers: number, every: number): string =>
  `l_orderkey IN (SELECT o_orderkey FROM '$/orders.parquet' WHERE ${ORDERS(customers, every)})`;
const LINE = "SELECT l_partkey, l_suppkey FROM '$/lineitem.parquet' WHERE";

/** Conditions on the tables of SF 0.01: customers with all that belongs to some of their orders. */
const PARTS: Readonly<Record<"few" | "some", Readonly<Record<string, string>>>> = {
  /** 10,000 rows. */
  some: {
    customer: "c_custkey <= 300",
    orders: ORDERS(300, 4),
    lineitem: LINES(300, 4),
    part: "p_partkey % 2 = 0",
    partsupp: "ps_partkey % 2 = 0",
  },
  /** Several hundred rows. */
  few: {
    customer: "c_custkey <= 60",
    orders: ORDERS(60, 16),
    lineitem: LINES(60, 16),
    part: `p_partkey IN (SELECT l_partkey FROM (${LINE} ${LINES(60, 16)}))`,
    partsupp: `(ps_partkey, ps_suppkey) IN (${LINE} ${LINES(60, 16)})`,
  },
};

export async function readTpchTables(size: keyof typeof PARTS): Promise<Tables> {
  const directory = await tpchData(0.01);
  const conditions = PARTS[size];
  const session = await connect({ workers: 1, temporal: "string" });
  try {
    const entries = await Promise.all(
      TABLES.map(async (name) => {
        const condition = (conditions[name] ?? "true").replaceAll("$", directory);
        const frame = session.sql(`SELECT * FROM '${directory}/${name}.parquet' WHERE ${condition}`);
        const schema = Object.fromEntries((await frame.schema()).map((column) => [column.name, column.type]));
        return [name, { schema, rows: await frame.collect() }] as const;
      }),
    );
    return Object.fromEntries(entries);
  } finally {
    await session.close();
  }
}
