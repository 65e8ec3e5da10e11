/** Clause 2.4.15: Top Supplier. */
import { col, date, interval, lit, max, scalar, sum, type DataFrame, type Session } from "../../src/index.ts";

export function q15(db: Session): DataFrame<object> {
  const revenue = db
    .table("lineitem")
    .filter(
      col("l_shipdate")
        .ge(date("1996-01-01"))
        .and(col("l_shipdate").lt(date("1996-01-01").add(interval(3, "month")))),
    )
    .groupBy(col("l_suppkey").as("supplier_no"))
    .agg({ total_revenue: sum(col("l_extendedprice").mul(lit(1).sub(col("l_discount")))) });
  return db
    .table("supplier")
    .join(revenue, col("s_suppkey").eq(col("supplier_no")))
    .filter(col("total_revenue").eq(scalar(revenue.select(max("total_revenue")))))
    .select("s_suppkey", "s_name", "s_address", "s_phone", "total_revenue")
    .sort("s_suppkey");
}
