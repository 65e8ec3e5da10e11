/** Clause 2.4.6: Forecasting Revenue Change. */
import { col, date, decimal, interval, sum, type DataFrame, type Session } from "../../src/index.ts";

export function q06(db: Session): DataFrame<object> {
  return db
    .table("lineitem")
    .filter(
      col("l_shipdate")
        .ge(date("1994-01-01"))
        .and(col("l_shipdate").lt(date("1994-01-01").add(interval(1, "year"))))
        .and(col("l_discount").between(decimal("0.05"), decimal("0.07")))
        .and(col("l_quantity").lt(24)),
    )
    .agg({ revenue: sum(col("l_extendedprice").mul(col("l_discount"))) });
}
