/** Clause 2.4.7: Volume Shipping. */
import { col, date, fn, lit, sum, type Column, type DataFrame, type Session } from "../../src/index.ts";

export function q07(db: Session): DataFrame<object> {
  const [n1, n2] = [db.table("nation").alias("n1"), db.table("nation").alias("n2")];
  const pair = (supplier: string, customer: string): Column =>
    n1.col("n_name").eq(supplier).and(n2.col("n_name").eq(customer));
  return db
    .table("supplier")
    .join(db.table("lineitem"), col("s_suppkey").eq(col("l_suppkey")))
    .join(db.table("orders"), col("o_orderkey").eq(col("l_orderkey")))
    .join(db.table("customer"), col("c_custkey").eq(col("o_custkey")))
    .join(n1, col("s_nationkey").eq(n1.col("n_nationkey")))
    .join(n2, col("c_nationkey").eq(n2.col("n_nationkey")))
    .filter(
      pair("FRANCE", "GERMANY")
        .or(pair("GERMANY", "FRANCE"))
        .and(col("l_shipdate").between(date("1995-01-01"), date("1996-12-31"))),
    )
    .select(
      n1.col("n_name").as("supp_nation"),
      n2.col("n_name").as("cust_nation"),
      fn("date_part", "year", col("l_shipdate")).as("l_year"),
      col("l_extendedprice")
        .mul(lit(1).sub(col("l_discount")))
        .as("volume"),
    )
    .groupBy("supp_nation", "cust_nation", "l_year")
    .agg({ revenue: sum("volume") })
    .sort("supp_nation", "cust_nation", "l_year");
}
