/** Clause 2.4.12: Shipping Modes and Order Priority. */
import { col, date, interval, sum, when, type DataFrame, type Session } from "../../src/index.ts";

export function q12(db: Session): DataFrame<object> {
  const priority = col("o_orderpriority");
  const high = priority.eq("1-URGENT").or(priority.eq("2-HIGH"));
  const low = priority.ne("1-URGENT").and(priority.ne("2-HIGH"));
  return db
    .table("orders")
    .join(db.table("lineitem"), col("o_orderkey").eq(col("l_orderkey")))
    .filter(
      col("l_shipmode")
        .isIn(["MAIL", "SHIP"])
        .and(col("l_commitdate").lt(col("l_receiptdate")))
        .and(col("l_shipdate").lt(col("l_commitdate")))
        .and(col("l_receiptdate").ge(date("1994-01-01")))
        .and(col("l_receiptdate").lt(date("1994-01-01").add(interval(1, "year")))),
    )
    .groupBy("l_shipmode")
    .agg({
      high_line_count: sum(when(high, 1).otherwise(0)),
      low_line_count: sum(when(low, 1).otherwise(0)),
    })
    .sort("l_shipmode");
}
