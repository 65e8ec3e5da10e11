/** Clause 2.4.3: Shipping Priority. */
import { col, date, lit, sum, type DataFrame, type Session } from "../../src/index.ts";

export function q03(db: Session): DataFrame<object> {
  return db
    .table("customer")
    .filter(col("c_mktsegment").eq("BUILDING"))
    .join(db.table("orders"), col("c_custkey").eq(col("o_custkey")))
    .join(db.table("lineitem"), col("l_orderkey").eq(col("o_orderkey")))
    .filter(
      col("o_orderdate")
        .lt(date("1995-03-15"))
        .and(col("l_shipdate").gt(date("1995-03-15"))),
    )
    .groupBy("l_orderkey", "o_orderdate", "o_shippriority")
    .agg({ revenue: sum(col("l_extendedprice").mul(lit(1).sub(col("l_discount")))) })
    .select("l_orderkey", "revenue", "o_orderdate", "o_shippriority")
    .sort(col("revenue").desc(), "o_orderdate")
    .limit(10);
}
