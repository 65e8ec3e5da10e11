/** Clause 2.4.1: Pricing Summary Report. */
import { avg, col, count, date, interval, lit, sum, type DataFrame, type Session } from "../../src/index.ts";

export function q01(db: Session): DataFrame<object> {
  const price = col("l_extendedprice").mul(lit(1).sub(col("l_discount")));
  return db
    .table("lineitem")
    .filter(col("l_shipdate").le(date("1998-12-01").sub(interval(90, "day"))))
    .groupBy("l_returnflag", "l_linestatus")
    .agg({
      sum_qty: sum("l_quantity"),
      sum_base_price: sum("l_extendedprice"),
      sum_disc_price: sum(price),
      sum_charge: sum(price.mul(lit(1).add(col("l_tax")))),
      avg_qty: avg("l_quantity"),
      avg_price: avg("l_extendedprice"),
      avg_disc: avg("l_discount"),
      count_order: count(),
    })
    .sort("l_returnflag", "l_linestatus");
}
