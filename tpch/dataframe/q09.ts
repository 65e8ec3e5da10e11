/** Clause 2.4.9: Product Type Profit Measure. */
import { col, fn, lit, sum, type DataFrame, type Session } from "../../src/index.ts";

export function q09(db: Session): DataFrame<object> {
  const revenue = col("l_extendedprice").mul(lit(1).sub(col("l_discount")));
  return db
    .table("part")
    .crossJoin(db.table("supplier"))
    .join(
      db.table("lineitem"),
      col("s_suppkey")
        .eq(col("l_suppkey"))
        .and(col("p_partkey").eq(col("l_partkey"))),
    )
    .join(
      db.table("partsupp"),
      col("ps_suppkey")
        .eq(col("l_suppkey"))
        .and(col("ps_partkey").eq(col("l_partkey"))),
    )
    .join(db.table("orders"), col("o_orderkey").eq(col("l_orderkey")))
    .join(db.table("nation"), col("s_nationkey").eq(col("n_nationkey")))
    .filter(col("p_name").like("%green%"))
    .select(
      col("n_name").as("nation"),
      fn("date_part", "year", col("o_orderdate")).as("o_year"),
      revenue.sub(col("ps_supplycost").mul(col("l_quantity"))).as("amount"),
    )
    .groupBy("nation", "o_year")
    .agg({ sum_profit: sum("amount") })
    .sort("nation", col("o_year").desc());
}
