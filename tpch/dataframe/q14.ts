/** Clause 2.4.14: Promotion Effect. */
import { col, date, decimal, interval, lit, sum, when, type DataFrame, type Session } from "../../src/index.ts";

export function q14(db: Session): DataFrame<object> {
  const price = col("l_extendedprice").mul(lit(1).sub(col("l_discount")));
  return db
    .table("lineitem")
    .join(db.table("part"), col("l_partkey").eq(col("p_partkey")))
    .filter(
      col("l_shipdate")
        .ge(date("1995-09-01"))
        .and(col("l_shipdate").lt(date("1995-09-01").add(interval(1, "month")))),
    )
    .agg({
      promo_revenue: decimal("100.00")
        .mul(sum(when(col("p_type").like("PROMO%"), price).otherwise(0)))
        .div(sum(price)),
    });
}
