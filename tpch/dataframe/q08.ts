/** Clause 2.4.8: National Market Share. */
import { col, date, fn, lit, sum, when, type DataFrame, type Session } from "../../src/index.ts";

export function q08(db: Session): DataFrame<object> {
  const [n1, n2] = [db.table("nation").alias("n1"), db.table("nation").alias("n2")];
  return db
    .table("part")
    .crossJoin(db.table("supplier"))
    .join(
      db.table("lineitem"),
      col("p_partkey")
        .eq(col("l_partkey"))
        .and(col("s_suppkey").eq(col("l_suppkey"))),
    )
    .join(db.table("orders"), col("l_orderkey").eq(col("o_orderkey")))
    .join(db.table("customer"), col("o_custkey").eq(col("c_custkey")))
    .join(n1, col("c_nationkey").eq(n1.col("n_nationkey")))
    .join(n2, col("s_nationkey").eq(n2.col("n_nationkey")))
    .join(db.table("region"), n1.col("n_regionkey").eq(col("r_regionkey")))
    .filter(
      col("r_name")
        .eq("AMERICA")
        .and(col("o_orderdate").between(date("1995-01-01"), date("1996-12-31")))
        .and(col("p_type").eq("ECONOMY ANODIZED STEEL")),
    )
    .select(
      fn("date_part", "year", col("o_orderdate")).as("o_year"),
      col("l_extendedprice")
        .mul(lit(1).sub(col("l_discount")))
        .as("volume"),
      n2.col("n_name").as("nation"),
    )
    .groupBy("o_year")
    .agg({ mkt_share: sum(when(col("nation").eq("BRAZIL"), col("volume")).otherwise(0)).div(sum("volume")) })
    .sort("o_year");
}
